"""A labelled data set as a folder, in the format that `python -m benchmarks evaluate` reads.

It holds a file an agency, `truth.csv`, and `project.toml` with no more than agencies know of
themselves and agree on before any field is chosen: who they are, and whether each person is in
their file once.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PROJECT_FILE: Final = "project.toml"
TRUTH_FILE: Final = "truth.csv"
TRUTH_COLUMNS: Final = ("agency", "record_id", "person_id")
SUBGROUPS_FILE: Final = "subgroups.csv"
RECORD_ID: Final = "record_id"


@dataclass(frozen=True, slots=True, repr=False)
class LabelledExtract:
    """One agency's records, and whose they are.

    Attributes:
        agency: its id: lower-case letters, digits, `-` and `_`.
        title: its name for readers.
        columns: headers, in the agency's order.
        rows: one a record: its values as the agency writes them, in the order of `columns`.
        record_ids: one a record; none comes twice, and none says whose the record is.
        people: the person of each record.
        subgroups: by column of the list of subgroups, a value for each record; the same columns in
            all extracts.
    """

    agency: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    record_ids: Sequence[str]
    people: Sequence[str]
    subgroups: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"LabelledExtract({self.agency}, {len(self)} records)"

    @property
    def holds_each_person_once(self) -> bool:
        """Whether no two records are of one person."""
        return len(set(self.people)) == len(self)


def numbered(count: int) -> list[str]:
    """Record ids that say nothing: `1`, `2` and so on."""
    return [str(number) for number in range(1, count + 1)]


def write_folder(
    folder: Path, title: str, origin: str, extracts: Sequence[LabelledExtract]
) -> None:
    """Writes all files of a data set into an empty folder.

    Args:
        folder: Is there, and empty.
        title: What it is called in tables.
        origin: What made it, with version and seed.
        extracts: Two or more.
    """
    for extract in extracts:
        rows = (
            (record_id, *row)
            for record_id, row in zip(extract.record_ids, extract.rows, strict=True)
        )
        _write_csv(folder / f"{extract.agency}.csv", (RECORD_ID, *extract.columns), rows)
    truth = (
        (extract.agency, record_id, person)
        for extract in extracts
        for record_id, person in zip(extract.record_ids, extract.people, strict=True)
    )
    _write_csv(folder / TRUTH_FILE, TRUTH_COLUMNS, truth)
    if extracts[0].subgroups:
        header = ("agency", RECORD_ID, *extracts[0].subgroups)
        _write_csv(folder / SUBGROUPS_FILE, header, _subgroup_rows(extracts))
    (folder / PROJECT_FILE).write_text(_project(title, origin, extracts), encoding="utf-8")


def _subgroup_rows(extracts: Sequence[LabelledExtract]) -> Iterator[tuple[str, ...]]:
    for extract in extracts:
        values = zip(*extract.subgroups.values(), strict=True)
        for record_id, row in zip(extract.record_ids, values, strict=True):
            yield (extract.agency, record_id, *row)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _project(title: str, origin: str, extracts: Sequence[LabelledExtract]) -> str:
    """The agencies' agreement so far, as TOML; a JSON text is a TOML text as well."""
    lines = [
        f"# {origin}",
        'format = "linkage-agreement-2"',
        "",
        "[project]",
        f"title = {json.dumps(title)}",
        'data = "synthetic"',
    ]
    for extract in extracts:
        once = json.dumps(extract.holds_each_person_once)
        lines += [
            "",
            "[[parties]]",
            f"id = {json.dumps(extract.agency)}",
            f"name = {json.dumps(extract.title)}",
            f"holds_each_person_once = {once}",
        ]
    return "\n".join(lines) + "\n"

"""Recording: what one agency has written down about the people it holds, slips and all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.population.agencies import Agency, Content
from benchmarks.population.households import REFERENCE_DAY, BoolArray, IntArray
from benchmarks.population.origins import Origin, TextArray
from benchmarks.population.people import People
from benchmarks.population.slips import (
    fit_to,
    fold,
    misspell,
    rejoin,
    shorten_street,
    slip_in_date,
)

NEEDS_NOISE: Final = 1.0
"""Standard deviation of chance beside the household's need when content data are drawn."""
PLACEHOLDER_YEAR: Final = 1900
NEWBORN_NAME: Final = "Baby"
RECORD_NUMBERS: Final = 10_000_000

Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class Extract:
    """An agency's extract.

    Attributes:
        columns: the headers, in the agency's order.
        rows: one a record: its values as they are written, in the order of `columns`.
        record_ids: the agency's own identifier of each record.
        person_ids: the truth: the person whom each record is about.
    """

    agency: Agency
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    record_ids: tuple[str, ...]
    person_ids: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Extract({self.agency.name}, {len(self)} records)"


def make_extract(rng: Generator, agency: Agency, people: People, who: IntArray) -> Extract:
    """The agency's extract about the people with these ids, in this order."""
    held = people.take(who)
    numbers = rng.choice(RECORD_NUMBERS, size=len(who), replace=False)
    record_ids = [agency.record_id_format.format(number) for number in numbers]
    given, second, family = _names(rng, agency, held)
    line, town, postcode = _address(rng, agency, held)
    block = np.array(
        ["\n".join(filter(None, parts)) for parts in zip(line, town, strict=True)], dtype=object
    )
    both = np.where(line == "", town, line + ", " + town)
    contents: dict[Content, TextArray] = {
        Content.RECORD_ID: np.array(record_ids, dtype=object),
        Content.GIVEN: given,
        Content.SECOND: second,
        Content.GIVEN_AND_SECOND: np.where(second == "", given, given + " " + second),
        Content.FAMILY: family,
        Content.BIRTH: _birth(rng, agency, held),
        Content.SEX: _sex(rng, agency, held),
        Content.LINE: line,
        Content.TOWN: town,
        Content.LINE_AND_TOWN: both,
        Content.BLOCK: block,
        Content.POSTCODE: postcode,
        Content.ATTRIBUTE: _attribute(rng, agency, held),
    }
    written = [_written(agency, contents[column.content]) for column in agency.columns]
    return Extract(
        agency=agency,
        columns=tuple(column.header for column in agency.columns),
        rows=list(zip(*written, strict=True)),
        record_ids=tuple(record_ids),
        person_ids=who,
    )


def _names(
    rng: Generator, agency: Agency, people: People
) -> tuple[TextArray, TextArray, TextArray]:
    """Given, second and family name, first as another truth, then with slips of the pen."""
    habits = agency.habits
    given, second, family = people.given.copy(), people.second.copy(), people.family.copy()
    former = _some(rng, habits.former_family, people.former_family != people.family)
    family[former] = people.former_family[former]
    _change(rng, family, habits.alias, _alias(people.family))
    by_second = _some(rng, habits.second_as_given, second != "")
    given[by_second], second[by_second] = second[by_second], given[by_second]
    nicknames = _merged(people.origins, lambda origin: origin.nicknames)
    variants = _merged(people.origins, lambda origin: origin.variants)
    _change(rng, given, habits.nickname, _another_form(nicknames))
    for names in (given, family):
        _change(rng, names, habits.variant, _another_form(variants))
        _change(rng, names, habits.rejoined, rejoin)
    newborn = (REFERENCE_DAY - people.birth).astype(np.int64) < 365
    given[_some(rng, habits.newborn_unnamed, newborn)] = NEWBORN_NAME
    swapped = _some(rng, habits.swapped, np.ones(len(given), dtype=bool))
    given[swapped], family[swapped] = family[swapped], given[swapped]
    _change(rng, given, habits.given_misspelt, misspell)
    _change(rng, family, habits.family_misspelt, misspell)
    return given, second, family


def _alias(families: TextArray) -> Callable[[Generator, str], str]:
    """Another family name, alone or after the one known."""

    def change(rng: Generator, name: str) -> str:
        other = str(families[int(rng.integers(len(families)))])
        return other if rng.random() < 0.5 else f"{name} AKA {other}"

    return change


def _another_form(forms: Mapping[str, tuple[str, ...]]) -> Callable[[Generator, str], str]:
    """One of the other forms of a name, or the name itself where there is none."""

    def change(rng: Generator, name: str) -> str:
        others = forms.get(name)
        return others[int(rng.integers(len(others)))] if others else name

    return change


def _merged(
    origins: tuple[Origin, ...], forms_of: Callable[[Origin], Mapping[str, tuple[str, ...]]]
) -> dict[str, tuple[str, ...]]:
    """The forms of all origins: a clerk does not ask where a name is from."""
    merged: dict[str, tuple[str, ...]] = {}
    for origin in origins:
        for name, forms in forms_of(origin).items():
            merged[name] = merged.get(name, ()) + forms
    return merged


def _birth(rng: Generator, agency: Agency, people: People) -> TextArray:
    habits = agency.habits
    texts = np.full(len(people), "", dtype=object)
    month_start = people.birth.astype("datetime64[M]")
    years = people.birth.astype("datetime64[Y]").astype(np.int64) + 1970
    months = month_start.astype(np.int64) % 12 + 1
    days = (people.birth - month_start.astype("datetime64[D]")).astype(np.int64) + 1
    draws = rng.random((4, len(people)))
    for at in range(len(people)):
        date = (int(years[at]), int(months[at]), int(days[at]))
        if draws[0, at] < habits.date_missing:
            continue
        if draws[1, at] < habits.date_placeholder:
            date = (PLACEHOLDER_YEAR if rng.random() < 0.3 else date[0], 1, 1)
        if draws[2, at] < habits.date_slip:
            date = slip_in_date(rng, date)
        if draws[3, at] < habits.day_and_month_swapped and date[2] <= 12:
            date = (date[0], date[2], date[1])
        texts[at] = _written_date(agency.date_format, date)
    return _or_missing(rng, agency, texts)


def _written_date(date_format: str, date: tuple[int, int, int]) -> str:
    year, month, day = date
    written = date_format.replace("YYYY", f"{year:04d}")
    return written.replace("MM", f"{month:02d}").replace("DD", f"{day:02d}")


def _sex(rng: Generator, agency: Agency, people: People) -> TextArray:
    male, female = agency.sex_codes
    is_wrong = rng.random(len(people)) < agency.habits.sex_wrong
    texts = np.where(people.is_female ^ is_wrong, female, male).astype(object)
    texts[rng.random(len(people)) < agency.habits.sex_missing] = ""
    return _or_missing(rng, agency, texts)


def _address(
    rng: Generator, agency: Agency, people: People
) -> tuple[TextArray, TextArray, TextArray]:
    """First line, town and postcode of the present or the former home."""
    habits = agency.habits
    home = np.where(rng.random(len(people)) < habits.former_home, people.former_home, people.home)
    line = people.dwellings.lines[home].copy()
    town = people.dwellings.towns[home].copy()
    postcode = people.dwellings.postcodes[home].copy()
    _change(rng, line, habits.street_short, lambda _rng, text: shorten_street(text))
    _change(rng, line, habits.line_misspelt, misspell)
    line[rng.random(len(people)) < habits.line_missing] = ""
    _change(rng, postcode, habits.postcode_misspelt, misspell)
    postcode[rng.random(len(people)) < habits.postcode_missing] = ""
    return line, town, _or_missing(rng, agency, postcode)


def _attribute(rng: Generator, agency: Agency, people: People) -> TextArray:
    """Content data: the more need, the higher the band; shares are exact."""
    score = people.need + rng.normal(0, NEEDS_NOISE, len(people))
    rank = np.argsort(np.argsort(score, kind="stable"), kind="stable") / len(people)
    bounds = np.cumsum(agency.attribute.shares)[:-1]
    values = np.array(agency.attribute.values, dtype=object)
    picked: TextArray = values[np.searchsorted(bounds, rank, side="right")]
    return picked


def _written(agency: Agency, texts: TextArray) -> list[str]:
    """The texts as they stand in the file: case and charset of the agency."""
    if agency.upper_case:
        return [fold(text).upper() if not text.isascii() else text.upper() for text in texts]
    return [fit_to(agency.charset, text) for text in texts]


def _or_missing(rng: Generator, agency: Agency, texts: TextArray) -> TextArray:
    """The same texts, with one of the agency's words for a missing one where there is none."""
    is_missing = texts == ""
    words = np.array(agency.missing_texts, dtype=object)
    texts[is_missing] = words[rng.integers(len(words), size=int(is_missing.sum()))]
    return texts


def _some(rng: Generator, rate: float, among: BoolArray) -> BoolArray:
    """Each of those in `among` with this probability."""
    chosen: npt.NDArray[np.bool_] = among & (rng.random(len(among)) < rate)
    return chosen


def _change(
    rng: Generator, texts: TextArray, rate: float, change: Callable[[Generator, str], str]
) -> None:
    """Changes each text in place with this probability."""
    for at in np.flatnonzero(rng.random(len(texts)) < rate):
        texts[at] = change(rng, texts[at])

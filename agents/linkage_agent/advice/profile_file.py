"""A profile as a file: TOML that an officer can read, and a partner's agent reads."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from linkage.agreement.reader import Problems, TableReader
from linkage.agreement.schema import CheckRule
from linkage.documents import parse_toml, read_document
from linkage.errors import DocumentError, ExitCode, Reason
from linkage.ids import AgencyId
from linkage_agent.advice.interface import ColumnProfile, Meaning, Profile
from linkage_agent.advice.render import quoted
from linkage_agent.advice.sexes import CODINGS
from linkage_agent.config import Charset
from linkage_agent.sources.dates import DateFormat, DateFormatError
from linkage_agent.sources.plan import DELIMITERS, MAX_RECORDS

FORMAT: Final = "linkage-profile-1"
MAX_BITS: Final = Decimal(64)
"""Of information: two records of 2^31 agree on a value with a probability of 2^-62 at the least."""
MAX_MEAN: Final = Decimal(32_767)
"""No value has more characters."""

PROFILE_INVALID: Final = Reason(
    "PROFILE_INVALID",
    "The profile {file} has {problem_count} fault(s).",
    "Make it again with `linkage-agent schema profile`; it is not meant to be changed by hand.",
    ExitCode.BAD_DATA,
)
PROFILE_UNREADABLE: Final = Reason(
    "PROFILE_UNREADABLE",
    "The profile {file} can't be read: {cause}.",
    "Check the path, and that the file is one that `linkage-agent schema profile` wrote.",
    ExitCode.BAD_DATA,
)

_HEAD: Final = """\
# The profile of an extract, by `linkage-agent schema profile`. For the partners of a linkage
# project: names of columns, shares and means. It holds no value and no count below ten.
"""


def render_profile(profile: Profile) -> str:
    """The profile as TOML."""
    lines = [
        f'format = "{FORMAT}"',
        f"agency = {quoted(profile.agency)}",
        f"records = {profile.records}",
        *_optional("row_id_column", profile.row_id_column or ""),
        f'charset = "{profile.charset}"',
        f'delimiter = "{DELIMITERS[profile.delimiter]}"',
        *_list("missing_values", profile.missing_values),
        *_list("warnings", profile.warnings),
    ]
    for column in profile.columns:
        lines += ["", "[[columns]]", *_column_lines(column)]
    return _HEAD + "\n".join(lines) + "\n"


def load_profile(path: Path) -> Profile:
    """The profile in a file, which a partner may have written: nothing in it is taken on trust.

    Raises:
        DocumentError: It has faults; all of them are listed.
        ConfigError: It can't be read or is not TOML.
    """
    content = read_document(path, PROFILE_UNREADABLE)
    document = parse_toml(content, str(path), PROFILE_UNREADABLE, Decimal)
    problems = Problems()
    profile = _read_profile(TableReader(document, "", problems))
    if found := problems.all():
        raise DocumentError(PROFILE_INVALID, found, file=str(path))
    return profile


def _column_lines(column: ColumnProfile) -> Iterator[str]:
    yield f"name = {quoted(column.name)}"
    yield f'meaning = "{column.meaning}"'
    yield f"why = {quoted(column.why)}"
    yield f"missing = {column.missing}"
    yield f"distinct = {column.distinct}"
    yield f"information_bits = {column.information_bits}"
    yield f"characters = {column.characters}"
    yield f"words = {column.words}"
    yield f"numbers = {column.numbers}"
    yield from _optional("qualifier", column.qualifier)
    yield from _list("date_formats", column.date_formats)
    yield from _optional("sex_coding", column.sex_coding)
    if column.check is not CheckRule.NONE:
        yield f'check = "{column.check}"'
    yield from _list("warnings", column.warnings)


def _optional(key: str, text: str) -> Iterator[str]:
    if text:
        yield f"{key} = {quoted(text)}"


def _list(key: str, texts: tuple[str, ...]) -> Iterator[str]:
    if texts:
        yield f"{key} = [{', '.join(map(quoted, texts))}]"


def _read_profile(root: TableReader) -> Profile:
    if root.text("format") not in {"", FORMAT}:
        root.problems.add("format", f'must be "{FORMAT}"')
    profile = Profile(
        agency=AgencyId(root.name("agency")),
        records=root.whole_number("records", 0, MAX_RECORDS),
        row_id_column=_text(root, "row_id_column") if root.holds("row_id_column") else None,
        charset=root.choice("charset", Charset),
        delimiter=_delimiter(root),
        missing_values=_texts(root, "missing_values"),
        columns=tuple(_read_column(table) for table in root.tables("columns", least=1)),
        warnings=_texts(root, "warnings"),
    )
    if len({column.name for column in profile.columns}) < len(profile.columns):
        root.problems.add("columns", "has two columns of one name")
    root.refuse_the_rest()
    return profile


def _read_column(table: TableReader) -> ColumnProfile:
    column = ColumnProfile(
        name=_text(table, "name"),
        meaning=table.choice("meaning", Meaning),
        why=_text(table, "why"),
        missing=_number(table, "missing", Decimal(1)),
        distinct=table.whole_number("distinct", 0, MAX_RECORDS),
        information_bits=_number(table, "information_bits", MAX_BITS),
        characters=_number(table, "characters", MAX_MEAN),
        words=_number(table, "words", MAX_MEAN),
        numbers=_number(table, "numbers", MAX_MEAN),
        qualifier=_text(table, "qualifier") if table.holds("qualifier") else "",
        date_formats=_date_formats(table),
        sex_coding=_sex_coding(table),
        check=table.choice("check", CheckRule) if table.holds("check") else CheckRule.NONE,
        warnings=_texts(table, "warnings"),
    )
    table.refuse_the_rest()
    return column


def _text(table: TableReader, key: str) -> str:
    """A text that can be shown on a terminal as it is."""
    text = table.text(key)
    if not text.isprintable():
        table.problems.add(table.at(key), "may hold no control characters")
    return text


def _texts(table: TableReader, key: str) -> tuple[str, ...]:
    if not table.holds(key):
        return ()
    texts = table.texts(key)
    if not all(map(str.isprintable, texts)):
        table.problems.add(table.at(key), "may hold no control characters")
    return texts


def _number(table: TableReader, key: str, most: Decimal) -> float:
    """A number from 0 to a bound."""
    return float(table.decimal(key, Decimal(-1), most).max(Decimal(0)))


def _delimiter(root: TableReader) -> str:
    """A delimiter by its word; a tab can't be seen in a file."""
    word = root.text("delimiter")
    found = [delimiter for delimiter, name in DELIMITERS.items() if name == word]
    if word and not found:
        root.problems.add("delimiter", f"must be one of {', '.join(DELIMITERS.values())}")
    return found[0] if found else ""


def _date_formats(table: TableReader) -> tuple[str, ...]:
    formats = _texts(table, "date_formats")
    for text in formats:
        try:
            DateFormat.parse(text)
        except DateFormatError as error:
            table.problems.add(table.at("date_formats"), str(error))
    return formats


def _sex_coding(table: TableReader) -> str:
    if not table.holds("sex_coding"):
        return ""
    coding = table.text("sex_coding")
    if coding not in CODINGS:
        table.problems.add(table.at("sex_coding"), f"must be one of {', '.join(CODINGS)}")
    return coding

"""The profile of an extract: what its columns hold and how telling they are, without any value.

Shares and counts are rounded, a count below ten is not given, and of texts only words from public
lists are named: codes of sexes, texts that mean "not known". So a profile may be shown to partners.
"""

import datetime as dt
from typing import Final

from linkage.agreement.schema import CheckRule, FieldKind
from linkage.ids import AgencyId
from linkage_agent.advice.content import Content, look_at
from linkage_agent.advice.headers import Vocabulary
from linkage_agent.advice.interface import ColumnProfile, Columns, Meaning, Profile
from linkage_agent.advice.meanings import TRAITS
from linkage_agent.advice.names import settle_names, swap_warnings
from linkage_agent.advice.placeholders import find_placeholders, without_placeholders
from linkage_agent.advice.recognise import BELIEVED, Recognised, recognise
from linkage_agent.advice.standard_form import measure
from linkage_agent.columns import StringColumn
from linkage_agent.config import Charset

LEAST_COUNT: Final = 10
"""No smaller count leaves an agency, nor a share from which it could be told."""
MOSTLY_MISSING: Final = 0.95
MANY_FIRST_OF_JANUARY: Final = 0.05
"""One date in 365 is a first of January; twenty times as many are not all true."""
SIGNIFICANT_DIGITS: Final = 2

SHORT_YEARS: Final = (
    "its years have two digits: who was born more than a hundred years ago is taken for a child"
)


def profile_columns(
    agency: AgencyId,
    columns: Columns,
    *,
    charset: Charset = Charset.UTF_8,
    delimiter: str = ",",
    row_id_column: str | None = None,
    today: dt.date | None = None,
) -> Profile:
    """The profile of an extract.

    Args:
        agency: whose extract it is.
        columns: its texts, by header.
        charset: how the file is written; handed through, as is the delimiter.
        delimiter: what stands between its values.
        row_id_column: the column by which the agency knows its records; found if not given.
        today: a later date can't be; the present day (UTC) unless given.
    """
    latest = today or dt.datetime.now(tz=dt.UTC).date()
    placeholders = find_placeholders(columns)
    known = without_placeholders(columns, placeholders)
    contents = {name: look_at(column, latest) for name, column in known.items()}
    vocabulary = Vocabulary()
    found = {name: recognise(vocabulary.read(name), contents[name]) for name in known}
    if row_id_column is not None:
        found[row_id_column] = Recognised(Meaning.ROW_ID, "", "it was named as the records' number")
    found = settle_names(found, contents)
    profiles = tuple(
        _profile(name, known[name], found[name], contents[name], latest) for name in known
    )
    return Profile(
        agency=agency,
        records=rounded_count(len(next(iter(columns.values()), ()))),
        row_id_column=row_id_column or _row_id(found, contents),
        charset=charset,
        delimiter=delimiter,
        missing_values=placeholders,
        columns=profiles,
        warnings=swap_warnings(found, contents),
    )


def rounded_count(count: int) -> int:
    """A count to two significant digits; 0 if it is below ten."""
    if count < LEAST_COUNT:
        return 0
    return round(count, SIGNIFICANT_DIGITS - len(str(count)))


def rounded_share(count: int, total: int) -> float:
    """A share to two decimals; 0 or 1 where fewer than ten records make the difference."""
    if count < LEAST_COUNT:
        return 0.0
    return 1.0 if total - count < LEAST_COUNT else round(count / total, 2)


def _profile(
    name: str, column: StringColumn, found: Recognised, content: Content, latest: dt.date
) -> ColumnProfile:
    kind = kind_of(found.meaning, content)
    formats = content.dates.formats if kind is FieldKind.DATE else ()
    coding = content.sex_coding if kind is FieldKind.SEX else ""
    measures = measure(column, kind, formats, coding, latest)
    is_number = kind is FieldKind.NATIONAL_ID
    is_enough = content.present >= LEAST_COUNT
    return ColumnProfile(
        name=name,
        meaning=found.meaning,
        why=found.why,
        missing=rounded_share(measures.missing, content.records),
        distinct=rounded_count(measures.distinct),
        information_bits=round(measures.information_bits, 1) if is_enough else 0.0,
        characters=round(measures.characters, 1) if is_enough else 0.0,
        words=round(measures.words, 1) if is_enough else 0.0,
        numbers=round(measures.numbers, 1) if is_enough else 0.0,
        qualifier=found.qualifier,
        date_formats=formats,
        sex_coding=coding,
        check=content.check_rule() if is_number else CheckRule.NONE,
        warnings=(*found.warnings, *_warnings(kind, content)),
    )


def kind_of(meaning: Meaning, content: Content) -> FieldKind:
    """The kind by which a column is normalised; a date or a sex that can't be read is a code."""
    trait = TRAITS.get(meaning)
    if trait is None:
        return FieldKind.ADDRESS  # keeps its words apart
    if trait.kind is FieldKind.DATE and content.dates.share < BELIEVED:
        return FieldKind.CODE
    if trait.kind is FieldKind.SEX and content.sexes < BELIEVED:
        return FieldKind.CODE
    return trait.kind


def _warnings(kind: FieldKind, content: Content) -> list[str]:
    """What a person should look at."""
    warnings = []
    if content.missing > MOSTLY_MISSING:
        warnings.append("it is mostly empty")
    elif content.distinct == 1 and content.records >= LEAST_COUNT:
        warnings.append("it is constant")
    if kind is FieldKind.DATE:
        warnings += _date_warnings(content)
    elif content.dates.unreadable > content.dates.share and content.dates.unreadable > 0.5:
        warnings.append(
            "its dates are written in a way that the agent can't read as dates: export them as"
            " YYYY-MM-DD"
        )
    return warnings


def _date_warnings(content: Content) -> list[str]:
    dates = content.dates
    warnings = []
    if dates.is_ambiguous:
        warnings.append("nothing in it tells day from month; the day is taken to come first")
    if any("YYYY" not in text for text in dates.formats):
        warnings.append(SHORT_YEARS)
    if dates.is_mixed:
        warnings.append("day and month seem to change places within it")
    if dates.first_january > 1 - MANY_FIRST_OF_JANUARY:
        warnings.append("every date is a first of January: only the year is known")
    elif dates.first_january > MANY_FIRST_OF_JANUARY:
        warnings.append("too many dates are a first of January")
    return warnings


def _row_id(found: dict[str, Recognised], contents: dict[str, Content]) -> str | None:
    """The first column that tells all records apart, if possible one that is named for it."""
    unique = [name for name, content in contents.items() if content.is_unique]
    named = [name for name in unique if found[name].meaning is Meaning.ROW_ID]
    return next(iter(named + unique), None)

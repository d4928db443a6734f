"""The mapping of the extract to the agreement's fields: its faults, and the plan it makes."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from linkage.agreement.schema import EncodingSchema, FieldKind, MissingRule
from linkage.errors import DocumentError, Problem
from linkage.ids import FieldName
from linkage_agent.config import ABSENT_HINT, FieldSource, SourceConfig
from linkage_agent.sources.dates import DateFormat, DateFormatError
from linkage_agent.sources.plan import DELIMITERS, ColumnPlan, ReadPlan
from linkage_agent.sources.reasons import MAPPING_INVALID


def needed_fields(schema: EncodingSchema) -> frozenset[FieldName]:
    """The fields without which the agreement lets no record be sent."""
    return frozenset(field.name for field in schema.fields if field.missing is MissingRule.WITHHOLD)


def check_mapping(
    source: SourceConfig,
    kinds: Mapping[FieldName, FieldKind],
    needed: Collection[FieldName] = (),
) -> tuple[Problem, ...]:
    """All faults of the mapping, with key paths in the agent's configuration.

    Args:
        source: The extract and where each field comes from.
        kinds: The fields of the agreement's encoding schema.
        needed: Those of them without which the agreement lets no record be sent.
    """
    absent = _check_absent(source, needed)
    return (*_check_source(source), *_check_fields(source, kinds), *absent)


def plan_fields(
    source: SourceConfig,
    kinds: Mapping[FieldName, FieldKind],
    today: dt.date,
    needed: Collection[FieldName] = (),
) -> ReadPlan:
    """How to read those of the agreement's fields that are not absent, in its order.

    Args:
        source: The extract and where each field comes from.
        kinds: The fields of the agreement's encoding schema.
        today: A later date is invalid.
        needed: Those of the fields without which the agreement lets no record be sent.

    Raises:
        DocumentError: The mapping has faults; all of them are listed.
    """
    _refuse(check_mapping(source, kinds, needed))
    columns = []
    for name in kinds:
        field = source.fields[name]
        if field.absent:
            continue
        codes = {code.strip().casefold(): meaning for code, meaning in field.codes.items()}
        years = kinds[name] is FieldKind.YEAR
        columns.append(ColumnPlan(name, field.column.strip(), field.date_formats, codes, years))
    return _plan(source, tuple(columns), today)


def plan_attributes(source: SourceConfig, columns: Mapping[str, str], today: dt.date) -> ReadPlan:
    """How to read columns of content data as text: name in the result to name in the extract.

    Raises:
        DocumentError: The description of the extract has faults; all of them are listed.
    """
    _refuse(tuple(_check_source(source)))
    plans = tuple(ColumnPlan(name, header.strip()) for name, header in columns.items())
    return _plan(source, plans, today)


def _plan(source: SourceConfig, columns: tuple[ColumnPlan, ...], today: dt.date) -> ReadPlan:
    return ReadPlan(
        file=str(source.file),
        charset=source.charset.value,
        delimiter=source.delimiter,
        row_id_header=source.row_id_column.strip(),
        missing_values=frozenset(text.strip() for text in source.missing_values),
        columns=columns,
        latest_date=today,
    )


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise DocumentError(MAPPING_INVALID, problems)


def _check_source(source: SourceConfig) -> Iterator[Problem]:
    if source.delimiter not in DELIMITERS:
        yield Problem("source.delimiter", f"must be one of {', '.join(DELIMITERS.values())}")


def _check_fields(source: SourceConfig, kinds: Mapping[FieldName, FieldKind]) -> Iterator[Problem]:
    for name in kinds:
        if name not in source.fields:
            what = (
                f"is missing, and the agreement has this field: name its column, or {ABSENT_HINT}"
            )
            yield Problem(f"source.fields.{name}", what)
    for key, field in source.fields.items():
        path = f"source.fields.{key}"
        kind = kinds.get(FieldName(key))
        if kind is None:
            yield Problem(path, "is not a field of the agreement")
        elif not field.absent:
            yield from _check_dates(f"{path}.date_formats", field, kind)
            yield from _check_codes(f"{path}.codes", field, kind)


def _check_absent(source: SourceConfig, needed: Collection[FieldName]) -> Iterator[Problem]:
    for key, field in source.fields.items():
        if field.absent and key in needed:
            what = "may not be true: the agreement withholds every record without the field"
            yield Problem(f"source.fields.{key}.absent", what)


def _check_dates(path: str, field: FieldSource, kind: FieldKind) -> Iterator[Problem]:
    if kind not in {FieldKind.DATE, FieldKind.YEAR}:
        if field.date_formats:
            yield Problem(path, f'is for dates and years; the agreement calls this field "{kind}"')
        return
    if kind is FieldKind.DATE and not field.date_formats:
        yield Problem(path, 'is missing; say how dates are written, such as ["DD/MM/YYYY"]')
    formats = []
    for index, text in enumerate(field.date_formats):
        try:
            formats.append(DateFormat.parse(text))
        except DateFormatError as error:
            yield Problem(f"{path}[{index}]", str(error))
    for one, other in combinations(formats, 2):
        if one.contradicts(other):
            what = f'"{one.text}" and "{other.text}" read one text as two different days'
            yield Problem(path, what)


def _check_codes(path: str, field: FieldSource, kind: FieldKind) -> Iterator[Problem]:
    if kind is not FieldKind.SEX:
        if field.codes:
            yield Problem(path, f'is for sex; the agreement calls this field "{kind}"')
        return
    if not field.codes:
        yield Problem(path, 'is missing; say what each code means, such as {F = "female"}')
    meanings: dict[str, str] = {}
    for code, meaning in field.codes.items():
        if meanings.setdefault(code.strip().casefold(), meaning) != meaning:
            yield Problem(path, f'gives "{code}" two meanings; capitals do not count')

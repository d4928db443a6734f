"""Which column of an extract an agreement's field is, where nobody has said so yet."""

from collections.abc import Iterator, Sequence

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.ids import FieldName
from linkage_agent.advice.headers import Vocabulary, header_words, likeness
from linkage_agent.advice.interface import ColumnProfile, Meaning, Profile
from linkage_agent.advice.meanings import TRAITS
from linkage_agent.advice.sexes import CODINGS
from linkage_agent.config import FieldSource


def field_source(column: ColumnProfile, kind: FieldKind) -> FieldSource:
    """How an agency's configuration reads a column as a field of this kind."""
    return FieldSource(
        column=column.name,
        date_formats=column.date_formats if kind in {FieldKind.DATE, FieldKind.YEAR} else (),
        codes=dict(CODINGS[column.sex_coding]) if kind is FieldKind.SEX else {},
    )


def map_columns(fields: Sequence[FieldSchema], profile: Profile) -> dict[FieldName, FieldSource]:
    """The column of each field of an agreement, as far as that can be told.

    A column of the field's own name comes first, then the one that holds what the name says, then
    the only one that is of the field's kind. No column is taken twice.

    Args:
        fields: of the agreement.
        profile: of the extract.
    """
    free = [column for column in profile.columns if column.meaning is not Meaning.ROW_ID]
    found: dict[FieldName, ColumnProfile] = {}
    for choose in (_same_name, _same_meaning, _only_of_kind):
        for field in fields:
            fitting = [column for column in free if _can_be_read(column, field.kind)]
            if field.name not in found and (column := choose(field, fitting)):
                found[field.name] = column
                free.remove(column)
    return {
        field.name: field_source(found[field.name], field.kind)
        for field in fields
        if field.name in found
    }


def _can_be_read(column: ColumnProfile, kind: FieldKind) -> bool:
    if kind is FieldKind.DATE:
        return bool(column.date_formats)
    return bool(column.sex_coding) if kind is FieldKind.SEX else True


def _same_name(field: FieldSchema, columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    wanted = header_words(field.name)
    return next((column for column in columns if header_words(column.name) == wanted), None)


def _same_meaning(field: FieldSchema, columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    named = Vocabulary().read(field.name)
    fitting = [column for column in columns if column.meaning is named.meaning]
    return max(
        fitting,
        key=lambda c: (c.qualifier == named.qualifier, likeness(c.name, field.name)),
        default=None,
    )


def _only_of_kind(field: FieldSchema, columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    fitting = list(_of_kind(field.kind, columns))
    return fitting[0] if len(fitting) == 1 else None


def _of_kind(kind: FieldKind, columns: Sequence[ColumnProfile]) -> Iterator[ColumnProfile]:
    for column in columns:
        trait = TRAITS.get(column.meaning)
        if trait is not None and trait.kind is kind:
            yield column

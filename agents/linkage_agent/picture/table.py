"""AttributeRows: an agency's match keys, each with the agreed attributes of its record.

Takes the agency's match keys and its attribute columns as sources read them; gives one row for
each record that has a match key, matched or not. No row id gets in, and no value but those that
the agreement lists.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.model import Attribute
from linkage.arrays import TOKEN_BYTES, ByteArray, IndexArray, ShapeError
from linkage.errors import ConfigError, SourceError
from linkage.ids import AgencyId, FieldName, GroupId
from linkage_agent.columns import MISSING, StringColumn, StringColumns
from linkage_agent.picture import reasons
from linkage_agent.row_keys import RowKeys

_NOT_LISTED: Final = -2
"""Stands for a value that the agreement doesn't list, until the fault is reported."""


@dataclass(frozen=True, slots=True, repr=False)
class AttributeRows:
    """Match keys with coded attributes, one row a record.

    Attributes:
        attributes: the agreement's, in its order: what the columns of `codes` are.
        keys: (n_rows, 16) uint8, C-contiguous, read-only; a key stands twice if the agency holds
            two records of one person.
        codes: (n_rows, n_attributes) int32, read-only; index into the attribute's values, or
            `MISSING`.
    """

    attributes: tuple[Attribute, ...]
    keys: ByteArray
    codes: IndexArray

    def __post_init__(self) -> None:
        _check_keys(self.keys, len(self.codes))
        if self.codes.dtype != np.int32 or self.codes.shape[1:] != (len(self.attributes),):
            raise ShapeError("AttributeRows: expected an int32 column of codes an attribute")
        bounds = np.array([len(attribute.values) for attribute in self.attributes], np.int32)
        if ((self.codes < MISSING) | (self.codes >= bounds)).any():
            raise ShapeError("AttributeRows: a code points outside the attribute's values")
        self.codes.flags.writeable = False

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"AttributeRows({len(self)} rows, {len(self.attributes)} attributes)"


@dataclass(frozen=True, slots=True)
class AgencyRows:
    """Whose rows they are, and of which recipient group their match keys are."""

    agency: AgencyId
    group: GroupId
    rows: AttributeRows


def attribute_rows(
    attributes: tuple[Attribute, ...], keys: RowKeys, columns: StringColumns
) -> AttributeRows:
    """The rows of an agency's table.

    Args:
        attributes: What the agreement lists for the table.
        keys: The match keys of the records that were sent.
        columns: The extract's attribute columns, named by attribute. A record without a match key
            (it was withheld from the run) is left out.

    Returns:
        In ascending order of match key, then codes. Match keys are random, so nothing is left of
        the extract's order, and the same input gives the same rows.

    Raises:
        ConfigError: Columns and attributes differ.
        SourceError: A record is gone from the extract, or a value is not one of those agreed.
    """
    _check_names(attributes, columns)
    places = _places(keys, columns)
    faults: list[str] = []
    codes = np.empty((len(keys), len(attributes)), np.int32)
    for index, attribute in enumerate(attributes):
        coded = _coded(columns.fields[FieldName(attribute.name)], attribute)[places]
        codes[:, index] = coded
        wrong = coded == _NOT_LISTED
        if wrong.any():
            first = int(places[wrong].min()) + 1
            faults.append(f"{attribute.name} in {int(wrong.sum())} record(s), first in no. {first}")
    if faults:
        raise SourceError(reasons.VALUES_NOT_AGREED, faults="; ".join(faults))
    order = np.lexsort((*codes.T[::-1], *keys.keys.T[::-1]))
    return AttributeRows(attributes, np.ascontiguousarray(keys.keys[order]), codes[order])


def _check_names(attributes: tuple[Attribute, ...], columns: StringColumns) -> None:
    agreed = [attribute.name for attribute in attributes]
    missing = [name for name in agreed if FieldName(name) not in columns.fields]
    surplus = [name for name in columns.fields if name not in agreed]
    if missing or surplus:
        raise ConfigError(
            reasons.COLUMNS_NOT_AS_AGREED,
            missing=", ".join(missing) or "none",
            surplus=", ".join(surplus) or "none",
        )


def _places(keys: RowKeys, columns: StringColumns) -> IndexArray:
    """(n_records,) int32: where each record with a match key stands in the extract."""
    place_of = {row_id: place for place, row_id in enumerate(columns.row_ids)}
    absent = -1
    places = np.array([place_of.get(row_id, absent) for row_id in keys.row_ids], np.int32)
    gone = int((places == absent).sum())
    if gone:
        raise SourceError(reasons.EXTRACT_CHANGED, record_count=gone)
    return places


def _coded(column: StringColumn, attribute: Attribute) -> IndexArray:
    """The column's codes as the agreement numbers its values; `_NOT_LISTED` where it does not."""
    code_of = {value: code for code, value in enumerate(attribute.values)}
    listed = [code_of.get(value, _NOT_LISTED) for value in column.distinct]
    # MISSING is -1 on both sides, so as an index it picks the last entry.
    return np.array([*listed, MISSING], np.int32)[column.codes]


def _check_keys(keys: ByteArray, row_count: int) -> None:
    if keys.dtype != np.uint8 or keys.shape != (row_count, TOKEN_BYTES):
        raise ShapeError(f"AttributeRows: expected {row_count} match keys of {TOKEN_BYTES} uint8")
    keys.flags.writeable = False

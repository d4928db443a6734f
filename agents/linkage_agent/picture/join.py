"""Joining the tables of a recipient group by match key: one row a person, all agencies beside.

Takes each agency's rows; gives the person-level table, in memory only. It has no row ids and no
identifiers; what several records of one agency say differently of a person stays marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.model import Attribute
from linkage.arrays import TOKEN_BYTES, BoolArray, ByteArray, IndexArray
from linkage.ids import AgencyId
from linkage_agent.columns import MISSING
from linkage_agent.picture.table import AgencyRows

CONFLICTING: Final = -2
"""The code of a person of whom one agency's records say different things."""


@dataclass(frozen=True, slots=True, repr=False)
class AgencyView:
    """What one agency knows of the people, in their order.

    Attributes:
        known: (n_people,) bool: whether it has a record of the person.
        codes: (n_people, n_attributes) int32; index into the attribute's values, `MISSING` or
            `CONFLICTING`.
    """

    agency: AgencyId
    attributes: tuple[Attribute, ...]
    known: BoolArray
    codes: IndexArray

    def __repr__(self) -> str:
        return f"AgencyView({self.agency}, {len(self.known)} people)"


@dataclass(frozen=True, slots=True, repr=False)
class JoinedPeople:
    """The person-level table.

    Attributes:
        keys: (n_people, 16) uint8, the match keys, ascending: one a person.
        views: in ascending order of agency.
    """

    keys: ByteArray
    views: tuple[AgencyView, ...]

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"JoinedPeople({len(self)} people, {len(self.views)} agencies)"


def join_tables(tables: Sequence[AgencyRows]) -> JoinedPeople:
    """The people in the tables, each once.

    Args:
        tables: One for each agency, all with match keys of one recipient group.
    """
    ordered = sorted(tables, key=lambda table: table.agency)
    keys = np.concatenate([table.rows.keys for table in ordered])
    unique, people = np.unique(_as_items(keys), return_inverse=True)
    ends = np.cumsum([len(table.rows) for table in ordered])[:-1]
    views = tuple(
        _view(table, places, len(unique))
        for table, places in zip(ordered, np.split(people, ends), strict=True)
    )
    return JoinedPeople(unique.view(np.uint8).reshape(-1, TOKEN_BYTES), views)


def _view(table: AgencyRows, people: np.typing.NDArray[np.intp], people_count: int) -> AgencyView:
    """One agency's part.

    Args:
        table: Its rows.
        people: (n_rows,) which person each row is of.
        people_count: How many people there are in all.
    """
    known = np.zeros(people_count, np.bool_)
    known[people] = True
    codes = np.empty((people_count, len(table.rows.attributes)), np.int32)
    for index in range(len(table.rows.attributes)):
        codes[:, index] = _merged(table.rows.codes[:, index], people, people_count)
    return AgencyView(table.agency, table.rows.attributes, known, codes)


def _merged(codes: IndexArray, people: np.typing.NDArray[np.intp], people_count: int) -> IndexArray:
    """One code a person: the one that all its rows with a code have, or `CONFLICTING`."""
    present = codes != MISSING
    highest = np.full(people_count, MISSING, np.int32)
    lowest = np.full(people_count, np.iinfo(np.int32).max, np.int32)
    np.maximum.at(highest, people[present], codes[present])
    np.minimum.at(lowest, people[present], codes[present])
    agreed = (highest == lowest) | (highest == MISSING)
    return np.where(agreed, highest, CONFLICTING).astype(np.int32)


def _as_items(keys: ByteArray) -> np.typing.NDArray[np.void]:
    """(n,) items of 16 bytes, which compare as byte strings."""
    return np.ascontiguousarray(keys).view(np.dtype((np.void, TOKEN_BYTES))).ravel()

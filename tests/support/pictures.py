"""Tables for tests of the picture: people are numbers, and a number has the same key everywhere."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from linkage.agreement.model import Attribute, DisclosureRule
from linkage.arrays import TOKEN_BYTES, ByteArray
from linkage.ids import AgencyId, Digest, GroupId, ProjectId, RunId
from linkage_agent.picture.overlap import Overlap
from linkage_agent.picture.page import Imprint
from linkage_agent.picture.table import AgencyRows, AttributeRows
from tests.support.agreements import GROUP, World, make_agreement

RUN: Final = RunId("ab" * 32)
RULE: Final = DisclosureRule(suppress_below=10, round_to=5)
NEED: Final = Attribute("need", "to test", ("low", "middle", "high"))


def match_keys(people: Sequence[int]) -> ByteArray:
    """(n, 16) uint8: the people's match keys."""
    keys = b"".join(hashlib.sha256(b"%d" % person).digest()[:TOKEN_BYTES] for person in people)
    return np.frombuffer(keys, np.uint8).reshape(-1, TOKEN_BYTES).copy()


def agency_rows(
    agency: str,
    people: Sequence[int],
    attributes: tuple[Attribute, ...] = (),
    codes: Sequence[Sequence[int]] | None = None,
    group: str = GROUP,
) -> AgencyRows:
    """An agency's rows, one for each entry of `people`; without codes, nothing is recorded."""
    shape = (len(people), len(attributes))
    coded = np.full(shape, -1, np.int32)
    if codes is not None:
        coded = np.array(codes, np.int32).reshape(shape)
    rows = AttributeRows(attributes, match_keys(people), coded)
    return AgencyRows(AgencyId(agency), GroupId(group), rows)


def table_world(
    agencies: Sequence[str] = ("police", "council", "hospital"),
    attributes: tuple[Attribute, ...] = (NEED,),
    *,
    holds_each_person_once: bool = True,
) -> World:
    """A world in which every agency but the first gives a table to the first."""
    tables = [(sender, agencies[0], GROUP) for sender in agencies[1:]]
    world = make_agreement(agencies, tables=tables, holds_each_person_once=holds_each_person_once)
    clauses = tuple(replace(clause, attributes=attributes) for clause in world.agreement.tables)
    return replace(world, agreement=replace(world.agreement, tables=clauses))


def wordy_imprint(overlap: Overlap) -> Imprint:
    """An imprint whose only numbers are 1 May 2026, 30 days and what the rule says."""
    return Imprint(
        made_by=overlap.agencies[0],
        title="A test",
        project=ProjectId("test"),
        digest=Digest("a" * 64),
        run=RunId("b" * 64),
        day=dt.date(2026, 5, 1),
        keep_days=30,
        names={agency: f"The {agency}" for agency in overlap.agencies},
        absent=(),
    )

"""Overlap: how many people are known to exactly which agencies, and what is recorded of them.

Takes the person-level table; gives published counts only. True counts live and die in this module.

People are counted in combinations: those known to exactly these of the picture's agencies. No
person is in two of them, which is what `disclosure` builds on. Attributes are counted within a
combination that is shown and has two or more agencies; a person counts for an attribute if the
agency recorded it, and its records of the person agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, compress
from typing import Final, TypeAlias

import numpy as np

from linkage.agreement.model import Attribute, DisclosureRule
from linkage.arrays import IntArray
from linkage.ids import AgencyId
from linkage_agent.picture.disclosure import PublishedCount, publish, publish_parts, sum_shown
from linkage_agent.picture.join import AgencyView, JoinedPeople

Agencies: TypeAlias = tuple[AgencyId, ...]
"""In ascending order."""

MAX_LISTED_AGENCIES: Final = 4
"""Up to so many agencies (15 combinations), suppressed combinations are listed as such. Beyond,
none of them is: to list just those with somebody in them would tell that they are not empty."""


@dataclass(frozen=True, slots=True)
class Combination:
    """The people known to exactly these of the picture's agencies."""

    agencies: Agencies
    people: PublishedCount


@dataclass(frozen=True, slots=True)
class DistributionRow:
    """One combination's people by the value of an attribute.

    Attributes:
        combination: a shown one.
        people: for each value of the attribute, in the agreement's order.
    """

    combination: Combination
    people: tuple[PublishedCount, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """An attribute as one agency recorded it.

    Attributes:
        rows: the shown combinations of two or more agencies, this one among them.
    """

    rule: DisclosureRule
    agency: AgencyId
    attribute: Attribute
    rows: tuple[DistributionRow, ...]

    def known_to_both(self, other: AgencyId) -> tuple[PublishedCount, ...]:
        """For each value, the sum of what is shown of people known to the agency and another."""
        rows = [row.people for row in self.rows if other in row.combination.agencies]
        values = range(len(self.attribute.values))
        return tuple(sum_shown([row[value] for row in rows], self.rule) for value in values)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Everything that a picture shows.

    Attributes:
        agencies: whose tables are in it.
        combinations: the largest shown number first; suppressed ones last, or none of them listed
            if there are more than `MAX_LISTED_AGENCIES` agencies.
        distributions: by agency, then in the agreement's order of attributes.
    """

    rule: DisclosureRule
    agencies: Agencies
    combinations: tuple[Combination, ...]
    distributions: tuple[Distribution, ...]

    @property
    def shown(self) -> tuple[Combination, ...]:
        """The combinations that have a number."""
        return tuple(item for item in self.combinations if not item.people.is_suppressed)

    @property
    def is_complete(self) -> bool:
        """Whether every combination that there could be has a number."""
        return len(self.shown) == (1 << len(self.agencies)) - 1

    def shared(self) -> PublishedCount:
        """Sum of the numbers shown of people known to two or more agencies."""
        counts = [item.people for item in self.combinations if len(item.agencies) > 1]
        return sum_shown(counts, self.rule)

    def known_to(self, agency: AgencyId) -> PublishedCount:
        """Sum of the numbers shown of people known to an agency."""
        counts = [item.people for item in self.combinations if agency in item.agencies]
        return sum_shown(counts, self.rule)


def count_overlap(people: JoinedPeople, rule: DisclosureRule) -> Overlap:
    """What may be published of the people, under the rule."""
    agencies = tuple(view.agency for view in people.views)
    members = _members(people, agencies)
    shown = _shown(members, rule)
    distributions = tuple(
        _distribution(view, index, shown, members, rule)
        for view in people.views
        for index in range(len(view.attributes))
    )
    listed = (*shown, *_suppressed(agencies, shown, rule))
    return Overlap(rule, agencies, listed, distributions)


def _members(people: JoinedPeople, agencies: Agencies) -> dict[Agencies, IntArray]:
    """Where the people of each combination that occurs stand in the person-level table."""
    if not len(people):
        return {}
    packed = np.packbits(np.stack([view.known for view in people.views], axis=1), axis=1)
    sets, which = np.unique(packed, axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=len(sets)))[:-1]
    held = np.unpackbits(sets, axis=1, count=len(agencies)).astype(np.bool_)
    return {
        tuple(compress(agencies, row)): places
        for row, places in zip(held.tolist(), np.split(order, ends), strict=True)
    }


def _shown(members: Mapping[Agencies, IntArray], rule: DisclosureRule) -> tuple[Combination, ...]:
    """The combinations that have a number, the largest first.

    The order hangs on shown numbers and names alone, so that it tells nothing beyond them.
    """
    published = [Combination(who, publish(len(places), rule)) for who, places in members.items()]
    ranked = [
        (-item.people.rounded, len(item.agencies), item.agencies, item)
        for item in published
        if item.people.rounded is not None
    ]
    return tuple(item for *_, item in sorted(ranked, key=lambda rank: rank[:3]))


def _suppressed(
    agencies: Agencies, shown: tuple[Combination, ...], rule: DisclosureRule
) -> tuple[Combination, ...]:
    """All combinations without a number, whether or not there is anybody in them, or none."""
    if len(agencies) > MAX_LISTED_AGENCIES:
        return ()
    with_number = {item.agencies for item in shown}
    possible = (who for size in range(len(agencies)) for who in combinations(agencies, size + 1))
    none = PublishedCount(rule, None)
    return tuple(Combination(who, none) for who in possible if who not in with_number)


def _distribution(
    view: AgencyView,
    index: int,
    shown: tuple[Combination, ...],
    members: Mapping[Agencies, IntArray],
    rule: DisclosureRule,
) -> Distribution:
    """One attribute of one agency, by the shown combinations that it shares with others."""
    value_count = len(view.attributes[index].values)
    rows = []
    for item in shown:
        if view.agency in item.agencies and len(item.agencies) > 1:
            codes = view.codes[members[item.agencies], index]
            parts = np.bincount(codes[codes >= 0], minlength=value_count)
            rows.append(DistributionRow(item, publish_parts(item.people, parts.tolist())))
    return Distribution(rule, view.agency, view.attributes[index], tuple(rows))

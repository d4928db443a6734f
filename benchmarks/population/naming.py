"""Naming: gives the members of households their names, by the customs of their origins.

These are the names at birth and after marriage; `changes` has what else happens to a name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np

from benchmarks.population.households import BoolArray, FloatArray, IntArray, Members, Role
from benchmarks.population.origins import FamilyRule, Origin, SecondName, TextArray

OLDER_BEFORE: Final = np.datetime64("1970-01-01")
"""Those born before it bear the given names of their generation."""
MIXED_COUPLES: Final = 0.12
"""Partners whose origin is drawn anew."""
MARRIED_COUPLES: Final = 0.8
LONE_PARENTS_NAME: Final = 0.5
"""Children of a lone parent with that parent's family name; the others have the absent one's."""
HALF_SIBLINGS: Final = 0.04
"""Children with the family name of neither parent."""
NAMED_AFTER_PARENT: Final = 0.03
"""Children with the given name of a parent: same name, same address, another birth date."""
RELIGIOUS_FAMILY: Final = 0.35
"""Sikh households with Singh or Kaur in place of a family name."""
ELDERS_OF_FATHER: Final = 0.7
"""Elders who are the name-giving parent's own; the others are the other parent's."""

FEMININE: Final = (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka"))
"""Endings of Polish family names that change with the sex."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the members, and the origin that each follows; one item a person.

    Attributes:
        father: index of the parent who gave the name, in a household of a child; else its head.
        mother: index of the other parent; the same as `father` where there is none.
    """

    origin: IntArray
    father: IntArray
    mother: IntArray
    given: TextArray
    second: TextArray
    family: TextArray
    former_family: TextArray


@dataclass(frozen=True, slots=True)
class _Region:
    """What every step here looks at.

    Attributes:
        father: index of the parent who gives the name: the man of a couple, else the head.
        mother: index of the head's or father's partner; the same as `father` where there is none.
    """

    rng: np.random.Generator
    members: Members
    origin: IntArray
    origins: tuple[Origin, ...]
    father: IntArray
    mother: IntArray

    def __len__(self) -> int:
        return len(self.members)

    def chance(self, rate: float | FloatArray) -> BoolArray:
        """An independent yes for each person at this rate."""
        return self.rng.random(len(self)) < rate

    def by_origin(self) -> Iterator[tuple[Origin, BoolArray]]:
        """Each origin with the people of it."""
        for index, origin in enumerate(self.origins):
            yield origin, self.origin == index


def name_members(rng: np.random.Generator, members: Members, origins: tuple[Origin, ...]) -> Names:
    """Names for everyone: at birth, then after marriage, then the children's."""
    region = _make_region(rng, members, origins)
    given = _given_names(region)
    second = _second_names(region, given)
    born = _family_names(region)
    family = _after_marriage(region, born)
    family = _childrens_names(region, second, family)
    is_child = members.role == Role.CHILD
    born = np.where(is_child, family, born)
    born, family = _fit_to_sex(region, born, family)
    given, second = _prefixed(region, given, second)
    second = np.where((second == family) | (second == given), "", second)
    return Names(
        origin=region.origin,
        father=region.father,
        mother=region.mother,
        given=given,
        second=second,
        family=family,
        former_family=born,
    )


def _make_region(
    rng: np.random.Generator, members: Members, origins: tuple[Origin, ...]
) -> _Region:
    households = np.arange(members.household_count)
    head = np.searchsorted(members.household, households)
    partner = head.copy()
    at = np.flatnonzero(members.role == Role.PARTNER)
    partner[members.household[at]] = at
    partner_gives = members.is_female[head] & ~members.is_female[partner]
    father = np.where(partner_gives, partner, head)
    mother = np.where(partner_gives, head, partner)
    shares = np.array([origin.custom.share for origin in origins])
    drawn = rng.choice(len(origins), size=len(members), p=shares / shares.sum())
    alone = (members.role == Role.SHARER) | (
        (members.role == Role.PARTNER) & (rng.random(len(members)) < MIXED_COUPLES)
    )
    origin = np.where(alone, drawn, drawn[head][members.household])
    is_child = members.role == Role.CHILD
    origin = np.where(is_child, origin[father][members.household], origin)
    return _Region(
        rng, members, origin, origins, father[members.household], mother[members.household]
    )


def _given_names(region: _Region) -> TextArray:
    is_older = region.members.birth < OLDER_BEFORE
    given = _drawn_given(region, region.members.is_female, is_older)
    is_child = region.members.role == Role.CHILD
    for parent in (region.father, region.mother):
        same_sex = region.members.is_female == region.members.is_female[parent]
        after = is_child & same_sex & region.chance(NAMED_AFTER_PARENT)
        given = np.where(after, given[parent], given)
    return _twins_names(region, given)


def _twins_names(region: _Region, given: TextArray) -> TextArray:
    """The same names, with those of twins that are alike by custom or for love of the sound."""
    given = given.copy()
    alike = np.array([origin.custom.alike_twins for origin in region.origins])[region.origin]
    wanted = region.chance(alike)
    for younger in np.flatnonzero(region.members.is_twin).tolist():
        older, origin = younger - 1, region.origins[region.origin[younger]]
        is_female = bool(region.members.is_female[younger])
        if is_female != region.members.is_female[older]:
            continue
        customary = origin.twins[is_female]
        if wanted[younger] and customary:
            given[older], given[younger] = customary[int(region.rng.integers(len(customary)))]
        elif wanted[younger] or given[younger] == given[older]:
            given[younger] = _most_alike(given[older], origin.given[is_female, False].names)
    return given


def _most_alike(name: str, names: TextArray) -> str:
    """The other name that shares the longest beginning and ending with this one."""

    def shared(other: str) -> int:
        return _common_start(name, other) + _common_start(name[::-1], other[::-1])

    others: list[str] = names.tolist()
    return max((other for other in others if other != name), key=shared)


def _common_start(one: str, other: str) -> int:
    """How many letters at the beginning are the same."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _drawn_given(region: _Region, is_female: BoolArray, is_older: BoolArray) -> TextArray:
    """A given name for each, of the origin and as for this sex and generation."""
    given = np.full(len(region), "", dtype=object)
    for origin, there in region.by_origin():
        for (female, older), pool in origin.given.items():
            who = there & (is_female == female) & (is_older == older)
            given[who] = pool.draw(region.rng, int(who.sum()))
    return given


def _second_names(region: _Region, given: TextArray) -> TextArray:
    """What stands between given and family name; empty where nothing does."""
    is_older = region.members.birth < OLDER_BEFORE
    another = _drawn_given(region, region.members.is_female, is_older)
    nobody = np.zeros(len(region), dtype=bool)
    mans = _drawn_given(region, is_female=nobody, is_older=~nobody)
    is_child = region.members.role == Role.CHILD
    fathers = np.where(
        is_child & ~region.members.is_female[region.father], given[region.father], mans
    )
    second = np.full(len(region), "", dtype=object)
    for origin, there in region.by_origin():
        who = there & region.chance(origin.custom.second_rate)
        match origin.custom.second:
            case SecondName.ANOTHER:
                second[who] = another[who]
            case SecondName.FATHERS:
                second[who] = fathers[who]
            case SecondName.RELIGIOUS:
                second[who] = _religious(region, origin)[who]
            case SecondName.ENGLISH:
                for is_female, pool in origin.english.items():
                    some = who & (region.members.is_female == is_female)
                    second[some] = pool.draw(region.rng, int(some.sum()))
    return second


def _religious(region: _Region, origin: Origin) -> TextArray:
    return np.where(
        region.members.is_female,
        origin.named.get("female_religious", ""),
        origin.named.get("male_religious", ""),
    ).astype(object)


def _family_names(region: _Region) -> TextArray:
    """The family name that each would have at birth; elders share the one they handed down."""
    family = np.full(len(region), "", dtype=object)
    for origin, there in region.by_origin():
        count = int(there.sum())
        family[there] = origin.family.draw(region.rng, count)
        if origin.custom.family is FamilyRule.BOTH_PARENTS:
            family[there] = family[there] + " " + origin.family.draw(region.rng, count)
    is_elder = region.members.role == Role.ELDER
    handed = np.where(region.chance(ELDERS_OF_FATHER), family[region.father], family[region.mother])
    return np.where(is_elder, handed, family)


def _after_marriage(region: _Region, born: TextArray) -> TextArray:
    """The family name after marriage: the wife's may change, the husband's stays."""
    husband, wife = region.father, region.mother
    everyone = np.arange(len(region))
    is_wife = (everyone == wife) & (husband != wife) & region.members.is_female
    is_wife &= region.chance(MARRIED_COUPLES)
    draw = region.rng.random(len(region))
    takes = np.array([origin.custom.wife_takes for origin in region.origins])[region.origin]
    joins = np.array([origin.custom.wife_joins for origin in region.origins])[region.origin]
    family = np.where(is_wife & (draw < takes), born[husband], born)
    joined = is_wife & (draw >= takes) & (draw < takes + joins) & (born != born[husband])
    family[joined] = born[joined] + "-" + born[husband[joined]]
    return family


def _childrens_names(region: _Region, second: TextArray, family: TextArray) -> TextArray:
    """The same names with those of the children put in, by the custom of their origin."""
    is_child = region.members.role == Role.CHILD
    fathers, mothers = family[region.father], family[region.mother]
    named = fathers.copy()
    lone = region.father == region.mother
    household_draw = region.rng.random(region.members.household_count)[region.members.household]
    strangers = _family_names(region)[region.father]
    named = np.where(lone & (household_draw >= LONE_PARENTS_NAME), strangers, named)
    for origin, there in region.by_origin():
        who = there & is_child
        if origin.custom.family is FamilyRule.BOTH_PARENTS:
            named[who] = [
                f"{mother.split()[-1]} {father.split()[-1]}"
                for mother, father in zip(mothers[who], fathers[who], strict=True)
            ]
        elif origin.custom.family is FamilyRule.LINEAGE:
            lineage = second[region.father]
            named[who] = np.where(lineage == "", named, lineage)[who]
    half = region.chance(HALF_SIBLINGS)
    named = np.where(half, family, named)
    return np.where(is_child, named, family)


def _fit_to_sex(region: _Region, born: TextArray, family: TextArray) -> tuple[TextArray, TextArray]:
    """Puts in family names that differ between the women and men of one family."""
    born, family = born.copy(), family.copy()
    is_female = region.members.is_female
    devout = region.rng.random(region.members.household_count) < RELIGIOUS_FAMILY
    devout_household = devout[region.members.household]
    for origin, there in region.by_origin():
        if origin.custom.second is SecondName.RELIGIOUS:
            who = there & devout_household
            born[who] = family[who] = _religious(region, origin)[who]
        if origin.female_family is not None:
            who = there & is_female & region.chance(origin.custom.own_family_rate)
            born[who] = family[who] = origin.female_family.draw(region.rng, int(who.sum()))
        if origin.name == "polish":
            who = there & is_female
            for names in (born, family):
                names[who] = [_feminine(name) for name in names[who]]
    return born, family


def _feminine(name: str) -> str:
    for masculine, feminine in FEMININE:
        if name.endswith(masculine):
            return name.removesuffix(masculine) + feminine
    return name


def _prefixed(region: _Region, given: TextArray, second: TextArray) -> tuple[TextArray, TextArray]:
    """Puts the prefix that many men of an origin bear first, and their own name second."""
    given, second = given.copy(), second.copy()
    for origin, there in region.by_origin():
        who = there & ~region.members.is_female & region.chance(origin.custom.prefix_rate)
        if "male_prefix" in origin.named:
            second[who] = given[who]
            given[who] = origin.named["male_prefix"]
    return given, second

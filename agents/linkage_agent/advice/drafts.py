"""Drafts of fields: from what the agencies share to what each field is, is called and says."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from linkage.agreement.schema import CheckRule, FieldKind
from linkage.ids import AgencyId, FieldName
from linkage_agent.advice.align import Alignment, Together
from linkage_agent.advice.headers import header_words
from linkage_agent.advice.interface import ColumnProfile, LeftOut, Meaning, Profile
from linkage_agent.advice.meanings import NUMBER, PLACE, TRAITS, Trait
from linkage_agent.advice.weights import Weighing, evidence_bits

SPARE_BITS: Final = 10.0
"""Evidence to have beyond what singles out one record of all, for a thousand to one."""
ECHO: Final = 0.5
"""What a town or a street still says when the postcode has spoken: they mostly agree together."""
AT_HOME: Final = 0.5
"""What a place says beside a name: who looks most like a person is a relative at one address."""
SEVERAL_WORDS: Final = 1.5
"""Mean number of words from which a column of which nothing is known is taken for a text."""
USUAL_CHARACTERS: Final = 7.0
"""Length of a value, where extracts are too small to tell."""
INITIALS: Final = 1.5
"""Mean length below which a column of names holds initials."""
MAX_NAME_CHARACTERS: Final = 28
"""Of a field's name before it is numbered; the agreement allows 32."""

_ECHOES: Final = frozenset(
    {Meaning.TOWN, Meaning.COUNTY, Meaning.REGION, Meaning.STREET, Meaning.ADDRESS}
)
_SAYS_AGE: Final = frozenset({Meaning.BIRTH_DATE, Meaning.BIRTH_YEAR})
_UNKNOWN: Final = Trait(FieldKind.CODE, "", NUMBER, 0.7, 5, "To confirm who a person is.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A field without its tokens.

    Attributes:
        columns: one of each agency that has the field.
        information_bits: what agreement on it says of two strangers, as the mean of the agencies.
    """

    name: FieldName
    kind: FieldKind
    trait: Trait
    meaning: Meaning
    columns: Mapping[AgencyId, ColumnProfile]
    weighing: Weighing
    information_bits: float
    check: CheckRule


@dataclass(frozen=True, slots=True)
class Drafts:
    """All fields, why each other column is in none, and what a person should look at."""

    fields: tuple[Draft, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]


def draft_fields(alignment: Alignment, profiles: Sequence[Profile]) -> Drafts:
    """The fields that suit the agencies.

    Columns of which nothing is known are taken only where the others do not tell people apart: no
    more is sent than is needed.
    """
    shared, refused = _without_age(alignment.known)
    drafter = _Drafter(profiles)
    for together in shared:
        readable, unreadable = _readable(together)
        refused += unreadable
        if len(readable.columns) > 1:
            drafter.add(readable)
    warnings = []
    needed = needed_bits(profiles)
    if drafter.evidence < needed:
        warnings = [drafter.add_unknown(together) for together in alignment.unknown]
        if drafter.evidence < needed:
            warnings.append("all fields together hardly tell people apart")
    else:
        why = "the other fields tell people apart without it"
        refused += _left_out(alignment.unknown, why)
    left_out = {(one.agency, one.column): one for one in (*alignment.left_out, *refused)}
    return Drafts(
        fields=drafter.drafts(),
        left_out=tuple(
            left_out[profile.agency, column.name]
            for profile in profiles
            for column in profile.columns
            if (profile.agency, column.name) in left_out
        ),
        warnings=tuple(warnings),
    )


def needed_bits(profiles: Sequence[Profile]) -> float:
    """Evidence that finds a person's record among all of the largest extract."""
    return math.log2(max(1, *(profile.records for profile in profiles))) + SPARE_BITS


class _Drafter:
    """Makes drafts, each with a name of its own."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._records = {profile.agency: profile.records for profile in profiles}
        self._drafts: list[Draft] = []

    @property
    def evidence(self) -> float:
        """Bits of evidence that a mean record of a person gives."""
        return sum(d.weighing.present * d.weighing.evidence for d in self.drafts())

    def drafts(self) -> tuple[Draft, ...]:
        """All drafts; what echoes the postcode weighs less."""
        if all(draft.meaning is not Meaning.POSTCODE for draft in self._drafts):
            return tuple(self._drafts)
        return tuple(_echoing(d) if d.meaning in _ECHOES else d for d in self._drafts)

    def add(self, together: Together) -> None:
        """Drafts a field of a known meaning."""
        trait = TRAITS[together.meaning]
        name = "_".join(filter(None, (together.whose.replace(" ", "_"), trait.name)))
        readable = all(
            column.date_formats or column.sex_coding for column in together.columns.values()
        )
        if trait.kind in {FieldKind.DATE, FieldKind.SEX} and not readable:
            trait = replace(trait, kind=FieldKind.CODE)
        self._draft(together, trait, name)

    def add_unknown(self, together: Together) -> str:
        """Drafts a field of which only the name is known, and gives a warning about it."""
        columns = together.columns.values()
        kind = (
            FieldKind.ADDRESS
            if max(column.words for column in columns) >= SEVERAL_WORDS
            else FieldKind.CODE
        )
        name = "_".join(header_words(next(iter(columns)).name))
        self._draft(together, replace(_UNKNOWN, kind=kind), name)
        return (
            f"the field {self._drafts[-1].name} is in only because the others hardly tell people"
            " apart; take it out unless it says who a person is"
        )

    def _draft(self, together: Together, trait: Trait, name: str) -> None:
        columns = together.columns
        # A column that stands in for another meaning, such as a date for its year, says more.
        own = {a: c for a, c in columns.items() if c.meaning is together.meaning} or columns
        information = self._mean(own, "information_bits") or trait.information_bits
        evidence = evidence_bits(trait.agrees, information)
        checks = {column.check for column in columns.values()}
        missing = [column.missing for column in columns.values()]
        self._drafts.append(
            Draft(
                name=self._free_name(name),
                kind=trait.kind,
                trait=trait,
                meaning=together.meaning,
                columns=columns,
                weighing=Weighing(
                    kind=trait.kind,
                    present=1 - sum(missing) / len(missing),
                    characters=self._mean(columns, "characters") or USUAL_CHARACTERS,
                    words=self._mean(columns, "words") or 1.0,
                    numbers=self._mean(columns, "numbers"),
                    initials=any(0 < c.characters < INITIALS for c in columns.values()),
                    evidence=AT_HOME * evidence if trait.group == PLACE else evidence,
                ),
                information_bits=round(information, 1),
                check=checks.pop() if len(checks) == 1 else CheckRule.NONE,
            )
        )

    def _mean(self, columns: Mapping[AgencyId, ColumnProfile], measure: str) -> float:
        """Mean of a measure over the agencies' records; 0 if all extracts are tiny."""
        total = sum(self._records[agency] for agency in columns)
        summed = sum(
            float(getattr(column, measure)) * self._records[agency]
            for agency, column in columns.items()
        )
        return summed / total if total else 0.0

    def _free_name(self, wanted: str) -> FieldName:
        """The name as an agreement allows it, numbered if another field has it."""
        name = re.sub(r"[^a-z0-9_]", "", wanted)[:MAX_NAME_CHARACTERS]
        name = name if name[:1].isalpha() else f"field_{name}"[:MAX_NAME_CHARACTERS]
        taken = {draft.name for draft in self._drafts}
        numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return FieldName(next(free for free in (name, *numbered) if free not in taken))


def _echoing(draft: Draft) -> Draft:
    weighing = replace(draft.weighing, evidence=ECHO * draft.weighing.evidence)
    return replace(draft, weighing=weighing)


def _without_age(known: Iterable[Together]) -> tuple[list[Together], list[LeftOut]]:
    """Ages go where dates or years of birth say the same and do not change."""
    kept = list(known)
    if any(together.meaning in _SAYS_AGE and not together.whose for together in kept):
        ages = [together for together in kept if together.meaning is Meaning.AGE]
        why = "it changes every year, and the birth says more"
        return [one for one in kept if one not in ages], _left_out(ages, why)
    return kept, []


def _readable(together: Together) -> tuple[Together, list[LeftOut]]:
    """Columns that can be compared: dates and sexes that can be read, or all that can't be."""
    if TRAITS[together.meaning].kind not in {FieldKind.DATE, FieldKind.SEX, FieldKind.YEAR}:
        return together, []
    can = {a: c for a, c in together.columns.items() if _can_be_read(c)}
    cannot = {a: c for a, c in together.columns.items() if a not in can}
    if not can:
        return together, []  # they are compared as they are written
    why = "it can't be read as the other agencies' can; see its profile"
    alone = {} if len(can) > 1 else can
    left_out = [
        *_left_out([replace(together, columns=cannot)], why),
        *_left_out([replace(together, columns=alone)], "no other agency's can be read"),
    ]
    return replace(together, columns=can), left_out


def _can_be_read(column: ColumnProfile) -> bool:
    is_year = column.meaning is Meaning.BIRTH_YEAR
    return is_year or bool(column.date_formats or column.sex_coding)


def _left_out(together: Iterable[Together], why: str) -> list[LeftOut]:
    return [
        LeftOut(agency, column.name, why)
        for one in together
        for agency, column in one.columns.items()
    ]

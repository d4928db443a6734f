"""Fields that the project names: where each agency has them, and what was not said about them.

A field may be as short as its name. Its columns are those that are called so, or that hold what
the name says; its kind is what they are taken for; its tokens are those of its kind, weighed as
`linkage-agent schema suggest` weighs them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from benchmarks.evaluate.agreement import field_table
from benchmarks.evaluate.project import FieldEntry, ProjectFile, Table
from benchmarks.evaluate.reasons import FIELD_WITHOUT_COLUMN
from benchmarks.evaluate.survey import Surveyed
from linkage.agreement.schema import (
    CheckRule,
    FieldKind,
    FieldSchema,
    MissingRule,
    Reveals,
    TokenWeight,
)
from linkage.errors import ConfigError
from linkage.ids import AgencyId, FieldName
from linkage_agent.advice.headers import Vocabulary
from linkage_agent.advice.mapping import map_columns
from linkage_agent.advice.meanings import TRAITS, Trait
from linkage_agent.advice.suggest import suggest_schema
from linkage_agent.advice.weights import (
    FILLS,
    LENGTHS_BITS,
    Weighing,
    evidence_bits,
    weigh_alone,
    weigh_together,
)
from linkage_agent.config import FieldSource

LEAST_AGENCIES: Final = 2
"""With a column for a field; else there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class LocatedField:
    """A field that the project names, its kind, and where each agency has it."""

    entry: FieldEntry
    kind: FieldKind
    sources: Mapping[AgencyId, FieldSource]

    @property
    def trait(self) -> Trait:
        """What is usual for it: as its name says if that fits its kind, else as for the kind."""
        said = Vocabulary().read(self.entry.name).meaning
        trait = TRAITS.get(said) if said is not None else None
        if trait is not None and trait.kind is self.kind:
            return trait
        return next(trait for trait in TRAITS.values() if trait.kind is self.kind)

    @property
    def group(self) -> str:
        """The group that it is in, or would be."""
        return self.entry.group or self.trait.group


def locate_fields(
    project: ProjectFile,
    surveyed: Mapping[AgencyId, Surveyed],
    _reveals: Reveals,
    today: dt.date,
) -> tuple[LocatedField, ...]:
    """Where the agencies have the project's fields, and what they are.

    Args:
        project: Names at least one field.
        surveyed: Every agency's file.
        today: No date is later.

    Raises:
        ConfigError: Fewer than two agencies have a column for a field, or one that is named is
            not there.
    """
    kinds = {entry.name: entry.kind or _kind(entry.name, surveyed) for entry in project.fields}
    headers = {agency: _headers(kinds, each) for agency, each in surveyed.items()}
    located = []
    for entry in project.fields:
        sources = {}
        for agency, each in surveyed.items():
            hint = project.hint(agency, entry.name)
            if header := hint.column or headers[agency].get(entry.name):
                sources[agency] = each.source(header, kinds[entry.name], hint, today)
        if len(sources) < LEAST_AGENCIES:
            found, agencies = len(sources), len(surveyed)
            raise ConfigError(
                FIELD_WITHOUT_COLUMN, field=entry.name, found=found, agencies=agencies
            )
        located.append(LocatedField(entry, kinds[entry.name], sources))
    return tuple(located)


def suggest_fields(
    project: ProjectFile,
    surveyed: Mapping[AgencyId, Surveyed],
    reveals: Reveals,
    today: dt.date,
) -> tuple[LocatedField, ...]:
    """The fields that `linkage-agent schema suggest` proposes, with nothing left to be filled in.

    Args:
        project: May say of their columns how they are read.
        surveyed: Every agency's file.
        reveals: What the matcher gets.
        today: No date is later.

    Raises:
        ConfigError: The agencies have nothing in common, or a column that is named is not there.
    """
    suggestion = suggest_schema([each.profile for each in surveyed.values()], reveals)
    located = []
    for schema, field in zip(suggestion.schema.fields, suggestion.fields, strict=True):
        sources = {}
        for agency, each in surveyed.items():
            hint = project.hint(agency, field.name)
            proposed = field.columns.get(agency)
            if header := hint.column or (proposed.column if proposed else None):
                sources[agency] = each.source(header, field.kind, hint, today)
        entry = FieldEntry.model_validate(field_table(schema))
        located.append(LocatedField(entry, field.kind, sources))
    return tuple(located)


def complete_fields(
    located: Sequence[LocatedField], surveyed: Mapping[AgencyId, Surveyed], reveals: Reveals
) -> list[Table]:
    """The fields as complete tables of an agreement: what was not said is filled in.

    Args:
        located: Fields whose sources can be read.
        surveyed: Every agency's file.
        reveals: What the matcher gets: says which fields share a filter.
    """
    if all(field.entry.tokens for field in located):
        return [_complete(field, (), reveals) for field in located]
    return [
        _complete(field, tokens, reveals)
        for field, tokens in zip(located, _weigh(located, surveyed, reveals), strict=True)
    ]


def _kind(name: str, surveyed: Mapping[AgencyId, Surveyed]) -> FieldKind:
    """What the columns of a name are taken for, else what the name itself says, else a code."""
    found = [(each, header) for each in surveyed.values() if (header := each.find(name))]
    meanings = [each.column_profile(header).meaning for each, header in found]
    said = Vocabulary().read(name).meaning
    traits = (TRAITS.get(meaning) for meaning in (*meanings, *filter(None, [said])))
    return next((trait.kind for trait in traits if trait is not None), FieldKind.CODE)


def _headers(kinds: Mapping[str, FieldKind], surveyed: Surveyed) -> dict[str, str]:
    """The columns that an agency has the fields in, as far as that can be told."""
    fields = [
        FieldSchema(FieldName(name), kind, "", (), MissingRule.NEUTRAL, None, CheckRule.NONE)
        for name, kind in kinds.items()
    ]
    likely = map_columns(fields, surveyed.profile)
    alike: dict[str, str] = {name: source.column for name, source in likely.items()}
    called_so = {name: header for name in kinds if (header := surveyed.find(name))}
    return {**alike, **called_so}


def _weigh(
    located: Sequence[LocatedField], surveyed: Mapping[AgencyId, Surveyed], reveals: Reveals
) -> list[tuple[TokenWeight, ...]]:
    """The tokens of each field, as they are weighed for fields that share a filter with it."""
    length, fill = LENGTHS_BITS[reveals], FILLS[reveals]
    weighings = [_weighing(field, surveyed) for field in located]
    match reveals:
        case Reveals.FIELD_LIKENESS:
            return [weigh_alone(weighing, length, fill) for weighing in weighings]
        case Reveals.GROUP_LIKENESS:
            filters = [field.group for field in located]
        case Reveals.RECORD_LIKENESS:
            filters = [""] * len(located)
    tokens: list[tuple[TokenWeight, ...]] = [()] * len(located)
    for name in dict.fromkeys(filters):
        places = [place for place, each in enumerate(filters) if each == name]
        found = weigh_together([weighings[place] for place in places], length, fill)
        for place, weights in zip(places, found, strict=True):
            tokens[place] = weights
    return tokens


def _weighing(field: LocatedField, surveyed: Mapping[AgencyId, Surveyed]) -> Weighing:
    """What the agencies' columns are like, as means over the agencies."""
    found = [surveyed[agency].measures(field.kind, s) for agency, s in field.sources.items()]
    records = [surveyed[agency].record_count for agency in field.sources]
    missing = [m.missing / max(count, 1) for m, count in zip(found, records, strict=True)]
    return Weighing(
        kind=field.kind,
        present=1 - fmean(missing),
        characters=fmean(m.characters for m in found),
        words=fmean(m.words for m in found),
        numbers=fmean(m.numbers for m in found),
        evidence=evidence_bits(field.trait.agrees, fmean(m.information_bits for m in found)),
    )


def _complete(field: LocatedField, tokens: Sequence[TokenWeight], reveals: Reveals) -> Table:
    """A group stands only where there are groups."""
    filled: Table = {
        "kind": field.kind.value,
        "purpose": field.trait.purpose,
        "tokens": {token.kind.value: token.bits for token in tokens},
        "missing": MissingRule.NEUTRAL.value,
    }
    if field.kind is FieldKind.NATIONAL_ID:
        filled["check"] = CheckRule.NONE.value
    if reveals is Reveals.GROUP_LIKENESS:
        filled["group"] = field.group
    return {**filled, **field.entry.given}

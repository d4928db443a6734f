"""Suggesting a schema: by which identifiers people are found, and with what weight.

All of it hangs on profiles alone. So the agencies can do it before they sign, each at home, and
each gets the same from the same profiles.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from linkage.agreement.schema import (
    EncodingSchema,
    FieldSchema,
    Hardening,
    MissingRule,
    Reveals,
    TokenWeight,
    Transliteration,
)
from linkage.errors import ConfigError, ExitCode, Reason
from linkage.ids import AgencyId, FieldName
from linkage_agent.advice.align import align
from linkage_agent.advice.drafts import Draft, draft_fields
from linkage_agent.advice.interface import (
    ColumnProfile,
    Meaning,
    Profile,
    SuggestedField,
    Suggestion,
)
from linkage_agent.advice.mapping import field_source
from linkage_agent.advice.meanings import TRAITS
from linkage_agent.advice.weights import FILLS, LENGTHS_BITS, weigh_alone, weigh_together

MINIMUM_FIELDS: Final = 2
"""One field alone, a common surname say, tells nobody."""
HARDENING_STATEMENT: Final = (
    "To be written by the parties: why plain filters are enough for these data."
)
SWAPPED_BITS: Final = 1.0
"""By so much must the names' information differ for a swap between two agencies to be seen."""

NOTHING_SHARED: Final = Reason(
    "SCHEMA_NOTHING_SHARED",
    "No two of the {agency_count} extracts have an identifier in common.",
    "Look at each agency's profile: a column may not have been recognised. Name the columns of the"
    " export for what they hold, or write the fields by hand.",
    ExitCode.BAD_DATA,
)
ONE_EXTRACT: Final = Reason(
    "SCHEMA_ONE_EXTRACT",
    "A schema is suggested for two agencies or more; {agency_count} are given.",
    "Give a profile or an extract of each agency, and each agency once.",
    ExitCode.USAGE,
)


def suggest_schema(profiles: Sequence[Profile], reveals: Reveals) -> Suggestion:
    """An encoding schema that suits the agencies' extracts.

    Args:
        profiles: of two agencies or more, each once.
        reveals: what the matcher may tell of two records.

    Raises:
        ConfigError: The agencies share nothing, or are fewer than two.
    """
    agencies = {profile.agency for profile in profiles}
    if len(agencies) < max(len(profiles), 2):
        raise ConfigError(ONE_EXTRACT, agency_count=len(agencies))
    drafts = draft_fields(align(profiles), profiles)
    if not drafts.fields:
        raise ConfigError(NOTHING_SHARED, agency_count=len(agencies))
    weights = _weigh(drafts.fields, reveals)
    schema = EncodingSchema(
        fields=tuple(
            _field(draft, tokens, reveals)
            for draft, tokens in zip(drafts.fields, weights, strict=True)
        ),
        reveals=reveals,
        length_bits=LENGTHS_BITS[reveals],
        transliteration=Transliteration.ANYASCII,
        hardening=Hardening.RESEARCH,
        hardening_statement=HARDENING_STATEMENT,
        minimum_fields=min(MINIMUM_FIELDS, len(drafts.fields)),
    )
    return Suggestion(
        schema=schema,
        fields=tuple(_suggested(draft) for draft in drafts.fields),
        profiles=tuple(profiles),
        left_out=drafts.left_out,
        warnings=(*drafts.warnings, *_doubts(drafts.fields, profiles)),
    )


def _weigh(drafts: Sequence[Draft], reveals: Reveals) -> list[tuple[TokenWeight, ...]]:
    """The tokens of each field."""
    length, fill = LENGTHS_BITS[reveals], FILLS[reveals]
    if reveals is Reveals.FIELD_LIKENESS:
        return [weigh_alone(draft.weighing, length, fill) for draft in drafts]
    filters: dict[str, list[int]] = {}
    for place, draft in enumerate(drafts):
        is_grouped = reveals is Reveals.GROUP_LIKENESS
        filters.setdefault(draft.trait.group if is_grouped else "", []).append(place)
    found: dict[int, tuple[TokenWeight, ...]] = {}
    for places in filters.values():
        tokens = weigh_together([drafts[place].weighing for place in places], length, fill)
        found.update(zip(places, tokens, strict=True))
    return [found[place] for place in range(len(drafts))]


def _field(draft: Draft, tokens: tuple[TokenWeight, ...], reveals: Reveals) -> FieldSchema:
    return FieldSchema(
        name=draft.name,
        kind=draft.kind,
        purpose=draft.trait.purpose,
        tokens=tokens,
        missing=MissingRule.NEUTRAL,
        group=draft.trait.group if reveals is Reveals.GROUP_LIKENESS else None,
        check=draft.check,
    )


def _suggested(draft: Draft) -> SuggestedField:
    return SuggestedField(
        name=draft.name,
        kind=draft.kind,
        meaning=draft.meaning,
        columns={agency: field_source(c, draft.kind) for agency, c in draft.columns.items()},
        information_bits=draft.information_bits,
        why=_why(draft.columns),
    )


def _why(columns: Mapping[AgencyId, ColumnProfile]) -> str:
    """How the columns were recognised, each way once, the commonest first."""
    ways = Counter(column.why for column in columns.values())
    return "; ".join(why for why, _ in ways.most_common())


def _doubts(drafts: Sequence[Draft], profiles: Sequence[Profile]) -> Iterator[str]:
    """What a person should look at before the parties sign."""
    for profile in profiles:
        yield from (f"{profile.agency}: {warning}" for warning in profile.warnings)
    for draft in drafts:
        for agency, column in draft.columns.items():
            yield from (f"{agency}, {draft.name}: {warning}" for warning in column.warnings)
    yield from _swaps({draft.name: draft for draft in drafts})
    yield from _one_and_two(profiles)


def _swaps(drafts: Mapping[FieldName, Draft]) -> Iterator[str]:
    """Agencies whose given names are as telling as another's family names, and the reverse."""
    given, family = (
        drafts.get(FieldName(TRAITS[meaning].name))
        for meaning in (Meaning.GIVEN_NAME, Meaning.FAMILY_NAME)
    )
    if given is None or family is None:
        return
    lead = {
        agency: given.columns[agency].information_bits - family.columns[agency].information_bits
        for agency in given.columns
        if agency in family.columns
    }
    for agency, bits in lead.items():
        others = [other for name, other in lead.items() if name != agency]
        if others and bits > SWAPPED_BITS and max(others) < -SWAPPED_BITS:
            yield f"{agency}: given and family names look swapped beside the other agencies'"


def _one_and_two(profiles: Sequence[Profile]) -> Iterator[str]:
    """Agencies that have names in one column where others have them in two."""
    held = {profile.agency: {column.meaning for column in profile.columns} for profile in profiles}
    parts = {Meaning.GIVEN_NAME, Meaning.FAMILY_NAME}
    if any(meanings >= parts for meanings in held.values()):
        for agency, meanings in held.items():
            if Meaning.FULL_NAME in meanings and not meanings & parts:
                yield (
                    f"{agency}: its names are in one column, others' in two; without two columns"
                    " they can't be compared"
                )

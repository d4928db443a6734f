"""A suggestion as TOML: what goes into the agreement, and what into each agency's configuration."""

import json
from collections.abc import Iterator, Mapping

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.ids import AgencyId
from linkage_agent.advice.interface import Profile, SuggestedField, Suggestion
from linkage_agent.config import FieldSource


def render_schema(suggestion: Suggestion) -> str:
    """The agreement's `[encoding]` and `[[fields]]`, with why each field is in and others not."""
    schema = suggestion.schema
    lines = [
        "# Suggested by `linkage-agent schema suggest`, for the agreement. Look at each purpose.",
        *(f"# Look at this: {warning}" for warning in suggestion.warnings),
        *(f"# Left out: {o.agency}, {_comment(o.column)}: {o.why}" for o in suggestion.left_out),
        "",
        "[encoding]",
        f'reveals = "{schema.reveals}"',
        f"length_bits = {schema.length_bits}",
        f'transliteration = "{schema.transliteration}"',
        f'hardening = "{schema.hardening}"',
        f"hardening_statement = {quoted(schema.hardening_statement)}",
        f"minimum_fields = {schema.minimum_fields}",
    ]
    for field, why in zip(schema.fields, suggestion.fields, strict=True):
        lines += ["", *_field_lines(field, why)]
    return "\n".join(lines) + "\n"


def render_source(suggestion: Suggestion, agency: AgencyId) -> str:
    """The part of `[source]` that an agency's configuration needs.

    Args:
        suggestion: has the agency's profile.
        agency: one of the suggestion's.
    """
    profile = next(profile for profile in suggestion.profiles if profile.agency == agency)
    columns = {field.name: field.columns.get(agency) for field in suggestion.fields}
    lines = [
        f"# Suggested by `linkage-agent schema suggest`, for the configuration of {agency}.",
        "[source]",
        *_source_lines(profile),
    ]
    for name, source in columns.items():
        lines += ["", *_field_source_lines(name, source)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _field_lines(field: FieldSchema, why: SuggestedField) -> Iterator[str]:
    yield f"# {why.meaning}, {why.information_bits} bits ({why.why})"
    yield "[[fields]]"
    yield f'name = "{field.name}"'
    yield f'kind = "{field.kind}"'
    yield f"purpose = {quoted(field.purpose)}"
    tokens = ", ".join(f"{token} = {bits}" for token, bits in field.tokens)
    yield f"tokens = {{ {tokens} }}"
    yield f'missing = "{field.missing}"'
    if field.group is not None:
        yield f'group = "{field.group}"'
    if field.kind is FieldKind.NATIONAL_ID:
        yield f'check = "{field.check}"'


def _source_lines(profile: Profile) -> Iterator[str]:
    yield f'charset = "{profile.charset}"'
    yield f"delimiter = {quoted(profile.delimiter)}"
    if profile.row_id_column is not None:
        yield f"row_id_column = {quoted(profile.row_id_column)}"
    if profile.missing_values:
        yield f"missing_values = [{', '.join(map(quoted, profile.missing_values))}]"


def _field_source_lines(name: str, source: FieldSource | None) -> Iterator[str]:
    yield f"[source.fields.{name}]"
    if source is None:
        yield "absent = true  # no column of this extract was found to hold it"
        return
    yield f"column = {quoted(source.column)}"
    if source.date_formats:
        yield f"date_formats = [{', '.join(map(quoted, source.date_formats))}]"
    if source.codes:
        yield f"codes = {_inline(source.codes)}"


def _inline(codes: Mapping[str, str]) -> str:
    pairs = (f"{quoted(code)} = {quoted(meaning)}" for code, meaning in codes.items())
    return f"{{ {', '.join(pairs)} }}"


def _comment(text: str) -> str:
    """A column's name on one line of a comment, whatever characters it has."""
    return quoted(text)

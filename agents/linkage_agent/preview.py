"""Preview: exactly what would leave, and what stays, for the person who approves it."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.model import Agreement
from linkage.agreement.schema import Blocking, EncodingSchema, Reveals
from linkage.arrays import TOKEN_BYTES
from linkage_agent.spool import FieldCounts, FillCounts, Spool, SpooledDataset, Summary

SAMPLE_RECORDS: Final = 3
ABSENT: Final = "absent: this agency does not hold it"
"""What stands for the counts of a field."""

LEAVES: Final = (
    "for each record a random token, drawn anew for this dataset",
    "for each record its encoding: filters of bits set by keyed hashes of the fields below",
    "the number of records, the epoch, digests of schema and content, a signature",
    "names and versions of the software that made the encodings",
)
STAYS: Final = (
    "every value of every field, in any readable form",
    "your row ids, and which token belongs to which row",
    "the project secret, which the matcher never has",
    "the order of your extract: records are shuffled",
    "all other columns of the extract, of which nothing is kept",
)
REVEALED: Final[Mapping[Reveals, str]] = {
    Reveals.FIELD_LIKENESS: "how alike two records are in each field",
    Reveals.GROUP_LIKENESS: "how alike two records are in each group of fields",
    Reveals.RECORD_LIKENESS: "how alike two records are as a whole",
}
RESEARCH_WARNING: Final = (
    'The encoding schema\'s hardening is "research": encodings are plain Bloom filters. Whoever '
    "holds them and knows some of the people can recognise most of the others, without the key. "
    "The agreement accepts this in its own words:"
)

BLOCKING_LEAVES: Final = "for each record its blocking tokens: keyed numbers for coarse parts of it"
BLOCKING_REVEALED: Final = "and which records agree in the parts of a blocking rule"
BLOCKING_WARNING: Final = (
    "The agreement has blocking tokens: beside what encodings show, the matcher learns which "
    "records of all agencies agree in the parts that a rule names. The tokens do not say what the "
    "parts are, but whoever knows how common each is can guess it. The agreement accepts this in "
    "its own words:"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person is shown before approving a dataset.

    Attributes:
        samples: token and encoding of the first records, and blocking tokens if there are any, in
            hexadecimal, as they would be sent.
    """

    agreement: Agreement
    dataset: SpooledDataset
    samples: tuple[tuple[str, ...], ...]


def make_preview(agreement: Agreement, spool: Spool, dataset: SpooledDataset) -> Preview:
    """The preview of the spooled dataset, its samples read from the very bytes that are sent."""
    records = dataset.manifest.records_in(0)
    payload = np.frombuffer(spool.payload(dataset, 0), np.uint8)
    ends = records * np.array([TOKEN_BYTES, TOKEN_BYTES + agreement.schema.encoding_bytes])
    parts = [part.reshape(records, -1) for part in np.split(payload, ends) if part.size]
    samples = tuple(
        tuple(part[record].tobytes().hex() for part in parts)
        for record in range(min(SAMPLE_RECORDS, records))
    )
    return Preview(agreement, dataset, samples)


def preview_lines(preview: Preview) -> Iterator[str]:
    """The preview as text for a terminal."""
    manifest, summary = preview.dataset.manifest, preview.dataset.summary
    yield f"Dataset            {preview.dataset.id}"
    yield f"Agreement          {preview.agreement.project.title} ({manifest.agreement})"
    yield f"Extract            {summary.rows_read:,} rows, SHA-256 {summary.source}"
    yield f"Would be sent      {manifest.record_count:,} records, {manifest.payload_bytes:,} bytes"
    yield f"Withheld           {summary.withheld:,} rows without enough fields"
    yield f"Encoding           {_filters(preview.agreement.schema)}"
    yield f"Made by            {manifest.software}"
    yield f"The matcher sees   {_revealed(preview.agreement.schema)}"
    yield ""
    yield f"{'Filter':<20}{'bits set':>12}{'least':>12}{'most':>12}"
    for name, fill in summary.fill.items():
        yield f"{name:<20}" + "".join(f"{share:>12}" for share in _shares(fill))
    yield ""
    yield f"{'Field':<20}{'present':>12}{'missing':>12}{'unreadable':>12}"
    for name, counts in summary.fields.items():
        yield f"{name:<20}{_counts_line(counts)}"
    yield ""
    yield from _blocking_lines(preview)
    yield "What leaves:"
    yield from (f"  - {item}" for item in _leaves(preview))
    yield "What stays here:"
    yield from (f"  - {item}" for item in STAYS)
    yield ""
    parts = "token, encoding" + ", blocking tokens" * (preview.agreement.schema.rule_count > 0)
    yield f"The first {len(preview.samples)} records as they would be sent ({parts}):"
    for token, encoding, *blocking in preview.samples:
        yield "  ".join(("", token, f"{encoding[:64]}...", *blocking))
    yield ""
    yield RESEARCH_WARNING
    yield f"  {preview.agreement.schema.hardening_statement}"


def _blocking_lines(preview: Preview) -> Iterator[str]:
    blocking = preview.agreement.schema.blocking
    if blocking is None:
        return
    yield f"{'Blocking rule':<44}{'records':>12}{'buckets':>12}{'smallest':>12}"
    for cells in _rules(blocking, preview.dataset.summary):
        yield f"{cells[0]:<44}" + "".join(f"{cell:>12}" for cell in cells[1:])
    yield ""
    yield BLOCKING_WARNING
    yield f"  {blocking.statement}"
    yield ""


def _rules(blocking: Blocking, summary: Summary) -> Iterator[tuple[str, ...]]:
    """Of each blocking rule, and of all together: what it is, records, buckets, the smallest."""
    for rule, counts in zip(blocking.rules, summary.buckets, strict=True):
        parts = ", ".join(f"{part} of {field}" for field, part in rule)
        yield parts, f"{counts.records:,}", f"{counts.buckets:,}", f"{counts.smallest:,}"
    yield "all tokens in common", "", "", f"{summary.fewest_alike:,}"


def _leaves(preview: Preview) -> tuple[str, ...]:
    return (*LEAVES, BLOCKING_LEAVES) if preview.agreement.schema.blocking else LEAVES


def preview_page(preview: Preview) -> str:
    """The preview as one HTML page without scripts or references to anything outside it."""
    manifest, summary = preview.dataset.manifest, preview.dataset.summary
    facts = {
        "Agreement": f"{preview.agreement.project.title} ({manifest.agreement})",
        "Dataset (what you approve)": preview.dataset.id,
        "Extract": f"{summary.rows_read:,} rows, SHA-256 {summary.source}",
        "Would be sent": f"{manifest.record_count:,} records, {manifest.payload_bytes:,} bytes in "
        f"{len(manifest.chunk_digests)} chunks",
        "Withheld": f"{summary.withheld:,} rows without enough fields",
        "Encoding": _filters(preview.agreement.schema),
        "Made by": manifest.software,
        "The matcher sees": _revealed(preview.agreement.schema),
    }
    fields = "".join(_field_row(name, counts) for name, counts in summary.fields.items())
    return _PAGE.format(
        facts="".join(_row(name, fact) for name, fact in facts.items()),
        filters="".join(_row(name, *_shares(fill)) for name, fill in summary.fill.items()),
        fields=fields,
        blocking=_blocking_part(preview),
        leaves=_items(_leaves(preview)),
        stays=_items(STAYS),
        sample_head='<th scope="col">Blocking tokens</th>'
        if preview.agreement.schema.blocking
        else "",
        samples="".join(_row(*sample) for sample in preview.samples),
        chunks="".join(_row(str(i), d) for i, d in enumerate(manifest.chunk_digests)),
        warning=html.escape(RESEARCH_WARNING),
        statement=html.escape(preview.agreement.schema.hardening_statement),
    )


def _revealed(schema: EncodingSchema) -> str:
    revealed = REVEALED[schema.reveals]
    return f"{revealed}; {BLOCKING_REVEALED}" if schema.blocking else revealed


def _filters(schema: EncodingSchema) -> str:
    count = len(schema.segments())
    return f"{schema.reveals}: {count} filter{'s' * (count > 1)} of {schema.length_bits} bits"


def _shares(fill: FillCounts) -> tuple[str, str, str]:
    mean, least, most = (f"{share / 10:.1f} %" for share in (fill.mean, fill.least, fill.most))
    return mean, least, most


def _counts_line(counts: FieldCounts) -> str:
    if counts.absent:
        return f"  {ABSENT}"
    return f"{counts.present:>12,}{counts.missing:>12,}{counts.invalid:>12,}"


def _field_row(name: str, counts: FieldCounts) -> str:
    if counts.absent:
        return f'<tr><th scope="row">{html.escape(name)}</th><td colspan="3">{ABSENT}</td></tr>'
    return _row(name, f"{counts.present:,}", f"{counts.missing:,}", f"{counts.invalid:,}")


def _blocking_part(preview: Preview) -> str:
    blocking = preview.agreement.schema.blocking
    if blocking is None:
        return ""
    return _BLOCKING_PART.format(
        rules="".join(_row(*cells) for cells in _rules(blocking, preview.dataset.summary)),
        warning=html.escape(BLOCKING_WARNING),
        statement=html.escape(blocking.statement),
    )


def _row(*cells: str) -> str:
    head, *rest = (html.escape(cell) for cell in cells)
    return f'<tr><th scope="row">{head}</th>' + "".join(f"<td>{c}</td>" for c in rest) + "</tr>"


def _items(items: tuple[str, ...]) -> str:
    return "".join(f"<li>{html.escape(item)}</li>" for item in items)


_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What would be sent</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #0b0c0c; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100%; margin: 0 0 1.5rem }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid #b1b4b6; overflow-wrap: anywhere }}
th {{ min-width: 9rem }}
.wide {{ font: .8rem/1.4 ui-monospace, monospace }}
.warning {{ border-left: .4rem solid #d4351c; padding: .2rem 0 .2rem 1rem }}
</style>
</head>
<body>
<h1>What would be sent</h1>
<table>{facts}</table>
<div class="warning"><p>{warning}</p><blockquote>{statement}</blockquote></div>
<h2>What leaves</h2><ul>{leaves}</ul>
<h2>What stays here</h2><ul>{stays}</ul>
<h2>Filters</h2>
<table><thead><tr><th scope="col">Filter</th><th scope="col">Bits set, mean</th>
<th scope="col">Least</th><th scope="col">Most</th></tr></thead><tbody>{filters}</tbody></table>
<h2>Fields</h2>
<table><thead><tr><th scope="col">Field</th><th scope="col">Present</th><th scope="col">Missing</th>
<th scope="col">Unreadable</th></tr></thead><tbody>{fields}</tbody></table>
{blocking}
<h2>The first records, exactly as they would be sent</h2>
<table class="wide"><thead><tr><th scope="col">Record token</th><th scope="col">Encoding</th>
{sample_head}</tr></thead><tbody>{samples}</tbody></table>
<h2>Chunks</h2>
<table class="wide"><thead><tr><th scope="col">Chunk</th><th scope="col">SHA-256</th></tr></thead>
<tbody>{chunks}</tbody></table>
</body>
</html>
"""
_BLOCKING_PART: Final = """<h2>Blocking tokens</h2>
<div class="warning"><p>{warning}</p><blockquote>{statement}</blockquote></div>
<table><thead><tr><th scope="col">Rule</th><th scope="col">Records with a token</th>
<th scope="col">Buckets</th><th scope="col">Smallest</th></tr></thead><tbody>{rules}</tbody></table>
"""

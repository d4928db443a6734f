"""The preview: what a person sees of a dataset before it is sent."""

import secrets
from pathlib import Path

import pytest

from linkage.agreement.schema import Reveals
from linkage.crypto.secret import Secret
from linkage.ids import AgencyId, FieldName
from linkage_agent.config import Charset, FieldSource, SourceConfig
from linkage_agent.job import mapping_digest
from linkage_agent.keys.vault import Vault
from linkage_agent.pii.encode import encode
from linkage_agent.preview import Preview, make_preview, preview_lines, preview_page
from linkage_agent.sources.extract import read_extract
from linkage_agent.spool import FieldCounts, Spool, summarise
from tests.support.agreements import make_agreement

POLICE = AgencyId("police")
FAMILY, PHONE = FieldName("family_name"), FieldName("phone")
FIELDS = (
    ("family_name", "family-name", {"bigrams": 8}),
    ("phone", "phone", {"bigrams": 8, "whole": 16}),
)


def preview_of(folder: Path, phone: FieldSource, reveals: Reveals) -> Preview:
    """The preview of an extract of three, one without a name."""
    agreement = make_agreement(fields=FIELDS, reveals=reveals, accept="balance").agreement
    file = folder / "extract.csv"
    file.write_text("ref,surname,mobile\n1,Ashby,07700900111\n2,Carton,\n3,,07700900333\n")
    source = SourceConfig(
        file=file,
        charset=Charset.UTF_8,
        row_id_column="ref",
        fields={"family_name": FieldSource(column="surname"), "phone": phone},
    )
    kinds = {field.name: field.kind for field in agreement.schema.fields}
    extract = read_extract(source, kinds)
    secret = Secret.generate()
    encoded = encode(extract.columns, agreement.schema, secret, 1, secrets.token_bytes)
    spool = Spool(Vault.open(folder / "spool", Secret.generate(), "spool"))
    summary = summarise(extract, encoded, mapping_digest(source))
    spool.write(encoded, extract.columns.row_ids, agreement, POLICE, summary)
    dataset = spool.load()
    assert dataset is not None
    return make_preview(agreement, spool, dataset)


@pytest.mark.parametrize("reveals", list(Reveals))
def test_a_field_that_the_agency_does_not_hold_is_shown_as_absent(
    reveals: Reveals, tmp_path: Path
) -> None:
    shown = preview_of(tmp_path, FieldSource(absent=True), reveals)
    assert dict(shown.dataset.summary.fields) == {
        FAMILY: FieldCounts(present=2, missing=1, invalid=0, absent=False),
        PHONE: FieldCounts(present=0, missing=3, invalid=0, absent=True),
    }
    assert shown.dataset.summary.withheld == 1
    lines = list(preview_lines(shown))
    assert [line.split() for line in lines if line.startswith("phone")][-1] == [
        "phone", "absent:", "this", "agency", "does", "not", "hold", "it",
    ]  # fmt: skip
    page = preview_page(shown)
    assert '<th scope="row">phone</th><td colspan="3">absent: this agency does not' in page
    assert "surname" not in page


def test_a_field_that_the_agency_holds_is_shown_in_numbers(tmp_path: Path) -> None:
    shown = preview_of(tmp_path, FieldSource(column="mobile"), Reveals.FIELD_LIKENESS)
    lines = [line.split() for line in preview_lines(shown)]
    assert ["phone", "2", "1", "0"] in lines
    assert '<th scope="row">phone</th><td>2</td><td>1</td><td>0</td>' in preview_page(shown)
    assert not [line for line in lines if "absent:" in line]
    assert "locking" not in "".join(preview_lines(shown)) + preview_page(shown)

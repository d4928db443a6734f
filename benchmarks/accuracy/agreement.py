"""The agreement of a benchmark run: the template with parties, planned fields and a threshold."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Final

from benchmarks.accuracy.datasets import LabelledPair
from linkage.agreement.load import parse_agreement
from linkage.agreement.model import Agreement
from linkage.crypto.cards import IdentityCard
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.signatures import SigningKey
from linkage.ids import AgencyId, FieldName

TEMPLATE_FILE: Final = Path(__file__).with_name("agreement.toml")

_PARTY: Final = Template("""[[parties]]
id = "${agency}"
name = "${agency}"
kind = "other"
legal_basis = "none needed"
contact = "none"
holds_each_person_once = true
card = "${card}"
""")
_FIELD: Final = Template("""[[fields]]
name = "${name}"
kind = "${kind}"
purpose = "linkage"
bits_per_qgram = ${bits}
""")


def make_agreement(
    data: LabelledPair, bits: Mapping[FieldName, int], threshold: Decimal | None
) -> Agreement:
    """A checked agreement between the two agencies, whose keys are thrown away.

    Args:
        data: has the parties and the fields.
        bits: the weight of each field.
        threshold: None leaves it to the matcher to estimate it.

    Raises:
        DocumentError: Weights or threshold are not what an agreement allows.
    """
    template = Template(TEMPLATE_FILE.read_text(encoding="utf-8"))
    document = template.substitute(
        parties="\n".join(_party(agency) for agency in data.agencies),
        fields="\n".join(
            _FIELD.substitute(name=field.name, kind=field.kind.value, bits=bits[field.name])
            for field in data.fields
        ),
        agencies=", ".join(f'"{agency}"' for agency in data.agencies),
        threshold='"estimated"' if threshold is None else threshold,
    )
    return parse_agreement(document.encode(), TEMPLATE_FILE.name)


def _party(agency: AgencyId) -> str:
    card = IdentityCard(SigningKey.generate().verify_key(), OpeningKey.generate().recipient_key())
    return _PARTY.substitute(agency=agency, card=card.text())

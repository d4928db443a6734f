"""Views for tests of attacks: made-up people, encoded by the agents' own code under two keys."""

import hashlib
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from benchmarks.attacks.view import View
from benchmarks.speed.schemas import agreed_schema
from linkage.agreement.schema import EncodingSchema
from linkage.arrays import ByteArray, EncodingMatrix, IntArray
from linkage.crypto.secret import Secret
from linkage_agent.columns import StringColumns
from linkage_agent.pii.encode import encode
from tests.support.columns import make_columns
from tests.support.people import Table, make_people

SCHEMA: Final = agreed_schema()
_COLUMNS: Final = {
    "given_name": "given",
    "family_name": "family",
    "birth_date": "birth",
    "sex": "sex",
    "address": "address",
    "postcode": "postcode",
}

Harden = Callable[[ByteArray], ByteArray]


class Planted(NamedTuple):
    """A view, and the row of the population that each target is."""

    view: View
    truth: IntArray


def plant(
    records: int,
    *,
    overlap: float = 1.0,
    known: int = 0,
    harden: Harden | None = None,
    seed: int = 1,
) -> Planted:
    """A view of as many records as there are people on the list.

    Args:
        records: encodings, and people on the list.
        overlap: share of the records whose people are on the list; all but the known are targets.
        known: of them, how many the attacker knows.
        harden: what is done to encodings, the attacker's too; None leaves them plain.
        seed: of who is where.
    """
    rng = np.random.default_rng(seed)
    shared = round(records * overlap)
    everyone = rng.permutation(2 * records - shared)
    people = make_people(2 * records - shared)
    sent = rng.permutation(everyone[:records])
    listed = rng.permutation(everyone[records - shared :])
    place = np.full(len(everyone), -1)
    place[listed] = np.arange(records)
    person = place[sent]
    chosen = rng.permutation(np.flatnonzero(person >= 0))
    view = View(
        encodings=_encoded(people.take(sent), "agencies", harden),
        segments=SCHEMA.segments(),
        schema=SCHEMA,
        population=_columns(people.take(listed)),
        known=np.column_stack([chosen[:known], person[chosen[:known]]]),
        targets=chosen[known:],
        own_encodings=_encoded(people.take(listed), "attacker", harden),
    )
    return Planted(view, person[chosen[known:]])


def random_bits(rows: ByteArray) -> ByteArray:
    """As many bits that say nothing of anybody: what an ideal hardening would give."""
    seed = int(hashlib.sha256(rows.tobytes()).hexdigest()[:8], 16)
    return np.random.default_rng(seed).integers(0, 256, rows.shape).astype(np.uint8)


def named_share(planted: Planted, best: IntArray) -> float:
    """Share of the targets that were named rightly."""
    return float((best == planted.truth).mean())


def _columns(people: Table) -> StringColumns:
    return make_columns({name: people.columns[theirs] for name, theirs in _COLUMNS.items()})


def _encoded(
    people: Table, key: str, harden: Harden | None, schema: EncodingSchema = SCHEMA
) -> EncodingMatrix:
    secret = Secret(hashlib.sha256(key.encode()).digest())
    made = encode(_columns(people), schema, secret, 1, np.random.default_rng(1).bytes)
    rows = np.empty_like(made.encodings.rows)
    rows[made.row_of_record] = made.encodings.rows
    return EncodingMatrix(rows if harden is None else harden(rows))

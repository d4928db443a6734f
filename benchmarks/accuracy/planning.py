"""Planning: the weights of the fields, settled before anything is linked and without any truth.

What an agency needs for it is its own extract. So the parties can do this before they sign, each
at home, and tell each other only the results.

A field gets bits in proportion to what agreement on it says. Two random people agree on a field
with the probability sum p(v)^2 over its values v; its information is -log2 of that. Agreement on
what people change, such as an address, is less to be expected of one person: its information is
multiplied by its stability, which the parties judge. The bits are spread evenly over the field's
q-grams.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.arrays import IntArray
from linkage.ids import FieldName
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.pii.normalise import normalise_column
from linkage_agent.pii.qgrams import split_column

BITS_PER_INFORMATION: Final = 8
"""Bit positions for each bit of information: an average record of some 60 bits of information then
sets a fifth of 2048, few enough that strangers have little in common by chance."""


def bits_per_qgram(columns: Sequence[StringColumn], kind: FieldKind, stability: float) -> int:
    """The weight of a field, as the mean of what each agency finds in its own extract.

    Args:
        columns: the field in each agency's extract.
        kind: what it is.
        stability: in (0, 1]; 1 for what stays with a person, less for what people change.
    """
    per_qgram = np.mean([_information_per_qgram(column, kind) for column in columns])
    return max(1, round(float(BITS_PER_INFORMATION * stability * per_qgram)))


def information_bits(codes: IntArray) -> float:
    """-log2 of the probability that two different records agree, from a sample of values.

    Args:
        codes: (n_records,) a number for each record's value, none of them missing. If no two
            agree, it is taken that one pair does.
    """
    counts = np.bincount(codes)
    agreeing = int((counts * (counts - 1)).sum()) // 2
    pairs = len(codes) * (len(codes) - 1) // 2
    return float(np.log2(max(pairs, 1) / max(agreeing, 1)))


def _information_per_qgram(column: StringColumn, kind: FieldKind) -> float:
    """Bits of information of the field over the mean number of q-grams of a value."""
    field = FieldSchema(FieldName("planned"), kind, purpose="", bits_per_qgram=1)
    normalised = normalise_column(column, field)
    codes = normalised.codes[normalised.codes != MISSING]
    if not len(codes):
        return 0.0
    qgrams = split_column(normalised, kind)
    sizes = np.diff(np.append(qgrams.starts, len(qgrams.members)))
    return information_bits(codes.astype(np.int64)) / float(sizes[codes].mean())

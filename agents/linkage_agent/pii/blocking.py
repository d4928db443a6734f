"""Blocking tokens: coarse parts of a record's fields, by which it may be looked for.

Records that agree in all parts of a rule get one token under it, in every agency; a record that
lacks one of the parts gets none. Rare tokens are still among them. PROTOCOL.md section 5.10.
"""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from linkage.agreement.schema import FieldPart, Part
from linkage.arrays import IntArray, ShortArray
from linkage.crypto.digests import frame
from linkage.crypto.secret import Secret
from linkage.ids import FieldName
from linkage_agent.pii.normalise import NormalisedColumn
from linkage_agent.pii.prf import short_tokens


def rule_tokens(
    columns: Mapping[FieldName, NormalisedColumn], rule: Sequence[FieldPart], key: Secret
) -> ShortArray:
    """(n_records,) uint16: the token of each record under a rule; 0 where it has none."""
    pieces, places = [], []
    for name, part in rule:
        cut = [*(_cut(part, form) for form in columns[name].distinct), ""]
        place_of = {piece: place for place, piece in enumerate(dict.fromkeys(["", *cut]))}
        pieces.append(list(place_of))  # the first is for what is missing
        # A missing value's code, -1, finds the last.
        places.append(np.array([place_of[piece] for piece in cut])[columns[name].codes])
    groups: IntArray = np.zeros(len(places[0]), np.int64)
    for place, known in zip(places, pieces, strict=True):
        groups = np.unique(groups * len(known) + place, return_inverse=True)[1]
    at = np.stack(places, axis=1)[np.unique(groups, return_index=True)[1]]
    is_whole = (at > 0).all(axis=1)
    tokens = np.zeros(len(at), np.uint16)
    tokens[is_whole] = short_tokens(
        key,
        [frame(*(known[i] for known, i in zip(pieces, row, strict=True))) for row in at[is_whole]],
    )
    return tokens[groups]


def _cut(part: Part, form: str) -> str:
    """A part of a normal form; empty if it has none."""
    match part:
        case Part.YEAR:
            return form[:4]
        case Part.EVEN_YEARS:
            return str(int(form[:4]) // 2 * 2)
        case Part.ODD_YEARS:
            return str((int(form[:4]) + 1) // 2 * 2 - 1)
        case Part.WHOLE:
            return form
        case Part.AREA:
            return re.sub("[^a-z].*", "", form)
        case _:
            assert_never(part)

"""Coarse: blocking tokens that too few records share are taken back before anything leaves.

The matcher sees all tokens of a record, so what counts is how many records have all in common. Rule
after rule, among the records that have all tokens so far in common:

(1) A token of fewer records than the agreement's smallest bucket is taken back.
(2) Records without a token, for this or for want of a part, are left so if they are as many.
    Otherwise they would stand out: they get the token that most of the others have. Nobody is
    found by it who ought not to be, since only encodings decide.

What is in common so far is shared by at least so many records, and of these each rule leaves no
fewer together: so whichever tokens a record shows, as many records show the same.
"""

from typing import Final

import numpy as np

from linkage.arrays import BlockingTokens, IntArray, ShortArray
from linkage.errors import ExitCode, Reason, SourceError

BLOCKING_TOO_FINE: Final = Reason(
    "BLOCKING_TOO_FINE",
    "Of {record_count} records that have the parts of blocking rule {rule}, most share them with "
    "fewer than {limit} records of this extract.",
    "Nothing was sent. Check the mapping of the fields in the rule. If it is right, the agreement "
    "needs a rule of coarser parts for agencies of this size, or all pairs.",
    ExitCode.BAD_DATA,
)


def coarsened(tokens: BlockingTokens, smallest_bucket: int) -> BlockingTokens:
    """The tokens that may be sent: all of a record's are shared by so many records, or by none.

    Args:
        tokens: of the records that are sent.
        smallest_bucket: the agreement's.

    Raises:
        SourceError: Under a rule most records that have its parts would lose their token. It would
            then find little, and tell who is like many others.
    """
    groups = np.zeros(len(tokens), np.int64)
    columns = []
    for number, column in enumerate(tokens.rows.T, 1):
        kept = _merged(groups, column, smallest_bucket)
        has_parts = column > 0
        lost = np.count_nonzero(has_parts & (kept != column))
        record_count = int(np.count_nonzero(has_parts))
        if 2 * lost > record_count:
            raise SourceError(
                BLOCKING_TOO_FINE, rule=number, record_count=record_count, limit=smallest_bucket
            )
        groups = np.unique(groups << 16 | kept, return_inverse=True)[1]
        columns.append(kept)
    return BlockingTokens(np.stack(columns, axis=1))


def _merged(groups: IntArray, column: ShortArray, smallest_bucket: int) -> ShortArray:
    """One rule's tokens, among records that have the others' in common.

    Args:
        groups: (n_records,) int64, from 0 without gaps: which records those are.
        column: (n_records,) uint16.
        smallest_bucket: the agreement's.
    """
    buckets, of_record, counts = np.unique(
        groups << 16 | column, return_inverse=True, return_counts=True
    )
    group = buckets >> 16
    kept = np.where(counts < smallest_bucket, 0, buckets & 0xFFFF).astype(np.uint16)  # (1)
    without = np.zeros(len(buckets), np.int64)
    np.add.at(without, group[kept == 0], counts[kept == 0])
    order = np.lexsort((np.where(kept == 0, 0, counts), group))
    largest = order[np.searchsorted(group[order], group, side="right") - 1]
    stands_out = (kept == 0) & (without[group] < smallest_bucket)
    return np.where(stands_out, kept[largest], kept)[of_record]  # (2)

"""The named arrays that stages hand to each other: shapes are checked when they are made.

Arrays inside are made read-only. The `repr` of each shows type and size, never content, so that
an array in a traceback or a log line gives nothing away.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

ByteArray: TypeAlias = npt.NDArray[np.uint8]
IntArray: TypeAlias = npt.NDArray[np.int64]
ShortArray: TypeAlias = npt.NDArray[np.uint16]
IndexArray: TypeAlias = npt.NDArray[np.int32]
WordArray: TypeAlias = npt.NDArray[np.uint64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

TOKEN_BYTES: Final = 16
"""Length of a record token and of a match key: 128 random bits never meet by chance."""
WORD_BYTES: Final = 8
"""Encodings are compared in 64-bit words, so their length is a multiple of this."""

BLOCKING_TOKEN_BYTES: Final = 2
"""Coarse parts have few values. Where two share a token, more pairs are compared and none fewer."""
MAX_BLOCKING_RULES: Final = 4
"""All blocking tokens of a record, side by side, fit into a word."""


class ShapeError(ValueError):
    """An array has a shape or type that its place does not allow: a fault in this program."""


@dataclass(frozen=True, slots=True, repr=False)
class EncodingMatrix:
    """The encodings of a dataset, one row a record.

    Attributes:
        rows: (n_records, n_bytes) uint8, C-contiguous, read-only; bit i of an encoding is bit
            7 - i % 8 of byte i // 8 (most significant bit first). n_bytes is a multiple of 8.
    """

    rows: ByteArray

    def __post_init__(self) -> None:
        _check_bytes(self.rows, "EncodingMatrix")
        if self.rows.shape[1] == 0 or self.rows.shape[1] % WORD_BYTES:
            raise ShapeError(f"EncodingMatrix: {self.rows.shape[1]} bytes a row is not whole words")
        self.rows.flags.writeable = False

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __repr__(self) -> str:
        return f"EncodingMatrix({len(self)} x {self.length_bits} bits)"

    @property
    def length_bits(self) -> int:
        """Bits of one encoding."""
        return int(self.rows.shape[1]) * 8

    def words(self) -> WordArray:
        """The same bits as (n_records, n_bytes / 8) uint64 in this machine's byte order.

        Only counts of common bits may be taken from it: the order of bits in a word differs
        between machines, their number does not.
        """
        return self.rows.view(np.uint64)


@dataclass(frozen=True, slots=True, repr=False)
class RecordTokens:
    """The random tokens of a dataset's records, in the order of its encodings.

    Attributes:
        rows: (n_records, 16) uint8, C-contiguous, read-only; no two rows are equal.
    """

    rows: ByteArray

    def __post_init__(self) -> None:
        _check_tokens(self.rows, "RecordTokens")
        if has_duplicate_rows(self.rows):
            raise ShapeError("RecordTokens: a token occurs twice")

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __repr__(self) -> str:
        return f"RecordTokens({len(self)})"


@dataclass(frozen=True, slots=True, repr=False)
class BlockingTokens:
    """The blocking tokens of a dataset's records, in the order of its encodings.

    Attributes:
        rows: (n_records, n_rules) uint16, C-contiguous, read-only; 1 to `MAX_BLOCKING_RULES` rules;
            0 where a record has no token under the rule.
    """

    rows: ShortArray

    def __post_init__(self) -> None:
        if self.rows.dtype != np.uint16 or self.rows.ndim != 2 or not self.rows.flags.c_contiguous:
            raise ShapeError("BlockingTokens: expected a C-contiguous 2-d uint16 array")
        if not 1 <= self.rows.shape[1] <= MAX_BLOCKING_RULES:
            raise ShapeError(f"BlockingTokens: {self.rows.shape[1]} rules")
        self.rows.flags.writeable = False

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __repr__(self) -> str:
        return f"BlockingTokens({len(self)} x {self.rows.shape[1]} rules)"

    @property
    def fewest_alike(self) -> int:
        """Of the records with a token, the fewest that have all their tokens in common.

        0 if no record has a token.
        """
        together = np.zeros(len(self), np.uint64)
        for column in self.rows.T:
            together = together << np.uint64(16) | column
        counts = np.unique(together[together != 0], return_counts=True)[1]
        return int(counts.min()) if len(counts) else 0


@dataclass(frozen=True, slots=True, repr=False)
class MatchKeys:
    """One recipient group's match key for each record of one dataset.

    Attributes:
        tokens: the records' tokens.
        rows: (n_records, 16) uint8, C-contiguous, read-only, in the order of `tokens`; records
            judged one person have equal rows, in this and every other dataset of the group.
    """

    tokens: RecordTokens
    rows: ByteArray

    def __post_init__(self) -> None:
        _check_tokens(self.rows, "MatchKeys")
        if len(self.tokens) != self.rows.shape[0]:
            raise ShapeError(f"MatchKeys: {self.rows.shape[0]} keys for {len(self.tokens)} tokens")

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __repr__(self) -> str:
        return f"MatchKeys({len(self)})"


def has_duplicate_rows(rows: ByteArray) -> bool:
    """Whether two rows of a (n, 16) uint8 array are equal."""
    # Half a row sorts in a twentieth of the time, and hardly ever leaves a question.
    leading = np.sort(rows.view(np.uint64)[:, 0])
    if not (leading[1:] == leading[:-1]).any():
        return False
    as_items = np.sort(rows.view(np.dtype((np.void, TOKEN_BYTES))).ravel())
    return bool((as_items[1:] == as_items[:-1]).any())


def ascending_order(rows: ByteArray) -> IntArray:
    """(n,) int64: the rows of a (n, 16) uint8 array in ascending order of their bytes."""
    leading = rows.view(">u8")[:, 0].astype(np.uint64)
    order = np.argsort(leading)
    ordered = leading[order]
    if (ordered[1:] == ordered[:-1]).any():
        return np.argsort(rows.view(np.dtype((np.void, TOKEN_BYTES))).ravel(), kind="stable")
    return order


def _check_bytes(rows: ByteArray, name: str) -> None:
    if rows.dtype != np.uint8 or rows.ndim != 2 or not rows.flags.c_contiguous:
        raise ShapeError(f"{name}: expected a C-contiguous 2-d uint8 array")


def _check_tokens(rows: ByteArray, name: str) -> None:
    _check_bytes(rows, name)
    if rows.shape[1] != TOKEN_BYTES:
        raise ShapeError(f"{name}: expected {TOKEN_BYTES} bytes a row, got {rows.shape[1]}")
    rows.flags.writeable = False

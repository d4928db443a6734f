"""PRF: the bit positions of a token, which nobody can tell without the field key.

Takes the tokens of a field, gives each its positions. HMAC-SHA-256 is the pseudo-random function;
each position is drawn on its own ("random hashing"). Never double hashing, where two numbers
decide all positions of a token: its patterns give tokens away (Niedermeyer et al. 2014).
PROTOCOL.md sections 5.2 and 5.3.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from linkage.crypto.secret import Secret

PositionArray: TypeAlias = npt.NDArray[np.uint16]

_POSITIONS_PER_BLOCK: Final = 16
"""A block of HMAC-SHA-256 is 32 bytes, a position takes two."""


def bit_positions(key: Secret, tokens: Sequence[str], bits: int, length_bits: int) -> PositionArray:
    """The bit positions of each token under a field key.

    Args:
        key: The field key.
        tokens: Distinct tokens, as `tokens/table.py` writes them.
        bits: Positions of each; 1 to 128.
        length_bits: Length of a filter, a power of two up to 65536, so that the remainder of
            a 16-bit number by it favours no position.

    Returns:
        (n_tokens, bits) uint16 in [0, length_bits); a position may stand twice in a row.
    """
    blocks = [bytes([counter]) for counter in range(-(-bits // _POSITIONS_PER_BLOCK))]
    keyed = HMAC(key.reveal(), SHA256())  # the key is hashed in once, each message into a copy
    stream = b"".join(
        _digest(keyed, block + message)
        for message in (token.encode() for token in tokens)
        for block in blocks
    )
    numbers = np.frombuffer(stream, ">u2").reshape(len(tokens), len(blocks) * _POSITIONS_PER_BLOCK)
    return (numbers[:, :bits] % length_bits).astype(np.uint16)


def short_tokens(key: Secret, messages: Sequence[bytes]) -> list[int]:
    """A number from 1 to 65535 for each message: the first of its HMAC's 16 that is not 0."""
    keyed = HMAC(key.reveal(), SHA256())
    stream = (np.frombuffer(_digest(keyed, message), ">u2") for message in messages)
    return [int(numbers[numbers > 0][0]) for numbers in stream]


def _digest(keyed: HMAC, message: bytes) -> bytes:
    state = keyed.copy()
    state.update(message)
    return state.finalize()

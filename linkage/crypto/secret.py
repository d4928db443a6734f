"""Secret: key material that does not show itself."""

import hmac
import secrets
from typing import Final, NoReturn, Self

SECRET_BYTES: Final = 32
"""Length of every symmetric key here: 256 bits."""


class Secret:
    """Bytes that are printed, compared and serialised only on purpose.

    `repr` and `str` show nothing, comparison takes constant time, and pickling is refused, so
    that a secret does not reach a log line, a traceback or another process by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    @classmethod
    def generate(cls) -> Self:
        """A new random secret of 32 bytes from the operating system."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    def reveal(self) -> bytes:
        """The bytes themselves: the one way to get at them, so easy to search for."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a secret must not become a dictionary key

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")

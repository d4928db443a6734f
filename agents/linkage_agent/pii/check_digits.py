"""Check digits: whether an identifier can be one, or was mistyped. PROTOCOL.md section 3.8."""

from typing import Final, assert_never

from linkage.agreement.schema import CheckRule

_NHS_NUMBER_DIGITS: Final = 10
_NHS_NUMBER_MODULUS: Final = 11

_VERHOEFF_PRODUCT: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_PERMUTATION: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
"""Multiplication in the dihedral group of order ten, and the powers of Verhoeff's permutation."""


def passes(rule: CheckRule, text: str) -> bool:
    """Whether a normal form satisfies a rule.

    One digit over and over never does, though some sums come out right: it is a placeholder.
    """
    match rule:
        case CheckRule.NONE:
            return True
        case CheckRule.NHS_NUMBER:
            return _is_number(text) and len(text) == _NHS_NUMBER_DIGITS and _nhs_number(text)
        case CheckRule.LUHN:
            return _is_number(text) and _luhn(text)
        case CheckRule.VERHOEFF:
            return _is_number(text) and _verhoeff(text)
        case _:
            assert_never(rule)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(set(text)) > 1


def _nhs_number(text: str) -> bool:
    weighted = sum(
        weight * int(digit) for weight, digit in zip(range(10, 0, -1), text, strict=True)
    )
    return weighted % _NHS_NUMBER_MODULUS == 0


def _luhn(text: str) -> bool:
    doubled = "".join(str(2 * int(digit)) for digit in text[-2::-2])
    return sum(map(int, text[-1::-2] + doubled)) % 10 == 0


def _verhoeff(text: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(text)):
        permuted = _VERHOEFF_PERMUTATION[place % 8][int(digit)]
        check = int(_VERHOEFF_PRODUCT[check][int(permuted)])
    return check == 0

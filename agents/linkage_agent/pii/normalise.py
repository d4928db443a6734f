"""Normalise: the same identifier written in two ways becomes one text, in every agency.

Takes a column as its source gives it (dates and sexes already in standard form). Gives the column
in normal form. The rules are those of PROTOCOL.md section 3, and a change to them changes every
encoding.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np

from linkage.agreement.schema import FieldKind, FieldSchema, Transliteration
from linkage.arrays import IndexArray
from linkage.errors import ExitCode, Reason, SourceError
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.pii.check_digits import passes
from linkage_agent.pii.letters import Letters

VALUE_NOT_STANDARD: Final = Reason(
    "VALUE_NOT_STANDARD",
    "The field {field} has {value_count} value(s) that are not a {kind} in standard form.",
    "Check the field in the agent's configuration: date_formats for a date, codes for a sex.",
    ExitCode.BAD_DATA,
)

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YEAR: Final = re.compile(r"[0-9]{4}")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_SEXES: Final = frozenset({"male", "female", "other"})

_PHONE_DIGITS: Final = 9
"""What is left of a number when the country's code and the trunk prefix are taken away is at most
so long almost everywhere; agencies differ in whether they write them."""

_FAILED: Final = -2
"""Code, while a column is normalised, of a value that fails its check."""


@dataclass(frozen=True, slots=True, repr=False)
class NormalisedColumn:
    """One column in normal form.

    Attributes:
        codes: (n_records,) int32; index into `distinct`, or `MISSING`.
        distinct: the distinct normal forms, none of them empty.
        failed: records whose value failed the field's check; they count as missing.
    """

    codes: IndexArray
    distinct: tuple[str, ...]
    failed: int = 0

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"NormalisedColumn({len(self)} records, {len(self.distinct)} distinct)"


def normalise_column(
    column: StringColumn, field: FieldSchema, transliteration: Transliteration
) -> NormalisedColumn:
    """The column in normal form; a value of which nothing is left is missing.

    Raises:
        SourceError: A date, a year or a sex is not in standard form, which its source ought to
            have seen to. The error counts such values and quotes none.
    """
    letters = Letters(transliteration)
    normal_codes: dict[str, int] = {}
    # One entry more than there are values: a missing value's code, -1, finds the last.
    recode = np.full(len(column.distinct) + 1, MISSING, np.int32)
    faults = 0
    for code, value in enumerate(column.distinct):
        text = _normal_form(field.kind, value, letters)
        if text is None:
            faults += 1
        elif text and not passes(field.check, text):
            recode[code] = _FAILED
        elif text:
            recode[code] = normal_codes.setdefault(text, len(normal_codes))
    if faults:
        raise SourceError(
            VALUE_NOT_STANDARD, field=field.name, kind=field.kind.value, value_count=faults
        )
    codes = recode[column.codes]
    failed = codes == _FAILED
    codes[failed] = MISSING
    return NormalisedColumn(codes, tuple(normal_codes), int(np.count_nonzero(failed)))


def _normal_form(kind: FieldKind, value: str, letters: Letters) -> str | None:
    """The normal form of one value: empty if nothing is left of it, None if not standard."""
    form: str | None
    match kind:
        case (
            FieldKind.GIVEN_NAME
            | FieldKind.FAMILY_NAME
            | FieldKind.FULL_NAME
            | FieldKind.ADDRESS
            | FieldKind.PLACE
        ):
            form = " ".join(letters.words(value))
        case FieldKind.POSTCODE | FieldKind.NATIONAL_ID | FieldKind.CODE:
            form = "".join(letters.words(value))
        case FieldKind.PHONE:
            form = _NOT_DIGITS.sub("", "".join(letters.words(value)))[-_PHONE_DIGITS:]
        case FieldKind.EMAIL:
            form = _email(value)
        case FieldKind.DATE:
            date = _DATE.fullmatch(value)
            form = "".join(date.groups()) if date else None
        case FieldKind.YEAR:
            form = value if _YEAR.fullmatch(value) else None
        case FieldKind.SEX:
            form = value if value in _SEXES else None
        case _:
            assert_never(kind)
    return form


def _email(value: str) -> str:
    """An address keeps its signs, which part it; without a letter or digit it is none."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    text = "".join(char for char in folded if unicodedata.category(char)[0] not in "CZ")
    return text if any(unicodedata.category(char)[0] in "LN" for char in text) else ""

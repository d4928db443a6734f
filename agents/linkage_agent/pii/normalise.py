"""Normalise: the same identifier written in two ways becomes one text, in every agency.

Takes a column as its source gives it (dates and sexes already in standard form). Gives the column
in normal form. The rules are those of PROTOCOL.md section 3, and a change to them changes every
encoding.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, assert_never

import numpy as np

from linkage.agreement.schema import CheckRule, FieldKind, FieldSchema, Transliteration
from linkage.arrays import IndexArray
from linkage.errors import ExitCode, Reason, SourceError
from linkage_agent.columns import MISSING, StringColumn
from linkage_agent.pii.check_digits import passes
from linkage_agent.pii.letters import Letters
from linkage_agent.text_index import Spans, TextIndex, find_ends, pack

VALUE_NOT_STANDARD: Final = Reason(
    "VALUE_NOT_STANDARD",
    "The field {field} has {value_count} value(s) that are not a {kind} in standard form.",
    "Check the field in the agent's configuration: date_formats for a date, codes for a sex.",
    ExitCode.BAD_DATA,
)

_STANDARD: Final[Mapping[FieldKind, re.Pattern[str]]] = {
    FieldKind.DATE: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    FieldKind.YEAR: re.compile("[0-9]{4}"),
    FieldKind.SEX: re.compile("male|female|other"),
}
_NOT_DIGITS: Final = bytes(set(range(1, 256)) - set(b"0123456789"))

_PHONE_DIGITS: Final = 9
"""What is left of a number when the country's code and the trunk prefix are taken away is at most
so long almost everywhere; agencies differ in whether they write them."""

_KEPT: Final = 0
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
    index = TextIndex(expected=len(column.distinct))
    form_of_value = index.add(_normal_forms(field, column.distinct, transliteration))
    forms = index.texts()
    fates = _fates(forms, field.check)
    is_kept = fates == _KEPT
    code_of_form = np.where(is_kept, np.cumsum(is_kept) - 1, fates).astype(np.int32)
    # One entry more than there are values: a missing value's code, -1, finds the last.
    code_of_value = np.append(code_of_form[form_of_value], np.int32(MISSING))
    codes = code_of_value[column.codes]
    failed = codes == _FAILED
    codes[failed] = MISSING
    return NormalisedColumn(
        codes, tuple(compress(forms, is_kept.tolist())), int(np.count_nonzero(failed))
    )


def _fates(forms: Sequence[str], check: CheckRule) -> IndexArray:
    """(n_forms,) int32: whether each normal form is kept, missing or fails its check."""
    fates = np.full(len(forms), _KEPT, np.int32)
    if check is not CheckRule.NONE:
        fates[[code for code, form in enumerate(forms) if not passes(check, form)]] = _FAILED
    if "" in forms:
        fates[forms.index("")] = MISSING
    return fates


def _normal_forms(
    field: FieldSchema, values: Sequence[str], transliteration: Transliteration
) -> Spans:
    """The normal form of each value; empty if nothing is left of it."""
    letters = Letters(transliteration)
    match field.kind:
        case (
            FieldKind.GIVEN_NAME
            | FieldKind.FAMILY_NAME
            | FieldKind.FULL_NAME
            | FieldKind.ADDRESS
            | FieldKind.PLACE
        ):
            return find_ends(letters.join_words(values, " "))
        case FieldKind.POSTCODE | FieldKind.NATIONAL_ID | FieldKind.CODE:
            return find_ends(letters.join_words(values, ""))
        case FieldKind.PHONE:
            digits = find_ends(letters.join_words(values, "").translate(None, _NOT_DIGITS))
            starts = np.maximum(digits.starts, digits.ends - _PHONE_DIGITS)
            return Spans(digits.content, starts, digits.ends)
        case FieldKind.EMAIL:
            return pack([_email(value) for value in values])
        case FieldKind.DATE | FieldKind.YEAR | FieldKind.SEX:
            return pack(_standard(field, values))
        case _:
            assert_never(field.kind)


def _standard(field: FieldSchema, values: Sequence[str]) -> list[str]:
    """The normal forms of values in standard form; raises `VALUE_NOT_STANDARD` if one is not."""
    fits = _STANDARD[field.kind].fullmatch
    forms = [value.replace("-", "") for value in values if fits(value)]
    if len(forms) < len(values):
        raise SourceError(
            VALUE_NOT_STANDARD,
            field=field.name,
            kind=field.kind.value,
            value_count=len(values) - len(forms),
        )
    return forms


def _email(value: str) -> str:
    """An address keeps its signs, which part it; without a letter or digit it is none."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    text = "".join(char for char in folded if unicodedata.category(char)[0] not in "CZ")
    return text if any(unicodedata.category(char)[0] in "LN" for char in text) else ""

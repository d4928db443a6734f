"""Normalise: the same identifier written in two ways becomes one text, in every agency.

Takes a column as its source gives it (dates and sexes already in standard form). Gives the column
in normal form. Never guesses a language, expands an abbreviation or drops a word: the rules are
those of PROTOCOL.md section 3, and a change to them changes every encoding.
"""

# ruff: noqa: RUF001  # letters that look like others are what the table is about

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.arrays import IndexArray
from linkage.errors import ExitCode, Reason, SourceError
from linkage_agent.columns import MISSING, StringColumn

VALUE_NOT_STANDARD: Final = Reason(
    "VALUE_NOT_STANDARD",
    "The field {field} has {value_count} value(s) that are not a {kind} in standard form.",
    "Check the field in the agent's configuration: date_formats for a date, codes for a sex.",
    ExitCode.BAD_DATA,
)

_ACUTE_ACCENT: Final = "\u00b4"
"""Typed for an apostrophe; alone it would decompose into a space and a mark."""

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SEXES: Final = frozenset({"male", "female", "other"})

_LETTERS: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "đ": "d", "ħ": "h", "ŋ": "n",
    "ŧ": "t", "ł": "l", "ı": "i", "ĸ": "q", "ə": "e", "ǝ": "e", "ɛ": "e", "ɔ": "o",
    "ɓ": "b", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ǥ": "g", "ɣ": "g", "ɨ": "i", "ƙ": "k",
    "ɲ": "n", "ʉ": "u", "ʋ": "v", "ƴ": "y", "ƶ": "z",
}  # fmt: skip
"""Small letters of Latin alphabets that have no decomposition, as others write them who lack them.

European and Azerbaijani ones mostly as in passports (ICAO Doc 9303 part 3), but ø as o, like ö;
then those of African alphabets.
"""

_DROPPED: Final = re.compile(
    "["
    "'`\u02b9-\u02bf\u02c8\u02ee\u055a\u05f3\u2018-\u201b\u2032\ua78b\ua78c"  # apostrophes
    "\u034f\u0640\u115f\u1160\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # fillers, selectors
    "]"
)
"""Characters that vanish without parting what stands beside them."""


@dataclass(frozen=True, slots=True, repr=False)
class NormalisedColumn:
    """One column in normal form.

    Attributes:
        codes: (n_records,) int32; index into `distinct`, or `MISSING`.
        distinct: the distinct normal forms, none of them empty.
    """

    codes: IndexArray
    distinct: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"NormalisedColumn({len(self)} records, {len(self.distinct)} distinct)"


def normalise_column(column: StringColumn, field: FieldSchema) -> NormalisedColumn:
    """The column in normal form; a value of which nothing is left is missing.

    Raises:
        SourceError: A date or a sex is not in standard form, which its source ought to have seen
            to. The error counts such values and quotes none.
    """
    letters = _LetterTable()
    normal_codes: dict[str, int] = {}
    # One entry more than there are values: a missing value's code, -1, finds the last.
    recode = np.full(len(column.distinct) + 1, MISSING, np.int32)
    faults = 0
    for code, value in enumerate(column.distinct):
        text = _normal_form(field.kind, value, letters)
        if text is None:
            faults += 1
        elif text:
            recode[code] = normal_codes.setdefault(text, len(normal_codes))
    if faults:
        raise SourceError(
            VALUE_NOT_STANDARD, field=field.name, kind=field.kind.value, value_count=faults
        )
    return NormalisedColumn(recode[column.codes], tuple(normal_codes))


def _normal_form(kind: FieldKind, value: str, letters: "_LetterTable") -> str | None:
    """The normal form of one value: empty if nothing is left of it, None if not standard."""
    match kind:
        case FieldKind.GIVEN_NAME | FieldKind.FAMILY_NAME | FieldKind.ADDRESS | FieldKind.PLACE:
            return " ".join(_words(value, letters))
        case FieldKind.POSTCODE | FieldKind.IDENTIFIER:
            return "".join(_words(value, letters))
        case FieldKind.DATE:
            date = _DATE.fullmatch(value)
            return "".join(date.groups()) if date else None
        case FieldKind.SEX:
            return value if value in _SEXES else None


def _words(value: str, letters: "_LetterTable") -> list[str]:
    # NFKD before the table: it turns one character into several, and a table of single
    # characters then does the rest. All blanks are U+0020 after it.
    decomposed = unicodedata.normalize("NFKD", value.replace(_ACUTE_ACCENT, "'"))
    return decomposed.translate(letters).split()


class _LetterTable(dict[int, str]):
    """What each character of a decomposed text becomes, worked out when it is first met.

    It holds single characters, never values, and lives for one column.
    """

    def __missing__(self, code_point: int) -> str:
        self[code_point] = result = _letter(chr(code_point))
        return result


def _letter(character: str) -> str:
    """What one character of a decomposed text becomes: itself, others, a space or nothing."""
    category = unicodedata.category(character)
    if category == "Cf" or _DROPPED.match(character) or _is_accent(character):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] not in "LMN":
        return " "
    folded = character.casefold()
    return _LETTERS.get(folded, folded)


def _is_accent(character: str) -> bool:
    """Whether it is a mark above, below or through a letter, or a vowel point.

    Told by canonical combining class, which Unicode never changes. Vowel signs (class 0), nuktas,
    kana voicing marks and viramas (7 to 9) and the vowel and tone marks of Thai, Lao, Tibetan and
    Telugu (84 to 132) are letters to those who write them, and stay.
    """
    combining_class = unicodedata.combining(character)
    return combining_class == 1 or 10 <= combining_class <= 36 or combining_class >= 200

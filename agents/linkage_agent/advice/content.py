"""What a column's texts look like: shares of its records that have the look of this or that."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.agreement.schema import CheckRule
from linkage_agent.advice.date_reading import DateReading, read_dates
from linkage_agent.advice.interface import Meaning
from linkage_agent.advice.sexes import find_coding
from linkage_agent.advice.weighing import Weighed
from linkage_agent.columns import StringColumn
from linkage_agent.pii.check_digits import passes

CHECKED_SHARE: Final = 0.5
"""A number without check digits passes a check once in ten times; half of a column never do."""
CHECKED_DIGITS: Final = 7
"""Shorter numbers carry no check digit."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INTEGER: Final = re.compile(r"[0-9]+(\.0)?")
_YEAR: Final = re.compile(r"(18[5-9][0-9]|19[0-9]{2}|20[0-9]{2})(\.0)?")
_PHONE_MARKS: Final = re.compile(r"[ ().\-/]")
_PHONE: Final = re.compile(r"(\+|0)[0-9]{6,14}")
_BARE_PHONE: Final = re.compile(r"\+?[0-9]{5,15}")
_GROUPED_PHONE: Final = re.compile(r"\(?[0-9]{3}\)?[ .\-]{1,2}[0-9]{3}[ .\-][0-9]{4}")
_POSTCODE: Final = re.compile(
    r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}"  # United Kingdom
    r"|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]"  # Canada
    r"|[0-9]{4} ?[A-Z]{2}"  # Netherlands
    r"|[0-9]{2}-[0-9]{3}|[0-9]{5}-[0-9]{3}|[0-9]{5}-[0-9]{4}|[0-9]{3} [0-9]{2}",
    re.IGNORECASE,
)
_POSTCODE_NUMBER: Final = re.compile(r"[0-9]{4,6}(\.0)?")
_HOUSE_NUMBER: Final = re.compile(
    r"[0-9]{1,6}(\.0)?[ \-/]?[A-Za-z]?( ?[\-/&+] ?[0-9]{1,6}[A-Za-z]?)?"
)
_MONTH: Final = re.compile(r"(0?[1-9]|1[0-2])(\.0)?|[A-Za-z]{3,9}")
_DAY: Final = re.compile(r"(0?[1-9]|[12][0-9]|3[01])(\.0)?")
_AGE: Final = re.compile(r"(1[01][0-9]|[0-9]{1,2})(\.0)?")
_BETWEEN_NAMES: Final = frozenset(" '\u2019`\u00b4.,-()/")
_NUMBER_FIRST_OR_LAST: Final = re.compile(r"[0-9]+\S* .*[^\W\d_]{2}.*|.*[^\W\d_]{2}.* [0-9]+\S*.*")
_CHECKS: Final = (CheckRule.NHS_NUMBER, CheckRule.VERHOEFF, CheckRule.LUHN)


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What the texts of a column look like; shares are of the records that have a value.

    Attributes:
        records: all records, with a value or without.
        present: records with a value.
        distinct: different texts.
        dates: how they would be read as dates.
        sex_coding: the code list that fits best.
        sexes: share that this list covers.
        runs_on: whether the texts are the numbers from one to the next without much of a gap.
    """

    records: int
    present: int
    distinct: int
    dates: DateReading
    sex_coding: str
    sexes: float
    runs_on: bool
    texts: Weighed

    @property
    def missing(self) -> float:
        """Share of all records without a value."""
        return 1 - self.present / self.records if self.records else 1.0

    @property
    def is_unique(self) -> bool:
        """Whether every record has a text of its own."""
        return self.present == self.records == self.distinct

    @property
    def emails(self) -> float:
        """Share that are e-mail addresses."""
        return self.texts.share(_EMAIL.fullmatch)

    @property
    def years(self) -> float:
        """Share that are years in which somebody may have been born."""
        return self.texts.share(_YEAR.fullmatch)

    @property
    def integers(self) -> float:
        """Share that are digits alone."""
        return self.texts.share(_INTEGER.fullmatch)

    @property
    def words_only(self) -> float:
        """Share that are letters, of any script, and what stands between names."""
        return self.texts.share(is_of_letters)

    @property
    def phones(self) -> float:
        """Share that have the look of a telephone number, and not of any number."""
        return self.texts.share(_is_phone)

    @property
    def postcodes(self) -> float:
        """Share that have a form which postcodes alone have."""
        return self.texts.share(_POSTCODE.fullmatch)

    @property
    def postcode_numbers(self) -> float:
        """Share that are numbers of four to six digits."""
        return self.texts.share(_POSTCODE_NUMBER.fullmatch)

    @property
    def addresses(self) -> float:
        """Share that have words, and a number before or after them."""
        return self.texts.share(_NUMBER_FIRST_OR_LAST.fullmatch)

    @property
    def several_words(self) -> float:
        """Share with more than one word."""
        return self.texts.share(lambda text: len(text.split()) > 1)

    @property
    def words(self) -> float:
        """Mean number of words."""
        return self.texts.mean(lambda text: len(text.split()))

    @property
    def last_words(self) -> float:
        """Share whose last word is one of the ten commonest: streets end so, and names do not."""
        words: Counter[str] = Counter()
        for text, count in zip(self.texts.texts, self.texts.counts, strict=True):
            words[text.split()[-1].casefold()] += int(count)
        return sum(count for _, count in words.most_common(10)) / max(self.present, 1)

    @property
    def characters(self) -> float:
        """Mean length of a text."""
        return self.texts.mean(len)

    def check_rule(self) -> CheckRule:
        """The check digits that the column's numbers carry."""
        numbers = [_compact(text) for text in self.texts.texts]
        long = np.array([len(number) >= CHECKED_DIGITS for number in numbers], np.bool_)
        for rule in _CHECKS:
            passing = np.array([passes(rule, number) for number in numbers], np.bool_)
            if self.texts.share_of(passing & long) >= CHECKED_SHARE:
                return rule
        return CheckRule.NONE

    def fit(self, meaning: Meaning) -> float:
        """Share that could be of this meaning; 1 where anything could."""
        if meaning in {Meaning.BIRTH_DATE, Meaning.DEATH_DATE, Meaning.DATE}:
            return max(self.dates.share, self.dates.unreadable)
        if meaning is Meaning.SEX:
            return self.sexes
        if meaning is Meaning.EMAIL:
            return self.emails
        looks = _LOOKS.get(meaning)
        return self.texts.share(looks) if looks else 1.0


def look_at(column: StringColumn, latest: dt.date) -> Content:
    """What a column looks like; `latest` is the last day that a date can be."""
    texts = Weighed.of(column)
    coding, covered = find_coding(texts)
    codes = column.codes[column.codes >= 0]
    return Content(
        records=len(column),
        present=len(codes),
        distinct=len(np.unique(codes)),
        dates=read_dates(texts, latest),
        sex_coding=coding,
        sexes=covered,
        runs_on=_runs_on(texts),
        texts=texts,
    )


def is_of_letters(text: str) -> bool:
    """Whether a text is letters, of any script, with marks, blanks and what names hold."""
    return all(char in _BETWEEN_NAMES or unicodedata.category(char)[0] in "LM" for char in text)


def _is_name(text: str) -> bool:
    return is_of_letters(text) and any(map(str.isalpha, text))


def _is_phone(text: str) -> bool:
    return bool(_GROUPED_PHONE.fullmatch(text) or _PHONE.fullmatch(_PHONE_MARKS.sub("", text)))


def _could_be_phone(text: str) -> bool:
    return bool(_BARE_PHONE.fullmatch(_PHONE_MARKS.sub("", text)))


def _could_be_postcode(text: str) -> bool:
    return len(text) <= 12 and "@" not in text and any(map(str.isdigit, text))


def _could_be_number(text: str) -> bool:
    return len(_compact(text)) >= 4 and "@" not in text and any(map(str.isdigit, text))


def _has_letters(text: str) -> bool:
    return "@" not in text and any(map(str.isalpha, text))


def _is_text(text: str) -> bool:
    return "@" not in text


def _compact(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _runs_on(texts: Weighed) -> bool:
    """Whether the texts are integers, all different, that leave hardly a gap."""
    if len(texts) < 2 or texts.counts.max() > 1:
        return False
    numbers = [int(text) for text in texts.texts if text.isascii() and text.isdecimal()]
    return len(numbers) == len(texts) and max(numbers) - min(numbers) < 2 * len(texts)


_LOOKS: Final[Mapping[Meaning, Callable[[str], object]]] = {
    **dict.fromkeys(
        (
            Meaning.GIVEN_NAME,
            Meaning.MIDDLE_NAME,
            Meaning.FAMILY_NAME,
            Meaning.FORMER_NAME,
            Meaning.FULL_NAME,
        ),
        _is_name,
    ),
    Meaning.BIRTH_YEAR: _YEAR.fullmatch,
    Meaning.BIRTH_MONTH: _MONTH.fullmatch,
    Meaning.BIRTH_DAY: _DAY.fullmatch,
    Meaning.AGE: _AGE.fullmatch,
    Meaning.HOUSE_NUMBER: _HOUSE_NUMBER.fullmatch,
    Meaning.STREET: _has_letters,
    Meaning.ADDRESS: _has_letters,
    Meaning.ADDRESS_MORE: _is_text,
    Meaning.TOWN: _has_letters,
    Meaning.REGION: _is_text,
    Meaning.COUNTY: _is_text,
    Meaning.COUNTRY: _is_text,
    Meaning.PLACE: _is_text,
    Meaning.BIRTH_PLACE: _is_text,
    Meaning.POSTCODE: _could_be_postcode,
    Meaning.PHONE: _could_be_phone,
    Meaning.NATIONAL_ID: _could_be_number,
}

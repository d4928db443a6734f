"""Recording: what one agency has written down about the people it holds, slips and all."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.population.agencies import Agency, Content
from benchmarks.population.changes import Change
from benchmarks.population.desk import Desk, Generator, make_desk
from benchmarks.population.households import IntArray
from benchmarks.population.origins import TextArray
from benchmarks.population.people import People
from benchmarks.population.recorded_names import record_names
from benchmarks.population.recorded_numbers import record_numbers
from benchmarks.population.slips import fit_to, fold, misspell, shorten_street, slip_in_date

NEEDS_NOISE: Final = 1.0
"""Standard deviation of chance beside the person's need when content data are drawn."""
PLACEHOLDER_YEAR: Final = 1900
PLACEHOLDER_YEAR_TOO: Final = 0.3
"""Placeholders in which the year is one as well."""
SEX_LAGS: Final = 0.3
"""Records with the new name of a person after a transition, and the sex of before."""
NO_ABODE: Final = "No Fixed Abode"
RECORD_NUMBERS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Extract:
    """An agency's extract.

    Attributes:
        columns: the headers, in the agency's order.
        rows: one a record: its values as they are written, in the order of `columns`.
        record_ids: the agency's own identifier of each record.
        person_ids: the truth: the person whom each record is about.
    """

    agency: Agency
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    record_ids: tuple[str, ...]
    person_ids: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Extract({self.agency.name}, {len(self)} records)"


def make_extract(
    rng: Generator, agency: Agency, everyone: People, who: IntArray, *, duplicates: bool
) -> Extract:
    """The agency's extract about the people with these ids.

    Args:
        rng: Source of chance.
        agency: Whose habits and forms.
        everyone: All people of the region.
        who: The ids of those whom it holds.
        duplicates: Whether it has recorded some of them twice.
    """
    desk = make_desk(rng, agency, everyone, who, duplicates=duplicates)
    numbers = rng.choice(RECORD_NUMBERS, size=len(desk), replace=False)
    record_ids = [agency.record_id_format.format(number) for number in numbers]
    names = record_names(desk)
    contents: dict[Content, TextArray] = {
        Content.RECORD_ID: np.array(record_ids, dtype=object),
        Content.GIVEN: names.given,
        Content.SECOND: names.second,
        Content.GIVEN_AND_SECOND: _joined(names.given, " ", names.second),
        Content.FAMILY: names.family,
        Content.PREFERRED_FAMILY: names.preferred_family,
        Content.BIRTH: _birth(desk),
        Content.SEX: _sex(desk),
        **_address(desk),
        **record_numbers(desk),
        Content.ATTRIBUTE: _attribute(desk),
    }
    written = [_written(agency, contents[column.content]) for column in agency.columns]
    return Extract(
        agency=agency,
        columns=tuple(column.header for column in agency.columns),
        rows=list(zip(*written, strict=True)),
        record_ids=tuple(record_ids),
        person_ids=desk.who,
    )


def _birth(desk: Desk) -> TextArray:
    habits, rng = desk.habits, desk.rng
    is_placeholder = desk.chance(habits.date_placeholder) | desk.is_nameless
    has_slip = desk.chance(habits.date_slip)
    is_swapped = desk.chance(habits.day_and_month_swapped)
    texts = np.full(len(desk), "", dtype=object)
    for at, day in enumerate(desk.people.birth.astype(object)):
        date = (day.year, day.month, day.day)
        if is_placeholder[at]:
            year = PLACEHOLDER_YEAR if rng.random() < PLACEHOLDER_YEAR_TOO else day.year
            date = (year, 1, 1)
        if has_slip[at]:
            date = slip_in_date(rng, date)
        if is_swapped[at] and date[2] <= 12:
            date = (date[0], date[2], date[1])
        texts[at] = _written_date(desk.agency.date_format, date)
    return desk.or_missing(texts, habits.date_missing)


def _written_date(date_format: str, date: tuple[int, int, int]) -> str:
    year, month, day = date
    written = date_format.replace("YYYY", f"{year:04d}")
    return written.replace("MM", f"{month:02d}").replace("DD", f"{day:02d}")


def _sex(desk: Desk) -> TextArray:
    """The sex of today or, where the name is the former one too, or it alone lags, of before."""
    habits, people = desk.habits, desk.people
    lags = (people.change == Change.TRANSITION) & (desk.rng.random(len(desk)) < SEX_LAGS)
    is_old = desk.is_old(habits.former_name) | lags
    is_female = np.where(is_old, people.former_is_female, people.is_female)
    male, female = desk.agency.sex_codes
    is_wrong = desk.chance(habits.sex_wrong)
    texts = np.where(is_female ^ is_wrong, female, male).astype(object)
    return desk.or_missing(texts, habits.sex_missing)


def _address(desk: Desk) -> dict[Content, TextArray]:
    """The present or the former home, in all the forms in which agencies write one."""
    habits, people = desk.habits, desk.people
    home = np.where(desk.is_old(habits.former_home), people.former_home, people.home)
    line = people.dwellings.lines[home]
    town = people.dwellings.towns[home]
    postcode = people.dwellings.postcodes[home]
    desk.change(line, habits.street_short, lambda _rng, text: shorten_street(text))
    desk.change(line, habits.line_misspelt, misspell)
    line[desk.chance(habits.line_missing)] = ""
    desk.change(postcode, habits.postcode_misspelt, misspell)
    has_none = desk.chance(habits.no_abode)
    line[has_none], town[has_none] = NO_ABODE, ""
    line[desk.is_nameless] = town[desk.is_nameless] = postcode[desk.is_nameless] = ""
    postcode = desk.or_missing(postcode, habits.postcode_missing)
    postcode[has_none] = desk.agency.no_abode_postcode
    return {
        Content.LINE: line,
        Content.TOWN: town,
        Content.LINE_AND_TOWN: _joined(line, ", ", town),
        Content.BLOCK: _joined(line, "\n", town),
        Content.POSTCODE: postcode,
    }


def _attribute(desk: Desk) -> TextArray:
    """Content data: the more need, the higher the band; shares are exact."""
    score = desk.people.need + desk.rng.normal(0, NEEDS_NOISE, len(desk))
    rank = np.argsort(np.argsort(score, kind="stable"), kind="stable") / len(desk)
    bounds = np.cumsum(desk.agency.attribute.shares)[:-1]
    values = np.array(desk.agency.attribute.values, dtype=object)
    picked: TextArray = values[np.searchsorted(bounds, rank, side="right")]
    return picked


def _joined(first: TextArray, separator: str, second: TextArray) -> TextArray:
    """Both with a separator between, or the one that is not empty."""
    between = np.where((first != "") & (second != ""), separator, "")
    joined: TextArray = first + between.astype(object) + second
    return joined


def _written(agency: Agency, texts: TextArray) -> list[str]:
    """The texts as they stand in the file: case and charset of the agency."""
    if agency.upper_case:
        return [fold(text).upper() if not text.isascii() else text.upper() for text in texts]
    return [fit_to(agency.charset, text) for text in texts]

"""Laws of disclosure control: what a reader can't work out, shown by building another world.

A suppressed count is safe if, for every number that it might be, there are people who give the
very same page with that number in its place.
"""

import csv
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from io import StringIO
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.agreement.model import DisclosureRule
from linkage_agent.picture.disclosure import (
    PublishedCount,
    least_shown,
    publish,
    publish_parts,
    sum_shown,
)
from linkage_agent.picture.figures_csv import figures_csv
from linkage_agent.picture.join import join_tables
from linkage_agent.picture.overlap import Overlap, count_overlap
from linkage_agent.picture.page import render_page
from linkage_agent.picture.table import AgencyRows
from tests.support.pictures import NEED, RULE, agency_rows, wordy_imprint

AGENCIES = ("council", "hospital", "police")
SETS = tuple(held for held in product((False, True), repeat=3) if any(held))
"""Which of the agencies know a person: the seven possible combinations."""
MISSING = -1

rules = st.builds(DisclosureRule, st.integers(10, 80), st.integers(5, 100))
few_examples = settings(max_examples=40)  # a page each
World = dict[tuple[bool, ...], list[int]]
"""For each combination, its people: the code of each, which is the same at every agency."""

worlds = st.fixed_dictionaries(
    {
        held: st.lists(st.integers(0, 40), min_size=4, max_size=4).map(
            lambda counts: [
                code for code, count in enumerate(counts, MISSING) for _ in range(count)
            ]
        )
        for held in SETS
    }
)


def tables(world: World) -> list[AgencyRows]:
    """Each agency's table of the world's people."""
    rows: list[list[tuple[int, int]]] = [[], [], []]
    people = ((held, code) for held, codes in world.items() for code in codes)
    for person, (held, code) in enumerate(people):
        for agency, known in enumerate(held):
            if known:
                rows[agency].append((person, code))
    return [
        agency_rows(agency, [p for p, _ in known], (NEED,), [[c] for _, c in known])
        for agency, known in zip(AGENCIES, rows, strict=True)
    ]


def overlap_of(world: World, rule: DisclosureRule = RULE) -> Overlap:
    return count_overlap(join_tables(tables(world)), rule)


def picture_of(world: World) -> tuple[str, str]:
    overlap = overlap_of(world)
    return render_page(overlap, wordy_imprint(overlap)), figures_csv(overlap)


def counts_shown_as(count: PublishedCount) -> list[int]:
    """All true counts that are shown as this one, found by trying."""
    assert count.rounded is not None
    near = range(max(0, count.rounded - 200), count.rounded + 200)
    return [number for number in near if publish(number, count.rule) == count]


@given(st.integers(0, 5000), rules)
def test_a_count_is_suppressed_or_near_its_shown_number(count: int, rule: DisclosureRule) -> None:
    shown = publish(count, rule).rounded
    if shown is None:
        assert count < least_shown(rule)
    else:
        assert count >= max(least_shown(rule), rule.suppress_below)
        assert shown >= rule.suppress_below
        assert shown % rule.round_to == 0
        assert abs(shown - count) * 2 <= rule.round_to


@given(st.integers(0, 5000), rules)
def test_larger_counts_are_never_shown_smaller(count: int, rule: DisclosureRule) -> None:
    fewer, more = publish(count, rule).rounded, publish(count + 1, rule).rounded
    assert (fewer or 0) <= (more or 0)


@given(rules)
def test_every_count_below_the_least_shown_one_looks_the_same(rule: DisclosureRule) -> None:
    assert {publish(n, rule) for n in range(least_shown(rule))} == {PublishedCount(rule, None)}
    assert publish(least_shown(rule), rule).rounded is not None


@given(st.integers(1, 5000).filter(lambda n: n < 10 or n % 5))
def test_a_true_count_is_refused_where_a_published_one_belongs(count: int) -> None:
    with pytest.raises(ValueError, match="true count"):
        PublishedCount(RULE, count)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 60), rules)
def test_a_suppressed_part_may_be_any_number_that_is_suppressed(
    parts: list[int], in_no_part: int, rule: DisclosureRule
) -> None:
    whole = publish(sum(parts) + in_no_part, rule)
    shown = publish_parts(whole, parts)
    if whole.is_suppressed:
        assert all(part.is_suppressed for part in shown)
        return
    least = [0 if part.rounded is None else counts_shown_as(part)[0] for part in shown]
    most = counts_shown_as(whole)[-1]
    for place, part in enumerate(shown):
        for number in range(least_shown(rule)) if part.is_suppressed else ():
            other = [*least[:place], number, *least[place + 1 :]]
            assert sum(other) <= most
            assert publish_parts(whole, other) == shown


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 60))
def test_at_most_one_part_is_suppressed_for_another(parts: list[int], in_no_part: int) -> None:
    whole = publish(sum(parts) + in_no_part, RULE)
    withheld = [
        part
        for part, shown in zip(parts, publish_parts(whole, parts), strict=True)
        if shown.is_suppressed and part >= least_shown(RULE)
    ]
    assert len(withheld) <= 1


@given(st.lists(st.integers(0, 60), max_size=6))
def test_a_sum_of_shown_numbers_tells_nothing_that_they_do_not(counts: list[int]) -> None:
    published = [publish(count, RULE) for count in counts]
    shown = [count.rounded for count in published if count.rounded is not None]
    assert sum_shown(published, RULE).rounded == (sum(shown) if shown else None)


@few_examples
@given(worlds)
def test_every_number_on_the_page_and_in_the_file_is_rounded(world: World) -> None:
    page, figures = picture_of(world)
    of_the_text = {10, 5, 1, 2026, 30}
    assert all(n % 5 == 0 and n >= 10 for n in numbers_in(page) - of_the_text)
    for row in csv.DictReader(StringIO(figures)):
        assert row["count"] == "suppressed" or (
            int(row["count"]) % 5 == 0 and int(row["count"]) >= 10
        )
        assert not re.search(r"\d", "".join(v for k, v in row.items() if k != "count"))


@few_examples
@given(worlds, st.sampled_from(SETS), st.integers(0, 9), st.integers(0, 9))
def test_pages_do_not_tell_suppressed_combinations_apart(
    world: World, held: tuple[bool, ...], number: int, other_number: int
) -> None:
    one = world | {held: [0] * number}
    other = world | {held: [2] * other_number}
    assert picture_of(one) == picture_of(other)


@few_examples
@given(worlds, st.sampled_from(SETS))
def test_pages_do_not_tell_what_a_suppressed_value_stands_for(
    world: World, held: tuple[bool, ...]
) -> None:
    page = picture_of(world)
    whole = publish(len(world[held]), RULE)
    if sum(held) < 2 or whole.is_suppressed:
        return
    shown = publish_parts(whole, [world[held].count(code) for code in range(3)])
    for place, part in enumerate(shown):
        if part.is_suppressed:
            for number in (0, 9):
                assert picture_of(world | {held: other_people(whole, shown, place, number)}) == page


def other_people(
    whole: PublishedCount, shown: Sequence[PublishedCount], place: int, number: int
) -> list[int]:
    """Other people who give the same shown numbers, with this number in the suppressed place."""
    counts = [0 if part.rounded is None else counts_shown_as(part)[0] for part in shown]
    counts[place] = number
    codes = [code for code, count in enumerate(counts) for _ in range(count)]
    return codes + [MISSING] * (counts_shown_as(whole)[-1] - len(codes))


def numbers_in(page: str) -> set[int]:
    """Every number in the page's text, its chart's labels and descriptions included."""
    text = _Text()
    text.feed(page)
    return {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", " ".join(text.pieces))}


class _Text(HTMLParser):
    """What a reader of the page sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_style = tag == "style"
        self.pieces += [value or "" for name, value in attrs if name in {"aria-label", "alt"}]

    def handle_data(self, data: str) -> None:
        if not self.in_style:
            self.pieces.append(data)

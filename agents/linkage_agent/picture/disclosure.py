"""Disclosure control: the one place where a true count becomes a number that may be published.

The rule, with the agreement's usual 10 and 5: a count below 10, zero included, is suppressed; any
other is rounded to the nearest 5, half-way cases (there are some if `round_to` is even) up. Should
the rounded number be below 10, which takes a `round_to` above 10, that count is suppressed as well.

What keeps a suppressed count from being worked out as a difference:

1. The people of a published picture are counted in groups that do not overlap: those known to
   exactly these agencies (`overlap`). No total of true counts is published; `sum_shown` adds
   numbers that are published already, so it tells nothing new.
2. Within such a group, the values of one attribute are parts of a whole that is published. If they
   account for nearly all of it, a suppressed part could be bounded by subtraction; then the
   smallest shown part is suppressed as well (`publish_parts`).

So for each suppressed count, and each number from 0 to 9, there are true counts with that number
in its place that give the very same picture (tests/property/test_disclosure_laws.py builds them).

What can still be inferred: (a) that a count lies within about 2 of its shown number, sometimes
less far, as the shown parts of a whole also bound the whole; (b) with knowledge from elsewhere,
more: who knows exactly how many people an agency sent, or that it records an attribute for
everyone, can bound what is suppressed by subtraction, up to the rounding of what is shown; (c) two
pictures over different agencies or dates can be subtracted from each other. The page warns of (b)
and (c); only a limit on what is published over time could prevent them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linkage.agreement.model import DisclosureRule


@dataclass(frozen=True, slots=True)
class PublishedCount:
    """A number of people as it may be shown: rounded, or suppressed.

    Pages and files take this type and no `int`, so a true count can't reach them by mistake.

    Attributes:
        rule: what it satisfies.
        rounded: a multiple of `rule.round_to`, at least `rule.suppress_below`; None: suppressed.
    """

    rule: DisclosureRule
    rounded: int | None

    def __post_init__(self) -> None:
        if self.rounded is not None and (
            self.rounded < self.rule.suppress_below or self.rounded % self.rule.round_to
        ):
            raise ValueError("a true count was taken for a published one")

    def __str__(self) -> str:
        return "suppressed" if self.rounded is None else f"{self.rounded:,}"

    @property
    def is_suppressed(self) -> bool:
        """Whether no number is shown."""
        return self.rounded is None


def publish(count: int, rule: DisclosureRule) -> PublishedCount:
    """A true count as it may be shown."""
    if count < least_shown(rule):
        return PublishedCount(rule, None)
    return PublishedCount(rule, (count + rule.round_to // 2) // rule.round_to * rule.round_to)


def publish_parts(whole: PublishedCount, parts: Sequence[int]) -> tuple[PublishedCount, ...]:
    """The true counts of disjoint parts of a published whole, as they may be shown beside it.

    Args:
        whole: What the parts are part of; if it is suppressed, so are they all.
        parts: At most the whole together. People in no part are not published, so the reader
            does not know how many there are.

    Returns:
        In the order of `parts`. Which part is suppressed for another's sake follows from shown
        numbers alone: of the smallest, the last.
    """
    rule = whole.rule
    if whole.rounded is None:
        return (PublishedCount(rule, None),) * len(parts)
    published = [publish(part, rule) for part in parts]
    shown = [part.rounded for part in published if part.rounded is not None]
    room = _most(whole.rounded, rule) - sum(_least(number, rule) for number in shown)
    # Once is enough: what is taken away is itself at least `least_shown`.
    if shown and len(shown) < len(parts) and room < least_shown(rule) - 1:
        smallest = min(shown)
        last = max(i for i, part in enumerate(published) if part.rounded == smallest)
        published[last] = PublishedCount(rule, None)
    return tuple(published)


def sum_shown(counts: Iterable[PublishedCount], rule: DisclosureRule) -> PublishedCount:
    """The sum of the numbers that are shown; suppressed if none is.

    It is too low by what is suppressed, and the errors of rounding add up.
    """
    shown = [count.rounded for count in counts if count.rounded is not None]
    return PublishedCount(rule, sum(shown) if shown else None)


def least_shown(rule: DisclosureRule) -> int:
    """The smallest true count that is shown: all below are suppressed."""
    least_rounded = -(-rule.suppress_below // rule.round_to) * rule.round_to
    return max(rule.suppress_below, least_rounded - rule.round_to // 2)


def _least(rounded: int, rule: DisclosureRule) -> int:
    """The smallest true count that is shown as this number."""
    return max(least_shown(rule), rounded - rule.round_to // 2)


def _most(rounded: int, rule: DisclosureRule) -> int:
    """The largest true count that is shown as this number."""
    return rounded + (rule.round_to - 1) // 2

"""Which columns of names hold which names: told by each other, where their own names can't tell.

`name` beside `surname` is the given name, `nom` beside `prenom` the family name. Columns of single
words whose names tell nothing are sorted by how many of the words are given names that have a known
short form, and where that does not tell, by information: there are fewer given names than family
names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from linkage_agent.advice.content import Content
from linkage_agent.advice.interface import Meaning
from linkage_agent.advice.recognise import BELIEVED, SINGLE_WORDS, Recognised
from linkage_agent.advice.weighing import information_bits
from linkage_agent.pii.tokens.names import read_nicknames

TELLING: Final = 0.1
"""Difference between two columns' shares of known given names that tells which of them is which."""
SWAPPED: Final = 0.2
"""By so much more of the family names than of the given names must be known given names."""


class GivenNames:
    """Given names that have a known short form, or are one."""

    def __init__(self) -> None:
        self._known = read_nicknames().keys()

    def share(self, content: Content) -> float:
        """Share of a column's records whose first word is such a name."""
        return content.texts.share(lambda text: text.split()[0].casefold() in self._known)


def settle_names(
    found: Mapping[str, Recognised], contents: Mapping[str, Content]
) -> dict[str, Recognised]:
    """The same columns, with given, family and full names told apart by each other."""
    settled = dict(found)
    singles = [name for name, column in found.items() if column.why == SINGLE_WORDS]
    told = {found[name].meaning for name in found if name not in singles}
    for name, column in found.items():
        if column.meaning is Meaning.FULL_NAME and not column.qualifier:
            settled[name] = _beside(column, contents[name], told)
    if singles:
        told = {settled[name].meaning for name in found if name not in singles}
        meanings = _sort_single_words({name: contents[name] for name in singles}, told)
        for name, meaning in meanings.items():
            settled[name] = replace(settled[name], meaning=meaning)
    return settled


def swap_warnings(
    found: Mapping[str, Recognised], contents: Mapping[str, Content]
) -> tuple[str, ...]:
    """A warning if the column called family name holds more given names than the other one."""
    given, family = (
        [contents[name] for name, column in found.items() if column.meaning is meaning]
        for meaning in (Meaning.GIVEN_NAME, Meaning.FAMILY_NAME)
    )
    if not given or not family:
        return ()
    known = GivenNames()
    if known.share(family[0]) <= known.share(given[0]) + SWAPPED:
        return ()
    return ("the columns of given names and of family names look swapped",)


def _beside(column: Recognised, content: Content, others: set[Meaning]) -> Recognised:
    """What a column called `name` holds beside the other columns."""
    if content.several_words >= BELIEVED:
        return column
    if Meaning.FAMILY_NAME in others and Meaning.GIVEN_NAME not in others:
        return replace(column, meaning=Meaning.GIVEN_NAME, why="its name, beside a family name")
    if Meaning.GIVEN_NAME in others and Meaning.FAMILY_NAME not in others:
        return replace(column, meaning=Meaning.FAMILY_NAME, why="its name, beside a given name")
    return column


def _sort_single_words(columns: Mapping[str, Content], told: set[Meaning]) -> dict[str, Meaning]:
    """Which of the columns of single words holds what; `told` is what other columns hold."""
    left = list(columns)
    sorted_out = {}
    if Meaning.GIVEN_NAME not in told and (len(left) > 1 or Meaning.FAMILY_NAME in told):
        given = _most_like_given_names(columns)
        sorted_out[given] = Meaning.GIVEN_NAME
        left.remove(given)
    if Meaning.FAMILY_NAME not in told and left:
        family = max(left, key=lambda name: _information(columns[name]))
        sorted_out[family] = Meaning.FAMILY_NAME
        left.remove(family)
    return sorted_out | dict.fromkeys(left, Meaning.PLACE)


def _most_like_given_names(columns: Mapping[str, Content]) -> str:
    known = GivenNames()
    shares = {name: known.share(content) for name, content in columns.items()}
    best = max(shares.values())
    alike: Iterable[str] = (name for name, share in shares.items() if share >= best - TELLING)
    return min(alike, key=lambda name: _information(columns[name]))


def _information(content: Content) -> float:
    return information_bits(content.texts.counts)

"""Pieces of names. PROTOCOL.md section 4.2."""

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Final

_NICKNAMES_FILE: Final = "nicknames.txt"


def initials(text: str) -> list[str]:
    """The first character of each word."""
    return [word[0] for word in text.split(" ")]


def nickname_classes() -> Callable[[str], list[str]]:
    """Gives the classes of each word of a name.

    A word in several classes gives a piece for each; a word in none is a class of its own.
    """
    classes = read_nicknames()
    return lambda text: [name for word in text.split(" ") for name in classes.get(word, (word,))]


def read_nicknames() -> Mapping[str, tuple[str, ...]]:
    """The classes of each name that the table has, in the table's order."""
    table = resources.files("linkage_agent.pii.tokens").joinpath(_NICKNAMES_FILE)
    classes: dict[str, tuple[str, ...]] = {}
    for line in table.read_text(encoding="ascii").splitlines():
        head, _, members = line.partition(":")
        for name in (head, *members.split()):
            classes[name] = (*classes.get(name, ()), head)
    return classes

"""Pieces of any text. PROTOCOL.md section 4.1."""

from operator import add


def bigrams(text: str) -> list[str]:
    """Each two neighbouring characters, with a space before the first and after the last.

    A space within the text parts words in the same way. So words in another order, or one of two
    surnames, still share all pieces but those of the words that differ.
    """
    padded = f" {text} "
    return list(map(add, padded, padded[1:]))


def words(text: str) -> list[str]:
    """Each word."""
    return text.split(" ")


def whole(text: str) -> list[str]:
    """The text itself: equal or not, nothing between."""
    return [text]

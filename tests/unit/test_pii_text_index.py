"""The index of distinct texts, against a dictionary."""

import numpy as np
import pytest

from linkage_agent.text_index import TextIndex, pack


def plain_codes(texts: list[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(text, len(numbers)) for text in texts]


@pytest.mark.parametrize("expected", [0, 1, 1000])
@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["", "a", "", "a"],
        ["é", "e\u0301", "\U0001d518", "é"],
        ["x" * 50_000, "x" * 50_001, "y", "x" * 50_000],
        [f"{number * number % 7_919}" for number in range(20_000)],
    ],
)
def test_texts_are_numbered_in_order_of_first_appearance(texts: list[str], expected: int) -> None:
    index = TextIndex(expected)
    assert index.add(pack(texts)).tolist() == plain_codes(texts)
    assert index.texts() == list(dict.fromkeys(texts))
    assert len(index) == len(set(texts))


def test_texts_that_are_added_later_go_on_where_the_others_ended() -> None:
    generator = np.random.default_rng(3)
    texts = [f"{number}" for number in generator.integers(0, 3_000, 12_000)]
    index = TextIndex()
    found = [index.add(pack(texts[first : first + 700])) for first in range(0, len(texts), 700)]
    assert np.concatenate(found).tolist() == plain_codes(texts)


def test_padding_stands_around_each_text_and_outside_its_span() -> None:
    packed = pack(["ann", "", "é"], around=" ")
    assert packed.content.tobytes() == " ann \0  \0 é \0".encode()
    spans = zip(packed.starts.tolist(), packed.ends.tolist(), strict=True)
    assert [packed.content[start:end].tobytes().decode() for start, end in spans] == [
        "ann",
        "",
        "é",
    ]


def test_an_index_and_spans_show_sizes_only() -> None:
    index, packed = TextIndex(), pack(["canary"])
    index.add(packed)
    assert f"{index!r} {index} {packed!r}" == "TextIndex(1) TextIndex(1) Spans(1)"

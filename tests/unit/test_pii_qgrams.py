import numpy as np
import pytest

from linkage.agreement.schema import FieldKind
from linkage_agent.pii.normalise import NormalisedColumn
from linkage_agent.pii.qgrams import QgramTable, split_column


def split(kind: FieldKind, *forms: str) -> QgramTable:
    return split_column(NormalisedColumn(np.arange(len(forms), dtype=np.int32), forms), kind)


def qgrams(kind: FieldKind, form: str) -> set[str]:
    return set(split(kind, form).vocabulary)


TEXT_KINDS = sorted(set(FieldKind) - {FieldKind.DATE, FieldKind.SEX})


@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_texts_are_padded_bigrams(kind: FieldKind) -> None:
    assert split(kind, "ann").vocabulary == (" a", "an", "nn", "n ")


def test_a_repeated_bigram_is_another_qgram() -> None:
    assert split(FieldKind.GIVEN_NAME, "anana").vocabulary == (
        " a", "an", "na", "an#2", "na#2", "a ",
    )  # fmt: skip


def test_words_in_another_order_keep_all_qgrams() -> None:
    kind = FieldKind.FAMILY_NAME
    assert qgrams(kind, "smith jones") ^ qgrams(kind, "jones smith") == set()


def test_one_of_two_surnames_keeps_its_qgrams() -> None:
    kind = FieldKind.FAMILY_NAME
    assert qgrams(kind, "smith") <= qgrams(kind, "smith jones")


def test_a_sex_is_one_qgram() -> None:
    assert split(FieldKind.SEX, "male", "female").members.tolist() == [0, 1]


def test_a_date_has_twelve_qgrams() -> None:
    for form in ("19800514", "11111111", "00000000", "20021212"):
        assert len(qgrams(FieldKind.DATE, form)) == 12


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ("19801405", 10),  # day and month swapped
        ("19800513", 10),  # a wrong digit in the day
        ("19800614", 10),  # in the month
        ("19810514", 10),  # in the year
        ("19900514", 9),
        ("19080514", 8),  # two digits swapped
    ],
)
def test_a_date_with_one_error_keeps_most_qgrams(other: str, kept: int) -> None:
    first, second = qgrams(FieldKind.DATE, "19800514"), qgrams(FieldKind.DATE, other)
    assert len(first & second) == kept


def test_tagged_digits_and_pairs_of_a_date_never_meet() -> None:
    assert len(qgrams(FieldKind.DATE, "19191919")) == 12


def test_members_are_the_qgrams_of_each_value_in_turn() -> None:
    table = split(FieldKind.GIVEN_NAME, "ab", "b", "ab b")
    ends = [*table.starts[1:].tolist(), len(table.members)]
    found = [
        {table.vocabulary[member] for member in table.members[start:end]}
        for start, end in zip(table.starts.tolist(), ends, strict=True)
    ]
    assert found == [{" a", "ab", "b "}, {" b", "b "}, {" a", "ab", "b ", " b", "b #2"}]


def test_a_table_shows_no_qgram() -> None:
    table = split(FieldKind.GIVEN_NAME, "canary")
    assert repr(table) == str(table) == "QgramTable(1 values, 7 q-grams)"

import pytest

from linkage.agreement.schema import FieldKind, FieldSchema
from linkage.errors import SourceError
from linkage.ids import FieldName
from linkage_agent.columns import MISSING
from linkage_agent.pii.normalise import (
    VALUE_NOT_STANDARD,
    NormalisedColumn,
    normalise_column,
)
from tests.support.columns import make_column


def normalise(kind: FieldKind, *values: str | None) -> NormalisedColumn:
    return normalise_column(make_column(values), FieldSchema(FieldName("field"), kind, "test", 1))


@pytest.mark.parametrize(
    "spellings",
    [
        ("O'Brien", "O\u2019BRIEN", "o\u00b4brien", "OBrien", "O\u02bcBrien"),
        ("Smith-Jones", "smith  jones", "SMITH/JONES", " Smith\u2010Jones\n"),
        ("Zoë", "Zoe\u0308", "ZOE"),
        ("Weiß", "WEISS", "weiẞ"),
        ("Łukasz", "LUKASZ"),
        ("\uff21\uff4e\uff4e", "Ann"),
        ("Ann\u200d", "\ufeffAnn", "A\u00adnn"),
    ],
)
def test_spellings_of_one_name_have_one_normal_form(spellings: tuple[str, ...]) -> None:
    assert len(normalise(FieldKind.FAMILY_NAME, *spellings).distinct) == 1


def test_names_that_differ_in_a_letter_stay_apart() -> None:
    assert len(normalise(FieldKind.FAMILY_NAME, "Müller", "Mueller", "Miller").distinct) == 3


def test_vowel_signs_stay_and_vowel_points_go() -> None:
    thai, devanagari, hebrew, plain_hebrew = (
        "\u0e01\u0e38",
        "\u092e\u094b",
        "\u05e9\u05b8\u05e8",
        "\u05e9\u05e8",
    )
    column = normalise(FieldKind.GIVEN_NAME, thai, devanagari, hebrew)
    assert column.distinct == (thai, devanagari, plain_hebrew)


@pytest.mark.parametrize("kind", [FieldKind.POSTCODE, FieldKind.IDENTIFIER])
def test_spaces_and_signs_in_codes_do_not_count(kind: FieldKind) -> None:
    assert normalise(kind, "SW1A 1AA", "sw1a-1aa", "SW1A1AA").distinct == ("sw1a1aa",)


def test_spaces_between_words_of_an_address_count_once() -> None:
    column = normalise(FieldKind.ADDRESS, "1  High St.", "1 High St", "1High St")
    assert column.distinct == ("1 high st", "1high st")


def test_digits_of_any_script_are_ascii_digits() -> None:
    assert normalise(FieldKind.IDENTIFIER, "\u0661\u0662", "१२", "12").distinct == ("12",)


def test_a_value_of_which_nothing_is_left_is_missing() -> None:
    column = normalise(FieldKind.GIVEN_NAME, "-", "Ann", None, "?!", " ", "ANN")
    assert column.codes.tolist() == [MISSING, 0, MISSING, MISSING, MISSING, 0]


def test_a_column_without_any_value_is_all_missing() -> None:
    assert normalise(FieldKind.GIVEN_NAME, None, None).codes.tolist() == [MISSING, MISSING]


@pytest.mark.parametrize(
    ("kind", "value"), [(FieldKind.DATE, "14/05/1980"), (FieldKind.SEX, "Female")]
)
def test_a_value_that_is_not_standard_is_refused_without_being_quoted(
    kind: FieldKind, value: str
) -> None:
    with pytest.raises(SourceError) as caught:
        normalise(kind, value, None)
    assert caught.value.reason is VALUE_NOT_STANDARD
    assert caught.value.facts == {"field": "field", "kind": kind.value, "value_count": 1}
    assert value not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_normal_forms_are_normal_for_every_character() -> None:
    """Folding once is enough: no character becomes something that would be folded again."""
    once = normalise(FieldKind.ADDRESS, *map(chr, range(0x20000))).distinct
    assert normalise(FieldKind.ADDRESS, *once).distinct == once


def test_a_column_shows_no_value() -> None:
    column = normalise(FieldKind.GIVEN_NAME, "Canary")
    assert repr(column) == str(column) == "NormalisedColumn(1 records, 1 distinct)"

import pytest

from linkage.agreement.schema import CheckRule, FieldKind, TokenKind, Transliteration
from linkage.errors import SourceError
from linkage_agent.columns import MISSING
from linkage_agent.pii.normalise import (
    VALUE_NOT_STANDARD,
    NormalisedColumn,
    normalise_column,
)
from tests.support.columns import make_column, make_field


def normalise(
    kind: FieldKind,
    *values: str | None,
    transliteration: Transliteration = Transliteration.NONE,
    check: CheckRule = CheckRule.NONE,
) -> NormalisedColumn:
    field = make_field("field", kind, {TokenKind.WHOLE: 1}, check=check)
    return normalise_column(make_column(values), field, transliteration)


def latin(kind: FieldKind, *values: str) -> tuple[str, ...]:
    return normalise(kind, *values, transliteration=Transliteration.ANYASCII).distinct


BOTH = pytest.mark.parametrize("transliteration", Transliteration)


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
@BOTH
def test_spellings_of_one_name_have_one_normal_form(
    spellings: tuple[str, ...], transliteration: Transliteration
) -> None:
    column = normalise(FieldKind.FAMILY_NAME, *spellings, transliteration=transliteration)
    assert len(column.distinct) == 1


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Владимир", "vladimir"),
        ("Семёнова-Яновская", "semenova yanovskaya"),
        ("Παπαδάκης", "papadakis"),
        ("习近平", "xijinping"),
        ("محمد", "mhmd"),
        ("김민준", "gimminjun"),
        ("\u1100\u1175\u11b7", "gim"),  # Hangul taken apart
        ("カタカナ", "katakana"),
        ("\uff9b\uff70\uff8f", "roma"),  # half-width kana, a sign for a long vowel between
        ("ひらか\u3099な", "hiragana"),  # a voicing mark of its own
        ("Müller-Ødegård", "muller odegard"),
        ("Мария Smith", "mariya smith"),
    ],
)
def test_other_scripts_become_latin_letters(name: str, form: str) -> None:
    assert latin(FieldKind.FAMILY_NAME, name) == (form,)


@BOTH
def test_capitals_never_count(transliteration: Transliteration) -> None:
    for character in map(chr, range(0x2000)):
        upper, lower = character.upper(), character.lower()
        if len(upper) == len(lower) == 1 and upper.lower() == lower:
            column = normalise(FieldKind.ADDRESS, upper, lower, transliteration=transliteration)
            assert len(column.distinct) <= 1


def test_points_and_marks_that_are_mostly_left_out_change_nothing() -> None:
    arabic = "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0645\u062d\u0645\u062f"
    hebrew = "\u05e9\u05b8\u05c1\u05e8\u05b8\u05d4", "\u05e9\u05e8\u05d4"
    assert len(latin(FieldKind.GIVEN_NAME, *arabic)) == 1
    assert len(latin(FieldKind.GIVEN_NAME, *hebrew)) == 1


def test_a_name_that_the_tables_do_not_know_keeps_its_letters() -> None:
    assert latin(FieldKind.FAMILY_NAME, "\U0002a608") == ("\U0002a608",)
    assert latin(FieldKind.FAMILY_NAME, "\u0627") == ("\u0627",)


def test_without_transliteration_scripts_stay() -> None:
    assert normalise(FieldKind.GIVEN_NAME, "Владимир").distinct == ("владимир",)


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


@pytest.mark.parametrize("kind", [FieldKind.POSTCODE, FieldKind.NATIONAL_ID, FieldKind.CODE])
def test_spaces_and_signs_in_codes_do_not_count(kind: FieldKind) -> None:
    assert normalise(kind, "SW1A 1AA", "sw1a-1aa", "SW1A1AA").distinct == ("sw1a1aa",)


def test_spaces_between_words_of_an_address_count_once() -> None:
    column = normalise(FieldKind.ADDRESS, "1  High St.", "1 High St", "1High St")
    assert column.distinct == ("1 high st", "1high st")


def test_digits_of_any_script_are_ascii_digits() -> None:
    assert normalise(FieldKind.CODE, "\u0661\u0662", "१२", "12").distinct == ("12",)


def test_a_phone_number_is_its_last_nine_digits() -> None:
    numbers = ("07700 900123", "+44 7700 900-123", "0044 (0)7700 900123", "\u0667700900123")
    assert normalise(FieldKind.PHONE, *numbers).distinct == ("700900123",)
    assert normalise(FieldKind.PHONE, "12 34", "ex-directory").distinct == ("1234",)


def test_an_email_address_keeps_its_signs_and_loses_capitals_and_blanks() -> None:
    addresses = ("Ada.Quill@Example.org", " ada.quill@example.org\n", "ADA.quill@example.ORG")
    assert normalise(FieldKind.EMAIL, *addresses).distinct == ("ada.quill@example.org",)
    assert normalise(FieldKind.EMAIL, "@", "-", " ").distinct == ()


def test_a_value_that_fails_its_check_is_missing_and_its_records_are_counted() -> None:
    column = normalise(
        FieldKind.NATIONAL_ID, "943 476 5919", "943 476 5918", None, "943 476 5918", "-",
        check=CheckRule.NHS_NUMBER,
    )  # fmt: skip
    assert column.codes.tolist() == [0, MISSING, MISSING, MISSING, MISSING]
    assert column.failed == 2


@pytest.mark.parametrize("rule", sorted(set(CheckRule) - {CheckRule.NONE}))
def test_a_number_of_one_digit_passes_no_check(rule: CheckRule) -> None:
    numbers = [digit * length for digit in "0123456789" for length in range(1, 25)]
    assert normalise(FieldKind.NATIONAL_ID, *numbers, check=rule).distinct == ()


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (CheckRule.NHS_NUMBER, "9434765919"),
        (CheckRule.LUHN, "4539148803436467"),
        (CheckRule.VERHOEFF, "84736430954837284567892"),
    ],
)
def test_a_check_sees_every_wrong_digit(rule: CheckRule, number: str) -> None:
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]
    assert normalise(FieldKind.NATIONAL_ID, number, *wrong, check=rule).distinct == (number,)


def test_a_value_of_which_nothing_is_left_is_missing() -> None:
    column = normalise(FieldKind.GIVEN_NAME, "-", "Ann", None, "?!", " ", "ANN")
    assert column.codes.tolist() == [MISSING, 0, MISSING, MISSING, MISSING, 0]


def test_a_column_without_any_value_is_all_missing() -> None:
    assert normalise(FieldKind.GIVEN_NAME, None, None).codes.tolist() == [MISSING, MISSING]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(FieldKind.DATE, "14/05/1980"), (FieldKind.SEX, "Female"), (FieldKind.YEAR, "80")],
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


@BOTH
def test_normal_forms_are_normal_for_every_character(transliteration: Transliteration) -> None:
    """Folding once is enough: no character becomes something that would be folded again."""
    characters = map(chr, range(0x20000))
    once = normalise(FieldKind.ADDRESS, *characters, transliteration=transliteration).distinct
    again = normalise(FieldKind.ADDRESS, *once, transliteration=transliteration)
    assert again.distinct == once


def test_a_column_shows_no_value() -> None:
    column = normalise(FieldKind.GIVEN_NAME, "Canary")
    assert repr(column) == str(column) == "NormalisedColumn(1 records, 1 distinct)"


@pytest.mark.parametrize("transliteration", Transliteration)
@pytest.mark.parametrize(
    "kind",
    [FieldKind.ADDRESS, FieldKind.CODE, FieldKind.PHONE, FieldKind.EMAIL, FieldKind.GIVEN_NAME],
)
def test_a_value_becomes_the_same_whatever_stands_beside_it(
    kind: FieldKind, transliteration: Transliteration
) -> None:
    values = [
        *("", " ", "  a  b ", "a\0b", "\0", "O'Brien", "\u0301a", "Zoë", "ﬁ", "Владимир 7", "習"),
        *("12 High  St.", "`", "\ud800x", "+44 7700 900123", "a" * 70_000, "\t\n\r", "é\0é", "b"),
        *("a@b.c", "..", "\u00a0", "x\u2028y", " '", "' '"),
    ]
    together = normalise(kind, *values, transliteration=transliteration)
    for code, value in zip(together.codes.tolist(), values, strict=True):
        alone = normalise(kind, value, transliteration=transliteration).distinct
        assert alone == (() if code == MISSING else (together.distinct[code],))
    assert len(set(together.distinct)) == len(together.distinct)


def test_u_0000_is_a_blank_like_any_other() -> None:
    assert normalise(FieldKind.GIVEN_NAME, "Mary\0Ann", "\0Mary Ann\0").distinct == ("mary ann",)


def test_a_column_of_which_nothing_is_left_is_missing_everywhere() -> None:
    for values in ([], [None, None], ["-", None, " "]):
        field = make_field("field", FieldKind.GIVEN_NAME, {TokenKind.BIGRAMS: 1})
        column = normalise_column(make_column(values), field, Transliteration.ANYASCII)
        assert column.distinct == ()
        assert column.codes.tolist() == [MISSING] * len(values)

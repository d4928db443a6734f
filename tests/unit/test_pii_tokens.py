from collections import Counter
from importlib import resources

import numpy as np
import pytest

from linkage.agreement.schema import TokenKind
from linkage_agent.pii.normalise import NormalisedColumn
from linkage_agent.pii.tokens.names import read_nicknames
from linkage_agent.pii.tokens.sounds import sound_codes
from linkage_agent.pii.tokens.table import TokenTable, split_column
from linkage_agent.text_index import pack


def split(kind: TokenKind, *forms: str) -> TokenTable:
    return split_column(NormalisedColumn(np.arange(len(forms), dtype=np.int32), forms), kind)


def tokens(kind: TokenKind, form: str) -> set[str]:
    return set(split(kind, form).vocabulary)


def codes_of(*words: str) -> list[str]:
    codes = sound_codes(pack(words))
    spans = zip(codes.starts.tolist(), codes.ends.tolist(), strict=True)
    return [codes.content[start:end].tobytes().decode() for start, end in spans]


@pytest.mark.parametrize("kind", [TokenKind.BIGRAMS, TokenKind.SHARED_BIGRAMS])
def test_bigrams_are_padded(kind: TokenKind) -> None:
    assert split(kind, "ann").vocabulary == (" a", "an", "nn", "n ")


def test_a_repeated_piece_is_another_token() -> None:
    assert split(TokenKind.BIGRAMS, "anana").vocabulary == (
        " a", "an", "na", "a ", "an#2", "na#2",
    )  # fmt: skip
    assert split(TokenKind.WORDS, "ann ann lee").vocabulary == ("ann", "lee", "ann#2")


def test_a_piece_that_stands_often_has_a_token_for_each_time() -> None:
    table = split(TokenKind.BIGRAMS, "aaaa", "b", "aaaaa")
    found = [table.vocabulary[member] for member in table.members]
    assert found == [
        *(" a", "aa", "aa#2", "aa#3", "a "),
        *(" b", "b "),
        *(" a", "aa", "aa#2", "aa#3", "aa#4", "a "),
    ]


def test_bigrams_are_of_characters_however_many_bytes_they_take() -> None:
    forms = ["é", "aé", "\u20ac\u20ac", "\U0001d518a\U0001d518", "владимир", "x" * 40_000]
    table = split(TokenKind.BIGRAMS, *forms)
    for form, start, end in zip(forms, table.starts, table.starts[1:], strict=False):
        pieces = [table.vocabulary[member].partition("#")[0] for member in table.members[start:end]]
        padded = f" {form} "
        assert pieces == [padded[place : place + 2] for place in range(len(form) + 1)]


def test_any_number_of_distinct_bigrams_is_told_apart() -> None:
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 9_000)]
    forms = [*characters, "".join(characters), *characters]
    table = split(TokenKind.BIGRAMS, *forms)
    assert len(set(table.vocabulary)) == len(table.vocabulary) == 2 * 9_000 + 8_999
    assert table.starts[-1] == len(table.members) == 4 * 9_000 + 9_001
    assert table.members[: 2 * 9_000].tolist() == table.members[-2 * 9_000 :].tolist()


@pytest.mark.parametrize("kind", TokenKind)
def test_a_column_without_values_has_no_tokens(kind: TokenKind) -> None:
    table = split(kind)
    assert (len(table), table.vocabulary, table.members.tolist()) == (0, (), [])


def test_words_in_another_order_keep_all_bigrams() -> None:
    kind = TokenKind.BIGRAMS
    assert tokens(kind, "smith jones") ^ tokens(kind, "jones smith") == set()


@pytest.mark.parametrize("kind", [TokenKind.BIGRAMS, TokenKind.WORDS, TokenKind.SHARED_WORDS])
def test_one_of_two_surnames_keeps_its_tokens(kind: TokenKind) -> None:
    assert tokens(kind, "smith") <= tokens(kind, "smith jones")


def test_a_whole_value_is_one_token() -> None:
    assert split(TokenKind.WHOLE, "male", "female").members.tolist() == [0, 1]
    assert tokens(TokenKind.WHOLE, "mary ann") == {"mary ann"}


def test_each_word_has_an_initial() -> None:
    assert split(TokenKind.INITIAL, "mary ann may").vocabulary == ("m", "a", "m#2")


def test_a_date_has_twelve_parts() -> None:
    for form in ("19800514", "11111111", "00000000", "20021212"):
        assert len(tokens(TokenKind.DATE_PARTS, form)) == 12


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
def test_a_date_with_one_error_keeps_most_parts(other: str, kept: int) -> None:
    first, second = tokens(TokenKind.DATE_PARTS, "19800514"), tokens(TokenKind.DATE_PARTS, other)
    assert len(first & second) == kept


def test_tagged_digits_and_pairs_of_a_date_never_meet() -> None:
    assert len(tokens(TokenKind.DATE_PARTS, "19191919")) == 12


@pytest.mark.parametrize("apart", range(5))
def test_years_one_apart_share_two_neighbours_and_two_apart_share_one(apart: int) -> None:
    kind = TokenKind.YEAR_NEIGHBOURS
    common = tokens(kind, "19991231") & tokens(kind, str(1999 + apart))
    assert len(common) == max(0, 3 - apart)


def test_year_digits_are_those_of_a_date() -> None:
    of_year = tokens(TokenKind.YEAR_DIGITS, "1980")
    assert len(of_year) == 6
    assert of_year < tokens(TokenKind.DATE_PARTS, "19800514")


def test_postcodes_of_one_area_share_their_beginnings() -> None:
    kind = TokenKind.POSTCODE_PARTS
    assert tokens(kind, "sw1a1aa") & tokens(kind, "sw1a2bb") == {
        "start:sw", "start:sw1", "start:sw1a",
    }  # fmt: skip
    assert tokens(kind, "94105") & tokens(kind, "94115") == {"start:94", "start:941"}
    assert tokens(kind, "sw1a1aa") & tokens(kind, "1aa") == {"end:1aa"}
    assert tokens(kind, "7") == {"end:7"}


def test_numbers_are_words_with_a_digit() -> None:
    assert split(TokenKind.NUMBERS, "flat 2 12a mill lane").vocabulary == ("2", "12a")


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("ada@x.org", "ada"),
        ("ada+shop@x.org", "ada"),
        ("a@b@c", "a@b"),
        ("ada", "ada"),
        ("@x", "@x"),
    ],
)
def test_local_part_of_an_address(address: str, local: str) -> None:
    assert tokens(TokenKind.LOCAL_PART, address) == {local}


@pytest.mark.parametrize(
    "names",
    ["william bill will billy", "elizabeth liz betty", "robert bob rob", "katarzyna kasia"],
)
def test_short_forms_share_a_class_with_their_name(names: str) -> None:
    first, *others = names.split()
    for other in others:
        assert tokens(TokenKind.NICKNAME, first) & tokens(TokenKind.NICKNAME, other)


def test_a_short_form_of_several_names_has_a_class_for_each() -> None:
    found = tokens(TokenKind.NICKNAME, "alex")
    assert {"alexander", "alexandra"} <= found
    assert not tokens(TokenKind.NICKNAME, "alexander") & {"alexandra"}


def test_a_name_in_no_class_is_a_class_of_its_own() -> None:
    assert split(TokenKind.NICKNAME, "quillon ada").vocabulary == ("quillon", "ada")


def test_nickname_table_is_in_order_and_says_nothing_twice() -> None:
    text = resources.files("linkage_agent.pii.tokens").joinpath("nicknames.txt").read_text("ascii")
    lines = [
        (head, members.split())
        for head, _, members in (x.partition(":") for x in text.splitlines())
    ]
    heads = [head for head, _ in lines]
    assert heads == sorted(set(heads))
    for head, members in lines:
        assert members == sorted(set(members) - {head})
        assert all(name.isalpha() and name.islower() for name in [head, *members])
        assert members
    known = {head: set(members) for head, members in lines}
    assert not [
        (head, name) for head in known for name in known[head] if head in known.get(name, ())
    ]


def test_few_names_are_in_many_classes() -> None:
    counts = Counter(map(len, read_nicknames().values()))
    assert sum(count for number, count in counts.items() if number > 5) < 10


@pytest.mark.parametrize(
    "spellings",
    [
        "steven stephen stefan", "kathryn catherine katharine", "mohammed muhamad mhmd mehmet",
        "philip filip", "sean shaun shawn", "ian yan jan", "geoffrey jeffrey", "alex aleks",
        "michael mikael mitchell", "smith smyth schmidt", "yusuf yousef iosif", "reece rhys",
        "bob bop", "anna ana", "yvonne ivonne",
    ],
)  # fmt: skip
def test_spellings_of_one_name_sound_alike(spellings: str) -> None:
    assert len(set(codes_of(*spellings.split()))) == 1


@pytest.mark.parametrize(
    ("word", "code"), [("mamma", "mm"), ("bobby", "pp"), ("ck", "k"), ("", "")]
)
def test_a_sound_counts_once_unless_something_stands_between(word: str, code: str) -> None:
    assert codes_of(word, word) == [code, code]


def test_what_has_no_sound_has_no_phonetic_token() -> None:
    assert split(TokenKind.PHONETIC, "123 \u0430\u043d\u043d\u0430", "ada").starts.tolist() == [
        0,
        0,
        1,
    ]


def test_parts_of_postcodes_are_of_characters_however_many_bytes_they_take() -> None:
    forms = ["a", "é€", "\U0001d518b", "eh11yz", "владимир", "eh11"]
    table = split(TokenKind.POSTCODE_PARTS, *forms)
    for form, start, end in zip(forms, table.starts, table.starts[1:], strict=False):
        found = [table.vocabulary[member] for member in table.members[start:end]]
        beginnings = [f"start:{form[:length]}" for length in range(2, len(form) + 1)]
        assert found == [*beginnings, f"end:{form[-3:]}"]


def test_dates_that_share_a_year_or_a_day_keep_their_own_parts() -> None:
    forms = ["19800111", "19801211", "20020111", "01111980"]
    together = split(TokenKind.DATE_PARTS, *forms)
    for form, start, end in zip(forms, together.starts, together.starts[1:], strict=False):
        members = together.members[start:end]
        assert {together.vocabulary[member] for member in members} == tokens(
            TokenKind.DATE_PARTS, form
        )
        assert len(members) == 12


def test_members_are_the_tokens_of_each_value_in_turn() -> None:
    table = split(TokenKind.BIGRAMS, "ab", "b", "ab b")
    found = [
        {table.vocabulary[member] for member in table.members[start:end]}
        for start, end in zip(table.starts, table.starts[1:], strict=False)
    ]
    assert found == [{" a", "ab", "b "}, {" b", "b "}, {" a", "ab", "b ", " b", "b #2"}]


def test_every_kind_of_token_can_be_split() -> None:
    for kind in TokenKind:
        assert len(split(kind, "19800514")) == 1


def test_a_table_shows_no_token() -> None:
    table = split(TokenKind.BIGRAMS, "canary")
    assert repr(table) == str(table) == "TokenTable(1 values, 7 tokens)"

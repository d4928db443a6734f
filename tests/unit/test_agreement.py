import re
from pathlib import Path

import pytest

from linkage.agreement.load import load_agreement, parse_agreement
from linkage.agreement.model import Accept, Candidates, DataKind, PartyKind
from linkage.agreement.schema import (
    CheckRule,
    FieldKind,
    Hardening,
    MissingRule,
    Reveals,
    TokenKind,
    Transliteration,
)
from linkage.errors import ConfigError, DocumentError
from tests.support.agreements import make_agreement

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "agreement.toml"
WORLD = make_agreement(("police", "council", "hospital"))


def faults_of(toml: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse_agreement(toml.encode(), "agreement.toml")
    return [str(problem) for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    assert old in WORLD.toml
    return WORLD.toml.replace(old, new, 1)


def test_digest_stays_when_only_the_writing_changes() -> None:
    text = WORLD.toml.replace("at_least = 0.80", "at_least   =  0.8 # inclusive")
    sections = text.split("[retention]")
    moved = sections[0].replace("[project]", "[retention]" + sections[1] + "\n[project]")
    assert parse_agreement(moved.encode(), "x").digest == WORLD.agreement.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at_least = 0.80", "at_least = 0.81"),
        ('purpose = "To test"', 'purpose = "To test more"'),
        ("bigrams = 20", "bigrams = 21"),
        ("epoch = 1", "epoch = 2"),
        ("encodings_days = 30", "encodings_days = 31"),
    ],
)
def test_digest_changes_with_every_term(old: str, new: str) -> None:
    assert parse_agreement(changed(old, new).encode(), "x").digest != WORLD.agreement.digest


def test_schema_digest_hangs_on_the_schema_alone() -> None:
    other_purpose = parse_agreement(changed('purpose = "To test"', 'purpose = "x"').encode(), "x")
    other_schema = parse_agreement(changed("bigrams = 20", "bigrams = 9").encode(), "x")
    assert other_purpose.schema_digest == WORLD.agreement.schema_digest
    assert other_schema.schema_digest != WORLD.agreement.schema_digest


def test_order_of_a_fields_tokens_says_nothing() -> None:
    one, other = (
        parse_agreement(changed("bigrams = 20", tokens).encode(), "x")
        for tokens in ("bigrams = 20, initial = 3", "initial = 3, bigrams = 20")
    )
    assert one.schema == other.schema
    assert one.digest == other.digest


def test_all_faults_are_told_at_once_with_their_key_paths() -> None:
    broken = (
        WORLD.toml.replace("epoch = 1", "epoch = 0\nepok = 2")
        .replace('kind = "other"', 'kind = "odd"', 1)
        .replace("round_to = 5", "")
        .replace('card = "card1:', 'card = "card9:', 1)
    )
    paths = {fault.partition(":")[0] for fault in faults_of(broken)}
    expected = {"project.epoch", "project.epok", "parties[0].kind", "parties[0].card"}
    assert expected | {"disclosure.round_to"} == paths


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("length_bits = 1024", "length_bits = 1000", "encoding.length_bits"),
        ("length_bits = 1024", "length_bits = 1024.0", "encoding.length_bits"),
        ("at_least = 0.80", "at_least = 0", "matching.at_least"),
        ("at_least = 0.80", "at_least = nan", "matching.at_least"),
        ("at_least = 0.80", "at_least = 1e-999999", "matching.at_least"),
        ("at_least = 0.80", 'at_least = "0.8"', "matching.at_least"),
        ("at_least = 0.80", "", "matching.at_least"),
        ('accept = "dice"', 'accept = "balance"', "matching.at_least"),
        ('accept = "dice"', 'accept = "guess"', "matching.accept"),
        ('"all-pairs"', '"hamming-lsh"', "matching.candidate_recall"),
        ('"all-pairs"', '"hamming-lsh"\ncandidate_recall = 0', "matching.candidate_recall"),
        ('"all-pairs"', '"all-pairs"\ncandidate_recall = 0.9', "matching.candidate_recall"),
        ('"all-pairs"', '"some"', "matching.candidates"),
        (
            'accept = "dice"\ncandidates = "all-pairs"\nat_least = 0.80',
            'accept = "balance"\ncandidates = "hamming-lsh"\ncandidate_recall = 0.9',
            "matching.candidates",
        ),
        ('reveals = "record-likeness"', 'reveals = "field-likeness"', "matching.accept"),
        ('reveals = "record-likeness"', 'reveals = "group-likeness"', "fields[2].group"),
        ('missing = "neutral"', 'missing = "neutral"\ngroup = "names"', "fields[0].group"),
        ('missing = "neutral"', 'missing = "neutral"\ncheck = "luhn"', "fields[0].check"),
        ('missing = "neutral"', "", "fields[0].missing"),
        ('kind = "date"', 'kind = "national-id"', "fields[2].check"),
        ('kind = "date"', 'kind = "national-id"\ncheck = "none"', "fields[2].tokens.date-parts"),
        ("bigrams = 20", "year-digits = 20", "fields[0].tokens.year-digits"),
        ("bigrams = 20", "bigrams = 129", "fields[0].tokens.bigrams"),
        ("bigrams = 20", "trigrams = 20", "fields[0].tokens.trigrams"),
        ("{ bigrams = 20 }", "{}", "fields[0].tokens"),
        ("{ bigrams = 20 }", "20", "fields[0].tokens"),
        ('transliteration = "anyascii-0.3"', "", "encoding.transliteration"),
        ("minimum_fields = 1", "minimum_fields = 9", "encoding.minimum_fields"),
        ('id = "council"', 'id = "police"', "parties"),
        ('id = "council"', 'id = "Council"', "parties[1].id"),
        ('trust_domain = "linkage.test"', 'trust_domain = "a b"', "linkage_unit.trust_domain"),
        ("suppress_below = 10", "suppress_below = 5", "disclosure.suppress_below"),
        ("round_to = 5", "round_to = 1", "disclosure.round_to"),
        ("round_to = 5", "round_to = true", "disclosure.round_to"),
        ('agencies = ["police"', 'agencies = ["prison"', "recipient_groups[0].agencies"),
        ('name = "family_name"', 'name = "given_name"', "fields"),
        ('format = "linkage-agreement-2"', 'format = "linkage-agreement-9"', "format"),
        ("holds_each_person_once = true", 'holds_each_person_once = "yes"',
         "parties[0].holds_each_person_once"),
    ],
)  # fmt: skip
def test_fault_is_told_with_its_key_path(old: str, new: str, path: str) -> None:
    assert path in {fault.partition(":")[0] for fault in faults_of(changed(old, new))}


def test_period_must_be_a_period_and_no_longer_than_a_year() -> None:
    expires = re.search(r"expires = \S+", WORLD.toml)
    assert expires
    for day in ("2020-01-01", "2099-01-01"):
        assert any(
            "project.expires" in f for f in faults_of(changed(expires[0], f"expires = {day}"))
        )


def test_health_may_not_join_with_personal_data_at_the_research_level() -> None:
    personal = WORLD.toml.replace('data = "synthetic"', 'data = "personal"')
    parse_agreement(personal.encode(), "x")
    faults = faults_of(personal.replace('kind = "other"', 'kind = "health"', 1))
    assert [fault for fault in faults if "parties[0].kind" in fault and "research" in fault]


def test_family_name_has_no_nickname() -> None:
    weights = "{ bigrams = 20, nickname = 2 }"
    fields = WORLD.toml.replace("{ bigrams = 20 }", weights)
    assert [fault.partition(":")[0] for fault in faults_of(fields)] == ["fields[1].tokens.nickname"]


def test_more_fields_than_can_be_told_apart_are_refused() -> None:
    field = WORLD.toml[WORLD.toml.index("[[fields]]") : WORLD.toml.index("[encoding]")]
    more = "".join(field.replace("_", f"_{number}_") for number in range(22))
    faults = faults_of(changed("[encoding]", more + "[encoding]"))
    assert [fault for fault in faults if fault.startswith("fields: has more than 64")]


NAME_TOKENS = {"shared-bigrams": 8, "shared-words": 10}
FOUR_FIELDS = (
    ("first_name", "given-name", NAME_TOKENS),
    ("birth_date", "date", {"date-parts": 8, "whole": 12}),
    ("middle_name", "given-name", NAME_TOKENS),
    ("town", "place", {"bigrams": 4}),
)


@pytest.mark.parametrize(
    ("reveals", "expected"),
    [
        (
            "field-likeness",
            [
                ("first_name", ("first_name",), True),
                ("birth_date", ("birth_date",), False),
                ("middle_name", ("middle_name",), True),
                ("town", ("town",), False),
            ],
        ),
        (
            "group-likeness",
            [
                ("given-name", ("first_name", "middle_name"), True),
                ("date", ("birth_date",), False),
                ("place", ("town",), False),
            ],
        ),
        (
            "record-likeness",
            [("record", ("first_name", "birth_date", "middle_name", "town"), False)],
        ),
    ],
)
def test_segments_stand_one_after_the_other_in_order_of_first_appearance(
    reveals: str, expected: list[tuple[str, tuple[str, ...], bool]]
) -> None:
    world = make_agreement(fields=FOUR_FIELDS, reveals=reveals, length_bits=256, accept="balance")
    segments = world.agreement.schema.segments()
    assert [(s.name, s.fields, s.crosses) for s in segments] == expected
    assert [s.start_byte for s in segments] == list(range(0, 32 * len(segments), 32))
    assert {s.byte_count for s in segments} == {32}
    assert world.agreement.schema.encoding_bytes == 32 * len(segments)


def test_balance_needs_no_number_and_clean_agencies_are_not_asked_for() -> None:
    world = make_agreement(accept="balance", holds_each_person_once=False)
    assert world.agreement.policy.at_least is None


def test_the_example_is_an_agreement_and_shows_every_option() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    toml = text
    for party in WORLD.agreement.parties:
        toml = toml.replace(f"{{card_{party.id}}}", party.card.text())
    agreement = parse_agreement(toml.encode(), EXAMPLE.name)
    assert agreement.policy.at_least is not None
    assert {field.kind for field in agreement.schema.fields} == set(FieldKind)
    assert {token.kind for field in agreement.schema.fields for token in field.tokens} == set(
        TokenKind
    )
    options = (Reveals, Transliteration, Hardening, MissingRule, CheckRule, PartyKind, DataKind)
    for option in (*options, Accept, Candidates):
        for value in option:
            assert re.search(rf'"{value}"|\b{value}\b', text), value


def test_table_must_stay_within_its_group() -> None:
    groups = {"two": ("police", "council")}
    with pytest.raises(DocumentError) as caught:
        make_agreement(
            ("police", "council", "hospital"),
            groups=groups,
            tables=[("police", "hospital", "two"), ("police", "council", "none")],
        )
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["tables[0].recipient", "tables[1].group"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = ", b"x" * (2 << 20)])
def test_what_is_no_agreement_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "agreement.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_agreement(path)
    assert caught.value.reason.code == "AGREEMENT_UNREADABLE"
    assert str(path) in str(caught.value)


def test_missing_agreement_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_agreement(tmp_path / "none.toml")

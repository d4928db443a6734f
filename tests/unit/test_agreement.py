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
    Part,
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


BLOCKING = """
[encoding.blocking]
rules = [{ birth_date = "even-years" }, { birth_date = "odd-years" }]
smallest_bucket = 100
statement = "It is a test."
"""


def blocked(old: str = "", new: str = "") -> str:
    """The agreement with blocking tokens, and one thing changed in it."""
    matching = changed('"all-pairs"', '"blocking"\ncandidate_recall = 0.9')
    text = matching.replace("\n[matching]", f"{BLOCKING}\n[matching]")
    assert old in text
    return text.replace(old, new)


def test_blocking_rules_are_part_of_the_encoding_schema() -> None:
    plain, one, other = (
        parse_agreement(text.encode(), "x")
        for text in (WORLD.toml, blocked(), blocked('"odd-years"', '"year"'))
    )
    assert plain.schema.blocking is None
    assert plain.schema.sent_bytes == plain.schema.encoding_bytes
    assert one.schema.sent_bytes == plain.schema.encoding_bytes + 4
    assert len({each.schema_digest for each in (plain, one, other)}) == 3
    assert one.schema.blocking is not None
    assert one.schema.blocking.rules == (
        (("birth_date", "even-years"),),
        (("birth_date", "odd-years"),),
    )


def test_parts_of_a_rule_stand_in_the_order_of_their_fields() -> None:
    turned = (
        blocked('kind = "family-name"', 'kind = "code"')
        .replace('{ birth_date = "even-years" }', '{ family_name = "whole", birth_date = "year" }')
        .replace("bigrams = 20", "whole = 20")
        .replace('kind = "given-name"', 'kind = "code"')
    )
    schema = parse_agreement(turned.encode(), "x").schema
    assert schema.blocking is not None
    assert [field for field, _ in schema.blocking.rules[0]] == ["birth_date", "family_name"]


RULE = '{ birth_date = "even-years" }'


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (RULE, '{ given_name = "whole" }', "encoding.blocking.rules[0].given_name"),
        (RULE, '{ birth_date = "whole" }', "encoding.blocking.rules[0].birth_date"),
        (RULE, '{ birth_date = "month" }', "encoding.blocking.rules[0].birth_date"),
        (RULE, '{ birthday = "year" }', "encoding.blocking.rules[0]"),
        (RULE, "{}", "encoding.blocking.rules[0]"),
        ('"even-years"', '"odd-years"', "encoding.blocking.rules"),
        ("smallest_bucket = 100", "smallest_bucket = 99", "encoding.blocking.smallest_bucket"),
        ("smallest_bucket = 100", "", "encoding.blocking.smallest_bucket"),
        ('statement = "It is a test."', "", "encoding.blocking.statement"),
        ('statement = "It is', 'because = "It is', "encoding.blocking.because"),
        ("\ncandidate_recall = 0.9", "", "matching.candidate_recall"),
        ('"blocking"', '"hamming-lsh"', "matching.candidates"),
        (BLOCKING, "", "matching.candidates"),
        ('accept = "dice"', 'accept = "precision"', "matching.candidates"),
    ],
)  # fmt: skip
def test_fault_in_blocking_is_told_with_its_key_path(old: str, new: str, path: str) -> None:
    assert path in {fault.partition(":")[0] for fault in faults_of(blocked(old, new))}


def test_more_rules_than_a_word_has_room_for_are_refused() -> None:
    faults = faults_of(blocked(RULE, ", ".join([RULE] * 4)))
    assert "encoding.blocking.rules: has more than 4 rules" in faults


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


def test_what_the_example_says_of_blocking_is_an_agreement_once_it_is_no_comment() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    start = text.index("# [encoding.blocking]")
    end = text.index("\n\n", start)
    block = re.sub("^# ", "", text[start:end], flags=re.MULTILINE)
    toml = f"{text[:start]}{block}{text[end:]}"
    for party in WORLD.agreement.parties:
        toml = toml.replace(f"{{card_{party.id}}}", party.card.text())
    for old, new in (
        ('reveals = "group-likeness"', 'reveals = "record-likeness"'),
        ('accept = "precision"', 'accept = "dice"'),
        ('candidates = "all-pairs"', 'candidate_recall = 0.99\ncandidates = "blocking"'),
    ):
        assert old in toml
        toml = toml.replace(old, new)
    toml = re.sub('^group = "(names|birth|place|contact)".*', "", toml, flags=re.MULTILINE)
    blocking = parse_agreement(toml.encode(), "x").schema.blocking
    assert blocking is not None
    assert blocking.smallest_bucket == 500
    assert blocking.rules[0] == (("date_of_birth", "even-years"), ("sex", "whole"))
    for part in Part:
        assert f'"{part}"' in text


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

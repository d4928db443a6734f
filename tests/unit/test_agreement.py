import re
from pathlib import Path

import pytest

from linkage.agreement.load import load_agreement, parse_agreement
from linkage.errors import ConfigError, DocumentError
from tests.support.agreements import make_agreement

WORLD = make_agreement(("police", "council", "hospital"))


def faults_of(toml: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse_agreement(toml.encode(), "agreement.toml")
    return [str(problem) for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    assert old in WORLD.toml
    return WORLD.toml.replace(old, new, 1)


def test_digest_stays_when_only_the_writing_changes() -> None:
    text = WORLD.toml.replace("threshold = 0.80", "threshold   =  0.8 # inclusive")
    sections = text.split("[retention]")
    moved = sections[0].replace("[project]", "[retention]" + sections[1] + "\n[project]")
    assert parse_agreement(moved.encode(), "x").digest == WORLD.agreement.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("threshold = 0.80", "threshold = 0.81"),
        ('purpose = "To test"', 'purpose = "To test more"'),
        ("bits_per_qgram = 20", "bits_per_qgram = 21"),
        ("epoch = 1", "epoch = 2"),
        ("encodings_days = 30", "encodings_days = 31"),
    ],
)
def test_digest_changes_with_every_term(old: str, new: str) -> None:
    assert parse_agreement(changed(old, new).encode(), "x").digest != WORLD.agreement.digest


def test_schema_digest_hangs_on_the_schema_alone() -> None:
    other_purpose = parse_agreement(changed('purpose = "To test"', 'purpose = "x"').encode(), "x")
    other_schema = parse_agreement(
        changed("bits_per_qgram = 20", "bits_per_qgram = 9").encode(), "x"
    )
    assert other_purpose.schema_digest == WORLD.agreement.schema_digest
    assert other_schema.schema_digest != WORLD.agreement.schema_digest


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
        ("threshold = 0.80", "threshold = 0", "matching.threshold"),
        ("threshold = 0.80", "threshold = nan", "matching.threshold"),
        ("threshold = 0.80", "threshold = 1e-999999", "matching.threshold"),
        ("threshold = 0.80", 'threshold = "guessed"', "matching.threshold"),
        ("threshold = 0.80", 'threshold = "0.8"', "matching.threshold"),
        ("minimum_fields = 1", "minimum_fields = 9", "encoding.minimum_fields"),
        ('id = "council"', 'id = "police"', "parties"),
        ('id = "council"', 'id = "Council"', "parties[1].id"),
        ('trust_domain = "linkage.test"', 'trust_domain = "a b"', "linkage_unit.trust_domain"),
        ("suppress_below = 10", "suppress_below = 5", "disclosure.suppress_below"),
        ("round_to = 5", "round_to = 1", "disclosure.round_to"),
        ("round_to = 5", "round_to = true", "disclosure.round_to"),
        ('agencies = ["police"', 'agencies = ["prison"', "recipient_groups[0].agencies"),
        ('name = "family_name"', 'name = "given_name"', "fields"),
        ('format = "linkage-agreement-1"', 'format = "linkage-agreement-9"', "format"),
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


def test_threshold_can_be_estimated_where_strangers_are_known() -> None:
    estimated = changed("threshold = 0.80", 'threshold = "estimated"')
    assert parse_agreement(estimated.encode(), "x").policy.threshold is None
    once, more = "holds_each_person_once = true", "holds_each_person_once = false"
    parse_agreement(estimated.replace(once, more, 1).encode(), "x")
    assert [f for f in faults_of(estimated.replace(once, more, 2)) if "matching.threshold" in f]


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

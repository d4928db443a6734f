"""Match keys are random, and all that comes back."""

import csv
import hashlib
from collections import Counter, defaultdict

import numpy as np
import pytest

from benchmarks.population.agencies import AGENCIES
from linkage.api.v1 import result_pb2, run_pb2
from tests.privacy.agencies import Agencies
from tests.privacy.chance import is_even, is_unrelated
from tests.privacy.evidence import Evidence, sent_records
from tests.privacy.job import GROUPS
from tests.privacy.messages import leaves, read
from tests.privacy.test_wire import digests

pytestmark = pytest.mark.timeout(600)

KEY_BYTES = 16
ESTIMATED = {
    "Estimate.value",
    "Estimate.low",
    "Estimate.high",
    "Quality.accepted",
    "Quality.candidate_recall",
    "RunReport.threshold",
    "RunReport.warnings",
}
"""Numbers of pairs and shares, and sentences that other tests search for canaries."""

Linked = frozenset[frozenset[tuple[str, str]]]


@pytest.mark.parametrize("agency", AGENCIES)
def test_every_record_has_a_match_key_and_every_row_a_line(evidence: Evidence, agency: str) -> None:
    agencies, config = evidence.first, evidence.first.config(agency)
    spooled = agencies.spool(agency).rows(agencies.dataset(agency))
    sent = {spooled.row_ids[row] for row in spooled.row_of_record}
    assert len(sent) == len(spooled.row_ids) - 1  # one canary is withheld
    with config.match_keys_file.open(encoding="utf-8", newline="") as file:
        lines = {row[config.source.row_id_column]: row for row in csv.DictReader(file)}
    assert list(lines) == list(spooled.row_ids)
    tokens, _ = sent_records(agencies, agency)
    own = [group for group, members in GROUPS.items() if agency in members]
    for group in own:
        fetched = key_of_token(agencies.keys(agency).get(f"match-keys-{group}") or b"")
        keys = {
            spooled.row_ids[row]: fetched[token]
            for row, token in zip(spooled.row_of_record, tokens, strict=True)
        }
        for row_id, line in lines.items():
            assert line[f"match_key_{group}"] == keys.get(row_id, b"").hex()
            assert (row_id in keys) == (row_id in sent)
    columns = {config.source.row_id_column, *(f"match_key_{group}" for group in own)}
    assert all(line.keys() == columns for line in lines.values())


def test_records_of_one_person_share_a_key_and_few_others_do(evidence: Evidence) -> None:
    """Else what follows would hold for keys that link nobody."""
    linked = linked_records(evidence.first, "partnership")
    canary = {(agency, f"ZQ{agency}0-rowmark") for agency in AGENCIES}
    assert canary in linked
    assert len([records for records in linked if len(records) > 1]) > 100


def test_two_jobs_over_the_same_extracts_give_unrelated_keys(evidence: Evidence) -> None:
    first, second = (
        linked_records(job, "partnership") for job in (evidence.first, evidence.second)
    )
    both = first & second
    assert len(both) > 0.9 * len(first)
    keys = [key_of(job, "partnership") for job in (evidence.first, evidence.second)]
    one, other = ([of[min(records)] for records in sorted(both, key=min)] for of in keys)
    assert_unlinkable(one, other)
    assert not set(keys[0].values()) & set(keys[1].values())


@pytest.mark.parametrize("job", ["first", "second"])
def test_keys_of_two_groups_cannot_be_linked(evidence: Evidence, job: str) -> None:
    agencies: Agencies = getattr(evidence, job)
    keys = {group: key_of(agencies, group) for group in GROUPS}
    shared = keys["justice"].keys()
    clusters = {keys["justice"][record]: keys["partnership"][record] for record in shared}
    assert len(set(clusters.values())) == len(clusters) > 400  # both group alike
    assert_unlinkable(list(clusters), list(clusters.values()))
    assert not set(keys["justice"].values()) & set(keys["partnership"].values())


def test_keys_are_unrelated_to_tokens_encodings_and_row_ids(evidence: Evidence) -> None:
    keys, tokens, sources = [], [], []
    for agency in AGENCIES:
        of_row = evidence.first.match_keys(agency, "partnership")
        spooled = evidence.first.spool(agency).rows(evidence.first.dataset(agency))
        row_ids = [spooled.row_ids[row] for row in spooled.row_of_record]
        own, encodings = sent_records(evidence.first, agency)
        keys += [of_row[row_id] for row_id in row_ids]
        tokens += own
        sources += [row_id.encode() for row_id in row_ids] + encodings + own
        sources += [token + encoding for token, encoding in zip(own, encodings, strict=True)]
    derived = {digest[:KEY_BYTES] for source in sources for digest in digests(source)}
    assert not set(keys) & (set(tokens) | derived)
    distinct = dict(zip(keys, tokens, strict=True))
    assert_unlinkable(list(distinct), list(distinct.values()))


@pytest.mark.parametrize("agency", AGENCIES)
def test_own_tokens_with_their_keys_are_all_that_is_fetched(
    evidence: Evidence, agency: str
) -> None:
    tokens, _ = sent_records(evidence.first, agency)
    fetched = set()
    for exchange in evidence.exchanges[agency]:
        call = read(exchange)
        if isinstance(call.answer, result_pb2.FetchMatchKeysResponse):
            entries = call.answer.entries
            assert len(entries) == 2 * KEY_BYTES * len(tokens)
            assert list(key_of_token(entries)) == tokens
            assert call.answer.page_count == 1
            fetched.add(exchange.request)
    assert len(fetched) == len([group for group in GROUPS.values() if agency in group])


@pytest.mark.parametrize("agency", AGENCIES)
def test_run_shows_digests_of_tables_who_approved_and_own_estimates_and_nothing_else(
    evidence: Evidence, agency: str
) -> None:
    tables = {
        (member, group): hashlib.sha256(
            evidence.first.keys(member).get(f"match-keys-{group}") or b""
        )
        for group, members in GROUPS.items()
        for member in members
    }
    known: dict[str, set[object]] = {
        "GetRunResponse.state": set(run_pb2.RunState.values()),
        "GetRunResponse.approved_by": set(AGENCIES),
        "PairQuality.left": set(AGENCIES),
        "PairQuality.right": set(AGENCIES),
        "ResultTable.agency": set(AGENCIES),
        "ResultTable.group": set(GROUPS),
        "ResultTable.content_digest": {each.digest() for each in tables.values()},
    }
    answers = [read(exchange).answer for exchange in evidence.exchanges[agency]]
    views = [answer for answer in answers if isinstance(answer, run_pb2.GetRunResponse)]
    shown = Counter(name for view in views for name, _ in leaves(view))
    assert shown.keys() - ESTIMATED == known.keys()
    for view in views:
        for name, value in leaves(view):
            assert value in known[name] if name in known else name in ESTIMATED
        assert all(agency in {pair.left, pair.right} for pair in view.report.pairs)
        places = [(table.agency, table.group) for table in view.tables]
        assert not places or places == sorted(tables)


def key_of_token(entries: bytes) -> dict[bytes, bytes]:
    """What is fetched: token and match key, token and match key."""
    pieces = [entries[at : at + KEY_BYTES] for at in range(0, len(entries), KEY_BYTES)]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def key_of(agencies: Agencies, group: str) -> dict[tuple[str, str], bytes]:
    """The match key of each record: of an agency, and by its row id."""
    return {
        (agency, row_id): key
        for agency in GROUPS[group]
        for row_id, key in agencies.match_keys(agency, group).items()
    }


def linked_records(agencies: Agencies, group: str) -> Linked:
    """The records that have one key, for each key."""
    records = defaultdict(set)
    for record, key in key_of(agencies, group).items():
        records[key].add(record)
    return frozenset(map(frozenset, records.values()))


def assert_unlinkable(one: list[bytes], other: list[bytes]) -> None:
    """Nothing shows that the n-th of one belongs to the n-th of the other."""
    assert len(one) == len(other) > 200
    assert not set(one) & set(other)
    assert is_unrelated(_numbers(one), _numbers(other))
    left, right = (np.frombuffer(b"".join(each), np.uint8).reshape(-1, KEY_BYTES)
                   for each in (one, other))  # fmt: skip
    differences = left ^ right
    assert is_even(left)
    assert is_even(differences)
    assert len({bytes(difference) for difference in differences}) == len(one)


def _numbers(keys: list[bytes]) -> list[float]:
    return [int.from_bytes(key, "big") / 2.0**128 for key in keys]

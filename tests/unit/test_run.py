"""One match run, in real worker processes."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema, Reveals
from linkage.arrays import EncodingMatrix, ShapeError
from linkage.errors import ExitCode, LimitError
from linkage.exchange.report import Verdict
from linkage.matcher.candidates.weights import kept_share
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.run import TOO_MANY_MATCHES, RunLimits, match
from tests.support.columns import make_schema
from tests.support.encodings import (
    blurred,
    datasets_of,
    dice_policy,
    ignore,
    plain_schema,
    random_encodings,
)
from tests.support.oracle import agglomerated, matches, partition, scored_pair
from tests.support.people import BALANCE, FIELDS, SCHEMA, encode_people
from tests.support.trials import EACH, Found, World, link, make_world

MUST_NOT_BE_LOADED = (
    "grpc",
    "google.protobuf",
    "sqlalchemy",
    "sqlcipher3",
    "linkage.api",
    "linkage.wire",
    "linkage.matcher.rpc",
    "linkage.matcher.service",
    "linkage.matcher.store",
    "linkage_agent",
)
"""Not sqlite3, which numba brings along where coverage is installed."""


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def linked(executor: LocalExecutor, world: World) -> Found:
    return link(executor, [world.left, world.right])


def _schema(length_bits: int) -> EncodingSchema:
    """One filter a record."""
    return plain_schema(1, length_bits)


def _three_views(people: int) -> list[EncodingMatrix]:
    rng = np.random.default_rng(11)
    seen = random_encodings(rng, people, 1024)
    return [blurred(rng, seen) for _ in range(3)]


def test_the_same_people_are_found_in_three_agencies(executor: LocalExecutor) -> None:
    encodings = _three_views(60)
    clusters = match(
        datasets_of(encodings), _schema(1024), dice_policy("0.7"), executor, ignore
    ).clusters
    assert clusters.count == 60
    assert all(len(cluster) == 3 for cluster in partition(clusters))


def test_a_run_gives_what_plain_python_gives(executor: LocalExecutor) -> None:
    rng = np.random.default_rng(12)
    seen = random_encodings(rng, 25, 512)
    encodings = [blurred(rng, seen, share=0.1) for _ in range(3)]
    once = [True, False, True]
    policy = dice_policy("0.4")
    clusters = match(datasets_of(encodings, once), _schema(512), policy, executor, ignore).clusters
    pairs = [
        scored_pair(score, (left, row), (right, column))
        for left, right in ((0, 1), (0, 2), (1, 2))
        for row, column, score in matches(encodings[left], encodings[right], Decimal("0.4"))
    ]
    assert len(pairs) > 100
    assert partition(clusters) == agglomerated(
        pairs, [25, 25, 25], once, Fraction("0.4"), Fraction("0.2")
    )


def test_where_a_coefficient_is_agreed_on_nothing_is_estimated(executor: LocalExecutor) -> None:
    encodings = _three_views(20)
    result = match(datasets_of(encodings), _schema(1024), dice_policy("0.7"), executor, ignore)
    assert result.report.threshold == 0.7
    assert result.report.overall is None
    assert result.explained == ()
    assert [pairs.datasets for pairs in result.decided] == [(0, 1), (0, 2), (1, 2)]
    assert all(pairs.scores is not None for pairs in result.decided)


def test_a_run_with_probabilities_accounts_for_itself(linked: Found, world: World) -> None:
    report = linked.result.report
    assert 0 < report.threshold <= 1
    assert [(str(each.left), str(each.right)) for each in report.pairs] == [
        ("agency-0", "agency-1")
    ]
    assert report.pairs[0].quality == report.overall, "with two agencies they are all there is"
    assert linked.quality.accepted == len(linked.accepted)
    expected = sum(bar.matches for bar in report.bars)
    assert expected == pytest.approx(
        linked.quality.matches.value * linked.quality.candidate_recall, rel=0.01
    )
    starts = [bar.from_log_odds for bar in report.bars]
    assert starts == sorted(set(starts))
    assert all(0 <= bar.matches <= bar.pairs + 1e-6 for bar in report.bars)
    # Millions of pairs that are next to impossible would come to matches of which none is there.
    assert all(not bar.matches for bar in report.bars if bar.from_log_odds < np.log(1e-6))
    assert {each.segment for each in report.weights} == {field.name for field in FIELDS}
    assert len(world.left) > 0


def test_every_accepted_pair_is_explained_and_no_other(linked: Found) -> None:
    [explained] = linked.result.explained
    pairs = zip(explained.left_rows.tolist(), explained.right_rows.tolist(), strict=True)
    assert {(0, row, 1, column) for row, column in pairs} == linked.accepted
    assert explained.verdicts.shape == (len(linked.accepted), len(FIELDS))
    assert set(np.unique(explained.verdicts)) <= set(Verdict)
    # Agreement speaks for a pair, save where strangers who are worth a look agree as well.
    assert np.mean(explained.verdicts >= Verdict.FOR) > 0.4


def test_a_decided_pair_has_a_probability_whether_accepted_or_not(linked: Found) -> None:
    [decided] = linked.result.decided
    assert decided.scores is not None
    assert ((decided.scores > 0) & (decided.scores <= 1)).all()
    assert len(decided) >= len(linked.accepted)
    assert decided.scores.min() < 1e-5, "what is improbable is not what was never compared"
    reached = decided.scores >= linked.result.report.threshold
    told = {
        (0, row, 1, column)
        for row, column in zip(
            decided.left_rows[reached].tolist(), decided.right_rows[reached].tolist(), strict=True
        )
    }
    assert linked.accepted <= told


def _policy(accept: Accept, at_least: str) -> MatchPolicy:
    return MatchPolicy(accept, Decimal(at_least), Candidates.ALL_PAIRS)


def test_a_wish_for_precision_costs_recall_and_is_met(
    executor: LocalExecutor, world: World
) -> None:
    tables = [world.left, world.right]
    strict = link(executor, tables, policy=_policy(Accept.PRECISION, "0.999"))
    lax = link(executor, tables, policy=_policy(Accept.PRECISION, "0.6"))
    assert strict.quality.precision.value >= 0.999
    assert strict.precision > 0.97
    assert len(strict.accepted) < len(lax.accepted)
    assert lax.quality.precision.value >= 0.6


def test_a_probability_that_is_agreed_on_is_what_pairs_have_to_reach(
    executor: LocalExecutor, world: World
) -> None:
    tables = [world.left, world.right]
    for at_least in ("0.2", "0.99"):
        found = link(executor, tables, policy=_policy(Accept.PROBABILITY, at_least))
        assert found.result.report.threshold == float(at_least)
        assert found.precision > 0.85
        assert found.recall > 0.75


@pytest.mark.parametrize("reveals", [Reveals.RECORD_LIKENESS, Reveals.GROUP_LIKENESS])
def test_records_and_groups_of_fields_are_told_apart_less_well_but_honestly(
    executor: LocalExecutor, world: World, reveals: Reveals
) -> None:
    groups = ["names", "names", "person", "person", "home", "home"]
    fields = [
        replace(field, group=group if reveals is Reveals.GROUP_LIKENESS else None)
        for field, group in zip(FIELDS, groups, strict=True)
    ]
    schema = make_schema(*fields, reveals=reveals, length_bits=2048)
    found = link(executor, [world.left, world.right], schema)
    assert found.precision > 0.85
    assert found.recall > 0.7
    found.check_claims(0.2)
    # Matches that look like strangers are not seen in one filter, so its recall is warned of.
    assert found.warns == (reveals is Reveals.RECORD_LIKENESS)


def test_what_one_agency_alone_has_changes_nothing(executor: LocalExecutor, world: World) -> None:
    without = world.right.having(postcode=None, address=None)
    # Either may hold people twice, which is learned from pairs within it.
    held, blank = (
        link(executor, [table, without], once=(False, False))
        for table in (world.left, world.left.having(postcode=None, address=None))
    )
    assert held.accepted
    assert held.accepted == blank.accepted
    assert held.quality == blank.quality


def test_what_may_not_be_kept_together_is_judged_part_by_part_with_the_same_result(
    executor: LocalExecutor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = world.people.take(range(EACH))
    datasets = datasets_of(encode_people([world.left, world.right, third]))
    together = match(datasets, SCHEMA, BALANCE, executor, ignore)
    # Of each two agencies so many across, and as many within both of them.
    limit = RunLimits(matches=int(2 * 1.5 * kept_share(EACH, EACH, 5) * EACH**2))
    with pytest.raises(LimitError):
        match(datasets, SCHEMA, BALANCE, executor, ignore, limit)
    monkeypatch.setattr("linkage.matcher.run.ALL_KEPT_PAIRS", 1)
    apart = match(datasets, SCHEMA, BALANCE, executor, ignore, limit)
    assert apart.report == together.report
    for labels, others in zip(apart.clusters.labels, together.clusters.labels, strict=True):
        np.testing.assert_array_equal(labels, others)


def test_a_limit_holds_for_what_is_kept_at_a_time(
    executor: LocalExecutor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("run", "candidates.weights"):
        monkeypatch.setattr(f"linkage.matcher.{module}.ALL_KEPT_PAIRS", 3_000)
    tables = [world.left, world.right, world.people.take(range(EACH))]
    # Of each two agencies 3,000 pairs across, and as many within both of them.
    assert link(executor, tables, limits=RunLimits(matches=9_000)).accepted
    with pytest.raises(LimitError):
        link(executor, tables, limits=RunLimits(matches=2_000))


def test_any_number_of_workers_gives_the_same_result(executor: LocalExecutor, world: World) -> None:
    datasets = datasets_of(encode_people([world.left, world.right]))
    one = match(datasets, SCHEMA, BALANCE, executor, ignore)
    with LocalExecutor(2) as two_workers:
        two = match(datasets, SCHEMA, BALANCE, two_workers, ignore, RunLimits(pairs_per_block=999))
    assert one.report == two.report
    for labels, others in zip(one.clusters.labels, two.clusters.labels, strict=True):
        np.testing.assert_array_equal(labels, others)


def test_progress_of_a_run_with_probabilities_rises_to_all_pairs(
    executor: LocalExecutor, world: World
) -> None:
    seen: list[tuple[int, int]] = []
    datasets = datasets_of(encode_people([world.left, world.right]))
    match(datasets, SCHEMA, BALANCE, executor, lambda *done: seen.append(done))
    compared = [done for done, _ in seen]
    assert compared == sorted(compared)
    assert {of for _, of in seen} == {compared[-1]}


def test_progress_counts_every_pair_and_ends_with_all_of_them(executor: LocalExecutor) -> None:
    seen: list[tuple[int, int]] = []
    limits = RunLimits(pairs_per_block=100)
    match(
        datasets_of(_three_views(20)),
        _schema(1024),
        dice_policy("0.7"),
        executor,
        lambda compared, of: seen.append((compared, of)),
        limits,
    )
    assert [compared for compared, _ in seen] == list(range(100, 1201, 100))
    assert {of for _, of in seen} == {1200}


def test_an_exception_from_progress_ends_the_run_and_the_next_one_works(
    executor: LocalExecutor,
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(_compared: int, _of: int) -> None:
        raise CancelledError

    datasets = datasets_of(_three_views(20))
    with pytest.raises(CancelledError):
        match(
            datasets,
            _schema(1024),
            dice_policy("0.7"),
            executor,
            cancel,
            RunLimits(pairs_per_block=50),
        )
    assert match(datasets, _schema(1024), dice_policy("0.7"), executor, ignore).clusters.count == 20


def test_a_threshold_that_accepts_too_many_pairs_ends_the_run(executor: LocalExecutor) -> None:
    datasets = datasets_of(_three_views(20))
    limits = RunLimits(pairs_per_block=50, matches=399)
    with pytest.raises(LimitError) as refused:
        match(datasets, _schema(1024), dice_policy("0.01"), executor, ignore, limits)
    assert refused.value.reason is TOO_MANY_MATCHES
    assert refused.value.reason.exit_code is ExitCode.BAD_DATA
    assert refused.value.facts == {"limit": 399, "pair_count": 1200}


def test_as_many_matches_as_the_limit_allows_are_no_fault(executor: LocalExecutor) -> None:
    datasets = datasets_of(_three_views(20))
    limits = RunLimits(pairs_per_block=50, matches=60)
    assert (
        match(datasets, _schema(1024), dice_policy("0.7"), executor, ignore, limits).clusters.count
        == 20
    )


def test_an_agency_without_records_is_linked_to_nobody(executor: LocalExecutor) -> None:
    first, second, _ = _three_views(5)
    nobody = EncodingMatrix(np.empty((0, 128), np.uint8))
    clusters = match(
        datasets_of([first, nobody, second]), _schema(1024), dice_policy("0.7"), executor, ignore
    ).clusters
    assert [len(labels) for labels in clusters.labels] == [5, 0, 5]
    assert clusters.count == 5
    alone = match(
        datasets_of([nobody, nobody]), _schema(1024), dice_policy("0.7"), executor, ignore
    )
    assert alone.clusters.count == 0


def test_a_run_of_one_agency_or_of_the_same_one_twice_is_refused(executor: LocalExecutor) -> None:
    one, other = datasets_of(_three_views(2)[:2])
    for datasets in ([one], [one, other, one]):
        with pytest.raises(ValueError, match="at least two agencies"):
            match(datasets, _schema(1024), dice_policy("0.7"), executor, ignore)


def test_encodings_of_different_length_are_refused(executor: LocalExecutor) -> None:
    rng = np.random.default_rng(1)
    encodings = [random_encodings(rng, 2, 512), random_encodings(rng, 2, 1024)]
    with pytest.raises(ShapeError, match="length"):
        match(datasets_of(encodings), _schema(512), dice_policy("0.7"), executor, ignore)


def test_a_worker_has_loaded_no_network_no_database_and_no_service(
    executor: LocalExecutor,
) -> None:
    views = datasets_of(_three_views(5))
    for policy in (dice_policy("0.7"), BALANCE):
        match(views, _schema(1024), policy, executor, ignore)
    [loaded] = executor.map(eval, "sorted(sys.modules)", [{"sys": _Modules()}])
    assert "linkage.matcher.compare.dice" in loaded
    assert "linkage.matcher.cluster.agglomerate" in loaded
    assert "linkage.matcher.evidence.learn" in loaded
    assert [
        name
        for name in loaded
        if any(name == banned or name.startswith(banned + ".") for banned in MUST_NOT_BE_LOADED)
    ] == []


class _Modules:
    """Stands for `sys` in the worker, where it is unpickled as that module."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return __import__, (sys.__name__,)

"""The accuracy runner on a small generated data set: no network, no peer."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.accuracy.agreement import make_agreement
from benchmarks.accuracy.datasets import LabelledPair, ReadPair, population, read_pair
from benchmarks.accuracy.encoded import link_encoded
from benchmarks.accuracy.metrics import score_pairs
from benchmarks.accuracy.report import Choice, Report
from benchmarks.accuracy.suite import measure, plan_weights
from linkage.matcher.execute.local import LocalExecutor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> LabelledPair:
    return population(tmp_path_factory.mktemp("population"), records=400)


@pytest.fixture(scope="module")
def read(data: LabelledPair) -> ReadPair:
    return read_pair(data)


@pytest.fixture(scope="module")
def report(data: LabelledPair, executor: LocalExecutor) -> Report:
    return measure(data, executor, peer_folder=None, seeds=(1, 2))


def test_every_seed_is_measured_at_every_threshold(report: Report) -> None:
    measured = [(row.seed, row.threshold_chosen) for row in report.rows]
    choices = (Choice.ESTIMATED, Choice.FIXED, Choice.HINDSIGHT)
    assert measured == [(seed, choice) for seed in (1, 2) for choice in choices]


def test_most_of_the_shared_people_are_found(report: Report) -> None:
    # A quarter of 400 are shared; far more than half are easy, whatever the key.
    assert report.true_pairs == 96
    for row in report.rows:
        assert row.recall > 0.6
        assert row.precision > 0.8


def test_hindsight_is_never_worse(report: Report) -> None:
    for seed in report.seeds:
        f1 = {row.threshold_chosen: row.f1 for row in report.rows if row.seed == seed}
        assert f1[Choice.HINDSIGHT] >= f1[Choice.FIXED]


def test_report_is_a_json_document_with_what_was_promised(report: Report) -> None:
    document = json.loads(json.dumps(report.document()))
    assert set(document) >= {"dataset", "rows", "seeds", "versions"}
    assert set(document["rows"][0]) == {
        "method", "threshold", "threshold_chosen", "precision", "recall", "f1", "seconds", "seed",
    }  # fmt: skip


def test_links_at_a_higher_threshold_are_those_of_a_lower_one_that_reach_it(
    data: LabelledPair, read: ReadPair, executor: LocalExecutor
) -> None:
    """Why hindsight needs one run only: greedy one-to-one links don't change from below."""
    bits = plan_weights(data, read)
    low, high = (
        link_encoded(read, make_agreement(data, bits, Decimal(threshold)), 1, executor)
        for threshold in ("0.5", "0.8")
    )
    reaching = low.pairs.take(low.scores >= 0.8)
    assert score_pairs(reaching, high.pairs).f1 == 1.0


def test_the_same_seed_gives_the_same_links(
    data: LabelledPair, read: ReadPair, executor: LocalExecutor
) -> None:
    agreement = make_agreement(data, plan_weights(data, read), Decimal("0.7"))
    one, other = (link_encoded(read, agreement, 5, executor) for _ in range(2))
    assert one.pairs.left.tolist() == other.pairs.left.tolist()
    assert one.pairs.right.tolist() == other.pairs.right.tolist()


def run_benchmarks(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_command_line_names_its_faults_without_running(tmp_path: Path) -> None:
    done = run_benchmarks("accuracy", "--json", str(tmp_path / "absent" / "out.json"))
    assert done.returncode == 2
    assert "there is no folder" in done.stderr


def test_demo_does_not_remove_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("kept", encoding="utf-8")
    done = run_benchmarks("demo", "--folder", str(tmp_path))
    assert done.returncode == 2
    assert precious.read_text(encoding="utf-8") == "kept"

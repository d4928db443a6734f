"""A data set of the standing collection, small: our linkage, a peer, one that can't be run."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy.beside import link_beside, write_task
from benchmarks.accuracy.sets import Course, run_set
from benchmarks.accuracy.table import RIVAL, tables
from benchmarks.evaluate.evaluation import Prepared, evaluate, prepare
from benchmarks.evaluate.results import Evaluation
from benchmarks.evaluate.table import table
from benchmarks.peers.run import PEERS
from benchmarks.report.content import SetResult
from linkage.agreement.schema import Reveals
from linkage.matcher.execute.local import LocalExecutor

EXAMPLE = Path(__file__).resolve().parents[2] / "benchmarks" / "evaluate" / "example"
TOKENS = next(peer for peer in PEERS if peer.environment is None)
"""A peer that runs with our own interpreter, so nothing has to be installed."""
ABSENT = replace(TOKENS, name="absent", module="benchmarks.peers.absent.link")


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(EXAMPLE / "project.toml", EXAMPLE)


@pytest.fixture(scope="module")
def evaluation(prepared: Prepared, executor: LocalExecutor) -> Evaluation:
    return evaluate(prepared, (1, 2), executor)


@pytest.fixture(scope="module")
def result(executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory) -> SetResult:
    course = Course((Reveals.FIELD_LIKENESS,), (TOKENS, ABSENT), (1,))
    return run_set(EXAMPLE, "made up", course, executor, tmp_path_factory.mktemp("files"))


def test_document_has_what_was_promised(evaluation: Evaluation) -> None:
    document = json.loads(json.dumps(evaluation.document(), allow_nan=False))
    assert set(document) >= {
        "label_free", "best", "estimated", "clusters", "candidate_recall", "records", "seconds",
        "peak_memory_mib", "schema", "seeds", "versions",
    }  # fmt: skip
    for key in ("label_free", "best"):
        assert set(document[key]) == {"precision", "recall", "f1", "threshold"}
    assert document["seeds"] == [1, 2]
    assert document["records"]["total"] == 600
    assert document["seconds"] > 0
    assert document["peak_memory_mib"] > 50


def test_most_of_the_shared_people_are_found(evaluation: Evaluation) -> None:
    for outcome in evaluation.outcomes:
        assert outcome.label_free.precision > 0.8
        assert outcome.label_free.recall > 0.6
        assert outcome.best.f1 >= outcome.label_free.f1
        assert outcome.candidate_recall > 0.9


def test_clusters_of_agencies_that_hold_each_person_once_have_no_duplicates(
    evaluation: Evaluation,
) -> None:
    found = evaluation.outcomes[0].clusters
    assert found is not None
    assert found.largest == 2
    assert found.duplicates is None
    assert found.pairwise.f1 == evaluation.outcomes[0].label_free.f1


def test_the_same_seed_gives_the_same_figures(
    prepared: Prepared, executor: LocalExecutor, evaluation: Evaluation
) -> None:
    [again] = evaluate(prepared, (2,), executor).outcomes
    assert replace(again, seconds={}) == replace(evaluation.outcomes[1], seconds={})


def test_the_terminal_shows_figures_estimates_and_cost(evaluation: Evaluation) -> None:
    shown = table(evaluation)
    for word in ("label-free", "best", "B-cubed", "candidates", "seconds", "MiB", "An example"):
        assert word in shown


def test_peers_get_the_same_records_and_stand_beside_us(result: SetResult) -> None:
    ours, tokens = result.methods
    assert ours.is_ours
    assert tokens.name == TOKENS.name
    assert tokens.outcomes[0].true_matches == ours.outcomes[0].true_matches
    assert 0.1 < tokens.outcomes[0].label_free.recall < ours.outcomes[0].label_free.recall
    assert tokens.outcomes[0].label_free.precision > 0.8


def test_a_peer_that_draws_nothing_is_run_once_for_all_seeds(
    prepared: Prepared, tmp_path: Path
) -> None:
    task = write_task(prepared, tmp_path / "records")
    assert not TOKENS.draws
    for peer, seeds in ((TOKENS, [1]), (replace(TOKENS, draws=True), [1, 2])):
        method = link_beside(peer, task, prepared.truth, (1, 2), tmp_path / str(len(seeds)))
        assert [outcome.seed for outcome in method.outcomes] == seeds


def test_a_peer_that_can_not_be_run_is_noted_and_the_others_are_shown(result: SetResult) -> None:
    [failure] = result.failures
    assert failure.method == "absent"
    assert "failed" in failure.what


def test_the_table_has_a_line_for_each_data_set_and_says_whether_the_rival_is_met(
    result: SetResult,
) -> None:
    ours, tokens = result.methods
    rival = replace(tokens, name=RIVAL)
    shown = tables([replace(result, methods=(ours, rival), failures=())])
    assert f"ours >= {RIVAL}" in shown
    assert shown.splitlines()[-1].startswith(result.name)
    assert shown.splitlines()[-1].endswith("yes")


def test_results_are_a_json_document(result: SetResult) -> None:
    document = json.loads(json.dumps(result.document(), allow_nan=False))
    assert document["methods"][0]["outcomes"][0]["label_free"]["f1"] > 0.5

"""The peers: what they are given and give back, the links they choose, the columns they see."""

import csv
import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.environment import ROOT, Environment, ToolError
from benchmarks.peers.columns import INITIAL_KIND, UK_KIND, WHOLE_ADDRESS, Columns, prepare
from benchmarks.peers.inside import (
    Agency,
    Found,
    Pairs,
    Task,
    best_links,
    found_at,
    with_groups,
)
from benchmarks.peers.interface import (
    AgencyPairs,
    Measure,
    Peer,
    PeerAgency,
    PeerField,
    PeerResult,
    PeerTask,
)
from benchmarks.peers.run import PEERS, run_peer
from linkage.agreement.schema import FieldKind
from linkage.ids import AgencyId, FieldName

TOKENS = next(peer for peer in PEERS if peer.environment is None)
"""A peer that runs with our own interpreter, so nothing has to be installed."""
KINDS = {
    "first_name": FieldKind.GIVEN_NAME,
    "last_name": FieldKind.FAMILY_NAME,
    "born": FieldKind.DATE,
    "sex": FieldKind.SEX,
    "home": FieldKind.POSTCODE,
}
PEOPLE, SHARED = 150, 60


def write_agency(path: Path, kinds: dict[str, FieldKind], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", *kinds])
        writer.writerows([number, *row] for number, row in enumerate(rows))
    return path


def draw_person(random: Random) -> list[str]:
    names = ("".join(random.choices("abdeilmnorst", k=6)) for _ in range(2))
    born = f"{random.randint(1940, 2010)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    home = f"EV{random.randint(1, 9)} {random.randint(1, 9)}{random.choice('ABDE')}X"
    return [*names, born, random.choice(["male", "female"]), home]


def with_a_slip(person: list[str], random: Random) -> list[str]:
    """A letter less in the first name of a third, no postcode for a tenth."""
    first, *rest, home = person
    kept = first[:-1] if random.random() < 0.33 else first
    return [kept, *rest, "" if random.random() < 0.1 else home]


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> PeerTask:
    """Two agencies of 150 people; the first 60 are the same, in the same order."""
    random, folder = Random(5), tmp_path_factory.mktemp("agencies")  # noqa: S311 - made-up people
    common = [draw_person(random) for _ in range(SHARED)]
    agencies = []
    for name in ("council", "police"):
        others = [draw_person(random) for _ in range(PEOPLE - SHARED)]
        rows = [with_a_slip(person, random) for person in common] + others
        file = write_agency(folder / f"{name}.csv", KINDS, rows)
        agencies.append(PeerAgency(AgencyId(name), file, holds_each_person_once=True))
    truth = folder / "truth.csv"
    lines = [f"{name},{row},{row}" for name in ("council", "police") for row in range(SHARED)]
    truth.write_text("\n".join(["agency,record_id,person_id", *lines]) + "\n", encoding="utf-8")
    fields = tuple(PeerField(FieldName(name), kind) for name, kind in KINDS.items())
    return PeerTask(tuple(agencies), fields, seed=1, truth=truth)


def right_and_decided(result: PeerResult) -> tuple[int, int]:
    [pairs] = result.pairs
    matches = (pairs.left == pairs.right) & (pairs.left < SHARED)
    return int((matches & pairs.decided).sum()), int(pairs.decided.sum())


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_peer_finds_most_of_the_shared_people(
    peer: Peer, task: PeerTask, tmp_path: Path
) -> None:
    if peer.environment is not None and not peer.environment.is_made:
        pytest.skip(f"{peer.environment.tool} is not installed: run the peer once")
    result = run_peer(peer, task, tmp_path)
    [pairs] = result.pairs
    right, decided = right_and_decided(result)
    assert right > SHARED / 2
    assert right > 0.9 * decided
    assert (pairs.decided <= pairs.linked).all()
    assert (pairs.scores[pairs.decided] >= result.threshold).all()
    assert (pairs.left_agency, pairs.right_agency) == ("council", "police")
    assert max(pairs.left.max(), pairs.right.max()) < PEOPLE
    assert result.seconds > 0
    assert result.peak_memory_mib > 10
    assert set(result.versions) or peer is TOKENS


def test_exact_tokens_need_equal_names_and_birth_date(task: PeerTask, tmp_path: Path) -> None:
    result = run_peer(TOKENS, task, tmp_path)
    rows = [list(csv.DictReader(agency.file.open(encoding="utf-8"))) for agency in task.agencies]
    # T1: both have the family name, the initial, the sex and the birth date in common.
    expected = {
        (left, right)
        for (left, one), (right, other) in product(enumerate(rows[0]), enumerate(rows[1]))
        if one["first_name"][0] == other["first_name"][0]
        and all(one[name] == other[name] for name in ("last_name", "sex", "born"))
    }
    [pairs] = result.pairs
    found = zip(
        pairs.left[pairs.decided].tolist(), pairs.right[pairs.decided].tolist(), strict=True
    )
    assert set(found) == expected
    assert len(expected) == SHARED
    assert result.measure is Measure.RULES
    assert result.probabilities(pairs) is None


def test_only_supervised_peers_see_the_truth(task: PeerTask, tmp_path: Path) -> None:
    run_peer(TOKENS, task, tmp_path / "label-free")
    run_peer(replace(TOKENS, supervised=True), task, tmp_path / "supervised")
    shown = [
        json.loads((tmp_path / name / "task.json").read_text(encoding="utf-8"))["truth"]
        for name in ("label-free", "supervised")
    ]
    assert shown == [None, str(task.truth)]


def test_a_peer_that_fails_says_what_to_do_next(task: PeerTask, tmp_path: Path) -> None:
    absent = replace(TOKENS, name="absent", module="benchmarks.peers.absent.link")
    with pytest.raises(ToolError, match=r"absent: running .* failed with exit status 1") as error:
        run_peer(absent, task, tmp_path)
    assert "No module named" in str(error.value)
    assert "leave this peer out" in str(error.value)


def test_an_environment_that_can_not_be_made_says_what_to_do_next(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("tool==1\n", encoding="ascii")
    no_folder = tmp_path / "a file, not a folder"
    no_folder.touch()
    environment = Environment("tool", lock, no_folder / "environment")
    with pytest.raises(ToolError, match="tool: making its environment failed") as error:
        environment.make()
    assert "needs a package index that pip can reach" in str(error.value)
    assert not environment.is_made


def test_environments_are_beside_ours_and_have_locks() -> None:
    environments = {peer.environment for peer in PEERS if peer.environment is not None}
    assert len(environments) == 3
    for environment in environments:
        assert environment.lock.is_file()
        assert environment.folder == ROOT / f".venv-{environment.tool}"
    assert "/.venv-*/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_match_weights_are_turned_into_probabilities() -> None:
    weights = np.array([-np.inf, -1.0, 0.0, 1.0, 2000.0])
    rows, kept = np.arange(5), np.ones(5, np.bool_)
    pairs = AgencyPairs(AgencyId("a"), AgencyId("b"), rows, rows, weights, kept, kept)
    result = PeerResult((pairs,), Measure.MATCH_WEIGHT, 0.0, 1.0, 1.0, {})
    assert result.probabilities(pairs) == pytest.approx([0, 1 / 3, 1 / 2, 2 / 3, 1])


def task_of(*once: bool, kinds: dict[str, str] | None = None, folder: Path = Path()) -> Task:
    """Agencies a, b ... of which each holds each person once, or not."""
    names = "abcdefgh"[: len(once)]
    agencies = [
        Agency(name, folder / f"{name}.csv", holds) for name, holds in zip(names, once, strict=True)
    ]
    return Task(tuple(agencies), kinds or {}, seed=1, truth=None)


def pairs_of(rows: list[tuple[int, int]], left_agency: int = 0, right_agency: int = 1) -> Pairs:
    left, right = np.array(rows, np.int64).reshape(-1, 2).T
    return Pairs(np.full(len(rows), left_agency), left, np.full(len(rows), right_agency), right)


candidates = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)), st.integers(0, 5), min_size=1
)
"""Pairs of few records with few scores, so that they compete and tie."""


@given(candidates, st.booleans(), st.booleans())
def test_a_record_has_one_link_to_an_agency_that_holds_each_person_once(
    found: dict[tuple[int, int], int], left_once: bool, right_once: bool
) -> None:
    pairs, scores = pairs_of(list(found)), np.array(list(found.values()), np.float64)
    linked = best_links(task_of(left_once, right_once), pairs, scores)
    if right_once:
        assert len(set(pairs.left[linked].tolist())) == linked.sum()
    if left_once:
        assert len(set(pairs.right[linked].tolist())) == linked.sum()
    assert linked[scores.argmax()] or (scores == scores.max()).sum() > 1


@given(candidates, st.booleans(), st.booleans(), st.integers(0, 5))
def test_links_at_a_threshold_are_the_links_that_score_no_less(
    found: dict[tuple[int, int], int], left_once: bool, right_once: bool, threshold: int
) -> None:
    task = task_of(left_once, right_once)
    pairs, scores = pairs_of(list(found)), np.array(list(found.values()), np.float64)
    above = {pair: score for pair, score in found.items() if score >= threshold}
    linked = best_links(task, pairs, scores)
    again = best_links(task, pairs_of(list(above)), np.array(list(above.values()), np.float64))
    kept = [pair for pair, is_link in zip(found, linked, strict=True) if is_link and pair in above]
    assert kept == [pair for pair, is_link in zip(above, again, strict=True) if is_link]


def test_where_agencies_hold_people_twice_a_pair_is_linked_if_it_is_best_for_one_record() -> None:
    rows = [(0, 0), (0, 1), (1, 0), (1, 2)]
    scores = np.array([9.0, 8.0, 7.0, 6.0])
    # (1, 0) is the best of record 1, though record 0 of the other agency has a better one.
    expected = [True, True, True, True]
    assert best_links(task_of(False, False), pairs_of(rows), scores).tolist() == expected
    worse = best_links(task_of(False, False), pairs_of([*rows, (0, 2)]), np.append(scores, 1.0))
    assert worse.tolist() == [*expected, False]


def test_of_equal_scores_the_ties_say_which_is_linked() -> None:
    pairs, scores = pairs_of([(0, 0), (0, 1)]), np.array([1.0, 1.0])
    task = task_of(True, True)
    assert best_links(task, pairs, scores).tolist() == [True, False]
    assert best_links(task, pairs, scores, ties=np.array([1.0, 2.0])).tolist() == [False, True]


def test_links_to_a_third_agency_do_not_compete() -> None:
    both = [pairs_of([(0, 0)], 0, right) for right in (1, 2)]
    pairs = Pairs(
        *(np.concatenate([getattr(each, name) for each in both]) for name in Pairs.__slots__)
    )
    assert best_links(task_of(True, True, True), pairs, np.array([1.0, 2.0])).all()


def test_two_records_of_a_group_are_a_match_even_if_nobody_compared_them() -> None:
    task = task_of(True, True, True)
    found = found_at(task, pairs_of([(0, 0), (1, 1)]), np.array([0.9, 0.8]), "dice", 0.5)
    grouped = with_groups(found, [[(0, 0), (1, 0), (2, 4)]])
    assert listed(grouped) == {(0, 0, 1, 0): 0.9, (0, 0, 2, 4): -np.inf, (1, 0, 2, 4): -np.inf}
    assert grouped.linked.tolist() == [True, True, False, False]


def listed(found: Found) -> dict[tuple[int, int, int, int], float]:
    """The decided pairs and their scores."""
    pairs = found.pairs
    rows = zip(pairs.left_agency, pairs.left, pairs.right_agency, pairs.right, strict=True)
    return {
        (int(row[0]), int(row[1]), int(row[2]), int(row[3])): float(score)
        for row, score, is_match in zip(rows, found.scores, found.decided, strict=True)
        if is_match
    }


def columns_of(folder: Path, kinds: dict[str, FieldKind], *agencies: list[list[str]]) -> Columns:
    for name, rows in zip("ab", agencies, strict=True):
        write_agency(folder / f"{name}.csv", kinds, rows)
    plain = {name: kind.value for name, kind in kinds.items()}
    return prepare(task_of(True, True, kinds=plain, folder=folder))


def test_words_lose_case_accents_and_signs(tmp_path: Path) -> None:
    kinds = {"last-name": FieldKind.FAMILY_NAME}
    columns = columns_of(tmp_path, kinds, [["O'Brien"], ["José"]], [["SMITH-JONES"], [" "]])
    assert columns.kinds == {"f_last_name": "family-name"}
    assert columns.values["f_last_name"] == [["obrien", "jose"], ["smith jones", None]]
    assert columns.values[columns.parts["f_last_name"][0]] == [["obr", "jos"], ["smi", None]]


def test_british_postcodes_get_their_space_and_others_stay(tmp_path: Path) -> None:
    kinds = {"home": FieldKind.POSTCODE, "work": FieldKind.POSTCODE}
    rows = [["EV11AA", "98101"], ["EV2 2BB", "10001"]]
    columns = columns_of(tmp_path, kinds, rows, rows)
    assert columns.kinds == {"f_home": UK_KIND, "f_work": "postcode"}
    assert columns.values["f_home"][0] == ["ev1 1aa", "ev2 2bb"]


def test_a_name_is_an_initial_where_one_agency_has_no_more(tmp_path: Path) -> None:
    kinds = {"middle": FieldKind.GIVEN_NAME}
    columns = columns_of(tmp_path, kinds, [["Ann"], ["Bob"]], [["A"], ["C."]])
    assert columns.kinds == {"f_middle": INITIAL_KIND}
    assert columns.values["f_middle"] == [["a", "b"], ["a", "c"]]


def test_columns_that_hardly_vary_are_left_out(tmp_path: Path) -> None:
    kinds = {"city": FieldKind.PLACE, "first": FieldKind.GIVEN_NAME, "none": FieldKind.CODE}
    rows = [["Anytown", name, ""] for name in ("Ann", "Bob", "Carla")]
    assert columns_of(tmp_path, kinds, rows, rows).kinds == {"f_first": "given-name"}


@pytest.mark.parametrize(("second", "joined"), [("7 High Street", True), ("8 High Street", False)])
def test_address_lines_are_joined_where_families_share_them(
    second: str, joined: bool, tmp_path: Path
) -> None:
    kinds = {"number": FieldKind.ADDRESS, "street": FieldKind.ADDRESS}
    rows = [["7", "High Street"], second.split(maxsplit=1), ["9", "Low Road"]]
    columns = columns_of(tmp_path, kinds, rows, rows)
    assert (WHOLE_ADDRESS in columns.kinds) == joined
    if joined:
        assert columns.values[WHOLE_ADDRESS][0] == ["7 high street", "7 high street", "9 low road"]


def test_agreeing_pairs_are_those_of_two_agencies_with_all_columns_equal(tmp_path: Path) -> None:
    random = Random(2)  # noqa: S311 - made-up people
    kinds = {"first": FieldKind.GIVEN_NAME, "sex": FieldKind.SEX}
    agencies = [
        [[random.choice(["ann", "bob", ""]), random.choice(["male", "female"])] for _ in range(20)]
        for _ in range(2)
    ]
    columns = columns_of(tmp_path, kinds, *agencies)
    expected = sum(one == other and bool(one[0]) for one, other in product(*agencies))
    assert columns.agreeing_pairs(("f_first", "f_sex"), (0, 1)) == expected > 0

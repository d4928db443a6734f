"""The plan for a very large match, and the simulation behind it."""

import dataclasses
import sys

import pytest

from benchmarks.scale import plan
from benchmarks.scale.cluster import REPOSITORY
from benchmarks.scale.simulate import Setting, simulate

CALM = Setting(
    task_count=3_000,
    task_seconds=4.0,
    machine_count=8,
    threads=4,
    window=4,
    slow_share=0.0,
    hours_to_loss=1e9,
    seconds_to_notice=1.0,
    seconds_to_return=60.0,
    seconds_to_dispatch=0.004,
)


def test_machines_that_are_all_alike_are_hardly_ever_idle() -> None:
    course = simulate(CALM, seed=1)
    assert 0.95 < course.busy_share <= 1.01  # a task's time varies, also downwards
    assert (course.lost_machines, course.done_twice) == (0, 0)


def test_same_seed_gives_the_same_course() -> None:
    troubled = dataclasses.replace(CALM, slow_share=0.3, hours_to_loss=0.1)
    assert simulate(troubled, seed=1) == simulate(troubled, seed=1)
    assert simulate(troubled, seed=1) != simulate(troubled, seed=2)


def test_all_tasks_are_done_however_many_machines_are_lost() -> None:
    course = simulate(dataclasses.replace(CALM, hours_to_loss=0.02), seed=1)
    assert course.lost_machines > 10
    assert course.done_twice > course.lost_machines
    needed = CALM.task_count * CALM.task_seconds
    assert course.busy_share * course.wall_seconds * 32 == pytest.approx(needed)


def test_with_a_small_window_all_wait_for_the_slowest() -> None:
    slow = dataclasses.replace(CALM, slow_share=0.2)
    wide, narrow = (simulate(dataclasses.replace(slow, window=n), seed=1) for n in (4, 2))
    assert narrow.wall_seconds > 1.05 * wide.wall_seconds


def test_one_scheduler_is_the_limit_of_small_tasks() -> None:
    tiny = dataclasses.replace(CALM, task_seconds=0.004)
    assert simulate(tiny, seed=1).wall_seconds >= CALM.task_count * CALM.seconds_to_dispatch


def test_page_cites_what_the_plan_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["plan"])
    plan.main()
    page = (REPOSITORY / "docs" / "scale-out.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out in page

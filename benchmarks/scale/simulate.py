"""A match run on many machines, played through: who does which task when.

It follows `linkage.matcher.execute.crew`: a machine has as many hands as threads and one more, each
takes the lowest task that nobody has, replies are given in order, and only so many tasks may be
under way or wait for an earlier one. A machine that is lost drops what it holds, which others do
again; after a while another one takes its place, and is sent the shared value first.
"""

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

SPREAD: Final = 0.08
"""Assumed standard deviation of the logarithm of a task's time, on one machine."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is played through.

    Attributes:
        task_count: all of one size.
        task_seconds: that a thread takes for one.
        machine_count: machines, each with one worker process.
        threads: of each of them.
        window: tasks for each thread that may be under way or wait for an earlier one.
        slow_share: share of machines that take twice as long as the others.
        hours_to_loss: of one machine, on average.
        seconds_to_notice: until a lost machine's tasks are taken up by others.
        seconds_to_return: until another one takes its place, the shared value included.
        seconds_to_dispatch: that the scheduler takes for a task; it does one after the other.
    """

    task_count: int
    task_seconds: float
    machine_count: int
    threads: int
    window: int
    slow_share: float
    hours_to_loss: float
    seconds_to_notice: float
    seconds_to_return: float
    seconds_to_dispatch: float


@dataclass(frozen=True, slots=True)
class Course:
    """How it went.

    Attributes:
        wall_seconds: until the last reply, from when all machines are ready.
        lost_machines: how many were lost.
        done_twice: tasks that were begun more than once.
        busy_share: of the time of all threads, what was spent on tasks that counted.
    """

    wall_seconds: float
    lost_machines: int
    done_twice: int
    busy_share: float


class _Event(IntEnum):
    DONE = 0
    LOST = 1
    NOTICED = 2
    RETURNED = 3


@dataclass(slots=True)
class _Machine:
    slowness: float
    life: int = 0
    """Goes up when it is lost, so that events of its earlier life are known as such."""
    running: int = 0
    queued: deque[int] = field(default_factory=deque)
    held: set[int] = field(default_factory=set)


def simulate(setting: Setting, seed: int) -> Course:
    """One course of events; the same for the same seed."""
    return _Play(setting, random.Random(seed)).run()


class _Play:
    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self._setting = setting
        self._rng = rng
        self._machines = [
            _Machine(2.0 if rng.random() < setting.slow_share else 1.0)
            for _ in range(setting.machine_count)
        ]
        self._hands: deque[tuple[int, int]] = deque()
        """Machine and life of every hand that holds nothing."""
        self._todo: list[int] = []
        self._given = self._wanted = self._lost = self._again = 0
        self._done: set[int] = set()
        self._dispatched = 0.0
        """When the scheduler is free again."""
        self._events: list[tuple[float, int, _Event, int, int, int]] = []
        self._useful = 0.0
        self._now = 0.0

    def run(self) -> Course:
        for number in range(self._setting.machine_count):
            self._join(number)
        self._hand_out()
        while self._wanted < self._setting.task_count:
            self._now, _, event, number, life, task = heapq.heappop(self._events)
            machine = self._machines[number]
            if event is _Event.RETURNED:
                self._join(number)
            elif event is _Event.NOTICED:
                self._take_back(machine)
                self._later(self._setting.seconds_to_return, _Event.RETURNED, number)
            elif life == machine.life and event is _Event.LOST:
                machine.life += 1
                self._lost += 1
                self._later(self._setting.seconds_to_notice, _Event.NOTICED, number)
            elif life == machine.life:
                self._finish(number, task)
            self._hand_out()
        capacity = self._now * self._setting.machine_count * self._setting.threads
        return Course(self._now, self._lost, self._again, self._useful / capacity)

    def _later(self, seconds: float, event: _Event, number: int, task: int = -1) -> None:
        life = self._machines[number].life
        entry = (self._now + seconds, len(self._events), event, number, life, task)
        heapq.heappush(self._events, entry)

    def _join(self, number: int) -> None:
        machine = self._machines[number]
        self._hands.extend([(number, machine.life)] * (self._setting.threads + 1))
        per_second = 1 / (self._setting.hours_to_loss * 3600)
        self._later(self._rng.expovariate(per_second), _Event.LOST, number)

    def _take_back(self, machine: _Machine) -> None:
        for task in machine.held:
            heapq.heappush(self._todo, task)
        self._again += len(machine.held)
        machine.held.clear()
        machine.queued.clear()
        machine.running = 0

    def _finish(self, number: int, task: int) -> None:
        machine = self._machines[number]
        machine.held.discard(task)
        machine.running -= 1
        self._useful += self._setting.task_seconds
        if machine.queued:
            self._start(number, machine.queued.popleft())
        self._hands.append((number, machine.life))
        self._done.add(task)
        while self._wanted in self._done:
            self._done.discard(self._wanted)
            self._wanted += 1

    def _start(self, number: int, task: int) -> None:
        machine = self._machines[number]
        machine.running += 1
        seconds = self._setting.task_seconds * machine.slowness
        # Never before the scheduler has got round to it.
        waiting = max(0.0, self._dispatched - self._now)
        spread = self._rng.lognormvariate(0, SPREAD)
        self._later(waiting + seconds * spread, _Event.DONE, number, task)

    def _hand_out(self) -> None:
        """Tasks to hands, as long as there are both and the window allows."""
        setting = self._setting
        window = setting.window * setting.threads * setting.machine_count
        while self._hands:
            number, life = self._hands.popleft()
            machine = self._machines[number]
            if life != machine.life:
                continue
            if not self._todo:
                if self._given >= min(setting.task_count, self._wanted + window):
                    self._hands.appendleft((number, life))
                    return
                heapq.heappush(self._todo, self._given)
                self._given += 1
            task = heapq.heappop(self._todo)
            machine.held.add(task)
            self._dispatched = max(self._dispatched, self._now) + setting.seconds_to_dispatch
            if machine.running < setting.threads:
                self._start(number, task)
            else:
                machine.queued.append(task)

"""The loop under callbacks that raise, stop and change the schedule, cut at every iteration.

A hypothesis state machine drives `minimize` one iteration at a time, each in a run of its own that
goes on from what the keeper was given, and compares with a loop written out here, image by image.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inverse import Euclidean, Interrupted, Objective, OutputError
from inverse.layers import Chain, Clamp
from inverse.optimize import Course, Momentum, NotFinite, NotKept, Stop, minimize

COUNT, STEPS, DECAY = 3, 12, 0.5
TARGET = np.abs(np.random.default_rng(0).standard_normal((1, 2, 3, 1))) + 1
NORM2 = float((TARGET**2).sum())
START = np.random.default_rng(1).standard_normal((COUNT, 2, 3, 1))
images = st.sets(st.integers(0, COUNT - 1), min_size=1)


class Rates:
    """A schedule whose rate and fresh starts callbacks set."""

    steps = STEPS

    def __init__(self):
        self.now, self.fresh = 0.1, False

    def rate(self, t):
        return self.now

    def restarts(self, t):
        return self.fresh


class Paused(Exception):
    """Ends a run after one iteration, as a kill does."""


class Kept:
    """A keeper in memory, which ends the run when it has been given something, or cannot keep."""

    every = 1

    def __init__(self, resumed):
        self.resumed, self.full, self.ends = resumed, False, True

    def keep(self, course):
        if self.full:
            raise OutputError("the disk is full")
        self.resumed = course
        if self.ends:
            raise Paused


class Alone:
    """One image, descended by the formula: x, v, and what became of it."""

    def __init__(self, x):
        self.x, self.v, self.stopped = x, np.zeros_like(x), None
        self.energies, self.best = [], (np.inf, x, 0)

    def energy(self):
        return float(((self.x - TARGET[0]) ** 2).sum() / NORM2)

    def evaluate(self, t):
        self.energies.append(self.energy())
        if self.energies[-1] < self.best[0]:
            self.best = (self.energies[-1], self.x, t)

    def stop(self, reason, fault, t):
        if self.stopped is None:
            x, t = (self.best[1], self.best[2]) if fault else (self.x, t)
            self.stopped = (reason, fault, t)
            self.x = x

    def step(self, rate, fresh):
        gradient = 2 * (self.x - TARGET[0]) / NORM2
        if self.stopped is None:
            self.v = -rate * gradient if fresh else DECAY * self.v - rate * gradient
            self.x = self.x + self.v


class Loop(RuleBasedStateMachine):
    """A run and its equal by hand."""

    def __init__(self):
        super().__init__()
        self.objective = Objective(Chain({"same": Clamp(1e30)}), Euclidean(TARGET), {}, 1.0)
        self.rates = Rates()
        self.alone = [Alone(x) for x in START]
        self.course, self.t, self.minimum = None, 0, None

    def run(self, act=lambda step: None, full=False):
        """Go on for one iteration, with a callback: the error that ended it, if any."""
        keeper = Kept(self.course)
        keeper.full = full
        optimizer = Momentum(self.rates, DECAY)
        error = None
        try:
            self.minimum = minimize(
                self.objective, START, optimizer, STEPS, [NotFinite(), act], keeper
            )
        except Paused:
            pass
        except BaseException as raised:
            error = raised
        self.course = keeper.resumed
        return error

    def advance(self, stops=()):
        """The same by hand."""
        for image in self.alone:
            image.evaluate(self.t)
        for wanted, fault, reason in stops:
            for i in wanted:
                self.alone[i].stop(reason, fault, self.t)
        if self.t < STEPS and not all(image.stopped for image in self.alone):
            for image in self.alone:
                image.step(self.rates.now, self.rates.fresh)
        self.t += 1

    @property
    def ended(self):
        return self.course is not None and self.course.ended

    @precondition(lambda self: not self.ended)
    @rule()
    def go_on(self):
        assert self.run() is None
        self.advance()

    @precondition(lambda self: not self.ended)
    @rule(wanted=images, fault=st.booleans())
    def stop_some(self, wanted, fault):
        reason = f"enough at {self.t}"
        assert self.run(lambda step: Stop(reason, sorted(wanted), fault)) is None
        self.advance([(wanted, fault, reason)])

    @precondition(lambda self: not self.ended and self.t > 3)
    @rule()
    def stop_all(self):
        assert self.run(lambda step: Stop("all", None, False)) is None
        self.advance([(range(COUNT), False, "all")])
        assert self.ended

    @precondition(lambda self: not self.ended)
    @rule(rate=st.sampled_from([0.01, 1.0, 5.0, 40.0]), fresh=st.booleans())
    def change_the_schedule(self, rate, fresh):
        """A callback's change holds from the step after it."""

        def change(step):
            self.rates.now, self.rates.fresh = rate, fresh

        assert self.run(change) is None
        self.advance()

    @precondition(lambda self: not self.ended)
    @rule(
        kind=st.sampled_from([ValueError, RuntimeError, MemoryError, SystemExit, ArithmeticError])
    )
    def raise_an_error(self, kind):
        """It comes through as it is, and nothing of the iteration is kept."""
        before = self.course

        def fail(step):
            raise kind("by a callback")

        error = self.run(fail)
        assert type(error) is kind
        assert str(error) == "by a callback"
        assert self.course is before

    @precondition(lambda self: not self.ended)
    @rule()
    def interrupt(self):
        """Ctrl-C in a callback: what is kept stays; what was computed comes with the error."""
        before = self.course

        def strike(step):
            raise KeyboardInterrupt

        error = self.run(strike)
        assert isinstance(error, Interrupted)
        assert error.result.steps == self.t
        assert error.result.stop[0].startswith(("interrupted after", "enough"))
        assert self.course is before

    @precondition(lambda self: not self.ended)
    @rule()
    def fill_the_disk(self):
        before = self.course
        error = self.run(full=True)
        assert isinstance(error, NotKept)
        assert str(error) == "the disk is full"
        assert error.result.steps == self.t
        assert self.course is before

    @precondition(lambda self: not self.ended)
    @rule()
    def look_around(self):
        """A callback sees the iterate that is kept."""
        seen = []
        assert self.run(seen.append) is None
        assert seen[0].t == self.t
        assert np.allclose(seen[0].x, np.stack([image.x for image in self.alone]))
        self.advance()

    @precondition(lambda self: self.ended)
    @rule()
    def go_on_after_the_end(self):
        """A run that has ended gives its result again, and asks nobody."""

        def never(step):
            raise AssertionError("a callback was called")

        assert self.run(never) is None
        self.compare(self.minimum)

    @invariant()
    def as_by_hand(self):
        if self.course is not None:
            assert isinstance(self.course, Course)
            assert self.course.t == self.t
            if not self.course.ended:  # of a run that has ended the course has the last iterate
                assert np.allclose(self.course.x, np.stack([image.x for image in self.alone]))
            assert sorted(self.course.frozen) == [
                i for i, image in enumerate(self.alone) if image.stopped
            ]

    def compare(self, minimum):
        """The whole result against the loop by hand."""
        energies = np.array([image.energies for image in self.alone]).T
        np.testing.assert_allclose(minimum.history["energy"], energies, rtol=1e-9)
        for i, image in enumerate(self.alone):
            reason, fault, t = image.stopped or (f"completed {self.t - 1} steps", False, self.t - 1)
            assert (minimum.stop[i], minimum.faults[i]) == (reason, fault)
            assert np.allclose(minimum.x[i], image.x)
            assert minimum.energy[i] == pytest.approx(image.energies[t])

    def teardown(self):
        """To the end without a pause."""
        keeper = Kept(self.course)
        keeper.ends = False
        optimizer = Momentum(self.rates, DECAY)
        found = minimize(self.objective, START, optimizer, STEPS, [NotFinite()], keeper)
        while not self.ended and not (self.course is None and self.t > STEPS):
            self.advance()
            if self.t > STEPS or all(image.stopped for image in self.alone):
                break
        self.compare(found)


TestLoop = Loop.TestCase
TestLoop.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

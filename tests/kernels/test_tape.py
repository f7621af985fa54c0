"""Calls written down and repeated: by every lane its own, also when it is alone for a while."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inverse import kernels
from inverse.kernels import Lanes
from inverse.kernels.company import FIRST, IN_A_ROW, LONGEST, Company
from inverse.kernels.scratch import Scratch
from inverse.kernels.tape import Recorder, Tape
from inverse.layers import Chain, Conv2d, LocalResponseNorm, MaxPool2d, ReLU
from tests.support import normal

NET = Chain(
    {
        "conv": Conv2d(normal(1, (3, 3, 16, 32)) / 12, normal(2, (32,)), pads=(1, 1, 1, 1)),
        "relu": ReLU(),
        "pool": MaxPool2d((3, 3), (2, 2)),
        "norm": LocalResponseNorm(5, 0.1, 0.75, 1.0),
    }
)


def test_python_runs_twice_and_calls_always() -> None:
    recorder = Recorder()
    total, python = np.zeros(3), []
    tape = Tape(recorder, Lanes(1))

    def work() -> None:
        python.append(1)
        recorder(np.add, total, 1.0, out=total)

    for _ in range(5):
        tape(work)
    assert len(python) == 2
    assert total.tolist() == [5.0] * 3


def test_a_call_is_written_down_as_a_whole() -> None:
    recorder, seen = Recorder(), []
    tape = Tape(recorder, Lanes(1))

    def inner() -> None:
        recorder(seen.append, "inner")

    for _ in range(4):
        tape(lambda: recorder(inner))
    assert seen == ["inner"] * 4  # not twice where it was repeated


def test_work_that_fails_is_not_repeated() -> None:
    recorder, tries = Recorder(), []
    tape = Tape(recorder, Lanes(1))

    def work() -> None:
        tries.append(1)
        recorder(int, "1" if len(tries) > 2 else "one")

    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            tape(work)
    for _ in range(3):
        tape(work)
    assert len(tries) == 3
    assert recorder.calls is None


def test_scratch_of_a_name_is_the_same_memory() -> None:
    scratch = Scratch()
    large = scratch("rows", (4, 6), np.float32)
    small = scratch("rows", (3, 5), np.float32)
    assert np.shares_memory(large, small)
    assert not np.shares_memory(large, scratch("columns", (4, 6), np.float32))
    assert not np.shares_memory(large, scratch("rows", (4, 6), np.float64))
    larger = scratch("rows", (40, 6), np.float32)
    assert larger.shape == (40, 6)
    assert large.shape == (4, 6)  # who has it still may use it


def gradients(lanes: Lanes, images: list[Any], alone: set[int]) -> list[Any]:
    program = kernels.compile(NET, images[0].shape, images[0].dtype, lanes)
    found = []
    for i, x in enumerate(images):
        lanes._company.alone = i in alone
        with lanes.turn():
            y, cache = program.forward(x)
            found.append(program.backward(normal(i, y.shape), cache))
    lanes.close()
    return found


@pytest.mark.parametrize("n", [1, 3])
def test_alone_and_side_by_side_give_the_same_bits(n: int) -> None:
    images = [normal(seed, (n, 19, 23, 16)) for seed in range(12)]
    expected = gradients(Lanes(1), images, set())
    found = gradients(Lanes(2), images, {3, 4, 5, 6, 9})
    for a, b in zip(expected, found, strict=True):
        assert np.array_equal(a, b)


def test_company_ends_when_turns_are_held_up_and_is_tried_again() -> None:
    company = Company(2)
    for _ in range(2 * FIRST):
        company.judge(1.0, 1.0)
    for _ in range(IN_A_ROW - 1):
        company.judge(4.0, 1.0)
    company.judge(2.0, 1.0)
    assert not company.alone  # that was chance
    for _ in range(IN_A_ROW):
        company.judge(4.0, 1.0)
    assert company.alone
    for _ in range(3 * FIRST):
        company.judge(1.5, 1.0)
    assert company.alone  # the machine is still busy
    company.judge(1.0, 1.0)
    assert not company.alone


def test_company_that_fails_again_and_again_is_seldom_tried() -> None:
    company, trials, turns = Company(2), 0, 8 * LONGEST
    for _ in range(turns):
        # beside others it is held up, alone it is not
        company.judge(1.0 if company.alone else 4.0, 1.0)
        trials += not company.alone
    assert trials < turns / 20


def test_the_first_turns_are_not_judged() -> None:
    company = Company(2)
    for _ in range(FIRST):
        company.judge(9.0, 1.0)
    company.judge(1.0, 1.0)
    assert not company.alone


def test_many_lanes_are_worth_waiting_for() -> None:
    """One of eight has eight times the work: it is no help where turns take three times as long."""
    company = Company(8)
    for _ in range(20):
        company.judge(3.0, 1.0)
    assert not company.alone


def test_lanes_come_back_after_a_turn_that_fails() -> None:
    lanes = Lanes(2)
    lanes._company.alone = True
    seen = []

    def job() -> None:
        seen.append(lanes.count)
        raise ZeroDivisionError

    def turn() -> None:
        with lanes.turn():
            job()

    with pytest.raises(ZeroDivisionError):
        turn()
    assert seen == [1]
    assert lanes.count == 2


def test_outgrown_scratch_is_counted() -> None:
    """It stays where it is until the program ends."""
    scratch = Scratch()
    scratch("rows", (10,), np.float32)
    scratch("rows", (30,), np.float32)
    scratch("rows", (20,), np.float32)
    assert [len(flat) for flat in scratch.arrays["rows", "<f4"]] == [10, 30]

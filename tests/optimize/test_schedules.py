"""Learning rates of every step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import ParameterError
from inverse.optimize import ExponentialDecay, Stages

stages = st.lists(st.tuples(st.floats(1e-6, 1), st.integers(1, 300)), min_size=1, max_size=5).map(
    tuple
)


@given(stages)
def test_stages_equal_a_list_of_rates(stages):
    schedule = Stages(stages)
    rates = [rate for rate, count in stages for _ in range(count)]
    assert [schedule.rate(t) for t in range(schedule.steps)] == rates
    assert schedule.rate(schedule.steps + 5) == rates[-1]
    starts = {sum(count for _, count in stages[:i]) for i in range(len(stages))}
    assert {t for t in range(schedule.steps + 5) if schedule.restarts(t)} == starts


@given(stages, st.integers(1, 2000))
def test_resized_has_the_steps_asked_for(stages, steps):
    assert Stages(stages).resized(steps).steps == steps
    assert Stages(stages).resized(steps).rate(0) == stages[0][0]


def test_exponential_decay_is_geometric_and_never_restarts():
    schedule = ExponentialDecay(8.0, 0.5, steps=5)
    assert [schedule.rate(t) for t in range(7)] == pytest.approx([8, 4, 2, 1, 0.5, 0.5, 0.5])
    assert [schedule.restarts(t) for t in range(5)] == [True, False, False, False, False]
    assert schedule.resized(9).rate(8) == 0.5
    assert ExponentialDecay(8.0, 0.5, steps=1).rate(0) == 8


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stages(()), "Stages.stages must have at least one stage"),
        (lambda: Stages(((0.0, 3),)), "Stages.stages must have positive, finite rates"),
        (lambda: Stages(((float("inf"), 3),)), "Stages.stages must have positive, finite rates"),
        (lambda: Stages(((0.1, 0),)), "Stages.stages must have whole numbers of at least 1 step"),
        (
            lambda: Stages(((0.1, 3),)).resized(0),
            "Stages.steps must be a whole number of at least 1, got 0",
        ),
        (
            lambda: ExponentialDecay(0.0, 1.0, 3),
            "ExponentialDecay.first must be positive and finite, got 0",
        ),
        (
            lambda: ExponentialDecay(1.0, -1.0, 3),
            "ExponentialDecay.last must be positive and finite",
        ),
        (lambda: ExponentialDecay(1.0, 1.0, 0), "ExponentialDecay.steps must be a whole number"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ParameterError, match=message):
        make()

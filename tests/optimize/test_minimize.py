"""The loop: history, independence of images, stops, watchers, interruption."""

from dataclasses import dataclass

import numpy as np
import pytest

from inverse import Euclidean, Interrupted, Objective, ParameterError, Term, TotalVariation
from inverse.layers import Chain, Clamp, Layer
from inverse.optimize import (
    Divergence,
    Momentum,
    NotFinite,
    Snapshots,
    Stages,
    Stop,
    ZeroGradient,
    default_watchers,
    minimize,
)


@dataclass(frozen=True, eq=False)
class Scale(Layer):
    """y = a x, and whatever a does to it."""

    factor: float = 1.0

    def output_shape(self, shape):
        return shape

    def forward(self, x):
        return self.factor * x, None

    def backward(self, dy, cache):
        return self.factor * dy


@dataclass(frozen=True, eq=False)
class Root(Layer):
    """y = √x, NaN for negative x."""

    def output_shape(self, shape):
        return shape

    def forward(self, x):
        return np.sqrt(x), x

    def backward(self, dy, cache):
        return dy / (2 * np.sqrt(cache))


rng = np.random.default_rng(0)
TARGET = np.abs(rng.standard_normal((1, 4, 5, 1))) + 1


def quadratic(layer=None, sigma=1.0):
    chain = layer or Chain({"scale": Scale()})
    return Objective(chain, Euclidean(TARGET), {}, sigma)


def descend(rate=0.5, steps=50, momentum=0.0):
    schedule = Stages(((rate * float((TARGET**2).sum()) / 2, steps),))
    return Momentum(schedule, momentum)


def test_history_has_every_energy_and_the_parts_sum_to_it():
    objective = Objective(
        Chain({"scale": Scale()}), Euclidean(TARGET), {"tv": Term(1e-3, TotalVariation())}
    )
    found = minimize(objective, rng.standard_normal((3, 4, 5, 1)), descend(0.1), 20)
    assert found.history["energy"].shape == (21, 3)
    assert found.history["data"] + found.history["tv"] == pytest.approx(found.history["energy"])
    assert (np.diff(found.history["energy"], axis=0) < 0).all()
    assert found.energy == pytest.approx(found.history["energy"][-1])
    assert found.stop == ("completed 20 steps",) * 3
    assert found.steps == 20


def test_the_last_iterate_is_the_one_evaluated_last():
    objective = quadratic()
    found = minimize(objective, np.zeros((1, 4, 5, 1)), descend(), 7)
    assert objective(found.x).energy == pytest.approx(found.energy)


def test_the_starting_point_is_not_written_to():
    x = np.zeros((2, 4, 5, 1))
    minimize(
        quadratic(), x, descend(), 5, [lambda step: Stop("enough", [0]) if step.t == 2 else None]
    )
    assert not x.any()


def test_a_callback_stops_one_image_and_the_others_go_on_as_alone():
    x = rng.standard_normal((3, 4, 5, 1))
    wish = Stop("near enough", [1], fault=False)
    found = minimize(quadratic(), x, descend(0.1), 9, [lambda s: wish if s.t == 4 else None])
    alone = minimize(quadratic(), x, descend(0.1), 9)
    early = minimize(quadratic(), x, descend(0.1), 4)
    assert found.stop == ("completed 9 steps", "near enough", "completed 9 steps")
    assert np.array_equal(found.x[[0, 2]], alone.x[[0, 2]])
    assert np.array_equal(found.x[1], early.x[1])
    assert found.energy[1] == early.energy[1]


def test_the_loop_ends_when_every_image_has_stopped():
    found = minimize(
        quadratic(),
        np.zeros((2, 4, 5, 1)),
        descend(),
        99,
        [lambda s: Stop("now") if s.t == 3 else None],
    )
    assert found.steps == 3
    assert found.stop == ("now", "now")


def test_not_finite_names_the_layer_and_keeps_the_best():
    objective = quadratic(Chain({"scale": Scale(), "root": Root(), "clamp": Clamp(9.0)}))
    x = np.stack((np.full((4, 5, 1), 1.5), np.full((4, 5, 1), -1.5)))
    found = minimize(objective, x, descend(0.01), 5, [NotFinite()])
    assert found.stop[0] == "completed 5 steps"
    assert found.stop[1] == (
        "stopped at step 0: values are not finite, first in layer 'root' (Root)"
    )
    assert np.array_equal(found.x[1], x[1])


def test_not_finite_in_the_backward_pass_names_the_layer():
    objective = quadratic(Chain({"root": Root(), "scale": Scale(2.0)}))
    found = minimize(objective, np.zeros((1, 4, 5, 1)), descend(), 5, [NotFinite()])
    assert found.stop[0].endswith("first in layer 'root' (Root)")


def test_zero_gradient_names_the_layer():
    objective = quadratic(Chain({"scale": Scale(2.0), "clamp": Clamp(0.2)}))
    found = minimize(objective, np.ones((1, 4, 5, 1)), descend(), 5, [ZeroGradient()])
    assert found.stop[0] == (
        "stopped at step 0: the gradient is zero, none comes back through layer 'clamp' (Clamp)"
    )
    found = minimize(quadratic(), TARGET, descend(), 5, [ZeroGradient()])
    assert found.stop[0].endswith("the code equals its target")


def test_divergence_keeps_the_best_iterate():
    found = minimize(quadratic(), np.zeros((1, 4, 5, 1)), descend(3.0), 99, default_watchers())
    assert "the energy diverges" in found.stop[0]
    assert "mostly in 'data'; a smaller learning rate" in found.stop[0]
    assert found.energy[0] == found.history["energy"].min()
    assert quadratic()(found.x).energy == pytest.approx(found.energy)


def test_snapshots_are_in_the_space_of_the_representation():
    snapshots = Snapshots(every=2)
    minimize(quadratic(sigma=10.0), np.ones((1, 4, 5, 1)), descend(1e-4), 5, [snapshots])
    assert [t for t, _ in snapshots.images] == [0, 2, 4]
    assert snapshots.images[0][1].max() == 10


def test_interruption_keeps_what_there_is():
    def interrupt(step):
        if step.t == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        minimize(quadratic(), np.zeros((1, 4, 5, 1)), descend(), 9, [interrupt])
    found = caught.value.result
    assert found.stop == ("interrupted after 3 steps",)
    assert found.history["energy"].shape == (4, 1)
    assert isinstance(caught.value, KeyboardInterrupt)


def test_an_error_of_a_callback_is_not_swallowed():
    def fail(step):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        minimize(quadratic(), np.zeros((1, 4, 5, 1)), descend(), 9, [fail])


def test_errors():
    with pytest.raises(
        ParameterError, match="minimize.steps must be a whole number of at least 1, got 0"
    ):
        minimize(quadratic(), np.zeros((1, 4, 5, 1)), descend(), 0)
    with pytest.raises(ParameterError, match="Divergence.factor must be greater than 1, got 1"):
        Divergence(1)
    with pytest.raises(
        ParameterError, match="Snapshots.every must be a whole number of at least 1, got 0"
    ):
        Snapshots(0)

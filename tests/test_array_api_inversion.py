"""The whole plain path on another array library: energy, gradient, optimizer, restarts."""

from __future__ import annotations

import numpy as np
import pytest

import inverse
from inverse import Euclidean, Objective
from inverse.inversion import noise
from inverse.optimize import Momentum, Stages, Stop, default_watchers, minimize
from tests.test_array_api import Backend, backend  # noqa: F401  (a fixture)

PHIS = {
    "hog": inverse.hog(4),
    "hogb": inverse.hog(4, 5, bilinear=True, texture=False),
    "dsift": inverse.dsift(2, 5),
    "dsift-flat": inverse.dsift(3, 2, "flat"),
}


@pytest.mark.parametrize("name", PHIS)
@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_inversion_on_device(name, beta, backend: Backend):  # noqa: F811
    """Six steps of three restarts, in float64, as NumPy takes them; one is stopped half-way."""
    phi, shape, sigma = PHIS[name], (20, 24, 1), 1500.0
    photo = inverse.resize(inverse.photos.photo("shirt"), *shape[:2]).astype(np.float64)
    code = phi(phi.encode(photo))
    preset = inverse.presets.cvpr2015(phi).replace(beta=beta)
    optimizer = Momentum(Stages(((1e-3, 4), (1e-4, 2))))
    start = noise((3, *shape), 0, np.float64)
    mask = np.ones((1, *code.shape[1:]))
    mask[:, 0] = 0.0

    def stop_one(step):
        return Stop("enough", [1]) if step.t == 3 else None

    def run(send):
        objective = Objective(phi, Euclidean(send(code), send(mask)), preset.terms(shape), sigma)
        return minimize(objective, send(start), optimizer, 6, [*default_watchers(), stop_one])

    there, here = run(backend.send), run(lambda x: x)
    assert there.x.device == backend.device
    assert there.stop == here.stop == ("completed 6 steps", "enough", "completed 6 steps")
    assert here.history["energy"][-1].max() < here.history["energy"][0].min()
    for part in here.history:
        assert there.history[part] == pytest.approx(here.history[part], rel=1e-6)
    assert backend.fetch(there.x) == pytest.approx(here.x, abs=1e-6 * np.abs(here.x).max())


def test_watchers_name_the_layer_on_device(backend: Backend):  # noqa: F811
    phi = inverse.hog(4)
    code = phi(noise((1, 20, 24, 1), 1, np.float64))
    objective = Objective(phi, Euclidean(backend.send(code)), {}, 1.0)
    optimizer = Momentum(Stages(((1e-3, 4),)))
    flat = backend.send(np.zeros((1, 20, 24, 1)))
    found = minimize(objective, flat, optimizer, 3, default_watchers())
    assert "none comes back through layer 'orientation' (HardOrientation)" in found.stop[0]

"""The whole of `invert` on another array library, equal to NumPy's; and what moves meanwhile."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest

import inverse
from inverse import Euclidean, InnerProduct, Objective
from inverse.devices import Device
from inverse.errors import InputError, ParameterError
from inverse.noise import noise
from inverse.optimize import Momentum, Stages, Stop, default_watchers, minimize
from tests.backends import Backend, counted, on_strict

SMALL = inverse.cnn("small")
PHIS = {
    "hog": (inverse.hog(4), (20, 24, 1)),
    "hogb": (inverse.hog(4, 5, bilinear=True, texture=False), (20, 24, 1)),
    "dsift": (inverse.dsift(2, 5), (20, 24, 1)),
    "dsift-flat": (inverse.dsift(3, 2, "flat"), (20, 24, 1)),
    "norm2": (SMALL.until("norm2"), (131, 131, 3)),
    "fc8": (SMALL.until("fc8"), (131, 131, 3)),
}
PRESETS = {"cvpr2015": inverse.presets.cvpr2015, "fast": inverse.presets.fast}


def code_of(name):
    """A representation, an image's shape, and the code of a photo of this shape, in float64."""
    phi, shape = PHIS[name]
    photo = inverse.resize(inverse.photos.photo("shirt"), *shape[:2]).astype(np.float64)
    return phi, shape, phi(phi.encode(photo))


CASES = [(name, preset) for name in PHIS for preset in PRESETS]
CASES.remove(("norm2", "cvpr2015"))  # networks take seconds, and their optimizer is not their own
CASES.remove(("fc8", "cvpr2015"))


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_inversion_on_device(name, preset, backend: Backend):
    """Three restarts, in float64, are what NumPy and the kernels find; so are all figures."""
    # 1e-6: six steps pass on the rounding of sums that kernels and formulas take in another order
    phi, shape, code = code_of(name)
    options = {
        "image_shape": shape,
        "preset": PRESETS[preset](phi).replace(steps=6),
        "restarts": 3,
        "normalizer": 1.0,
        "snapshots": 2,
    }
    here = inverse.invert(phi, code, **options)
    there = inverse.invert(
        phi, backend.send(code), device=Device("there", backend.send), look=2, **options
    )
    for array in (there.minimum.x, there.target, *there.codes):
        assert array.device == backend.device
    scale = np.abs(here.minimum.x).max()
    assert backend.fetch(there.minimum.x) == pytest.approx(here.minimum.x, abs=1e-6 * scale)
    assert there.history.keys() == here.history.keys()
    for part, values in here.history.items():
        assert there.history[part] == pytest.approx(values, rel=1e-6)
    assert there.relative_errors == pytest.approx(here.relative_errors, rel=1e-6)
    assert there.stop == here.stop == "completed 6 steps"
    assert [t for t, _ in there.snapshots] == [0, 2, 4, 6]
    assert there.image == pytest.approx(here.image, abs=1e-6)
    assert isinstance(there.image, np.ndarray)


@pytest.mark.parametrize("loss", [Euclidean, InnerProduct])
def test_a_part_of_a_code_on_device(loss, backend: Backend):
    """A picture comes in, so NumPy comes back; a neighborhood is computed alone."""
    photo = inverse.photos.photo("hat")[64:128, 64:128].astype(np.float64)
    phi = inverse.hog(8, bilinear=True)
    part = inverse.Part(neighborhood=(3, 3))
    preset = inverse.presets.fast(phi).replace(steps=5)
    options = {"preset": preset, "mask": part, "loss": loss}
    here = inverse.invert(phi, photo, **options)
    there = inverse.invert(phi, photo, device=Device("there", backend.send), **options)
    assert isinstance(there.minimum.x, np.ndarray)
    assert there.normalizer == pytest.approx(here.normalizer, rel=1e-5)
    assert there.minimum.x == pytest.approx(here.minimum.x, abs=1e-6)
    assert there.code_error == pytest.approx(here.code_error, rel=1e-5)


def test_one_restart_stops_on_device(backend: Backend):
    phi, shape, code = code_of("hogb")
    optimizer = Momentum(Stages(((1e-3, 4), (1e-4, 2))))
    start = noise((3, *shape), 0, np.float64)

    def stop_one(step):
        return Stop("enough", [1]) if step.t == 3 else None

    def run(send):
        objective = Objective(phi, Euclidean(send(code)), {}, 1500.0)
        return minimize(objective, send(start), optimizer, 6, [*default_watchers(), stop_one])

    there, here = run(backend.send), run(lambda x: x)
    assert there.stop == here.stop == ("completed 6 steps", "enough", "completed 6 steps")
    assert backend.fetch(there.x) == pytest.approx(here.x, abs=1e-6 * np.abs(here.x).max())


def test_watchers_name_the_layer_on_device(backend: Backend):
    phi = inverse.hog(4)
    code = phi(noise((1, 20, 24, 1), 1, np.float64))
    objective = Objective(phi, Euclidean(backend.send(code)), {}, 1.0)
    optimizer = Momentum(Stages(((1e-3, 4),)))
    flat = backend.send(np.zeros((1, 20, 24, 1)))
    found = minimize(objective, flat, optimizer, 3, default_watchers(), look=2)
    assert "none comes back through layer 'orientation' (HardOrientation)" in found.stop[0]


class Scripted:
    """Steps along the gradient at rates that are given one by one."""

    def __init__(self, *rates):
        self.rates = rates

    def init(self, x):
        return 0

    def step(self, x, grad, state):
        return x - self.rates[state] * grad, state + 1


@pytest.mark.parametrize("look", [1, 3, 4])
def test_the_best_iterate_is_kept_on_a_device(look, backend: Backend):
    """One of three images is stopped by a fault after its best: the same is found everywhere."""
    phi, shape, code = code_of("hogb")
    start = noise((3, *shape), 0, np.float64)
    optimizer = Scripted(*[1e-3] * 4, *[-5e-3] * 3)  # down, and up again

    def fault(step):
        return Stop("no further", [1]) if step.t == 7 else None

    def run(send, look):
        objective = Objective(phi, Euclidean(send(code)), {}, 1500.0)
        return minimize(objective, send(start), optimizer, 7, [fault], look=look)

    there, here = run(backend.send, look), run(lambda x: x, 1)
    best = here.history["energy"][:, 1].argmin()
    assert 0 < best < 7
    assert here.energy[1] == here.history["energy"][best, 1]
    assert there.energy == pytest.approx(here.energy, rel=1e-9)
    assert backend.fetch(there.x) == pytest.approx(here.x, abs=1e-9)


def test_callbacks_look_at_the_start_the_end_and_in_between():
    phi, shape, code = code_of("hogb")
    seen = []
    preset = inverse.presets.fast(phi).replace(steps=7)
    options = {"image_shape": shape, "preset": preset, "normalizer": 1.0}
    inverse.invert(phi, code, look=3, callbacks=[lambda step: seen.append(step.t)], **options)
    assert seen == [0, 3, 6, 7]


def test_a_fault_between_two_looks_blames_no_term():
    phi, shape, code = code_of("hogb")
    x = noise((1, *shape), 0, np.float64)
    terms = inverse.presets.fast(phi).terms(shape)
    objective = Objective(phi, Euclidean(code), terms, 1500.0)
    broken = Scripted(1e-3, np.inf, *[1e-3] * 7)
    found = minimize(objective, x, broken, 9, default_watchers(), look=3)
    assert found.stop == ("stopped at step 3: values are not finite, and x itself is not any more",)


class Third:
    """An object of one's own, on arrays of any library."""

    def forward(self, x):
        return x / 3.0, None

    def backward(self, dy, cache):
        return dy / 3.0


def test_objects_pictures_and_masks_of_ones_own(backend: Backend):
    there = Device("there", backend.send)
    photo = inverse.photos.photo("hat")[64:80, 64:80].astype(np.float64)
    preset = inverse.presets.fast().replace(steps=3)
    options = {"preset": preset, "device": there, "mask": np.ones(1, bool)}
    for phi in (Third(), inverse.hog(4)):
        found = inverse.invert(phi, backend.send(photo), **options)
        assert found.codes[0].device == backend.device
        assert found.relative_error < 1
    phi = inverse.representation(lambda x: x / 3.0)
    with pytest.raises(ParameterError, match="must be 'cpu' for a function of autograd, PyTorch"):
        inverse.invert(phi, photo, **options)


def test_a_run_on_a_device_goes_on_from_its_checkpoint(tmp_path, backend: Backend):
    phi, shape, code = code_of("dsift")
    there, file = Device("there", backend.send), tmp_path / "run.npz"
    preset = inverse.presets.fast(phi).replace(steps=12)
    options = {"image_shape": shape, "preset": preset, "normalizer": 1.0, "device": there}
    whole = inverse.invert(phi, code, **options)

    def interrupt(step):
        if step.t == 10:
            raise KeyboardInterrupt

    with pytest.raises(inverse.optimize.Interrupted):
        inverse.invert(phi, code, checkpoint=file, every=7, callbacks=[interrupt], **options)
    resumed = inverse.invert(phi, code, checkpoint=file, resume=True, **options)
    assert np.array_equal(resumed.minimum.x, whole.minimum.x)
    assert np.array_equal(resumed.history["energy"], whole.history["energy"])
    with pytest.raises(
        InputError, match="of another run: device is there there and cpu here, look is 10 "
    ):
        inverse.invert(phi, code, checkpoint=file, resume=True, **options | {"device": "cpu"})


@pytest.mark.parametrize(
    ("name", "look"), [("hog", 1), ("hog", 5), ("hog", 10), ("dsift", 10), ("fc8", 10)]
)
def test_energies_are_read_once_every_so_many_iterations(name, look, capsys):
    """At most one transfer to the CPU every ``look`` iterations, and none to the device."""
    phi, shape, code = code_of(name)
    preset, seen = inverse.presets.fast(phi).replace(steps=20), []
    with (
        array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False),
        counted() as moved,
    ):

        def count(step):
            seen.append((step.t, moved.to_host, moved.to_device))

        inverse.invert(
            phi,
            code,
            image_shape=shape,
            preset=preset,
            restarts=2,
            normalizer=1.0,
            device=Device("there", on_strict().send),
            look=look,
            callbacks=[count],
        )
    t, to_host, to_device = np.array(seen).T
    assert t.tolist() == list(range(0, 21, look))
    assert np.diff(to_host).tolist() == [1] * (len(t) - 1)
    assert np.diff(to_device)[1:].tolist() == [0] * (len(t) - 2)
    with capsys.disabled():
        print(
            f"\n{name}: {to_host[-1] - to_host[0]} transfers to the CPU in 20 iterations, "
            f"look={look}; to the device {to_device[1]} before and in the first {look}, "
            f"then {to_device[-1] - to_device[1]}",
            end="",
        )


def test_what_cannot_be_asked_of_a_device():
    phi, shape, code = code_of("hog")
    there = Device("there", on_strict().send)
    with pytest.raises(ParameterError, match="must be taken after a multiple of look, 10, got 5"):
        inverse.invert(phi, code, image_shape=shape, device=there, snapshots=5)
    with pytest.raises(ParameterError, match="invert.max_memory is of the CPU, got 100 on there"):
        inverse.invert(phi, code, image_shape=shape, device=there, max_memory=100)
    with pytest.raises(ParameterError, match="invert.look must be a whole number of at least 1"):
        inverse.invert(phi, code, image_shape=shape, look=0)
    with pytest.raises(ParameterError, match="must be 'cpu', 'gpu' or a Device, got 'tpu'"):
        inverse.invert(phi, code, image_shape=shape, device="tpu")

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


@pytest.mark.parametrize("name", PHIS)
@pytest.mark.parametrize("preset", PRESETS)
def test_inversion_on_device(name, preset, backend: Backend):
    """Three restarts, in float64, are what NumPy and the kernels find; so are all figures."""
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
    with pytest.raises(InputError, match="of another run: device is there there and cpu here"):
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
    with pytest.raises(ParameterError, match="invert.snapshots must be a multiple of look, 10"):
        inverse.invert(phi, code, image_shape=shape, device=there, snapshots=5)
    with pytest.raises(ParameterError, match="invert.max_memory is of the CPU, got 100 on there"):
        inverse.invert(phi, code, image_shape=shape, device=there, max_memory=100)
    with pytest.raises(ParameterError, match="invert.look must be a whole number of at least 1"):
        inverse.invert(phi, code, image_shape=shape, look=0)
    with pytest.raises(ParameterError, match="must be 'cpu', 'gpu' or a Device, got 'tpu'"):
        inverse.invert(phi, code, image_shape=shape, device="tpu")

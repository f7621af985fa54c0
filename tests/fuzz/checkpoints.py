"""Checkpoints: damaged as files, and with other contents under a seal that holds."""

import functools
import pickle
from pathlib import Path

import numpy as np

import inverse
from inverse.checkpoint.archive import pack, unpack
from inverse.presets import cvpr2015, fast
from tests.fuzz.archives import Bomb, _odd, array_file, packed
from tests.fuzz.mutation import mutate, mutate_value

FORGED = 0.6
"""Above this share of cases, the seal is that of the changed contents."""

KEPT = {}
"""The bytes of a checkpoint, its text and its arrays, of each preset."""


def run(path, name, resume=True):
    """A short run that is kept at ``path``."""
    phi, photo = inverse.hog(bilinear=True), inverse.photos.photo("hat")[96:116, 96:116]
    preset = {"fast": fast, "cvpr2015": cvpr2015}[name](phi).replace(steps=4)
    with np.errstate(all="ignore"):
        inverse.invert(
            phi, photo, preset=preset, normalizer=1.0, restarts=2, snapshots=2,
            checkpoint=path, every=2, resume=resume, callbacks=[_Stop()],
        )  # fmt: skip


class _Stop:
    """Stops one image, so that there is something frozen in the file."""

    def __call__(self, step):
        return inverse.optimize.Stop("enough", [1]) if step.t == 1 else None


def prepare(home):
    """Make whole checkpoints."""
    for name in ("fast", "cvpr2015"):
        path = Path(home) / f"{name}.npz"
        run(path, name, resume=False)
        KEPT[name] = (path.read_bytes(), *unpack(path))


def case(rng, folder):
    """Go on from a damaged checkpoint."""
    name = rng.choice(sorted(KEPT))
    data, text, arrays = KEPT[name]
    way = rng.random()
    if way < 0.5:
        data = mutate(rng, data)
    elif way < 0.55:
        data = packed([("text.npy", b"{}"), ("x.npy", array_file("{'descr': '|O'}"))], 0)
    elif way < FORGED:
        data = pickle.dumps(Bomb())
    else:
        arrays = dict(arrays)
        course = text["course"]
        if rng.random() < 0.6:
            course = mutate_value(rng, course)
        for _ in range(rng.choice((0, 1, 1, 2))):
            key = rng.choice(sorted(arrays))
            arrays[key] = _odd(rng, arrays[key])
        text = {**text, "course": course}
        if rng.random() < 0.1:
            text = mutate_value(rng, text)
        try:
            data = pack(text, arrays)
        except (ValueError, TypeError):
            data = mutate(rng, data)
    path = Path(folder) / "checkpoint.npz"
    path.write_bytes(data)
    return functools.partial(run if way < FORGED else run_forged, path, name)


def run_forged(path, name):
    """Who makes a new seal can say anything in the file; that none of it is run is what is held."""
    try:
        run(path, name)
    except MemoryError:
        raise
    except Exception:
        return "refused"
    return None

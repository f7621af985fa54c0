"""Runs that are cut and go on, for the tests of checkpoints."""

import numpy as np
import pytest

import inverse
from inverse.checkpoint import archive
from inverse.presets import fast

PHOTO = inverse.photos.photo("hat")[64:104, 80:128]
HOGB = inverse.hog(bilinear=True)


class Killed(Exception):
    """What ends a run without a word to it, as a kill does."""


def at(t, error=Killed):
    """A callback that raises ``error`` at iteration t."""

    def strike(step):
        if step.t == t:
            raise error

    return strike


def cut(path, *strikes, phi=HOGB, photo=PHOTO, **options):
    """The result of a run that is cut by each of the strikes in turn, and goes on."""
    for strike in strikes:
        with pytest.raises((Killed, KeyboardInterrupt)):
            inverse.invert(phi, photo, checkpoint=path, resume=True, callbacks=[strike], **options)
    return inverse.invert(phi, photo, checkpoint=path, resume=True, **options)


def same(a, b):
    """Equal to the last bit, in all that a result says."""
    assert np.array_equal(a.minimum.x, b.minimum.x)
    assert a.history.keys() == b.history.keys()
    assert all(np.array_equal(a.history[name], b.history[name]) for name in a.history)
    assert [t for t, _ in a.snapshots] == [t for t, _ in b.snapshots]
    for (_, one), (_, other) in zip(a.snapshots, b.snapshots, strict=True):
        assert np.array_equal(one, other)
    assert all(np.array_equal(y, z) for y, z in zip(a.codes, b.codes, strict=True))
    assert a.summary() == b.summary()
    return True


def short(steps=16, **changes):
    return fast(HOGB).replace(steps=steps, **changes)


BRIEF = {"preset": short(), "restarts": 2, "snapshots": 3, "normalizer": 1.0}
WHOLE = inverse.invert(HOGB, PHOTO, **BRIEF)


def written(tmp_path):
    path = tmp_path / "c.npz"
    inverse.invert(HOGB, PHOTO, preset=short(3), checkpoint=path)
    return path


def resumed(path):
    return inverse.invert(HOGB, PHOTO, preset=short(3), checkpoint=path, resume=True)


def rewritten(path, change):
    """The checkpoint with another text."""
    text, arrays = archive.unpack(path)
    path.write_bytes(archive.pack(change(text), arrays))

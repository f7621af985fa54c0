"""The checkpoint of another run is refused, with what differs."""

from dataclasses import dataclass

import numpy as np
import pytest

import inverse
from inverse.checkpoint import description
from inverse.optimize import Stages
from inverse.presets import cvpr2015
from tests.checkpoint.running import HOGB, PHOTO, Killed, at, same, short

OTHER = inverse.Part(channels=(3, 4))
GENTLE = Stages(((1e-3, 8),))


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"preset": short(8, lambda_tv=2.0)}, "preset.lambda_tv is 0.5 there and 2.0 here"),
        ({"preset": short(8, alpha=4.0)}, "preset.alpha is 6.0 there and 4.0 here"),
        ({"preset": short(8, beta=1.5)}, "preset.beta is 2.0 there and 1.5 here"),
        ({"preset": short(8, lambda_alpha=1.0)}, "preset.lambda_alpha is 215"),
        ({"preset": short(8, momentum=0.5)}, "preset.momentum is 0.9 there and 0.5 here"),
        ({"preset": short(8, decay=0.5)}, "preset.decay is 0.95 there and 0.5 here"),
        ({"preset": short(8, smoothing=1.0)}, "preset.smoothing is 1.5 there and 1.0 here"),
        ({"preset": short(8, start_norm=1.0)}, "preset.start_norm is 0.3 there and 1.0 here"),
        ({"preset": short(8, start_color=0.0)}, "preset.start_color is 0.5 there and 0.0 here"),
        ({"preset": short(8, straight_through=0.3)}, "preset.straight_through is 0.0 th"),
        ({"preset": short(8, resized=True)}, "preset.resized is False there and True here"),
        ({"preset": short(8, method="momentum")}, "preset.method is 'adam' there and 'momentum'"),
        ({"preset": short(8, schedule=GENTLE)}, "there and Stages(stages=((0.001, 8))) here"),
        ({"preset": short(9)}, "steps=8) there and ExponentialDecay("),
        ({"restarts": 2}, "restarts is 1 there and 2 here"),
        ({"rng": 1}, "rng is 0 there and 1 here"),
        ({"rng": np.random.default_rng(0)}, "rng is 0 there and a Generator in state "),
        ({"mask": np.ones((5, 6, 1), np.float32)}, "mask is None there and float32(5, 6, 1) "),
        ({"mask": OTHER}, "mask is None there and float32(5, 6, 31) "),
        ({"loss": inverse.InnerProduct}, "loss is Euclidean there and InnerProduct here"),
        ({"snapshots": 2}, "snapshots is None there and 2 here"),
        ({"target": PHOTO[:, ::-1]}, "target code is float32(1, 5, 6, 31) "),
        ({"target": PHOTO[:32]}, "image shape is (40, 48, 1) there and (32, 48, 1) here"),
        ({"target": PHOTO.astype(float)}, "there and float64(1, 5, 6, 31) "),
        ({"representation": inverse.hog()}, "representation is hogb there and hog here"),
        ({"representation": inverse.hog(bilinear=True, orientations=8)}, "layer orientation is"),
        ({"files": {"model": __file__}}, "model file is absent there and of SHA-256 "),
    ],
)  # fmt: skip
def test_the_checkpoint_of_another_run_is_refused(tmp_path, changes, difference):
    path = tmp_path / "c.npz"
    options = {"representation": HOGB, "target": PHOTO, "preset": short(8), "checkpoint": path}
    inverse.invert(**options)
    before = path.read_bytes()
    with pytest.raises(inverse.InputError, match="is of another run: ") as caught:
        inverse.invert(resume=True, **(options | changes))
    assert difference in str(caught.value)
    assert str(caught.value).startswith(f"checkpoint '{path}'")
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_what_changes_no_bit_may_change(tmp_path):
    path = tmp_path / "c.npz"
    options = {"preset": short(), "checkpoint": path}
    with pytest.raises(Killed):
        inverse.invert(HOGB, PHOTO, every=3, callbacks=[at(9)], **options)
    found = inverse.invert(
        HOGB, PHOTO, every=5, resume=True, max_memory=10**9, normalizer=2.0, progress=True,
        callbacks=[at(99)], **options,
    )  # fmt: skip
    whole = inverse.invert(HOGB, PHOTO, preset=short(), normalizer=2.0)
    assert same(found, whole)


def test_weights_are_compared_and_classes_of_ones_own_by_name(tmp_path):
    @dataclass
    class Scaled:
        scale: np.ndarray

        def forward(self, x):
            return self.scale * x, None

        def backward(self, dy, cache):
            return self.scale * dy

    class Plain(Scaled):
        __dataclass_fields__ = property()

    code = PHOTO.mean(axis=2)[None, ..., None]
    preset = cvpr2015().replace(steps=3)
    options = {"image_shape": (40, 48), "preset": preset, "checkpoint": tmp_path / "c.npz"}
    one, two = np.float32([1]), np.float32([2])
    inverse.invert(Scaled(one), code, **options)
    inverse.invert(Scaled(one.copy()), code, resume=True, **options)
    with pytest.raises(
        inverse.InputError, match=r"layer all is Foreign\(map=Scaled\(scale=float32"
    ):
        inverse.invert(Scaled(two), code, resume=True, **options)


def test_versions_are_compared(tmp_path, monkeypatch):
    options = {"preset": short(2), "checkpoint": tmp_path / "c.npz"}
    inverse.invert(HOGB, PHOTO, **options)
    monkeypatch.setattr(description, "version", lambda name: "9.9")
    with pytest.raises(inverse.InputError, match="version of inverse is 0.1.0 there and 9.9 here"):
        inverse.invert(HOGB, PHOTO, resume=True, **options)


def test_many_and_long_differences_are_told_shortly():
    here = dict.fromkeys("abcdef", 200 * "x" + "here")
    there = dict.fromkeys("abcde", 200 * "x" + "there" + 200 * "y")
    told = description.difference(there, here)
    assert "a is …xxx" in told
    assert "xthere" in told
    assert "xhere here" in told
    assert told.endswith("and 3 more")
    assert len(told) < 800
    assert description.difference(here, here) == ""

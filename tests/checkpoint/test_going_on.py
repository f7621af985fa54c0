"""A run that was cut goes on as if it had not been."""

import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inverse
from inverse.image import unfinished
from inverse.optimize import Stages, Stop
from inverse.presets import cvpr2015, fast
from tests.checkpoint.running import BRIEF, HOGB, PHOTO, WHOLE, Killed, at, cut, same, short


@pytest.mark.parametrize("preset", [cvpr2015, fast])
@pytest.mark.parametrize("restarts", [1, 3])
@pytest.mark.parametrize("name", ["hog", "hogb", "dsift", "small-relu2", "small-fc7"])
def test_fifty_steps_and_fifty_more_are_a_hundred(tmp_path, name, restarts, preset):
    phi = {"hog": inverse.hog(), "hogb": HOGB, "dsift": inverse.dsift()}.get(name)
    phi = phi or inverse.cnn("small").until(name.removeprefix("small-"))
    steps = 12 if name.startswith("small") else 100
    options = {"preset": preset(phi).replace(steps=steps), "restarts": restarts, "rng": 3}
    options |= {"phi": phi, "snapshots": 4, "every": steps // 2}
    options["photo"] = PHOTO
    path = tmp_path / "checkpoint.npz"
    found = cut(path, at(steps // 2), **options)
    del options["phi"], options["photo"]
    assert same(found, inverse.invert(phi, PHOTO, **options))
    assert os.listdir(tmp_path) == ["checkpoint.npz"]


@settings(max_examples=25)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, 16), st.sampled_from([Killed, KeyboardInterrupt])), max_size=3
    ),
    every=st.integers(1, 20),
)
def test_wherever_a_run_is_cut(tmp_path_factory, cuts, every):
    path = tmp_path_factory.mktemp("run") / "c.npz"
    strikes, reached = [], 0
    for t, error in cuts:  # a strike before the point to go on from would never come
        if t >= reached:
            strikes.append(at(t, error))
            reached = t if error is KeyboardInterrupt else max(reached, t // every * every)
    found = cut(path, *strikes, every=every, **BRIEF)
    assert same(found, WHOLE)


@pytest.mark.parametrize("float64", [False, True])
@pytest.mark.parametrize("limit", [None, 1])
def test_ctrl_c_anywhere_in_the_loop(tmp_path, monkeypatch, float64, limit):
    """Also in the midst of a step of the optimizer, of the writing, and of the watchers."""
    photo = PHOTO.astype(np.float64) if float64 else PHOTO
    options = {"preset": short(8), "snapshots": 1, "every": 2}
    whole = inverse.invert(HOGB, photo, **options)
    if limit:
        options["max_memory"] = 10**9  # of no importance to what is computed
    lines = [0]

    def count(frame, event, argument):
        if frame.f_code.co_filename.endswith(("minimize.py", "course.py", "adam.py", "keeping.py")):
            if event == "line":
                lines[0] -= 1
                if lines[0] == 0:
                    raise KeyboardInterrupt
            return count
        return None

    for number in (40, 90, 141, 200, 333, 402):
        path, lines[0] = tmp_path / f"{number}.npz", number
        sys.settrace(count)
        try:
            inverse.invert(HOGB, photo, checkpoint=path, **options)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        assert same(cut(path, photo=photo, **options), whole)
    assert not list(unfinished(tmp_path))


def test_an_interrupted_run_is_kept_and_goes_on(tmp_path):
    path = tmp_path / "new" / "c.npz"
    with pytest.raises(inverse.Interrupted) as caught:
        inverse.invert(
            HOGB, PHOTO, preset=short(), checkpoint=path, callbacks=[at(7, KeyboardInterrupt)]
        )
    assert caught.value.result.stop == "interrupted after 7 steps"
    assert same(
        cut(path, preset=short()), inverse.invert(HOGB, PHOTO, preset=short(), callbacks=[])
    )


def test_a_finished_run_gives_its_result_at_once(tmp_path):
    path, seen = tmp_path / "c.npz", []
    options = {"preset": short(), "checkpoint": path, "callbacks": [seen.append]}
    first = inverse.invert(HOGB, PHOTO, **options)
    assert len(seen) == 17
    assert same(inverse.invert(HOGB, PHOTO, resume=True, **options), first)
    assert len(seen) == 17


def test_without_a_checkpoint_a_run_starts_anew_and_without_resume_too(tmp_path):
    path, seen = tmp_path / "c.npz", []
    options = {"preset": short(4), "checkpoint": path, "callbacks": [lambda s: seen.append(s.t)]}
    inverse.invert(HOGB, PHOTO, resume=True, **options)
    inverse.invert(HOGB, PHOTO, **options)
    assert seen == 2 * [0, 1, 2, 3, 4]


def test_stopped_images_stay_stopped(tmp_path):
    def some(step):
        return Stop("enough", [1], fault=step.t % 2 == 0) if step.t == 4 else None

    preset = short(12)
    options = {"preset": preset, "restarts": 3}
    whole = inverse.invert(HOGB, PHOTO, callbacks=[some], **options)
    path = tmp_path / "c.npz"
    with pytest.raises(Killed):
        inverse.invert(HOGB, PHOTO, callbacks=[some, at(9)], checkpoint=path, every=3, **options)
    found = inverse.invert(HOGB, PHOTO, callbacks=[some], checkpoint=path, resume=True, **options)
    assert whole.minimum.stop[1] == "enough"
    assert same(found, whole)


def test_divergence_is_judged_by_the_first_start(tmp_path):
    preset = cvpr2015(HOGB).replace(schedule=Stages(((10.0, 30),)))
    whole = inverse.invert(HOGB, PHOTO, preset=preset)
    assert "times its start" in whole.stop
    t = whole.minimum.steps - 1
    assert same(cut(tmp_path / "c.npz", at(t), preset=preset, every=1), whole)


def test_a_generator_goes_on_as_after_the_whole_run(tmp_path):
    path, ends = tmp_path / "c.npz", []
    for strikes in ([], [at(9)]):
        for strike in strikes:
            rng = np.random.default_rng(5)
            with pytest.raises(Killed):
                inverse.invert(
                    HOGB, PHOTO, rng=rng, preset=short(), checkpoint=path, every=3,
                    callbacks=[strike],
                )  # fmt: skip
        rng = np.random.default_rng(5)
        found = inverse.invert(
            HOGB, PHOTO, rng=rng, preset=short(), checkpoint=path, resume=bool(strikes)
        )
        ends.append((found, rng.random()))
    assert same(ends[0][0], ends[1][0])
    assert ends[0][1] == ends[1][1]


class Counting:
    """A callback of a user's own, with a state."""

    def __init__(self):
        self.seen = 0

    def __call__(self, step):
        self.seen += 1

    def state(self):
        return {"seen": self.seen, "also": (np.float64(0.5), None, [True, "é"], np.arange(3))}

    def restore(self, state):
        assert state["also"][0] == 0.5
        assert type(state["also"]) is tuple
        assert state["also"][2] == [True, "é"]
        assert state["also"][3].tolist() == [0, 1, 2]
        self.seen = state["seen"]


def test_callbacks_remember(tmp_path):
    path = tmp_path / "c.npz"
    for strike in ([at(9)], []):
        counting = Counting()
        options = {"preset": short(), "checkpoint": path, "every": 2, "resume": True}
        if strike:
            with pytest.raises(Killed):
                inverse.invert(HOGB, PHOTO, callbacks=[counting, *strike], **options)
            continue
        inverse.invert(HOGB, PHOTO, callbacks=[counting], **options)
        assert counting.seen == 17
        with pytest.raises(inverse.InputError, match=r"is \('Divergence', 'Counting'\) there and"):
            inverse.invert(HOGB, PHOTO, **options)

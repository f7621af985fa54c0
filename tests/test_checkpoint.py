"""Checkpoints: a run that was cut goes on as if it had not been, or is refused with the reason."""

import errno
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inverse
from inverse.checkpoint import Lock, archive, description
from inverse.checkpoint.tree import flatten, unflatten
from inverse.image import unfinished, write_bytes
from inverse.optimize import Momentum, NotKept, Stages, Stop
from inverse.presets import cvpr2015, fast

PHOTO = inverse.photos.photo("hat")[64:104, 80:128]
HOGB = inverse.hog(bilinear=True)


@pytest.fixture(autouse=True, scope="module")
def _no_photo_distance():
    """What errors are divided by takes longer than the runs here, and is not kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverse.inversion, "photo_distance", lambda *_: 1.0)
        yield


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


def short(steps=16, **changes):
    return fast(HOGB).replace(steps=steps, **changes)


BRIEF = {"preset": short(), "restarts": 2, "snapshots": 3, "normalizer": 1.0}
WHOLE = inverse.invert(HOGB, PHOTO, **BRIEF)


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


# Damaged files


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


def within(**changes):
    """A change of the text: parts of the course are others."""

    def change(text):
        inside = text["course"]["dict"] | changes
        return text | {"course": {"dict": inside}}

    return change


def test_another_format_is_refused(tmp_path):
    path = written(tmp_path)
    rewritten(path, lambda text: text | {"format": 2})
    with pytest.raises(inverse.InputError, match="must be of format 1, got format 2: another vers"):
        resumed(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: [],
        lambda text: {},
        lambda text: text | {"course": {"array": "nowhere"}},
        lambda text: text | {"course": {"dict": {}}},
        lambda text: text | {"course": {"fields": {"x": 1}}},
        within(t=-1),
        within(t=99),
        within(t="3"),
        within(history={"dict": {}}),
        within(history={"dict": {"energy": {"array": "run.x"}}}),
        within(x={"array": "run.best.energy"}),
        within(optimizer={"array": "run.x"}),
        within(frozen=[[0, "why", True, {"array": "run.best.energy"}, 1]]),
        within(frozen=[[7, "why", True, {"array": "run.x"}, 1]]),
        within(frozen=[["why"]]),
        within(frozen=3),
        within(best={"dict": {}}),
        within(callbacks=3),
    ],
)
def test_a_text_that_lacks_something_is_damage(tmp_path, change):
    path = written(tmp_path)
    rewritten(path, change)
    with pytest.raises(inverse.InputError, match="is damaged: "):
        resumed(path)


def test_damaged_files_are_refused_in_one_sentence(tmp_path):
    path = written(tmp_path)
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    cases = [b"", b"no archive", data[:100], data[: len(data) // 2], data[:-1], data[1:]]
    for place in rng.integers(0, len(data), 150):
        bad = bytearray(data)
        bad[place] ^= 1 << int(rng.integers(8))
        cases.append(bytes(bad))
    said = []
    for case in cases:
        path.write_bytes(case)
        try:
            archive.unpack(path)
        except inverse.InputError as error:
            said.append(str(error))
    # the rest is in dates and the like, which mean nothing
    assert len(said) >= 0.97 * len(cases)
    assert all("it is damaged or no checkpoint: " in sentence for sentence in said)
    assert not any("\n" in sentence for sentence in said)


def test_parts_that_were_exchanged_or_compressed_are_refused(tmp_path):
    path = written(tmp_path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    for kind, message in (
        (zipfile.ZIP_STORED, "its parts are not those that were written"),
        (zipfile.ZIP_DEFLATED, "its parts are compressed or larger than it"),
    ):
        with zipfile.ZipFile(path, "w", kind) as file:
            for name, part in parts.items():
                file.writestr(name, part)
        with pytest.raises(inverse.InputError, match=message):
            resumed(path)


def test_pickles_are_not_opened(tmp_path):
    data = io.BytesIO()
    np.lib.format.write_array(data, np.array([{}]), allow_pickle=True)
    parts = {"text.npy": data.getvalue()}
    path = tmp_path / "c.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("text.npy", parts["text.npy"])
        file.comment = archive._seal(parts)
    with pytest.raises(inverse.InputError, match="Object arrays cannot be loaded"):
        resumed(path)


def test_folders_are_no_checkpoints(tmp_path):
    with pytest.raises(inverse.InputError, match="cannot be read, it is damaged or no checkpoint"):
        resumed(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(inverse.OutputError, match="cannot write '.*': Not a directory|File exists"):
        resumed(tmp_path / "file" / "c.npz")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root reads everything")
def test_files_that_may_not_be_read(tmp_path):
    path = written(tmp_path)
    path.chmod(0)
    with pytest.raises(inverse.InputError, match="cannot be read: Permission denied"):
        resumed(path)


# Disks and folders


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_earlier_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"

    def fills(step):
        if step.t == 5:
            monkeypatch.setattr(os, "fsync", full)

    options = {"preset": short(), "checkpoint": path, "every": 4}
    message = "No space left on device; that of step 4 is still there"
    with pytest.raises(NotKept, match=message) as caught:
        inverse.invert(HOGB, PHOTO, callbacks=[fills], **options)
    assert isinstance(caught.value, inverse.OutputError)
    assert caught.value.result.minimum.steps == 7
    assert caught.value.result.stop.startswith("stopped after 7 steps: cannot write")
    assert os.listdir(tmp_path) == ["c.npz"]
    monkeypatch.undo()
    whole = inverse.invert(HOGB, PHOTO, preset=short())
    assert same(inverse.invert(HOGB, PHOTO, resume=True, **options), whole)


def test_a_full_disk_at_ctrl_c_loses_no_result(tmp_path, monkeypatch):
    def strike(step):
        if step.t == 5:
            monkeypatch.setattr(os, "fsync", full)
            raise KeyboardInterrupt

    with pytest.raises(NotKept, match="c.npz': No space left on device$") as caught:
        inverse.invert(
            HOGB, PHOTO, preset=short(), checkpoint=tmp_path / "c.npz", callbacks=[strike]
        )
    assert caught.value.result.minimum.steps == 5
    assert os.listdir(tmp_path) == []


LIMITED = """
import resource, sys
import inverse
photo = inverse.photos.photo("hat")[64:104, 80:128]
phi = inverse.hog(bilinear=True)
def limit(step):
    if step.t == 4:
        size = __import__("os").path.getsize(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
preset = inverse.presets.fast(phi).replace(steps=16)
try:
    inverse.invert(phi, photo, preset=preset, checkpoint=sys.argv[1], every=4, callbacks=[limit])
except inverse.OutputError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_limit_of_the_system_on_sizes(tmp_path):
    path = tmp_path / "c.npz"
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.endswith("c.npz': File too large; that of step 4 is still there\n")
    assert done.stderr == ""
    assert os.listdir(tmp_path) == ["c.npz"]
    assert same(cut(path, preset=short()), inverse.invert(HOGB, PHOTO, preset=short()))


def test_a_folder_that_vanishes(tmp_path):
    path = tmp_path / "run" / "c.npz"

    def vanish(step):
        if step.t == 5:
            for file in path.parent.iterdir():
                file.unlink()
            path.parent.rmdir()

    options = {"preset": short(), "checkpoint": path, "every": 4}
    with pytest.raises(NotKept, match="run' was removed during the run$") as caught:
        inverse.invert(HOGB, PHOTO, callbacks=[vanish], **options)
    assert caught.value.result.minimum.steps == 7
    assert not path.parent.exists()


def test_a_lock_that_vanishes(tmp_path):
    path = tmp_path / "c.npz"

    def vanish(step):
        if step.t == 5:
            (tmp_path / ".c.npz.lock").unlink()

    with pytest.raises(NotKept, match=".c.npz.lock', the lock of the run, was removed during"):
        inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path, every=4, callbacks=[vanish])


def test_a_checkpoint_is_of_one_run_at_a_time(tmp_path):
    path, said = tmp_path / "c.npz", []

    def second(step):
        if step.t == 2:
            with pytest.raises(inverse.OutputError, match="is in use by process") as caught:
                inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path)
            said.append(str(caught.value))

    found = inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path, callbacks=[second])
    assert said == [f"'{path}' is in use by process {os.getpid()}"]
    assert same(found, inverse.invert(HOGB, PHOTO, preset=short()))
    assert os.listdir(tmp_path) == ["c.npz"]


def test_what_killed_writers_left_is_removed(tmp_path):
    for name in (".c.npz.0123abcd", ".c.npz.lock", ".other.npz.0123abcd", ".c.npz.txt"):
        (tmp_path / name).write_bytes(b"half")
    inverse.invert(HOGB, PHOTO, preset=short(2), checkpoint=tmp_path / "c.npz")
    assert sorted(os.listdir(tmp_path)) == [".c.npz.txt", ".other.npz.0123abcd", "c.npz"]


def test_errors(tmp_path):
    with pytest.raises(inverse.ParameterError, match="invert.resume needs a checkpoint"):
        inverse.invert(HOGB, PHOTO, resume=True)
    for every in (0, 2.5):
        with pytest.raises(inverse.ParameterError, match="Checkpoint.every must be a whole number"):
            inverse.invert(HOGB, PHOTO, checkpoint=tmp_path / "c.npz", every=every)
    with pytest.raises(inverse.InputError, match="cannot read 'none.png': No such file"):
        inverse.invert(HOGB, PHOTO, checkpoint="c.npz", files={"picture": "none.png"})


# Locks


def test_locks_end_with_their_process_and_not_with_its_children(tmp_path):
    """A killed process's children, which share the work, do not keep its lock."""
    source = (
        "import os, sys, time; from pathlib import Path; from inverse.checkpoint import Lock\n"
        "lock = Lock(Path(sys.argv[1]), 'it').__enter__()\n"
        "if os.fork() == 0: time.sleep(60)\n"
        "print('held', flush=True); time.sleep(60)"
    )
    path = tmp_path / "lock"
    command = [sys.executable, "-c", source, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(inverse.OutputError, match=f"^it is in use by process {process.pid}$"):
            Lock(path, "it").__enter__()
        process.kill()
        process.wait()
        with Lock(path, "it"):
            os.killpg(process.pid, 9)
    assert not path.exists()


def test_a_lock_on_a_file_that_another_removes_is_tried_again(tmp_path, monkeypatch):
    path, lock = tmp_path / "lock", Lock(tmp_path / "lock", "it")
    real, calls = os.open, []

    def slow(*arguments):
        descriptor = real(*arguments)
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()  # its holder ends, after we have opened the file
        return descriptor

    monkeypatch.setattr(os, "open", slow)
    with lock:
        lock.demand()
        assert path.exists()
    assert len(calls) == 2


def test_file_systems_without_locks(tmp_path, monkeypatch):
    from inverse.checkpoint import lock

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", none)
    with Lock(tmp_path / "lock", "it"), Lock(tmp_path / "lock", "it"):
        pass
    monkeypatch.setattr(lock, "fcntl", None)
    with Lock(tmp_path / "lock", "it"):
        pass
    with pytest.raises(inverse.OutputError, match="cannot write into '.*none': No such file"):
        Lock(tmp_path / "none" / "lock", "it").__enter__()


# Values


class Pair(NamedTuple):
    a: np.ndarray
    b: int


@dataclass(frozen=True)
class Box:
    pair: Pair
    rest: object


class Bag:
    def __init__(self, **inside):
        vars(self).update(inside)


def through(value, like):
    """``value`` written and read."""
    arrays = {}
    tree = flatten(value, like, "state", arrays)
    path = io.BytesIO(archive.pack(tree, arrays))
    with zipfile.ZipFile(path) as file:
        assert len(file.namelist()) == len(arrays) + 1
    return unflatten(tree, like, arrays, np.zeros(1))


def test_states_of_ones_own_come_back():
    def state(t):
        array = np.arange(t, dtype=np.float32)
        history = [array, (t, None, "ü")] * t  # longer than at the start
        return Box(Pair(array, t), {"bag": Bag(x=array, n=np.int32(t)), "h": history, "f": 0.1 + t})

    found = through(state(3), state(0))
    assert isinstance(found, Box)
    assert isinstance(found.pair, Pair)
    assert found.pair.a.tolist() == [0, 1, 2]
    assert found.pair.b == 3
    bag = found.rest["bag"]
    assert isinstance(bag, Bag)
    assert type(bag.n) is np.int32
    assert found.rest["h"][1] == (3, None, "ü")
    assert len(found.rest["h"]) == 6
    assert found.rest["f"] == 3.1


numbers = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.integers(0, 4).map(lambda n: np.full((n, 2), n + 0.5, np.float32)),
)  # fmt: skip
values = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(value=values)
def test_plain_values_come_back(value):
    found = through(value, None)
    assert type(found) is type(value)
    np.testing.assert_equal(found, value)


@pytest.mark.parametrize("value", [{1: 2}, object(), Pair(np.zeros(1), 1), print, {3, 4}, Bag])
def test_what_a_checkpoint_cannot_hold(value):
    with pytest.raises(inverse.ParameterError, match=r"cannot hold state.s.0, .*: it takes arrays"):
        flatten({"s": [value]}, None, "state", {})
    with pytest.raises(inverse.ParameterError, match="arrays of numbers, got <U1 as state"):
        flatten(np.array("a"), None, "state", {})
    with pytest.raises(TypeError, match="'fields' where there is NoneType"):
        unflatten({"fields": {}}, None, {}, np.zeros(1))


def test_states_of_other_array_libraries_come_back():
    xp = pytest.importorskip("array_api_strict")
    x = xp.asarray(np.ones((2, 3, 4, 1), np.float32), device=xp.Device("device1"))
    optimizer = Momentum(Stages(((0.1, 4),)))
    _, state = optimizer.step(x, x, optimizer.init(x))
    arrays = {}
    tree = flatten((state, np.ones(2)), (state, np.ones(2)), "s", arrays)
    found, ours = unflatten(tree, (state, np.ones(2)), arrays, x)
    assert found.velocity.device == x.device
    assert bool(xp.all(found.velocity == state.velocity))
    assert found.t == 1
    assert isinstance(ours, np.ndarray)


def test_bytes_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_bytes(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(inverse.OutputError, match="cannot write '.*a': No space left on device"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]

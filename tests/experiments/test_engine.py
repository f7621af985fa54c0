"""The engine: the same outcome by any number of processes, backend, and after any kill."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import inverse
from inverse import photos
from inverse.errors import InputError, OutputError, ParameterError
from inverse.experiments import storage, subjects
from inverse.experiments.competitors import competitor, unlike
from inverse.experiments.engine import reproduce
from inverse.experiments.experiment import Setting
from inverse.experiments.inversions import inversion
from inverse.experiments.perform import perform
from inverse.experiments.unit import Outcome, Unit
from tests.experiments.toy import SETTING, TOY

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run, in this process."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, reproduce(TOY, SETTING, folder)


def assert_same(run, other):
    assert list(run.outcomes) == list(other.outcomes)
    for name, found in run.outcomes.items():
        assert found.figures == other.outcomes[name].figures
        assert list(found.images) == list(other.outcomes[name].images)
        for key, image in found.images.items():
            np.testing.assert_array_equal(image, other.outcomes[name].images[key])


def test_every_unit_is_computed_and_kept(whole):
    folder, run = whole
    assert run.computed == [unit.name for unit in TOY.units(SETTING)]
    assert len(list(folder.rglob("*.npz"))) == 6
    assert [len(found.images) for found in run.outcomes.values()] == [1, 1, 2, 2, 1, 1]


def test_the_number_of_processes_changes_no_digit(whole, tmp_path):
    assert_same(reproduce(TOY, SETTING, tmp_path, jobs=2), whole[1])


def test_threads_change_no_digit(whole, tmp_path):
    assert_same(reproduce(TOY, SETTING, tmp_path, jobs=2, backend="threading"), whole[1])


def test_a_dask_cluster_changes_no_digit(whole, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        run = reproduce(
            TOY, SETTING, tmp_path, jobs=2, backend="dask", scheduler=cluster.scheduler_address
        )
    assert_same(run, whole[1])


def test_a_killed_run_resumes_and_only_the_rest_is_computed(whole, tmp_path):
    command = [sys.executable, "-m", "tests.experiments.toy", str(tmp_path), "anew"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for line in process.stdout:
            if line.startswith("2 of"):
                process.kill()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert 2 <= len(kept) < 6
    run = reproduce(TOY, SETTING, tmp_path, resume=True)
    assert len(run.computed) == 6 - len(kept)
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert_same(run, whole[1])


def test_a_resumed_unit_of_other_arguments_is_computed_anew(whole, tmp_path):
    reproduce(TOY, SETTING, tmp_path)
    changed = replace(
        TOY,
        units=lambda setting: [
            replace(u, arguments={**u.arguments, "seed": 1}) if u.name == "2/hat.jpg" else u
            for u in TOY.units(setting)
        ],
    )
    run = reproduce(changed, SETTING, tmp_path, resume=True)
    assert run.computed == ["2/hat.jpg"]
    before = whole[1].outcomes["2/hat.jpg"].figures["distance"]
    assert run.outcomes["2/hat.jpg"].figures["distance"] != before


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", None])
def test_a_damaged_unit_is_computed_anew(whole, tmp_path, damage):
    reproduce(TOY, SETTING, tmp_path)
    path = storage.place(tmp_path, "2/hat.jpg")
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    run = reproduce(TOY, SETTING, tmp_path, resume=True)
    assert run.computed == ["2/hat.jpg"]
    assert_same(run, whole[1])


def test_finished_units_are_not_overwritten(tmp_path):
    reproduce(TOY, SETTING, tmp_path)
    with pytest.raises(OutputError, match="has units of an earlier run: continue it with --resume"):
        reproduce(TOY, SETTING, tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"jobs": 0}, ParameterError, "jobs must be at least 1, got 0"),
        ({"backend": "multiprocessing"}, ParameterError, "backend must be one of joblib's that"),
        ({"backend": "nowhere"}, ParameterError, "backend must be one of joblib's that yields"),
        ({"scheduler": "tcp://x"}, ParameterError, "scheduler goes with the backend dask"),
        ({"backend": "dask"}, ParameterError, "needs the address of its scheduler"),
        ({"backend": "ray"}, InputError, "the backend ray needs the package ray"),
    ],
)
def test_bad_use_is_one_sentence(tmp_path, options, error, match):
    if options.get("backend") == "dask":
        pytest.importorskip("distributed")
    with pytest.raises(error, match=match):
        reproduce(TOY, SETTING, tmp_path, **options)


def test_no_scheduler_is_one_sentence(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask scheduler answers at 'tcp://127.0.0.1:1'"):
        reproduce(TOY, SETTING, tmp_path, backend="dask", scheduler="tcp://127.0.0.1:1")


def test_what_is_written_is_the_same_whatever_the_jobs(tmp_path):
    for name, jobs in (("one", 1), ("two", 2)):
        perform(TOY, SETTING, tmp_path / name, command="inverse reproduce toy", jobs=jobs)
    for path in (tmp_path / "one").glob("*.*"):
        if path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    about = json.loads((tmp_path / "two/run.json").read_text())
    assert about["jobs"] == 2
    assert about["units"] == about["computed"] == 6
    assert set(about["seconds a unit"]) == {"2", "3", "patches"}


def test_a_unit_depends_on_its_picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    unit = Unit("u", {"seed": 0}, path)
    before = unit.fingerprint()
    assert before == Unit("other name", {"seed": 0}, path).fingerprint()
    path.write_bytes(b"two")
    assert unit.fingerprint() != before
    with pytest.raises(InputError, match="cannot read"):
        Unit("u", {}, tmp_path / "absent.png").fingerprint()


def test_pictures_are_kept_in_eight_bits(tmp_path):
    image = np.linspace(-0.5, 1.5, 12, dtype=np.float32).reshape(3, 4)
    storage.save(tmp_path / "u.npz", "f", Outcome({"a": [1.0]}, {"x": image}), 2.0)
    found, seconds = storage.load(tmp_path / "u.npz", "f")
    assert seconds == 2.0
    assert found.figures == {"a": [1.0]}
    np.testing.assert_allclose(found.images["x"], image.clip(0, 1), atol=0.5 / 255 + 1e-6)
    assert storage.load(tmp_path / "u.npz", "another") is None


def test_pictures_of_a_setting(tmp_path):
    for name in ("b.png", "a.jpg", "c.JPEG", "d.txt", "e.png", ".a.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "f.png").mkdir()
    names = [path.name for path in Setting.of(tmp_path).images]
    assert names == ["a.jpg", "b.png", "c.JPEG", "e.png"]
    assert [path.name for path in Setting.of(tmp_path, 2).images] == ["a.jpg", "c.JPEG"]
    assert "small" in Setting.of(tmp_path).models
    with pytest.raises(ParameterError, match="limit must be at least 1, got 0"):
        Setting.of(tmp_path, 0)
    with pytest.raises(InputError, match="no folder '.*absent' found"):
        Setting.of(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no picture"):
        Setting.of(tmp_path / "empty")


def test_units_of_one_name_are_refused(tmp_path):
    twice = replace(TOY, units=lambda setting: TOY.units(setting) * 2)
    with pytest.raises(ParameterError, match="the units of toy must have different names"):
        reproduce(twice, SETTING, tmp_path)


def test_a_fault_names_its_unit(tmp_path):
    path = tmp_path / "flat.png"
    inverse.write_image(path, np.full((300, 300), 0.5, np.float32))
    with pytest.raises(InputError, match=r"2/flat\.png: Euclidean\.target must not be all zero"):
        reproduce(TOY, Setting((path,), ("small",)), tmp_path / "out")
    with pytest.raises(InputError, match="'.*flat.png' is all of one value"):
        Setting((path,), ("small",)).check()


def test_a_unit_depends_on_the_network(monkeypatch):
    def unit():
        return inversion("u", "small/conv1", None)

    before = unit().fingerprint()
    monkeypatch.setattr(subjects, "_file_sum", lambda name: "another")
    assert unit().fingerprint() != before
    assert unit().fingerprint() != inversion("u", "small/conv1", None, seed=1).fingerprint()


def test_no_photo_is_found_from_its_own_patches(tmp_path):
    hat = photos.path("hat")
    assert unlike(hat) == [name for name in photos.names() if name != "hat"]
    larger = tmp_path / "hat.png"
    inverse.write_image(larger, inverse.resize(photos.photo("hat"), 400, 400))
    assert unlike(larger) == unlike(hat)
    assert competitor("u", "patches", hat)["photos"] == unlike(hat)

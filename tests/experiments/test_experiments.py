"""Every experiment from its units to its report, in small: two steps, three layers."""

import json

import numpy as np
import pytest

import inverse
from inverse import photos, presets
from inverse.baselines.hoggle import Dictionary, Hoggle
from inverse.errors import InputError
from inverse.experiments import EXPERIMENTS, Setting, subjects
from inverse.experiments.appearance import colorfulness, fineness, greenness, spikiness
from inverse.experiments.fig2 import weight
from inverse.experiments.fig9 import field_of_view
from inverse.experiments.orientations import agreement, histogram
from inverse.experiments.perform import perform
from inverse.experiments.sheets import framed, sheet
from inverse.experiments.table3 import largest_allowed
from inverse.experiments.writing import read

STEPS = 2


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    """Two small pictures, and the embedded network."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = tuple(folder / f"{name}.png" for name in ("boots", "hat"))
    for path in paths:
        inverse.write_image(path, photos.photo(path.stem)[::4, ::4])
    return Setting(paths, ("small",))


@pytest.fixture
def short(monkeypatch):
    """Presets of two steps, networks of three layers, and HOGgle with few pairs."""

    def constants(phi, preset, changes):
        kept = {name: value for name, value in changes.items() if name != "steps"}
        return getattr(presets, preset)(phi).replace(**kept, steps=STEPS)

    monkeypatch.setattr(subjects, "constants", constants)
    monkeypatch.setattr(subjects, "layers", lambda network: ("conv1", "pool5", "fc8"))
    whole = Hoggle.load().dictionary
    few = Hoggle(Dictionary(whole.code[::16], whole.grey[::16]))
    monkeypatch.setattr(Hoggle, "load", lambda: few)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_from_units_to_report(name, tmp_path, short, setting):
    experiment = EXPERIMENTS[name]
    units = experiment.units(setting)
    assert len({unit.name for unit in units}) == len(units)
    assert all(json.loads(json.dumps(dict(unit.arguments))) == unit.arguments for unit in units)
    report = perform(experiment, setting, tmp_path, command=f"inverse reproduce {name}")
    assert report.name == name
    assert report.title == experiment.title
    assert report.tables
    assert set(report.records) == {unit.name for unit in units}
    found = read(tmp_path)
    assert [table.name for table in found.tables] == [table.name for table in report.tables]
    assert set(report.settings["pictures"]) == {"boots.png", "hat.png"}
    for figure in report.figures:
        assert (tmp_path / f"{figure.name}.png").exists()
        assert figure.alternative


@pytest.mark.parametrize("name", ["table1", "table3", "origin"])
def test_one_picture_is_enough(name, tmp_path, short, setting):
    alone = Setting(setting.images[:1], setting.models)
    perform(EXPERIMENTS[name], alone, tmp_path, command="")


def test_what_is_left_out_is_said_once(setting):
    for name in ("table2", "table3", "fig6", "fig11"):
        assert EXPERIMENTS[name].absent(setting) == [
            f"{name}: alexnet is left out: `inverse models fetch alexnet` gets it"
        ]
    assert EXPERIMENTS["fig4"].absent(setting) == []


def test_weights_of_the_spikes_are_the_authors():
    assert weight(2.0) == 50.0
    assert weight(1.0) == pytest.approx(1.845e-3, rel=1e-3)  # paper-facts, of 27098.1157


def test_pictures_of_one_stem_and_of_other_sizes(tmp_path, short):
    paths = (tmp_path / "a.jpg", tmp_path / "a.png", tmp_path / "small.png")
    for path, name, size in zip(paths, ("boots", "hat", "dress"), (300, 256, 60), strict=True):
        inverse.write_image(path.with_suffix(".png"), inverse.resize(photos.photo(name), size, 80))
        path.with_suffix(".png").rename(path)
    report = perform(
        EXPERIMENTS["table1"], Setting(paths, ("small",)), tmp_path / "out", command=""
    )
    (table,) = report.tables
    assert all(row[2].count == 3 and row[2].std > 0 for row in table.rows)
    assert len(report.records) == 3 * len(table.rows)


def test_squared_errors_are_by_all_pairs(setting, tmp_path, short):
    report = perform(EXPERIMENTS["table1"], setting, tmp_path, command="")
    phi = subjects.representation("hogb")
    a, b = (phi(phi.encode(subjects.picture(path, phi)))[0] for path in setting.images)
    squares = [np.sum((p - q) ** 2.0) for p in (a, b) for q in (a, b)]
    far = [report.records[f"hogb/fast/{p.name}"]["distance"][0] for p in setting.images]
    expected = 100 * np.mean(np.square(far)) / np.mean(squares)
    row = next(row for row in report.tables[0].rows if row[0] == "HOGb, 27 channels, fast")
    assert row[4].mean == pytest.approx(expected, rel=1e-5)
    assert row[2].mean == pytest.approx(100 * np.mean(far) / np.linalg.norm(a - b), rel=1e-5)


def test_the_parts_of_an_error_add_up(setting, tmp_path, short):
    for row in perform(EXPERIMENTS["origin"], setting, tmp_path, command="").tables[0].rows:
        assert sum(row[-3:]) == pytest.approx(row[2])


def test_equal_pictures_have_no_normalizer(setting):
    with pytest.raises(InputError, match="the pictures must differ, got 2 of the same hog code"):
        subjects.normalizer("hog", setting.images[:1] * 2)


def test_the_order_is_the_papers():
    assert list(EXPERIMENTS)[:4] == ["table1", "table2", "table3", "fig2"]


def test_field_of_view_is_that_of_the_table():
    sizes = {layer: field_of_view(layer) for layer in ("conv1", "norm1", "conv2")}
    assert [box.right - box.left for box in sizes.values()] == [27, 51, 83]  # paper-facts, CaffeNet
    assert all(box.bottom - box.top == box.right - box.left for box in sizes.values())


def test_spikes_are_told_from_edges():
    step = np.repeat(np.repeat([[0.0, 1.0]], 16, axis=1), 32, axis=0)
    spikes = step.copy()
    spikes[4::8, 4::8] += 1
    assert spikiness(step) == 0
    assert spikiness(spikes) > 1
    assert spikiness(np.ones((8, 8))) == 0
    color = np.repeat(spikes[..., None], 3, axis=2)
    assert spikiness(color) == pytest.approx(spikiness(spikes))


def test_colorfulness_and_fineness_at_their_ends():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((64, 64, 1)).repeat(3, axis=2)
    opposed = noise * [1, -0.5, -0.5]
    assert colorfulness(noise) == pytest.approx(0, abs=1e-12)
    assert colorfulness(opposed) == pytest.approx(1)
    assert fineness(noise) == pytest.approx(1, abs=0.05)
    ramp = np.linspace(0, 1, 64)[:, None, None] * np.ones((64, 64, 3))
    assert fineness(ramp) < 0.01
    flat = np.ones((4, 4, 3))
    assert colorfulness(flat) == fineness(flat) == 0


def test_greenness_counts_pixels():
    image = np.zeros((2, 2, 3))
    image[0, 0] = 0.2, 0.9, 0.2
    image[1, 1] = 0.85, 0.9, 0.2
    assert greenness(image) == 0.25


def test_histogram_of_orientations():
    ramp = np.add.outer(np.zeros(9), np.arange(9.0))
    found = histogram(ramp)
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(1)  # its gradient points along +x
    assert histogram(ramp.T)[4] == pytest.approx(1)  # 90° is in the bin of 80°–100°
    assert agreement(ramp, ramp.T) == pytest.approx(0)
    assert histogram(np.ones((4, 4))) == pytest.approx(1 / 18)


def test_sheet_puts_pictures_in_columns():
    black, white = np.zeros((20, 10)), np.ones((20, 30, 3))
    page = sheet([[black, white], [white, None]], height=40)
    assert page.ndim == 3
    assert page.min() == 0
    assert (page[6:46, 6:26] == 0).all()  # scaled to the height
    assert page.shape[0] == 6 + 2 * 46
    labelled = sheet([[black]], ["λ_V = ½"], [["HOG⁻¹"]], height=40)
    assert labelled.shape[0] > 46


def test_framed_draws_a_box_within_the_image():
    image = np.zeros((10, 12))
    box = framed(image, 2, 3, 5, 99)
    assert box.shape == (10, 12, 3)
    assert (box[2, 3:12] == 1).all()
    assert (box[2:6, 11] == 1).all()
    assert box[3, 4].tolist() == [0, 0, 0]
    assert not image.any()


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((10.0, 15.0, 20.0), 2),
        ((7.4, 19.7, 38.4), 1),
        ((26.3, 18.2, 21.8), 1),
        ((30.0, 22.0, 25.0), 1),  # none is allowed: the best
    ],
)
def test_the_strongest_prior_that_an_error_allows(means, expected):
    assert largest_allowed(means) == expected

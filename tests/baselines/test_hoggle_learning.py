"""The dictionary: its update, its learning, its file and the command that makes it."""

import numpy as np
import pytest
from scipy.optimize import minimize

import inverse
from inverse.baselines.hoggle import Dictionary, Learning, learn
from inverse.baselines.hoggle.dictionary import EMBEDDED
from inverse.baselines.hoggle.learning import update_atoms
from inverse.errors import InputError, ParameterError, ShapeError
from tests.support import normal

PHOTOS = [inverse.photos.path(name) for name in ("hat", "shorts", "skirt")]


def statistics(seed, atoms, values, signals=50):
    alpha, x = np.abs(normal(seed, (atoms, signals))), normal(seed + 1, (signals, values))
    start = normal(seed + 2, (atoms, values))
    return start / np.linalg.norm(start, axis=1, keepdims=True), alpha @ alpha.T, alpha @ x


def test_update_equals_the_naive_loop():
    atoms, usage, products = statistics(0, 70, 9)
    expected = atoms.copy()
    for j in range(70):
        u = expected[j] + (products[j] - usage[j] @ expected) / usage[j, j]
        expected[j] = u / max(1, np.linalg.norm(u))
    update_atoms(atoms, usage, products)
    np.testing.assert_allclose(atoms, expected, atol=1e-10)


def test_update_goes_to_the_constrained_minimum():
    atoms, usage, products = statistics(10, 3, 4)

    def energy(flat):
        d = flat.reshape(3, 4)
        return 0.5 * np.sum(d * (usage @ d)) - np.sum(d * products)

    inside = {"type": "ineq", "fun": lambda flat: 1 - (flat.reshape(3, 4) ** 2).sum(axis=1)}
    best = minimize(energy, atoms.ravel(), constraints=inside, method="SLSQP", tol=1e-12)
    for _ in range(2000):
        update_atoms(atoms, usage, products)
    assert (np.linalg.norm(atoms, axis=1) <= 1 + 1e-12).all()
    np.testing.assert_allclose(energy(atoms.ravel()), best.fun, rtol=1e-7)


def test_atoms_without_use_stay():
    atoms, usage, products = statistics(20, 5, 6)
    usage[2] = usage[:, 2] = products[2] = 0
    before = atoms[2].copy()
    update_atoms(atoms, usage, products)
    np.testing.assert_array_equal(atoms[2], before)


def test_learning_goes_down_and_can_be_cut(tmp_path):
    learning = Learning.start(PHOTOS, atoms=24, seed=1)
    np.testing.assert_allclose(np.linalg.norm(learning.atoms, axis=1), 1, rtol=1e-5)
    first = learning.step(PHOTOS)
    learning.save(tmp_path / "state")
    objectives = [learning.step(PHOTOS) for _ in range(3)]
    assert max(objectives) < first
    assert (np.linalg.norm(learning.atoms, axis=1) <= 1 + 1e-5).all()
    again = Learning.load(tmp_path / "state")
    assert [again.step(PHOTOS) for _ in range(3)] == objectives
    np.testing.assert_array_equal(again.atoms, learning.atoms)


def test_atoms_no_signal_uses_are_replaced():
    learning = Learning.start(PHOTOS, atoms=8)
    learning.atoms[5] = 0
    learning.step(PHOTOS)
    np.testing.assert_allclose(np.linalg.norm(learning.atoms[5]), 1, rtol=1e-5)


def test_learning_refuses(tmp_path):
    with pytest.raises(ParameterError, match="atoms must be at least 1, got 0"):
        Learning.start(PHOTOS, atoms=0)
    for content in (b"", b"PK\x03\x04 no zip", b"something else"):
        (tmp_path / "state").write_bytes(content)
        with pytest.raises(InputError, match="state' is no state of a learning: "):
            Learning.load(tmp_path / "state")


def test_file_keeps_a_byte_of_each_number(tmp_path):
    atoms = Dictionary(normal(0, (6, 775)), normal(1, (6, 784)))
    atoms.code[4] = 0
    atoms.save(tmp_path / "a.npz")
    found = Dictionary.load(tmp_path / "a.npz")
    for name in ("code", "grey"):
        values = getattr(atoms, name)
        peaks = np.abs(values).max(axis=1, keepdims=True)
        assert (np.abs(getattr(found, name) - values) <= peaks / 253).all()
    found.save(tmp_path / "b.npz")
    assert (tmp_path / "b.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()


def test_file_is_refused(tmp_path):
    file = tmp_path / "a.npz"
    with pytest.raises(InputError, match="a.npz' is no dictionary of HOGgle: "):
        Dictionary.load(file)
    np.savez(file, code=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="is no dictionary of HOGgle: "):
        Dictionary.load(file)
    np.savez(file, code=np.zeros((2, 775), np.int8))
    with pytest.raises(InputError, match="is no dictionary of HOGgle: "):
        Dictionary.load(file)
    message = r"Dictionary takes code \(K, 775\) and grey \(K, 784\), got \(2, 775\) and \(3, 784\)"
    with pytest.raises(ShapeError, match=message):
        Dictionary(np.zeros((2, 775)), np.zeros((3, 784)))


def test_embedded_dictionary():
    assert EMBEDDED.stat().st_size < 3_000_000
    found = Dictionary.load()
    assert found.patches.shape == (1024, 56, 56)
    norms = np.linalg.norm(np.concatenate([found.code, found.grey], axis=1), axis=1)
    np.testing.assert_allclose(norms, 1, atol=0.01)


@pytest.fixture
def command(tmp_path):
    """Run the command on a folder of three photos; the file it writes is ``out``."""
    folder = tmp_path / "photos" / "deep"
    folder.mkdir(parents=True)
    for path in PHOTOS:
        (folder / path.name).write_bytes(path.read_bytes())

    def run(*options, out="d.npz"):
        place = ("--out", str(tmp_path / out))
        return learn.main([str(tmp_path / "photos"), *place, "--atoms", "9", *options])

    return run


def test_command_in_pieces(command, tmp_path, capsys):
    assert command("--batches", "2") == 0
    assert command("--batches", "1", out="e.npz") == 0
    assert command("--batches", "2", "--minutes", "0", out="e.npz") == 0
    assert Learning.load(tmp_path / "e.npz.state").batches == 1
    assert command("--batches", "2", out="e.npz") == 0
    assert (tmp_path / "d.npz").read_bytes() == (tmp_path / "e.npz").read_bytes()
    assert capsys.readouterr() == ("", "")  # no terminal, no progress


def test_command_interrupted(command, monkeypatch, capsys, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Learning, "step", interrupt)
    assert command() == 130
    assert "learn: interrupted, run again to go on" in capsys.readouterr().err
    assert not (tmp_path / "d.npz").exists()


def test_command_refuses(command, capsys, tmp_path):
    assert learn.main([str(tmp_path / "none"), "--out", "x.npz"]) == 2
    assert "has no .jpg or .png" in capsys.readouterr().err
    assert command("--batches", "0") == 0
    assert command("--seed", "1") == 2
    assert "--atoms and --seed must be those of " in capsys.readouterr().err

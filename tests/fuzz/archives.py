"""NumPy archives: units of experiments, HOGgle's dictionary, databases of patches."""

import functools
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np

import inverse
from inverse.baselines.hoggle.dictionary import Dictionary
from inverse.baselines.nearest_patch import NearestPatch
from inverse.experiments import storage
from inverse.experiments.unit import Outcome
from tests.fuzz.mutation import SIZES, mutate, mutate_json


class Bomb:
    """What a pickle would run."""

    def __reduce__(self):
        return os.system, ("touch /tmp/fuzz-was-run",)


@functools.cache
def samples():
    """The bytes of an archive of each kind."""
    rng = np.random.default_rng(0)
    folder = Path(HOME[0])
    Dictionary(rng.normal(size=(6, 775)), rng.normal(size=(6, 784))).save(folder / "d.npz")
    photo = inverse.photos.photo("hat")[64:112, 64:112]
    NearestPatch.build([photo], inverse.dsift(), step=8).save(folder / "p.npz")
    outcome = Outcome({"error": [0.5, 1], "seed": 3}, {"found": photo, "code": photo[..., :1]})
    storage.save(folder / "u.npz", "print", outcome, 1.5)
    names = {"dictionary": "d", "patches": "p", "unit": "u"}
    return {kind: (folder / f"{name}.npz").read_bytes() for kind, name in names.items()}


HOME = []


def prepare(home):
    """Make the archives, and use them once."""
    HOME[:] = [home]
    samples()
    for kind, function in USES.items():
        path = Path(home) / f"{kind}.npz"
        path.write_bytes(samples()[kind])
        function(path)


def _parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts, method=zipfile.ZIP_DEFLATED):
    """A zip of the parts; their checksums hold."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, part in parts:
            archive.writestr(name, part)
    return data.getvalue()


def array_file(header, content=b""):
    """A .npy of any header."""
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


def _change(rng, parts):
    """One part of an archive changed."""
    name = rng.choice(sorted(parts))
    change = rng.randrange(9)
    if change == 0:
        del parts[name]
    elif change == 1:
        shape = tuple(rng.choice(SIZES) for _ in range(rng.randrange(4)))
        kind = rng.choice(("<f4", "|i1", "|O", "<U9", "|V8", "<c16", "<M8[s]", "<f8", "x", "|b1"))
        header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
        parts[name] = array_file(header, bytes(rng.choice((0, 8, 1000))))
    elif change == 2:
        header = rng.choice(
            ("(" * 5000, "__import__('os').system('true')", "{}", "1", "{'descr': '<f4'", "'\0'")
        )
        parts[name] = array_file(header, b"1234")
    elif change == 3:
        content = pickle.dumps(Bomb())
        header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
        parts[name] = rng.choice((array_file(header, content), content))
    elif change == 4:
        parts[name] = parts[rng.choice(sorted(parts))]
    elif change in (5, 6):
        parts[name] = _npy(_odd(rng, _array(parts[name])))
    elif change == 7 and rng.random() < 0.04:
        header = "{'descr': '|i1', 'fortran_order': False, 'shape': (400000000,), }"
        parts[name] = array_file(header, bytes(4 * 10**8))
    else:
        parts[name] = mutate(rng, parts[name])


def _array(part):
    """The array of a part that nothing was done to yet, else any."""
    try:
        return np.load(io.BytesIO(part[: 10**7]))
    except Exception:  # whatever the changes before have led to
        return np.zeros((2, 3))


def _npy(array):
    data = io.BytesIO()
    np.lib.format.write_array(data, array, allow_pickle=False)
    return data.getvalue()


def _odd(rng, array):
    """An array of another shape, type, or of other values."""
    ways = (
        lambda: array[:0],
        lambda: array.reshape(-1)[: rng.randrange(array.size + 1)],
        lambda: array[None],
        lambda: np.full(array.shape, rng.choice((np.nan, np.inf, -1, 1e30, 0)), np.float32),
        lambda: array.astype(rng.choice((np.int8, np.float64, np.complex64, bool, "U3"))),
        lambda: np.asarray(rng.choice((0, -1, 10**9, 2**40, 0.5, np.nan))),
        lambda: np.asarray([rng.choice(SIZES) for _ in range(rng.randrange(4))], np.uint64),
        lambda: np.asarray(rng.choice(("", "flat", "gaussian", "x" * 99))),
        lambda: np.repeat(array, 3, axis=0),
    )
    try:
        return rng.choice(ways)()
    except (IndexError, ValueError, TypeError):
        return np.zeros(3)


def damaged(rng, kind):
    """The bytes of an archive of a kind, damaged in its parts or as a file."""
    data = samples()[kind]
    if rng.random() < 0.35:
        return mutate(rng, data)
    parts = _parts(data)
    if kind == "unit" and rng.random() < 0.5:
        record = {
            "fingerprint": "print", "figures": {"e": 1}, "seconds": 1.5, "images": ["found"],
        }  # fmt: skip
        text = mutate_json(rng, record)
        parts["record.npy"] = _npy(np.frombuffer(text, np.uint8))
    for _ in range(rng.choice((1, 1, 2))):
        if parts:
            _change(rng, parts)
    return packed(parts.items(), rng.choice((0, 8, 8, 8, 12, 14)))


def _case(kind, rng, folder):
    path = Path(folder) / "file.npz"
    path.write_bytes(damaged(rng, kind))
    return functools.partial(USES[kind], path)


def use_unit(path):
    """An outcome, or None: then the unit is done anew."""
    storage.load(path, "print")


def use_dictionary(path):
    """A dictionary, and its patches."""
    with np.errstate(all="ignore"):
        _ = Dictionary.load(path).patches


def use_patches(path):
    """A database, and an inversion by it."""
    with np.errstate(all="ignore"):
        found = NearestPatch.load(path)
        side = 5 * found.phi.pooling.bin_size + 8
        if side < 100:
            image = np.random.default_rng(0).random((side, side + 1)).astype(np.float32)
            found.invert(found.phi(found.phi.encode(image)), image.shape)


USES = {"unit": use_unit, "dictionary": use_dictionary, "patches": use_patches}
unit_case, dictionary_case, patches_case = (
    functools.partial(_case, kind) for kind in ("unit", "dictionary", "patches")
)

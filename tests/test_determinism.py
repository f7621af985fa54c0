"""Same seed, same machine, same numbers to the bit, whatever the number of threads.

What guarantees it, operation by operation:

- Starting noise is drawn on the CPU, image after image, from NumPy's generator (`inverse.noise`).
- No operation has a size, or an order of additions, that depends on the number of processes: strips
  and blocks are those of the image, and the processes only share out whole ones (`kernels.Program`,
  `DividedObjective`). What overlaps is added in the order of the strips, by whoever adds it.
- BLAS, whose order of additions does depend on the number of its threads, has one thread within a
  run (`kernels.single_threaded_blas`).
- Sums outside a run, those of codes' norms and errors, are NumPy's own (`metrics.norm`).
- What is left, elementwise arithmetic and the Fourier transform of `optimize.Smoothed`, is done by
  each process for itself with one thread.

Other machines, and other versions of NumPy and BLAS, may round differently.
"""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import inverse
from inverse.codes import photo_distance
from inverse.kernels import compile

PHOTO = inverse.photos.photo("hat")[64:144, 80:176]
SMALL = inverse.cnn("small")
STEPS = 3
CASES = {
    "hog": inverse.hog(),
    "hogb": inverse.hog(bilinear=True),
    "dsift": inverse.dsift(5, 15),
    "conv1": SMALL.until("conv1"),
    "norm2": SMALL.until("norm2"),
    "pool5": SMALL.until("pool5"),
    "fc8": SMALL.until("fc8"),
}
THREADS = ((1, 1), (1, 2), (2, 1), (3, 2))  # ours, and those of BLAS


@pytest.mark.parametrize("restarts", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_no_number_of_threads_changes_a_bit(name, restarts, monkeypatch):
    found = []
    for ours, blas in THREADS:
        monkeypatch.setenv("INVERSE_NUM_THREADS", str(ours))
        with threadpool_limits(blas, user_api="blas"):
            found.append(numbers(CASES[name], restarts))
    for threads, other in zip(THREADS[1:], found[1:], strict=True):
        assert other.keys() == found[0].keys()
        for key, value in other.items():
            assert np.array_equal(value, found[0][key], equal_nan=True), (key, threads)


@pytest.mark.parametrize("kind", [inverse.presets.cvpr2015, inverse.presets.fast])
@pytest.mark.parametrize("name", ["hogb", "pool5"])
def test_the_same_seed_gives_the_same_bits_again(name, kind):
    first, second = (numbers(CASES[name], 1, kind) for _ in range(2))
    assert all(np.array_equal(first[key], second[key]) for key in first)


def numbers(phi, restarts, kind=inverse.presets.fast):
    """Everything that a run computes: iterates, history, codes, errors."""
    preset = kind(phi).replace(steps=STEPS)
    options = {"restarts": restarts, "rng": 3, "preset": preset, "snapshots": 1}
    result = inverse.invert(phi, PHOTO, normalizer=1.0, **options)
    iterates = {f"iterate {t} of {n}": x for n, (t, x) in enumerate(result.snapshots)}
    history = {f"history of {name}": values for name, values in result.history.items()}
    return {
        **iterates,
        **history,
        "image": np.stack(result.images),
        "energies": result.energies,
        "target": result.target,
        "codes": np.stack(result.codes),
        "code errors": result.code_errors,
        "relative errors": result.relative_errors,
    }


@pytest.mark.parametrize("name", CASES)
def test_codes_alone_do_not_depend_on_the_threads_of_blas(name):
    """By a compiled program; the plain layers leave BLAS as it is."""
    phi = CASES[name]
    x = phi.encode(PHOTO).astype(np.float32)
    found = []
    for blas in (1, 2):
        with threadpool_limits(blas, user_api="blas"):
            assert blas in blas_threads()
            found.append(compile(phi.layer, x.shape, x.dtype)(x).copy())
    assert np.array_equal(*found)


@pytest.mark.parametrize("name", ["hog", "norm2"])
def test_nor_does_the_normalizer(name):
    found = []
    for blas in (1, 2):
        with threadpool_limits(blas, user_api="blas"):
            found.append(photo_distance(CASES[name], (131, 131, 1 if name == "hog" else 3)))
    assert found[0] == found[1]


def blas_threads():
    """How many threads each BLAS of this process has now."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

"""Online learning of the paired dictionary (Mairal, Bach, Ponce & Sapiro, ICML 2009)."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inverse.arrays import Array
from inverse.baselines.hoggle.dictionary import CODE, Dictionary
from inverse.baselines.hoggle.lasso import nonnegative_lasso
from inverse.baselines.hoggle.sampling import Photo, draw_signals
from inverse.errors import InputError, ParameterError
from inverse.image import write_bytes

__all__ = ["PENALTY", "Learning", "update_atoms"]

PENALTY = 0.02
"""λ of the lasso, in learning and in inversion."""

BATCH = 1024
"""Windows of a batch."""

FORGETTING = 2.0
"""ρ: batch s of t has the weight (s/t)^ρ, as its codes are of an older dictionary."""

TOLERANCE = 1e-2
"""Of the lasso: finer codes make no better dictionary."""

UNUSED = 1e-3
"""An atom used less than this fraction of the mean is replaced by a signal."""

BLOCK = 32


@dataclass
class Learning:
    """The state of the learning: what a stopped run needs to go on to the same dictionary.

    Parameters
    ----------
    atoms : array (K, D)
        The dictionary, atoms as rows, float32.
    usage : array (K, K)
        A = Σ_s w_s α_s α_sᵀ over the signals seen.
    products : array (K, D)
        B = Σ_s w_s α_s x_sᵀ.
    batches : int
        How many batches were seen.
    seed : int
        Batch t is drawn by ``default_rng((seed, t))``.

    Notes
    -----
    What is minimized, over D with ‖d_j‖ ≤ 1 and over α ≥ 0, is the mean over the signals x of

        ½‖x − Dα‖² + λ Σ α.

    Every batch is coded with the dictionary as it is, then `update_atoms` minimizes the weighted
    ½‖x − Dα‖² of all signals so far over D, for which A and B are enough.
    """

    atoms: Array
    usage: Array
    products: Array
    batches: int = 0
    seed: int = 0

    @classmethod
    def start(cls, photos: Sequence[Photo], atoms: int = 1024, seed: int = 0) -> Learning:
        """Begin with random signals as atoms."""
        if atoms < 1:
            raise ParameterError(f"atoms must be at least 1, got {atoms}")
        rng = np.random.default_rng((seed, 0))
        signals = draw_signals(photos, BATCH, rng)
        while len(signals) < atoms:
            signals = np.concatenate([signals, draw_signals(photos, BATCH, rng)])
        chosen = signals[:atoms] / np.float32(np.sqrt(2))  # each half has norm 1
        return cls(chosen, np.zeros((atoms, atoms), np.float32), np.zeros_like(chosen), 0, seed)

    def step(self, photos: Sequence[Photo]) -> float:
        """Learn from one more batch; returns its mean ½‖x − Dα‖² + λ Σ α before the update."""
        self.batches += 1
        rng = np.random.default_rng((self.seed, self.batches))
        signals = draw_signals(photos, BATCH, rng)
        gram, correlations = self.atoms @ self.atoms.T, self.atoms @ signals.T
        alpha = nonnegative_lasso(gram, correlations, PENALTY, TOLERANCE)
        fit = 0.5 * np.sum(signals**2) + np.sum(alpha * (0.5 * (gram @ alpha) - correlations))
        fade = np.float32((1 - 1 / self.batches) ** FORGETTING)
        self.usage = fade * self.usage + alpha @ alpha.T
        self.products = fade * self.products + alpha @ signals
        update_atoms(self.atoms, self.usage, self.products)
        self._replace_unused(signals)
        return float(fit + PENALTY * alpha.sum()) / len(signals)

    def _replace_unused(self, signals: Array) -> None:
        used = np.diag(self.usage)
        unused = np.flatnonzero(used < UNUSED * used.mean())[: len(signals)]
        self.atoms[unused] = signals[: len(unused)] / np.float32(np.sqrt(2))

    def dictionary(self) -> Dictionary:
        """The atoms as they are, cut into their halves."""
        return Dictionary(*np.split(self.atoms, [CODE], axis=1))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state, whole or not at all."""
        data = io.BytesIO()
        np.savez(data, **vars(self))
        write_bytes(path, data.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Learning:
        """Read a state that `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(
                    file["atoms"], file["usage"], file["products"],
                    int(file["batches"]), int(file["seed"]),
                )  # fmt: skip
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"'{path}' is no state of a learning: {error}") from None


def update_atoms(atoms: Array, usage: Array, products: Array) -> None:
    """One pass over the atoms, in place: each is moved to its best with all others held.

    With A = ``usage`` and B = ``products``, both of codes α and signals x, the sum of
    ½‖x − Dα‖² over ‖d_j‖ ≤ 1 is least at

        u = d_j + (b_j − Σ_i A_ji d_i)/A_jj,    d_j ← u / max(1, ‖u‖).

    As in `nonnegative_lasso`, what a block changes is carried on by one matrix product. Atoms
    that no signal used stay.
    """
    for start in range(0, len(atoms), BLOCK):
        block = slice(start, start + BLOCK)
        rest = products[block] - usage[block] @ atoms
        own = usage[block, block]
        for i in range(len(own)):
            if own[i, i] > 0:
                moved = atoms[start + i] + rest[i] / own[i, i]
                moved /= max(1, np.linalg.norm(moved))
                rest -= own[:, i, None] * (moved - atoms[start + i])
                atoms[start + i] = moved

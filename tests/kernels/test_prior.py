"""The regularizers in strips equal the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.kernels import prior
from inverse.kernels.prior import Prior
from inverse.kernels.scratch import Scratch
from inverse.regularizers import AlphaNorm, TotalVariation
from tests.support import assert_close, normal, seeds


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 9),
    st.integers(1, 8),
    st.integers(1, 4),
    st.sampled_from([1, 1.5, 2, 3]),
    st.sampled_from([1.5, 2, 6]),
    st.integers(1, 60),
    seeds,
)
def test_strips_equal_plain(
    h: int, w: int, c: int, beta: float, alpha: float, numbers: int, seed: int
) -> None:
    x = np.round(2 * normal(seed, (1, h, w, c)))  # with flat places
    scratch = Scratch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prior, "NUMBERS", numbers)
        terms = Prior(
            [("tv", beta, 0.7), ("alpha", alpha, 0.3)], 1.5, (h, w, c), np.dtype(float), scratch
        )
    gradient = normal(seed + 1, x.shape)
    before = gradient.copy()
    scratch.share(terms.tasks(x[0], gradient[0]))
    tv, dtv = TotalVariation(beta).value_and_grad(x)
    norm, dnorm = AlphaNorm(alpha).value_and_grad(x)
    np.testing.assert_allclose(terms.values, [0.7 * tv[0], 0.3 * norm[0]], rtol=1e-12)
    assert terms.signal == 1.5 * np.abs(before).max()
    assert_close(gradient, 1.5 * before + 0.7 * dtv + 0.3 * dnorm, 1e-12)

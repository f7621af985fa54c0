"""The objective: the paper's formula written out, its gradient, its balance over sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inverse
from inverse import AlphaNorm, Euclidean, Objective, Term, TotalVariation
from inverse.presets import REFERENCE_SIZE
from inverse.testing import check_term


class EnergyTerm:
    """An objective with the face of a term, for check_term."""

    def __init__(self, objective):
        self.objective = objective

    def value_and_grad(self, x):
        evaluation = self.objective(x)
        return evaluation.energy, evaluation.gradient


def make(phi, x, sigma):
    preset = inverse.presets.cvpr2015(phi)
    target = phi(sigma * np.random.default_rng(9).standard_normal((1, *x.shape[1:])) * 0.02)
    return Objective(phi, Euclidean(target), preset.terms(x.shape[1:]), sigma)


PHIS = {
    "hog": inverse.hog(4),
    "hogb": inverse.hog(4, bilinear=True),
    "dsift": inverse.dsift(2, 3),
}


@pytest.mark.parametrize("name", PHIS)
@given(seed=st.integers(0, 2**32 - 1))
def test_contract(name, seed):
    x = 0.05 * np.random.default_rng(seed).standard_normal((2, 11, 13, 1))
    check_term(EnergyTerm(make(PHIS[name], x, sigma=700.0)), x, rng=seed)


def test_equals_the_paper_written_out():
    x = 0.05 * np.random.default_rng(1).standard_normal((1, 12, 16, 1))
    phi, sigma = inverse.hog(4), 900.0
    target = phi(30 * x[:, ::-1])
    terms = {"alpha": Term(3.0, AlphaNorm(6)), "tv": Term(0.5, TotalVariation(2))}
    found = Objective(phi, Euclidean(target), terms, sigma)(x)
    right, down = np.diff(x, axis=2), np.diff(x, axis=1)
    expected = {
        "data": ((phi(sigma * x) - target) ** 2).sum() / (target**2).sum(),
        "alpha": 3.0 * (x**6).sum(),
        "tv": 0.5 * ((right**2).sum() + (down**2).sum()),
    }
    assert {k: v[0] for k, v in found.parts.items()} == pytest.approx(expected, rel=1e-12)
    assert found.energy[0] == pytest.approx(sum(expected.values()), rel=1e-12)


def test_sigma_is_the_authors_at_their_size():
    sigma = inverse.hog().sigma * np.sqrt(REFERENCE_SIZE)
    assert sigma == pytest.approx(27098.11572, rel=1e-5)


@pytest.mark.parametrize("size", [(24, 40), (56, 32)])
def test_an_inversion_takes_sigma_for_its_number_of_values(size):
    phi = inverse.hog()
    image = np.random.default_rng(0).random(size)
    preset = inverse.presets.fast(phi).replace(steps=1)
    sigma = inverse.invert(phi, image, preset=preset).sigma
    assert sigma == pytest.approx(68.92 * np.sqrt(size[0] * size[1]), rel=1e-4)


@pytest.mark.parametrize(("alpha", "beta"), [(6.0, 2.0), (4.0, 1.0), (3.0, 1.5)])
def test_terms_weigh_the_same_for_every_image_size(alpha, beta):
    """An image repeated four times is as large a part of the energy as once."""
    preset = inverse.presets.cvpr2015(inverse.hog()).replace(alpha=alpha, beta=beta)
    image = np.random.default_rng(0).standard_normal((1, 30, 40, 1))
    energies = []
    for copies in (1, 2):
        x = np.tile(image, (1, copies, copies, 1))
        x = x / np.sqrt(x.size)
        terms = preset.terms(x.shape[1:])
        parts = {k: t.weight * t.regularizer.value_and_grad(x)[0][0] for k, t in terms.items()}
        energies.append(parts)
    assert energies[0]["alpha"] == pytest.approx(energies[1]["alpha"], rel=1e-9)
    # the repeated image has seams, where its gradient differs
    assert energies[0]["tv"] == pytest.approx(energies[1]["tv"], rel=0.05)


def test_weights_at_the_reference_size_are_the_published_ones():
    terms = inverse.presets.cvpr2015(inverse.hog()).terms((227, 227, 3))
    assert terms["alpha"].weight == pytest.approx(2.157e8, rel=1e-3)
    assert terms["tv"].weight == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lambda_tv": -1}, "Preset.lambda_tv must be at least 0 and finite, got -1"),
        ({"lambda_alpha": float("nan")}, "Preset.lambda_alpha must be at least 0 and finite"),
        ({"alpha": 1}, "AlphaNorm.alpha must be greater than 1 and at most 100, got 1"),
        ({"beta": 4}, r"TotalVariation.beta must be in \[1, 3\], got 4"),
        ({"momentum": 1}, r"Momentum.momentum must be in \[0, 1\), got 1"),
        ({"steps": 0}, "Stages.steps must be a whole number of at least 1, got 0"),
    ],
)
def test_preset_errors(change, message):
    with pytest.raises(inverse.ParameterError, match=message):
        inverse.presets.cvpr2015(inverse.hog()).replace(**change)

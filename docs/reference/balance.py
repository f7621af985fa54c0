"""The paper's rule for the weights of the prior, beside the weights that were used."""

from __future__ import annotations

from inverse.presets import LAMBDA_TV, REFERENCE_SIDE, REFERENCE_SIZE, cvpr2015
from inverse.representations.base import SIGMA

RANGE = 128.0
"""B in grey levels, half of what a value can be."""

SHARE = 0.01
"""a: differences between neighbors, as a share of the range."""


def rule(sigma, height, width, p, scale):
    """λ = σ^p/(HW B^p) for a sum of p-th powers of values of the size ``scale``, in grey levels."""
    return sigma**p / (height * width * scale**p)


def implied(weight, sigma, height, width, p):
    """The scale for which the rule gives a weight."""
    return sigma / (height * width * weight) ** (1 / p)


def balance():
    """A table: for each published weight what the rule gives, and which B and a it would take."""
    side, sigma, preset = REFERENCE_SIDE, SIGMA * REFERENCE_SIZE**0.5, cvpr2015()
    head = "| weight | published | by the rule | rule / published | the rule gives it with |"
    rows = [head, "|---|--:|--:|--:|---|"]
    weights = [("λ_α", preset.lambda_alpha, preset.alpha, 1.0)]
    weights += [(f"λ_V, {i}.", weight, preset.beta, SHARE) for i, weight in enumerate(LEVELS, 1)]
    for name, weight, p, share in weights:
        found = rule(sigma, side, side, p, share * RANGE)
        scale = implied(weight, sigma, side, side, p)
        takes = f"B = {scale:.0f}" if share == 1 else f"a = {100 * scale / RANGE:.0f} %"
        rows.append(
            f"| {name} | {number(weight)} | {number(found)} | {number(found / weight)} | {takes} |"
        )
    return "\n".join(rows)


LEVELS = tuple(weight for _, weight in LAMBDA_TV)
"""λ_V of early, middle and late layers."""


def number(value):
    """Three digits, or a power of ten."""
    if 0.1 <= value < 1e3:
        return f"{value:.3g}"
    digits, _, power = f"{value:.2e}".partition("e")
    return f"{digits}·10{''.join('⁰¹²³⁴⁵⁶⁷⁸⁹'[int(d)] for d in str(int(power)))}"

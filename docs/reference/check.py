"""The check on a layer's page: ``python docs/reference/check.py MaxPool2d``.

Runs `inverse.testing.check_layer` on the inputs that ``tests/layers/cases`` has for the layer, and
shows for each what the check compares along its many random directions v, for one more of them:
how much E = ⟨dy, f(x)⟩ changes, by differences and by backward,

    (E(x + h v) − E(x − h v))/2h    and    ⟨J(x)ᵀ dy, v⟩,

of the image in which they are farthest apart. On the site the directive ``check`` shows the table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from inverse.testing import check_layer
from inverse.testing.compare import draw, generator, generic
from inverse.testing.derivative import comparisons
from inverse.testing.layer import energy
from inverse.testing.packed import as_layer
from tests.layers.cases import LAYERS

SEED = 0
HEAD = "| case | shape of x | by differences | by backward | apart | allowed | seed |"


def table(name):
    """A Markdown table with a row for each case of the layer; AssertionError if one fails."""
    rows = [row(case, *LAYERS[case]) for case in cases(name)]
    return "\n".join((HEAD, "|---|---|--:|--:|--:|--:|--:|", *rows))


def cases(name):
    """Names of the cases that can be compared; those with ties or flat images stand on kinks."""
    return [
        case
        for case, (layer, x) in LAYERS.items()
        if type(layer).__name__ == name
        and all(len(np.unique(part)) == part.size for part in inputs(x))
    ]


def inputs(x):
    """The arrays that a layer or a join takes."""
    return x if isinstance(x, tuple) else (x,)


def row(case, layer, x):
    """Check the layer; then compare along one more direction, and show the numbers."""
    check_layer(layer, x, rng=SEED)
    shapes = " and ".join("×".join(map(str, part.shape)) for part in inputs(x))
    layer, x = as_layer(layer, x)
    x, rng = generic(x, "check"), generator(SEED)
    y, cache = layer.forward(x)
    dy = draw(rng, y)
    first = next(comparisons(energy(layer, dy), layer.backward(dy, cache), x, rng))
    apart = np.abs(first.measured - first.predicted)
    n = int(np.argmax(apart))
    return (
        f"| {case} | {shapes} | {first.measured[n]:.10f} | {first.predicted[n]:.10f} "
        f"| {apart[n]:.1e} | {first.allowed[n]:.1e} | {SEED} |"
    )


if __name__ == "__main__":
    print(table(*sys.argv[1:]))

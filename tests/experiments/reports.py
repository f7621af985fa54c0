"""A small report with everything in it, for the tests of its files."""

import numpy as np

from inverse.experiments.document import Column, Figure, Finding, Report, Spread, Table
from inverse.image import png

ODD = r"a|b *c* _d_ <i>e</i> [f](g) `h` \i {j} $k$ 50 % & #l ~m ^n -- 'o' ''p''"
"""Every sign that Markdown, LaTeX or HTML would take for a mark."""

SIGNS = "λ_V ‖Φ(x*) − Φ₀‖/N_Φ ± ² HOG⁻¹ 3×3 α·β ≤ ≈ … ′ ° é"

TABLE = Table(
    "errors",
    "Code errors ‖Φ(x*) − Φ₀‖/N_Φ.",
    (Column("method"), Column("error", "%", 1), Column("λ_V", "", 2), Column("pictures", "", 0)),
    (
        ("HOG", Spread(28.104, 7.91, 100), 0.5, 100),
        ("DSIFT", Spread(10.89, None, 1), -0.004, 1),
        ("none", None, float("nan"), None),
    ),
    frozenset({(1, 1)}),
)

ODD_TABLE = Table("odd", ODD, (Column(ODD, ODD), Column(SIGNS)), ((ODD, SIGNS), ("", "[x]")))


def ramp(height, width):
    """The PNG of a ramp from black to white."""
    return png(np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (height, width)))


def report(name="table1", title="Table 1: errors"):
    """A report that comes back as it was written: its figures are PNG, its numbers finite."""
    whole = Table(TABLE.name, TABLE.caption, TABLE.columns, TABLE.rows[:2], TABLE.best)
    return Report(
        name,
        title,
        "What the paper's authors saw with λ_V.",
        (whole, ODD_TABLE),
        (
            Figure("wide", "Wide & long.", 'A "ramp" <from> black to white.', ramp(40, 1600)),
            Figure("small", "Small.", "A small ramp.", ramp(8, 12)),
        ),
        (
            Finding("hog", "HOG: the mean error is 28.10 %, published 28.1 %.", 28.104),
            Finding("words", "No figure here.", 3.0),
        ),
        {"versions": {"numpy": "2.0", "python": "3.11"}, "pictures": {str(i): i for i in range(20)},
         "networks": ["small", "alexnet"], "limit": None},
        {"hog/a": {"arguments": {"seed": 0}, "norm": 2.5, "distance": [1.0, 0.1]},
         "hog/b": {"arguments": {"seed": 1}, "distance": [2.0], "stop": "steps"}},
    )  # fmt: skip

"""Where each equation of the paper is: the line that computes it and the test that proves it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]

EQUATIONS = [  # formula, where it is derived, file, the line, tests
    ("the objective (1)", r"$E = L + \lambda_\alpha R_\alpha + \lambda_V R_V$", "the-problem",
     "inverse/objective.py", "gradient = sigma * self.representation.backward(dy, cache)",
     "tests/test_objective.py::test_equals_the_paper_written_out"),
    ("the loss (2)", r"$\lVert \Phi - \Phi_0 \rVert^2 / \lVert \Phi_0 \rVert^2$", "the-loss",
     "inverse/losses.py", "value = per_image(xp.vecdot(difference, difference)) / self.norm2",
     "tests/test_losses.py::test_losses_equal_their_formulas"),
    ("the α-norm (3)", r"$R_\alpha = \sum \lvert x \rvert^\alpha$", "the-prior",
     "inverse/regularizers/alpha_norm.py", "value = per_image(power * x)",
     "tests/regularizers/test_alpha_norm.py::test_equals_the_naive_definition"),
    ("total variation (4)", r"$R_V = \sum (d_1^2 + d_2^2)^{\beta/2}$", "the-prior",
     "inverse/regularizers/total_variation.py", "s += d2 * d2",
     "tests/regularizers/test_total_variation.py::test_equals_the_naive_definition"),
    ("its gradient (5)", r"$\beta (D_1^\top (s^{\beta/2-1} d_1) + \dots)$", "the-prior",
     "inverse/regularizers/total_variation.py", "gradient[:, :, 1:, :] -= d1[:, :, :-1, :]",
     "tests/regularizers/test_total_variation.py::test_gradient_equals_autograd"),
    ("balance, σ (6)", r"$\sigma(n) = 68.92 \sqrt n$", "balance",
     "inverse/inversion.py", "sigma = phi.sigma * math.sqrt(math.prod(shape))",
     "tests/test_objective.py::test_sigma_is_the_authors_at_their_size"),
    ("balance, λ (7)", r"$\lambda (n / n_0)^{p/2 - 1}$", "balance",
     "inverse/presets.py", "tv_weight = self.lambda_tv * size ** (self.beta / 2 - 1)",
     "tests/test_objective.py::test_terms_weigh_the_same_for_every_image_size"),
    ("momentum (8)", r"$v \leftarrow m v - \eta \nabla E,\ x \leftarrow x + v$", "the-optimizer",
     "inverse/optimize/momentum.py", "velocity -= push",
     "tests/optimize/test_momentum.py::test_equals_the_naive_loop"),
    ("orientations of HOG", r"$y = m \, e_b$", "an-edge-in-the-wrong-bin",
     "inverse/layers/hard_orientation.py",
     "return magnitude[..., None] * chosen, _Cache(chosen, direction, bilinear)",
     "tests/layers/test_hard_orientation.py::test_equals_the_naive_definition"),
    ("orientations of HOGb", r"$y = m \, ((1 - w) e_b + w e_{b'})$", "an-edge-in-the-wrong-bin",
     "inverse/layers/bilinear_orientation.py", "def forward(self, x: Array)",
     "tests/layers/test_bilinear_orientation.py::test_equals_the_naive_definition"),
]  # fmt: skip


def equations():
    """The table of the page."""
    rows = ["| equation | derived | computed | proven |", "|---|---|---|---|"]
    for name, formula, anchor, path, line, test in EQUATIONS:
        number = line_of(path, line)
        test_path, _, function = test.partition("::")
        rows.append(
            f"| {name}: {formula} | [here](mathematics.md#{anchor}) "
            f"| [`{path}`](../{path}), line {number}: `{line}` "
            f"| [`{test_path}`](../{test_path}), line {definition(test_path, function)}: "
            f"`{function}` |"
        )
    return "\n".join(rows)


def line_of(path, text):
    """The number of the only line that begins with this text."""
    lines = (ROOT / path).read_text().splitlines()
    found = [i + 1 for i, line in enumerate(lines) if line.strip().startswith(text)]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} lines of {path} begin with: {text}")
    return found[0]


def definition(path, function):
    """The line at which a test begins."""
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return node.lineno
    raise SystemExit(f"no function {function} in {path}")

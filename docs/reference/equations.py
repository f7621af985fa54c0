"""Where each numbered equation is: the line that computes it and the test that proves it.

They are numbered in the order of the story. Of a line its beginning is kept here; its number is
looked up, so that a page is out of date as soon as the line moves.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Equation(NamedTuple):
    """An equation of the story."""

    key: str
    name: str
    formula: str
    page: str
    path: str
    line: str
    test: str


STORY = [
    Equation("objective", "the objective", r"E = L + \lambda_\alpha R_\alpha + \lambda_V R_V",
             "objective", "inverse/objective.py",
             "return Evaluation(sum(parts.values())",
             "tests/test_objective.py::test_equals_the_paper_written_out"),
    Equation("loss", "the loss", r"L = \lVert y - \Phi_0 \rVert^2 / \lVert \Phi_0 \rVert^2",
             "objective", "inverse/losses.py",
             "value = per_image(xp.vecdot(difference, difference)) / self.norm2",
             "tests/test_losses.py::test_losses_equal_their_formulas"),
    Equation("inner", "the inner product",
             r"L = -\langle y, \Phi_0 \rangle / \lVert \Phi_0 \rVert^2", "objective",
             "inverse/losses.py", "return per_image(y * gradient), gradient",
             "tests/test_losses.py::test_losses_equal_their_formulas"),
    Equation("alpha", "the α-norm", r"R_\alpha = \sum \lvert x \rvert^\alpha", "prior",
             "inverse/regularizers/alpha_norm.py", "value = per_image(power * x)",
             "tests/regularizers/test_alpha_norm.py::test_equals_the_naive_definition"),
    Equation("tv", "total variation", r"R_V = \sum (d_1^2 + d_2^2)^{\beta/2}", "prior",
             "inverse/regularizers/total_variation.py", "value = per_image(s if self.beta == 2",
             "tests/regularizers/test_total_variation.py::test_equals_the_naive_definition"),
    Equation("tv-gradient", "its gradient", r"\beta (D_1^\top (s^{\beta/2-1} d_1) + \dots)",
             "prior", "inverse/regularizers/total_variation.py",
             "gradient[:, :, 1:, :] -= d1[:, :, :-1, :]",
             "tests/regularizers/test_total_variation.py::test_gradient_equals_autograd"),
    Equation("sigma", "balance, σ", r"\sigma(n) = 68.92 \sqrt n", "balance",
             "inverse/inversion.py", "sigma = phi.sigma * math.sqrt(math.prod(shape))",
             "tests/test_objective.py::test_an_inversion_takes_sigma_for_its_number_of_values"),
    Equation("lambda", "balance, λ", r"\lambda(n) = \lambda (n / n_0)^{p/2 - 1}", "balance",
             "inverse/presets.py", "alpha_weight = self.lambda_alpha * size **",
             "tests/test_presets.py"
             "::test_a_pixel_representation_is_balanced_by_the_number_of_values_alone"),
    Equation("rule", "the paper's rule for λ", r"\sigma^p / (HW B^p)", "balance",
             "docs/reference/balance.py", "return sigma**p / (height * width * scale**p)",
             "tests/test_docs_equations.py::test_the_papers_rule"),
    Equation("momentum", "momentum", r"v \leftarrow m v - \eta \nabla E,\ x \leftarrow x + v",
             "optimizer", "inverse/optimize/momentum.py", "velocity -= push",
             "tests/optimize/test_momentum.py::test_equals_the_naive_loop"),
    Equation("adam", "Adam", r"x \leftarrow x - \eta \hat m / \sqrt{\hat s}", "optimizer",
             "inverse/optimize/adam.py", "return x - rate * (mean / size)",
             "tests/optimize/test_adam.py::test_equals_the_naive_definition"),
    Equation("smoothing", "smoothed gradients", r"\hat g \leftarrow S \hat g", "optimizer",
             "inverse/optimize/smoothing.py", "spectrum *= constant(_filter(",
             "tests/optimize/test_smoothing.py::test_equals_the_naive_definition"),
    Equation("hard", "orientations of HOG", r"y = m \, e_b", "hog-and-sift",
             "inverse/layers/hard_orientation.py", "return magnitude[..., None] * chosen,",
             "tests/layers/test_hard_orientation.py::test_equals_the_naive_definition"),
    Equation("bilinear", "orientations of HOGb", r"y = m \, ((1 - w) e_b + w e_{b'})",
             "hog-and-sift", "inverse/layers/bilinear_orientation.py",
             "y = magnitude[..., None] * ((1 - weight) * first + weight * second)",
             "tests/layers/test_bilinear_orientation.py::test_equals_the_naive_definition"),
    Equation("straight-through", "an edge that turns",
             r"dg = a \hat g + \gamma (a' - a) \tfrac{K}{\pi} \tau \hat g_\perp", "hog-and-sift",
             "inverse/layers/hard_orientation.py", "dx = dx + float(self.straight_through)",
             "tests/layers/test_hard_orientation.py"
             "::test_straight_through_adds_what_turning_would_change"),
    Equation("arctan", "orientations of DSIFT",
             r"y = m \, ((1 - f) e_{\lfloor t \rfloor} + f e_{\lfloor t \rfloor + 1})",
             "hog-and-sift", "inverse/layers/arctan_orientation.py",
             "y = magnitude[..., None] * ((1 - weight) * first + weight * second)",
             "tests/layers/test_arctan_orientation.py::test_equals_the_naive_definition"),
    Equation("convolution", "convolution", r"y_f = b_f + \sum w_f x", "network",
             "inverse/layers/conv.py",
             "y = correlate(x, self.weight, self.window, self.groups, (rows, cols))",
             "tests/layers/test_conv.py::test_equals_the_naive_definition"),
    Equation("pooling", "max pooling", r"y = \max x", "network", "inverse/layers/max_pool.py",
             "y = reduce(xp.maximum, (maxima[at] for at in _taps(window, 0, rows)))",
             "tests/layers/test_max_pool.py::test_equals_the_naive_definition"),
    Equation("normalization", "local response normalization",
             r"y_c = x_c / (\kappa + \alpha \sum x_j^2)^\beta", "network",
             "inverse/layers/local_response_norm.py", "return x * factor, _Cache(",
             "tests/layers/test_local_response_norm.py::test_equals_the_naive_definition"),
    Equation("error", "the code error", r"\lVert \Phi(x^*) - \Phi_0 \rVert / N_\Phi", "forgetting",
             "inverse/metrics.py", "return distance(y, target) / normalizer",
             "tests/test_metrics.py::test_code_error_is_not_squared_and_divides_by_the_normalizer"),
    Equation("window", "what a window sees", r"i s - p \dots i s - p + d (K - 1)", "locality",
             "inverse/layers/windows.py", "start = first * self.stride[axis]",
             "tests/test_cropping.py::test_receptive_fields_are_those_that_perturbation_finds"),
    Equation("field", "receptive fields", r"r' = r + d (K - 1) \, q,\ \dots",
             "locality", "inverse/receptive_field.py",
             "found.append((near[1] - near[0] + 1, stride,",
             "tests/test_cropping.py::test_fields_of_the_papers_network"),
]  # fmt: skip
"""Each with its formula in short, the page of the story that has it, a line and a test."""


def number(equation):
    """The number of an equation."""
    return STORY.index(equation) + 1


def place(key):
    """What stands below an equation of the story: its line, and its test."""
    (equation,) = (one for one in STORY if one.key == key)
    path, line, test, function, at = where(equation)
    return (
        f"({number(equation)}) is computed in [`{path}`, line {line}](../../{path}#L{line}), "
        f"`{equation.line}`, and proven by [`{function}`, line {at} of `{test}`]"
        f"(../../{test}#L{at})."
    )


def equations():
    """The table of the page."""
    rows = ["| | equation | computed | proven |", "|---|---|---|---|"]
    for equation in STORY:
        path, line, test, _, at = where(equation)
        rows.append(
            f"| ({number(equation)}) | [{equation.name}](story/{equation.page}.md): "
            f"${equation.formula}$ | [`{path}`, line {line}](../{path}#L{line}) "
            f"| [`{test}`, line {at}](../{test}#L{at}) |"
        )
    return "\n".join(rows)


def where(equation):
    """The file and line that compute it; the file, name and line of the test that proves it."""
    test, _, function = equation.test.partition("::")
    line = line_of(equation.path, equation.line)
    return equation.path, line, test, function, definition(test, function)


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

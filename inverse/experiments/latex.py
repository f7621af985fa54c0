"""Words as LaTeX: what it would misread, or has no letter for, becomes a command."""

from __future__ import annotations

import re

__all__ = ["SUBSCRIPT", "escaped"]

SUBSCRIPT = re.compile(r"(?<!\w)(\w)_(\w{1,2})(?!\w)")
"""A symbol with a subscript, as in λ_V and N_Φ."""

SYMBOLS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "±": "pm", "×": "times", "·": "cdot",
    "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "→": "to", "∞": "infty", "∂": "partial",
    "∇": "nabla", "∈": "in", "‖": "Vert",
}  # fmt: skip

SIGNS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "…": r"\ldots{}",
    "−": "$-$", "⁻": "$^{-}$", "′": r"$^{\prime}$", "°": r"$^{\circ}$",
    # \\[, \\*, -- and '' would mean something
    "[": "{[}", "*": "{*}", "-": "{-}", "'": "{'}", "`": "{`}",
    **{sign: rf"\{sign}" for sign in "{}$&#_%"},
    **{sign: rf"$\{name}$" for sign, name in SYMBOLS.items()},
    **{sign: f"$^{{{i}}}$" for i, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"$_{{{i}}}$" for i, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip


def escaped(words: str) -> str:
    r"""Words on one line, escaped, with their subscripts set.

    Examples
    --------
    >>> print(escaped("λ_V: 5 % of N_i & more"))
    $\lambda$\textsubscript{V}: 5 \% of N\textsubscript{i} \& more
    """
    pieces = SUBSCRIPT.split(" ".join(words.split()))
    signs = ["".join(SIGNS.get(sign, sign) for sign in piece) for piece in pieces]
    # every match gives three pieces: what is before it, the symbol, and the subscript
    for i in range(2, len(signs), 3):
        signs[i] = rf"\textsubscript{{{signs[i]}}}"
    return "".join(signs)

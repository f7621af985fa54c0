"""The site: `python -m sphinx docs docs/_build` after `pip install '.[docs]'`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "reference"))

from directives import Check
from formulas import literal_formulas

project = "inverse"
author = "the inverse authors"
copyright = "2026, the inverse authors"
version = release = version_of("inverse")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx-mathjax-offline",
]
root_doc = "index"
exclude_patterns = ["_build", "**/__pycache__"]

myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = "inverse"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def setup(app):
    """Layers are checked as pages ask; docstrings are rewritten before numpydoc sees them."""
    app.add_directive("check", Check)
    app.connect("autodoc-process-docstring", literal_formulas, priority=100)

"""Imports go one way: every module imports only from those before it in the order of the design."""

import ast
from pathlib import Path

import inverse

ORDER = [
    "errors",
    "arrays",
    "devices",
    "image",
    "preprocessing",
    "models",
    "photos",
    "metrics",
    "layers",
    "receptive_field",
    "cropping",
    "masks",
    "kernels",
    "losses",
    "focus",
    "regularizers",
    "objective",
    "image_strips",
    "regularization",
    "arrangement",
    "network_objective",
    "divided_objective",
    "compiled",
    "optimize",
    "noise",
    "onnx",
    "representations",
    "presets",
    "codes",
    "checkpoint",
    "figures",
    "result",
    "inversion",
    "trace",
    "baselines",
    "experiments",
    "cli",
    "__main__",
]
PACKAGE = Path(inverse.__file__).parent


def imported(path):
    """Top-level modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "inverse":
            if node.module == "inverse":
                yield from (alias.name for alias in node.names)
            else:
                yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("inverse."), f"{path}: {alias.name}"


def test_imports_go_one_way():
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own in ("__init__", "testing"):
            continue
        assert own in ORDER, f"{path} has no place in the order of imports"
        for name in imported(path):
            assert name in ORDER, f"{path} imports {name}"
            assert ORDER.index(name) <= ORDER.index(own), f"{path} imports {name}"


def test_testing_imports_little_and_nothing_imports_it():
    for path in (PACKAGE / "testing").rglob("*.py"):
        assert set(imported(path)) <= {"arrays", "errors", "layers", "objective", "testing"}


def test_no_file_is_long():
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 300, path


def test_public_names_are_explicit():
    assert inverse.__all__ == sorted(inverse.__all__)
    for name in inverse.__all__:
        assert hasattr(inverse, name)

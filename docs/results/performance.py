"""The tables of docs/performance.md, from what the benchmarks wrote.

    python tests/benchmarks/bench_cnn.py --under-load --json docs/results/performance.json
    python tests/benchmarks/bench_shallow.py --json docs/results/performance-shallow.json
    python docs/make_pages.py

`make_pages.py` puts them between the page's marks ``<!-- performance: NAME -->``.
"""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent
NETWORKS = FOLDER / "performance.json"
SHALLOW = FOLDER / "performance-shallow.json"
QUIET = 0.1
"""Processors that others may use, as in tests/benchmarks/neighbors.py."""
NOT_YET = "*Not measured yet.*"


def performance(name):
    """The text of the place called ``name``."""
    file = SHALLOW if name == "shallow" else NETWORKS
    found = json.loads(file.read_text()) if file.exists() else {}
    return (PLACES[name](found) if found else "") or NOT_YET


def machine(found):
    """Processor, versions, threads, and the ceilings."""
    setting, best = found["setting"], found["ceilings"]
    pools = "; ".join(
        f"{pool['internal_api']} {pool['version'] or ''} {pool['architecture'] or ''}".strip()
        for pool in setting["pools"]
        if pool["user_api"] == "blas"
    )
    rows = [
        ("processors", f"{setting['processors']} × {setting['processor']}"),
        ("Python, NumPy, PyTorch", ", ".join(setting[k] for k in ("python", "numpy", "torch"))),
        ("BLAS of NumPy", pools),
        ("processes, ours", setting["our_threads"]),
        ("threads, PyTorch's", setting["torch_threads"]),
        (
            "product of two 1024×1024 matrices, GFLOP/s",
            f"{best['gemm_1']:.0f} with one thread, {best['gemm_2']:.0f} with two; "
            f"PyTorch {best['gemm_torch']:.0f}",
        ),
        (
            "matrix (4096×9216) by vector, GB/s",
            f"{best['gemv_1']:.1f} with one thread, {best['gemv_2']:.1f} with two; "
            f"PyTorch {best['gemv_torch']:.1f}",
        ),
    ]
    return table(("", ""), rows)


def cases(found):
    """Every case beside PyTorch and beside the machine's floor, and the mean."""
    compiled = any(case["compiled"] for case in found.get("cases", ()))
    heads = ["case", "GFLOP", "ours, ms", "PyTorch, ms", "its layout", "ratio", "floor/ours"]
    rows = []
    for case in found.get("cases", ()):
        ours, theirs = case["ours"][0], case["torch"][case["layout"]][0]
        cost = case["cost"]
        row = [
            case["label"] + (" (disturbed)" if case["disturbed"] else ""),
            f"{(cost['conv_flops'] + cost['linear_flops']) / 1e9:.2f}",
            f"{ours:.2f}",
            f"{theirs:.2f}",
            case["layout"],
            f"**{case['ratio']:.2f}**",
            f"{case['floor_ms'] / ours:.2f}",
        ]
        if compiled:
            other = case["compiled"]
            row.append(f"{other['ratio']:.2f}" if isinstance(other, dict) else "–")
        rows.append(row)
    if not rows:
        return ""
    text = table(heads + ["ours/torch.compile"] * compiled, rows)
    mean = found["geometric_mean"]
    if mean is not None:
        text += f"\n\nGeometric mean of the ratios that are not disturbed: **{mean:.3f}**."
    if found["missed"]:
        text += f"\n\nLimits that were missed or could not be judged: {'; '.join(found['missed'])}."
    return text


def restarts(found):
    """Time and memory against the number of restarts."""
    parts = [
        f"CaffeNet {target}:\n\n{series('restarts', one['count'], one)}\n\n"
        f"Four restarts cost {one['ours'][one['count'].index(4)] / one['ours'][0]:.2f} times one."
        for target, one in found.get("restarts", {}).items()
    ]
    return "\n\n".join(parts)


def sizes(found):
    """Time and memory against the side of the image."""
    one = found.get("sizes")
    return one and series("side of the image, CaffeNet conv5", one["size"], one)


def series(what, counts, found):
    """A row for each side, a column for each count."""
    rows = [
        (name if name.endswith("MB") else f"{name}, ms", *(f"{value:.1f}" for value in values))
        for name, values in found.items()
        if name not in ("count", "size", "neighbors")
    ]
    text = table((what, *map(str, counts)), rows)
    if max(found["neighbors"]) > QUIET:
        text += "\n\nOther processes were busy meanwhile: these times say little."
    return text


def memory(found):
    """Peak memory of fresh processes."""
    rows = [
        (case, *(f"{value:.0f}" for value in sides.values()), f"{ratio(sides):.2f}")
        for case, sides in found.get("memory", {}).items()
    ]
    return rows and table(("case", "ours, MB", "NCHW", "channels_last", "ratio"), rows)


def ratio(sides):
    """Ours over the better of PyTorch's two."""
    return sides["ours"] / min(value for name, value in sides.items() if name != "ours")


def load(found):
    """How much slower each case is beside two busy processes."""
    rows = [(case, f"{value:.2f}") for case, value in found.get("under_load", {}).items()]
    return rows and table(("case", "time beside two busy processes / alone"), rows)


def shallow(found):
    """HOG, HOGb and dense SIFT beside PyTorch."""
    heads = ("case", "ours, ms", "PyTorch, ms", "ratio", "ratio to its sparse form")
    rows = [
        (
            f"{row['representation']} batch {row['batch']}",
            f"{row['ours_median']:.2f}",
            f"{row['torch_median']:.2f}",
            f"**{row['ratio']:.2f}**",
            f"{row['sparse_ratio']:.2f}",
        )
        for row in found["rows"]
    ]
    four = ", ".join(f"{name} {value:.2f}" for name, value in found["four_restarts"].items())
    return f"{table(heads, rows)}\n\nFour restarts cost, in times of one: {four}."


def table(heads, rows):
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


PLACES = {
    "machine": machine,
    "cases": cases,
    "restarts": restarts,
    "sizes": sizes,
    "memory": memory,
    "load": load,
    "shallow": shallow,
}

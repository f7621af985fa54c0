"""Invert every layer of `small` and AlexNet, some of VGG16 and EfficientNet; write the tables.

    inverse models fetch alexnet    # and vgg16, efficientnet-lite0
    python docs/results/networks.py ../shared/photos --jobs 2

Every finished inversion is a file under ``--work``, so a stopped run goes on where it was. The
result is networks.json, networks.md and a picture for each network beside this script.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

import inverse
from inverse.image import stretch, tile, write_bytes

HERE = Path(__file__).parent
PAPER = {  # Table 3 of the paper: the code error in % with λ_V = 0.5, 5 and 50
    "conv1": (10.0, 20.2, 40.8), "relu1": (11.3, 22.4, 45.2), "pool1": (21.9, 30.3, 54.1),
    "norm1": (20.3, 28.2, 48.1), "conv2": (12.4, 20.0, 39.7), "relu2": (12.9, 17.4, 32.8),
    "pool2": (15.5, 18.2, 32.7), "norm2": (15.9, 18.4, 32.4), "conv3": (14.5, 14.4, 25.6),
    "relu3": (16.5, 15.1, 26.9), "conv4": (14.9, 13.3, 23.3), "relu4": (13.8, 14.0, 23.9),
    "conv5": (12.6, 15.4, 25.7), "relu5": (15.6, 13.9, 20.1), "pool5": (16.6, 15.5, 19.0),
    "fc6": (12.4, 14.2, 18.6), "relu6": (15.8, 13.7, 18.7), "fc7": (12.8, 15.4, 17.1),
    "relu7": (10.5, 10.8, 15.5), "fc8": (5.3, 5.9, 8.5),
}  # fmt: skip
ALEXNET = "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5"
LAYERS = {
    "small": list(PAPER),
    "alexnet": ALEXNET.split(),
    "vgg16": ["relu1_2", "relu3_3", "pool5"],
    "efficientnet-lite0": ["stem.relu6", "blocks.4.add", "head.relu6"],
}


WEAKER = {"pool2": 0.5, "conv5": 5.0, "relu5": 5.0, "pool5": 5.0}


def weaker(phi):
    """`presets.fast`, in four layers of AlexNet with the next smaller of the paper's three λ_V.

    The last of them, pool5, has 800 steps.
    """
    preset = inverse.presets.fast(phi)
    steps = 800 if phi.ending == "pool5" else preset.steps
    return preset.replace(lambda_tv=WEAKER.get(phi.ending, preset.lambda_tv), steps=steps)


PRESETS = {
    "cvpr2015": inverse.presets.cvpr2015,
    "fast": inverse.presets.fast,
    "fast, weaker λ_V": weaker,
}
PLAN = [  # network, preset, how many photos
    ("small", "fast", 20),
    ("alexnet", "fast, weaker λ_V", 20),
    ("efficientnet-lite0", "fast", 3),
    ("vgg16", "fast", 1),
    ("small", "cvpr2015", 5),
    ("alexnet", "cvpr2015", 5),
]
DRAWN = {(model, preset) for model, preset, _ in PLAN[:4]}
"""Of which runs there is a picture: the first of each network."""

SHOWN = 4
"""Photos of a network's picture, at the most."""


@cache
def network(model):
    """The network, read once in each process."""
    return inverse.cnn(model)


@cache
def normalizer(model, layer, paths):
    """N_Φ: the mean distance between the codes of all pairs of the photos."""
    phi = network(model).until(layer)
    codes = [phi(phi.encode(inverse.read_image(path)))[0] for path in paths]
    return inverse.metrics.mean_pairwise_distance(codes)


def folder(work, model, preset, layer):
    """Where the inversions of a layer are kept: another preset, another folder."""
    constants = PRESETS[preset](network(model).until(layer)).as_dict()
    sha = hashlib.sha256(json.dumps(constants, sort_keys=True).encode()).hexdigest()[:8]
    return work / model / sha / layer


def evaluate(work, model, preset, layer, path, distance):
    """Invert one photo and keep its figures and its picture."""
    place = folder(work, model, preset, layer)
    done = place / f"{path.stem}.json"
    if done.exists():
        return
    phi = network(model).until(layer)
    result = inverse.invert(
        phi, inverse.read_image(path), rng=0, preset=PRESETS[preset](phi), normalizer=distance
    )
    inverse.write_image(place / f"{path.stem}.png", result.image)
    figures = {
        "photo": path.name,
        "code_error": result.code_error,
        "relative_error": result.relative_error,
        "energy": result.energy,
        "stop": result.stop,
    }
    write_bytes(done, json.dumps(figures).encode())


def collect(work, model, preset, paths):
    """The figures of every layer of which all photos are done."""
    found = {}
    for layer in LAYERS[model]:
        files = [folder(work, model, preset, layer) / f"{p.stem}.json" for p in paths]
        if all(file.exists() for file in files):
            found[layer] = [json.loads(file.read_text()) for file in files]
    return found


def picture(work, model, preset, paths):
    """Rows of a photo and what was found from each layer's code."""
    rows = []
    for path in paths[:: max(1, len(paths) // SHOWN)][:SHOWN]:
        net = network(model)
        images = [net.decode(net.encode(inverse.read_image(path)))[0]]
        for layer in LAYERS[model]:
            file = folder(work, model, preset, layer) / f"{path.stem}.png"
            images.append(stretch(inverse.read_image(file)))
        captions = ["photo", *LAYERS[model]]
        per_row = 11 if len(images) > 16 else len(images)
        for start in range(0, len(images), per_row):
            rows.append(tile(images[start : start + per_row], captions[start : start + per_row]))
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(r, ((0, 0), (0, width - r.shape[1]), (0, 0)), constant_values=1) for r in rows]
    return np.concatenate(padded)


def summary(records, key):
    """Mean ± standard deviation in percent, of one figure of some photos."""
    values = [100 * record[key] for record in records]
    spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{spread}"


def table(model, figures):
    """The Markdown table of a network: a row for each layer."""
    presets = [preset for name, preset, _ in PLAN if name == model and figures.get(preset)]
    heads = [f"{preset}: λ_V | code error | relative error" for preset in presets]
    paper = "paper: λ_V 0.5, 5, 50 | " if model in ("small", "alexnet") else ""
    lines = [
        f"| layer | {paper}{' | '.join(heads)} |",
        "|" + "---|" * (1 + bool(paper) + 3 * len(presets)),
    ]
    for layer in LAYERS[model]:
        phi = network(model).until(layer)
        cells = [", ".join(f"{v:.1f}" for v in PAPER[layer])] if paper else []
        for preset in presets:
            records = figures[preset].get(layer)
            cells.append(f"{PRESETS[preset](phi).lambda_tv:g}")
            for key in ("code_error", "relative_error"):
                cells.append(summary(records, key) if records else "")
        lines.append(f"| {layer} | {' | '.join(cells)} |")
    return "\n".join(lines)


INTRODUCTION = """# Networks inverted, layer by layer: the figures

Made by `python docs/results/networks.py PHOTOS` from every fifth of 100 photos, or fewer of these
where a table says so, resized to the input of each network; one run each from seed 0, 400 steps.
Errors in percent, mean ± standard deviation over the photos; [networks.json](networks.json) has
every photo. Code error is ‖Φ(x*) − Φ₀‖₂/N_Φ, the measure of the paper's Table 3, with N_Φ the mean
distance between the codes of two of 20 photos; relative error is ‖Φ(x*) − Φ₀‖₂/‖Φ₀‖₂. The paper's
column is its Table 3, for CaffeNet and 100 pictures of ImageNet.

`presets.cvpr2015` has the published rates, which suit CaffeNet; `presets.fast` minimizes the same
energy, with the same λ, by Adam on smoothed gradients. Where codes are short for their network's
scale, as that of a plain hat in AlexNet's pool5, the published first rate is many times too large:
the run is stopped as it diverges, or has too few steps left to recover. λ_V is the published one,
for pictures of 227×227; at 131×131 a third of it weighs the same (`presets.Preset`).

AlexNet's pool2 keeps 21.7 % with the λ_V = 5 that the paper chose by depth, and 16.1 % with 0.5;
it, conv5, relu5 and pool5 have the next smaller of the paper's three weights here. A smaller one is
not always better: with 0.5 relu3 ends at 20.5 % instead of 18.1 %, for 400 steps are then too few.
pool5 has 800 steps in this column; with 400 it ends at 21.7 %.
The pictures are of each network's first columns, stretched to the full range as the authors' are,
the photo first.
"""


def page(figures, counts):
    """The Markdown page."""
    parts = [INTRODUCTION]
    for model in LAYERS:
        if not figures.get(model):
            continue
        photos = ", ".join(f"`{preset}` {counts[model, preset]}" for preset in figures[model])
        parts += [
            f"## {model}",
            "",
            f"Photos: {photos}.",
            "",
            table(model, figures[model]),
            "",
        ]
        if (HERE / f"networks-{model}.png").exists():
            text = f"Photos, and what is found from the codes of {model}"
            parts += [f"![{text}](networks-{model}.png)", ""]
    return "\n".join(parts)


def main():
    """Evaluate, resume, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--work", type=Path, default=Path("/tmp/inverse-networks"))
    parser.add_argument("--report", action="store_true", help="only write what is done")
    options = parser.parse_args()
    every = sorted(options.photos.glob("*.jpg"))
    if not every:
        parser.error(f"no .jpg in {options.photos}")
    figures, counts = {}, {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for model, preset, count in PLAN:
            paths = tuple(every[:: max(1, len(every) // count)][:count])
            reference = tuple(every[:: max(1, len(every) // 20)][:20])
            if not options.report:
                tasks = []
                for layer in LAYERS[model]:
                    distance = normalizer(model, layer, reference)
                    tasks += [
                        pool.submit(evaluate, options.work, model, preset, layer, p, distance)
                        for p in paths
                    ]
                for task in tasks:
                    task.result()
            found = collect(options.work, model, preset, paths)
            if found:
                figures.setdefault(model, {})[preset] = found
                counts[model, preset] = len(paths)
            if len(found) == len(LAYERS[model]) and (model, preset) in DRAWN:
                sheet = picture(options.work, model, preset, paths)
                inverse.write_image(HERE / f"networks-{model}.png", sheet)
            print(
                model, preset, {k: summary(v, "code_error") for k, v in found.items()}, flush=True
            )
    write_bytes(HERE / "networks.json", (json.dumps(figures, indent=1) + "\n").encode())
    write_bytes(HERE / "networks.md", page(figures, counts).encode())


if __name__ == "__main__":
    os.environ.setdefault("INVERSE_NUM_THREADS", "1")
    main()

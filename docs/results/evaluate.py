"""Invert HOG, HOGb and dense SIFT of a folder of photos; write the table beside the paper's.

    python docs/results/evaluate.py ../shared/photos --jobs 2 --preset cvpr2015
    python docs/results/evaluate.py ../shared/photos --jobs 2 --preset fast

Every finished photo is a file under ``--work``, so a stopped run goes on where it was. A run puts
its preset's part into shallow.json and leaves the other's; shallow.md is written from all of it,
and shallow.png shows what is found with `presets.fast`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import inverse
from inverse.image import stretch, tile, write_bytes

HERE = Path(__file__).parent
PUBLISHED = {"hog": "28.10 ± 7.9", "hogb": "10.67 ± 5.2", "dsift": "10.89 ± 7.5"}
TITLES = {
    "hog": "HOG, 27 channels as in the paper",
    "hogb": "HOGb, 27 channels as in the paper",
    "dsift": "DSIFT, bin 5, step 15",
    "hog31": "HOG, all 31 channels",
    "hogb31": "HOGb, all 31 channels",
}
SHOWN = 6
SIZE = 256


def representation(name):
    """The three representations of the paper's Table 1, and HOG with its texture channels."""
    return {
        "hog": inverse.hog(texture=False),
        "hogb": inverse.hog(bilinear=True, texture=False),
        "dsift": inverse.dsift(bin_size=5, step=15),
        "hog31": inverse.hog(),
        "hogb31": inverse.hog(bilinear=True),
    }[name]


def read(path):
    """The central 256×256 of a photo, in grey."""
    return inverse.grey(inverse.center_crop(inverse.read_image(path), SIZE, SIZE))


PRESETS = {"cvpr2015": inverse.presets.cvpr2015, "fast": inverse.presets.fast}


def evaluate(name, preset, path, normalizer, work):
    """Invert one photo and keep its figures and its picture."""
    done = work / name / f"{path.stem}.json"
    if done.exists():
        return
    phi = representation(name)
    constants = PRESETS[preset](phi)
    result = inverse.invert(phi, read(path), preset=constants, rng=0, normalizer=normalizer)
    inverse.write_image(work / name / f"{path.stem}.png", stretch(result.image))
    figures = {
        "photo": path.name,
        "code_error": result.code_error,
        "relative_error": result.relative_error,
        "correlation": inverse.metrics.pixel_correlation(result.image, result.original),
        "energy": result.energy,
        "stop": result.stop,
    }
    write_bytes(done, json.dumps(figures).encode())


def normalizer(name, paths):
    """N_Φ: the mean distance between the codes of all pairs of the photos."""
    phi = representation(name)
    return inverse.metrics.mean_pairwise_distance([phi(phi.encode(read(p)))[0] for p in paths])


def table(found):
    """The Markdown page."""
    rows = []
    for name, title in TITLES.items():
        for preset in [p for p in PRESETS if p in found]:
            record = found[preset][name]
            rows.append(row(title, PUBLISHED.get(name, ""), preset, record))
    count = len(next(iter(found.values()))["hog"]["photos"])
    steps = ", ".join(
        f"`presets.{p}` ({PRESETS[p](inverse.hog()).steps} steps)" for p in PRESETS if p in found
    )
    return "\n".join(
        [
            "# HOG, HOGb and DSIFT inverted: the figures",
            "",
            f"Made by `python docs/results/evaluate.py PHOTOS --preset PRESET` from {count} "
            f"photos, their central {SIZE}×{SIZE} pixels in grey, with {steps}, one run each from "
            "seed 0. Errors in percent, mean ± standard deviation over the photos; "
            "[shallow.json](shallow.json) has every photo.",
            "",
            "| code | published code error | preset | code error | 1.96 s.e. | relative error "
            "| pixel correlation | energy | N_Φ |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            "Code error is ‖Φ(x*) − Φ₀‖₂/N_Φ, with N_Φ the mean distance between the codes of two "
            "photos; relative error is ‖Φ(x*) − Φ₀‖₂/‖Φ₀‖₂. The published column is Table 1 of "
            "Mahendran & Vedaldi (2015), on 100 pictures of ImageNet at their own sizes and with "
            "the authors' networks in place of VLFeat's HOG and DSIFT. Their HOG has 27 channels, "
            "so its rows are the ones to compare.",
            "",
            "`presets.cvpr2015` is the published optimizer, and comes as near to the codes as the "
            "paper says. `presets.fast` minimizes the same energy with the same weights: most of "
            "what the published errors measure was the optimizer's, not the representation's "
            "([convergence.md](convergence.md)).",
            "",
            "![Originals and reconstructions](shallow.png)",
            "",
            "From left to right: the photo; the reconstructions from HOG, HOGb and DSIFT with "
            "`presets.fast`, stretched to the full range.",
            "",
        ]
    )


def row(title, published, preset, record):
    """One line of the table."""
    values = {
        key: inverse.metrics.summarize([factor * p[key] for p in record["photos"]])
        for key, factor in (
            ("code_error", 100),
            ("relative_error", 100),
            ("correlation", 1),
            ("energy", 1),
        )
    }
    errors, relative, pixels, energy = values.values()
    return (
        f"| {title} | {published} | {preset} | **{errors.mean:.2f} ± {errors.std:.1f}** "
        f"| ± {errors.half_width:.2f} | {relative.mean:.2f} ± {relative.std:.1f} "
        f"| {pixels.mean:.2f} ± {pixels.std:.2f} | {energy.mean:.4f} "
        f"| {record['normalizer']:.2f} |"
    )


def settings(preset, paths):
    """A name for all that the figures depend on but the code: another one, another folder."""
    layers = [repr(layer) for name in TITLES for _, layer in representation(name)]
    constants = [PRESETS[preset](representation(name)) for name in TITLES]
    everything = (layers, constants, [path.name for path in paths])
    return hashlib.sha256(repr(everything).encode()).hexdigest()[:12]


def main():
    """Evaluate, resume, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="folder of photos of at least 256×256 pixels")
    parser.add_argument("--preset", choices=PRESETS, default="fast")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--limit", type=int, help="only the first so many photos")
    parser.add_argument("--work", type=Path, default=Path("/tmp/inverse-evaluate"))
    options = parser.parse_args()
    paths = sorted(options.photos.glob("*.jpg"))[: options.limit]
    if not paths:
        parser.error(f"no .jpg in {options.photos}")
    options.work /= settings(options.preset, paths)
    figures = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for name in TITLES:
            distance = normalizer(name, paths)
            tasks = [
                pool.submit(evaluate, name, options.preset, p, distance, options.work)
                for p in paths
            ]
            for task in tasks:
                task.result()
            done = [options.work / name / f"{p.stem}.json" for p in paths]
            records = [json.loads(file.read_text()) for file in done]
            figures[name] = {"normalizer": distance, "photos": records}
            errors = [100 * record["code_error"] for record in records]
            print(f"{name}: code error {np.mean(errors):.2f} %", flush=True)
    file = HERE / "shallow.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    found = {preset: kept[preset] for preset in PRESETS if preset in kept}
    found[options.preset] = figures
    if options.preset == "fast":
        write_picture(paths[:: math.ceil(len(paths) / SHOWN)], options.work)
    write_bytes(file, (json.dumps(found, indent=1) + "\n").encode())
    write_bytes(HERE / "shallow.md", table(found).encode())


def write_picture(chosen, work):
    """Photos, and what is found from their codes."""
    rows = [
        tile([read(p)] + [inverse.read_image(work / n / f"{p.stem}.png") for n in PUBLISHED])
        for p in chosen
    ]
    inverse.write_image(HERE / "shallow.png", np.concatenate(rows))


if __name__ == "__main__":
    main()

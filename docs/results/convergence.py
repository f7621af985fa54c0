"""What each part of `presets.fast` is worth, and pictures of both presets side by side.

    python docs/results/convergence.py ../shared/photos

The energy after half the paper's evaluations, relative to the published schedule's after all of
them, with `presets.fast`, with one of its parts left out or changed, and with L-BFGS (SciPy) in its
place. Every run is kept under ``--work``, so a stopped run goes on where it was. The result is
convergence.json, convergence.png, and the tables between the marks in convergence.md: the first is
of evaluations.json beside this script, which tests/benchmarks/bench_convergence.py writes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from pathlib import Path

import numpy as np
from scipy.optimize import minimize as scipy_minimize

import inverse
from inverse import kernels
from inverse.image import stretch, tile, write_bytes
from inverse.noise import noise
from inverse.presets import cvpr2015, fast

HERE = Path(__file__).parent
SIZE = 256
VARIANTS = {
    "presets.fast": {},
    "gradients not smoothed": {"smoothing": 0.0},
    "smoothed with p = 1": {"smoothing": 1.0},
    "smoothed with p = 2": {"smoothing": 2.0},
    "no straight-through": {"straight_through": 0.0},
    "white noise of norm 1 at the start": {"start_norm": 1.0, "start_color": 0.0},
    "β₁ = 0.95": {"momentum": 0.95},
    "β₂ = 0.99": {"decay": 0.99},
    "β₂ = 0.999": {"decay": 0.999},
}


def cases():
    """Representations by name."""
    found = {
        "HOG": inverse.hog(),
        "HOGb": inverse.hog(bilinear=True),
        "DSIFT": inverse.dsift(bin_size=5, step=15),
    }
    small = inverse.cnn("small")
    return found | {layer: small.until(layer) for layer in ("conv1", "pool1", "conv3", "pool5")}


def read(phi, path):
    """A photo: for networks whole, else its central 256×256 in grey."""
    photo = inverse.read_image(path)
    if isinstance(phi, inverse.Cnn):
        return photo
    return inverse.grey(inverse.center_crop(photo, SIZE, SIZE))


def kept(work, name, compute):
    """The energy that ``compute`` gives, from an earlier run if it is there."""
    file = work / f"{name}.json"
    if not file.exists():
        write_bytes(file, json.dumps(compute()).encode())
    return json.loads(file.read_text())


def energy(phi, path, preset):
    """The final energy, with the picture."""
    return inverse.invert(phi, read(phi, path), preset=preset, rng=0, normalizer=1.0).energy


def by_lbfgs(phi, path, preset):
    """The lowest energy that L-BFGS finds, in as many evaluations as the preset has steps."""
    target = phi.encode(read(phi, path))
    shape, size = target.shape, math.prod(target.shape[1:])
    code = phi(target)
    sigma = phi.sigma * math.sqrt(size)
    program = kernels.compile(phi.layer, shape, target.dtype)
    objective = inverse.Objective(program, inverse.Euclidean(code), preset.terms(shape[1:]), sigma)
    found = []

    def evaluate(x):
        evaluation = objective(x.reshape(shape).astype(target.dtype))
        found.append(float(evaluation.energy[0]))
        return found[-1], evaluation.gradient.ravel().astype(np.float64)

    start = noise(shape, 0, np.float64, preset.start_norm, preset.start_color)
    scipy_minimize(
        evaluate,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxfun": preset.steps, "maxiter": preset.steps, "ftol": 0, "gtol": 0},
    )
    return min(found[: preset.steps])


def relative_energies(phi, name, paths, work):
    """For every variant, the mean energy relative to the paper's; None where it is no other."""
    paper, quick = cvpr2015(phi), fast(phi).replace(steps=cvpr2015(phi).steps // 2)
    tasks = {"paper": lambda p: energy(phi, p, paper)}
    for variant, changes in VARIANTS.items():
        preset = quick.replace(**changes)
        if not changes or preset != quick:
            tasks[variant] = lambda p, preset=preset: energy(phi, p, preset)
    tasks["L-BFGS"] = lambda p: by_lbfgs(phi, p, quick)
    energies = {}
    for task, compute in tasks.items():
        key = hashlib.sha256(f"{paper} {quick} {task}".encode()).hexdigest()[:10]
        energies[task] = [
            kept(work, f"{name}-{p.stem}-{key}", lambda c=compute, p=p: c(p)) for p in paths
        ]
        print(name, task, *(f"{e:.5f}" for e in energies[task]), flush=True)
    reference = np.array(energies.pop("paper"))
    return {task: mean(np.array(e) / reference) for task, e in energies.items()}


def table(found):
    """Markdown: a row for each variant, a column for each representation."""
    names = list(found)
    rows = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for variant in (*VARIANTS, "L-BFGS"):
        cells = [f"{found[n][variant]:.2f}" if variant in found[n] else "" for n in names]
        rows.append(f"| {variant} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def evaluations(pairs):
    """Markdown: a row for each case of bench_convergence.py."""
    rows = [
        "| code | λ_V | paper's evaluations | stopped | fast, to the same energy | ratio | worst "
        "| energy after half | worst |",
        "|---" * 9 + "|",
    ]
    for case in dict.fromkeys(p["case"] for p in pairs):
        own = [p for p in pairs if p["case"] == case]
        ratios, energies = ([p[key] for p in own] for key in ("ratio", "energy_ratio"))
        stopped = sum(p["published_stopped"] for p in own)
        rows.append(
            f"| {case} | {own[0]['lambda_tv']:g} | {own[0]['published_evaluations']} "
            f"| {f'{stopped} of {len(own)}' if stopped else ''} "
            f"| {mean([p['evaluations'] for p in own]):.0f} | **{mean(ratios):.2f}** "
            f"| {max(ratios):.2f} | {mean(energies):.2f} | {max(energies):.2f} |"
        )
    ratios, energies = ([p[key] for p in pairs] for key in ("ratio", "energy_ratio"))
    rows.append(
        f"| all | | | | | **{mean(ratios):.2f}** | {max(ratios):.2f} | {mean(energies):.2f} "
        f"| {max(energies):.2f} |"
    )
    return "\n".join(rows) + "\n"


def mean(values):
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(values))))


def filled(text, mark, content):
    """The page with what stands between the marks replaced."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    before, rest = text.split(begin)
    return before + begin + content + end + rest.split(end)[1]


def picture(phi, path):
    """The photo, and what is found by the published preset and by half as many steps of fast."""
    paper = cvpr2015(phi)
    quick = fast(phi).replace(steps=paper.steps // 2)
    results = [inverse.invert(phi, read(phi, path), preset=p, rng=0) for p in (paper, quick)]
    images = [results[0].original, *(stretch(r.image) for r in results)]
    return tile([inverse.resize(image, 192, 192) for image in images])


def main():
    """Run what is missing, and write the page's table and picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="folder of photos of at least 256×256 pixels")
    parser.add_argument("--count", type=int, default=3, help="of photos, spread over the folder")
    parser.add_argument("--work", type=Path, default=Path("/tmp/inverse-convergence-variants"))
    options = parser.parse_args()
    every = sorted(options.photos.glob("*.jpg"))
    paths = every[:: math.ceil(len(every) / options.count)]
    found = {n: relative_energies(phi, n, paths, options.work) for n, phi in cases().items()}
    write_bytes(HERE / "convergence.json", (json.dumps(found, indent=1) + "\n").encode())
    page = HERE / "convergence.md"
    text = filled(page.read_text(), "table", table(found))
    pairs = HERE / "evaluations.json"
    if pairs.exists():
        text = filled(text, "evaluations", evaluations(json.loads(pairs.read_text())))
    write_bytes(page, text.encode())
    rows = [
        np.concatenate([_in_color(picture(phi, p)) for p in paths[:2]], axis=1)
        for phi in cases().values()
    ]
    inverse.write_image(HERE / "convergence.png", np.concatenate(rows))


def _in_color(image):
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


if __name__ == "__main__":
    main()

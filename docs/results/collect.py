"""Put what `inverse reproduce` found into these pages.

    inverse reproduce all --images ../shared/photos --out OUT --jobs 2
    python docs/results/collect.py OUT

Every experiment below OUT becomes a page beside this script: its tables, findings and figures,
these as JPEG pictures, and how it was run.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

from PIL import Image

from inverse.experiments import EXPERIMENTS
from inverse.experiments.tables import markdown
from inverse.experiments.writing import read
from inverse.image import write_bytes

HERE = Path(__file__).parent
WIDTH, QUALITY = 1100, 82


def jpeg(png):
    """A figure as a JPEG of at most `WIDTH` pixels across."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=QUALITY, optimize=True)
    return data.getvalue()


def page(report, about, folder):
    """The Markdown page of an experiment; writes its pictures."""
    parts = [f"# {report.title}", report.summary]
    for table in report.tables:
        parts.append(markdown(table).strip())
    if report.findings:
        parts.append("\n".join(f"- {finding.sentence}" for finding in report.findings))
    for figure in report.figures:
        name = f"{figure.name}.jpg"
        write_bytes(folder / name, jpeg(figure.image))
        parts += [f"![{figure.alternative}]({name})", figure.caption]
    versions = ", ".join(f"{k} {v}" for k, v in report.settings["versions"].items())
    parts.append(
        f"Made by `{about['command']}` from {len(report.settings['pictures'])} pictures: "
        f"{about['units']} units of work, {about['seconds of all units']:.0f} s of a processor in "
        f"all, on {about['machine']}, {about['date']}; {versions}."
    )
    if about["seconds a unit"] and len(about["seconds a unit"]) <= 16:
        each = ", ".join(f"{kind} {s:.1f}" for kind, s in about["seconds a unit"].items())
        parts.append(f"Seconds a unit: {each}.")
    return "\n\n".join(parts) + "\n"


def index(experiments):
    """The page of all pages."""
    rows = [f"| [{name}]({name}.md) | {one.title} |" for name, one in experiments.items()]
    return "\n".join(
        [
            "# Results",
            "",
            "What the paper's tables and figures look like on open pictures. How to make them "
            "is in [experiments.md](../experiments.md); `python docs/results/collect.py` puts them "
            "here.",
            "",
            "| page | what it shows |",
            "|---|---|",
            *rows,
            "| [convergence](convergence.md) | How many evaluations reach the paper's energy, made "
            "by `python docs/results/convergence.py` |",
            "",
        ]
    )


def main():
    """Write the pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="the folder that inverse reproduce wrote into")
    options = parser.parse_args()
    for name in EXPERIMENTS:
        if not (options.out / name / "results.json").exists():
            print(f"no results of {name} in {options.out}: its page stays as it is")
            continue
        report = read(options.out / name)
        about = json.loads((options.out / name / "run.json").read_text())
        write_bytes(HERE / f"{name}.md", page(report, about, HERE).encode())
    there = {name: e for name, e in EXPERIMENTS.items() if (HERE / f"{name}.md").exists()}
    write_bytes(HERE / "README.md", index(there).encode())


if __name__ == "__main__":
    main()

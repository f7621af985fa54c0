"""Command lines: of every command, its own options with values of all sorts."""

import argparse
import functools
import os
import shutil

import inverse
from inverse import models
from inverse.cli import build_parser
from inverse.errors import InputError
from tests.fuzz import documents
from tests.fuzz.documents import command
from tests.fuzz.networks import bases

ANY = (
    "",
    "x",
    "-1",
    "0",
    "1",
    "2",
    "nan",
    "inf",
    "1e400",
    "-0.0",
    "é",
    "\x00",
    "a/b",
    "--",
    "-",
    "1,2",
)
"""Words for any place."""

NUMBERS = (
    "-1",
    "0",
    "1",
    "2",
    "3",
    "8",
    "9",
    "0.5",
    "1e-9",
    "1e9",
    "nan",
    "-inf",
    str(10**9),
    str(2**63),
)
"""For numbers that do not make a run long."""

SHORT = ("1", "2", "8", "3", "0", "-1", "x", "1e2", "nan", "")
"""For numbers that do."""

LONG = {
    "steps",
    "restarts",
    "jobs",
    "limit",
    "size",
    "batch",
    "threads",
    "cell_size",
    "orientations",
}

GOOD = {
    "image": ("p.png", "g.jpg"), "model": ("model.onnx", "other.onnx", "small"), "folder": (".",),
    "representation": ("hog", "hogb", "dsift", "model.onnx"), "layer": ("c",), "out": ("out",),
    "images": ("bad",), "name": ("table1", "fig2"),
}  # fmt: skip
"""What is there."""

SHALLOW_ONLY = {
    "cell_size",
    "orientations",
    "no_texture",
    "bin_size",
    "step",
    "window",
    "window_size",
}
NETWORK_ONLY = {"size", "mean", "std", "range", "order", "layout"}

REPRESENTATIONS = (
    "hog", "hogb", "dsift", "model.onnx", "other.onnx", "broken.onnx", "small",
)  # fmt: skip

CHOICES = {
    "image": ("p.png", "g.jpg", "broken.png", "absent.png", ".", "model.onnx"),
    "picture": ("p.png", "broken.png", "absent.png"),
    "model": (*REPRESENTATIONS, "p.png", "vgg16"),
    "representation": (*REPRESENTATIONS, "x"),
    "layer": ("c", "p", "y", "cells", "relu1", "conv1", "pool1", "preprocessing", "x", ""),
    "out": ("out", "out/a/b", "p.png", "p.png/x", ".", "/dev/null/x", "\x00"),
    "images": ("bad", "empty", "absent", "p.png", ""),
    "folder": (".", "absent", "p.png", "bad"),
    "name": ("table1", "fig2", "all", "x", "", "small", "alexnet", "../x"),
    "backend": ("loky", "threading", "x", "", "multiprocessing"),
    "scheduler": ("x", ""),
}  # fmt: skip


HOME = []


def prepare(home):
    """Run each command once, and let nothing be fetched."""
    documents.prepare(home)
    models.download, HOME[:] = _no_network, [home]
    folder = os.path.join(home, "commands")
    os.makedirs(folder)
    _files(folder)
    for line in (
        ["invert", "p.png", "--steps", "2", "--out", "out"], ["layers", "model.onnx"],
        ["check", "model.onnx"], ["plan", "hog"], ["trace", "p.png"], ["models", "list"],
        ["reproduce", "--list"], ["report", "."], ["--version"],
        ["invert", "p.png", "--representation", "model.onnx", "--steps", "2", "--json"],
        ["reproduce", "fig2", "--images", "bad", "--out", "o"],
    ):  # fmt: skip
        _run(folder, line)


def _no_network(package):
    raise InputError(f"{package.name} cannot be had: there is no network")


def _files(folder):
    photo = inverse.photos.photo("hat")
    inverse.write_image(os.path.join(folder, "p.png"), photo[64:88, 64:96])
    inverse.write_image(os.path.join(folder, "g.jpg.png"), photo[64:76, 64:88, 0])
    os.rename(os.path.join(folder, "g.jpg.png"), os.path.join(folder, "g.jpg"))
    broken = {"broken.png": b"\x89PNG\r\n\x1a\n", "broken.onnx": b"\x08\x07", "bad/a.jpg": b"x"}
    for name, proto in (("model.onnx", bases()[0]), ("other.onnx", bases()[4])):
        broken[name] = proto.SerializeToString()
    shutil.copytree(os.path.join(HOME[0], "report"), os.path.join(folder, "fig2"))
    for name in ("bad", "empty"):
        os.makedirs(os.path.join(folder, name))
    for name, data in broken.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def case(rng, folder):
    """A command line in a folder of small files."""
    _files(folder)
    return functools.partial(_run, folder, arguments(rng))


def _run(folder, line):
    before = os.getcwd()
    os.chdir(folder)
    os.environ["INVERSE_CACHE"] = os.path.join(folder, "cache")
    try:
        return command(line)
    finally:
        os.chdir(before)


def arguments(rng):
    """The words of one command line."""
    parser, words = build_parser(), []
    if rng.random() < 0.03:
        return [rng.choice((*ANY, "--version", "--help")) for _ in range(rng.randrange(4))]
    while subparsers := [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]:
        name = rng.choice(sorted(subparsers[0].choices))
        words.append(name)
        parser = subparsers[0].choices[name]
    tame = rng.random() < 0.6  # most that is right in a line, so that it comes further
    positional = [a for a in parser._actions if not a.option_strings]
    options = [a for a in parser._actions if a.option_strings and a.dest != "help"]
    parts = [_values(rng, a, tame) for a in positional if tame or rng.random() < 0.9]
    count = rng.choice((0, 1, 1, 2) if tame else (0, 1, 2, 3, 6))
    chosen = rng.sample(options, min(len(options), count))
    chosen += [a for a in options if a.dest in ("images", "out") and words[0] == "reproduce"]
    for action in chosen:
        if tame and action.dest in SHALLOW_ONLY | NETWORK_ONLY:
            continue
        parts.append([action.option_strings[0], *_values(rng, action, tame)])
    if words[0] == "invert":  # a run of the usual length is no fault
        parts.append(["--steps", rng.choice(("1", "2", "3"))])
    if not tame:
        rng.shuffle(parts)
    words += [word for part in parts for word in part]
    if not tame and rng.random() < 0.2:
        words.insert(rng.randrange(len(words) + 1), rng.choice((*ANY, "--nonsense", "--help")))
    return words


def _values(rng, action, tame):
    """As many words as the argument takes, most of them of its kind."""
    count = action.nargs if isinstance(action.nargs, int) else 1
    if action.nargs == "+":
        count = rng.choice((1, 3, 4))
    if not tame and rng.random() < 0.1:
        count = rng.randrange(4)
    return [_word(rng, action, tame) for _ in range(count)]


def _word(rng, action, tame):
    if tame and rng.random() < 0.8 and action.dest in GOOD:
        return rng.choice(GOOD[action.dest])
    known = tuple(action.choices or ()) or CHOICES.get(action.dest)
    if action.dest == "image" and action.option_strings:
        known = CHOICES["picture"]
    if known and (tame or rng.random() < 0.9):
        return rng.choice(known[:4] if tame and rng.random() < 0.7 else known)
    if action.dest in LONG or tame:
        return rng.choice(SHORT[:3] if tame else SHORT)
    if action.type in (int, float) and rng.random() < 0.9:
        return rng.choice(NUMBERS)
    return rng.choice(ANY)

"""Packages of weights and the pickles in them, which are read without running them."""

import functools
import io
import tarfile
import zipfile

import numpy as np

from inverse.models.archive import extract
from inverse.models.flax_file import read_convolutions
from inverse.models.torch_file import read_tensors
from tests.fuzz.mutation import mutate
from tests.models.pickles import Call, Name, dump, flax_file, torch_file, torch_tensor


@functools.cache
def samples():
    """Files of both kinds."""
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(3, 3, a, 2)), rng.normal(size=2)) for a in (3, 2)]
    values = np.arange(30, dtype="<f4")
    tensors = {
        "a": torch_tensor("0", 30, 0, (2, 3), (3, 1)),
        "b": torch_tensor("0", 30, 6, (24,), (1,)),
    }
    evil = dump(Call(Name("os system"), ("touch /tmp/fuzz-was-run",)))
    return {
        "flax": [flax_file("Net_0", pairs), evil],
        "torch": [torch_file(tensors, {"0": values}), evil],
    }


def prepare(home):
    """Read them once."""
    read_convolutions(samples()["flax"][0], "Net_0")
    read_tensors(samples()["torch"][0])


def package(member, data, kind):
    """A wheel or source package with one file."""
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(member, data)
    else:
        with tarfile.open(fileobj=file, mode="w:gz") as packed:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return file.getvalue()


def case(rng, folder):
    """Read the weights of a damaged package."""
    kind = rng.choice(("flax", "torch"))
    data = rng.choice(samples()[kind] * 3 + samples()[kind][:1] * 6)
    if rng.random() < 0.8:
        data = mutate(rng, data, 20)
    whole = package("w/file", data, rng.choice(("zip", "tar")))
    if rng.random() < 0.4:
        whole = mutate(rng, whole)
    size = len(data) if rng.random() < 0.95 else rng.choice((0, 10**7))
    return functools.partial(use, kind, whole, size)


def use(kind, whole, size):
    """Out of the package, and then out of the pickle."""
    data = extract(whole, "w/file", size)
    if kind == "flax":
        read_convolutions(data, "Net_0")
    else:
        read_tensors(data)

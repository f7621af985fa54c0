"""The figure of the network: its first filters, and what channels of its layers make of a photo."""

from __future__ import annotations

import numpy as np
from drawing import HERE, PHOTO, show
from matplotlib.figure import Figure

import inverse
from inverse.image import stretch

LAYERS = {
    "conv1": "relu1", "relu1": "relu1", "pool1": "relu1", "norm1": "relu1",
    "conv2": "conv2", "conv3": "conv3", "pool5": "pool5",
}  # fmt: skip
"""Which layers are shown, and of which the strongest channel is taken: up to norm1 it is one."""


def network():
    """The 64 filters of conv1, and one channel of layers from the first to pool5."""
    net = inverse.cnn("small")
    photo = inverse.photos.photo(PHOTO)
    panels = [("filters of conv1", filters(net.until("conv1")))]
    x = net.encode(photo)
    for name, strongest in LAYERS.items():
        channel = int(np.square(net.until(strongest)(x)[0]).sum(axis=(0, 1)).argmax())
        y = net.until(name)(x)[0]
        panels.append((f"{name}: channel {channel} of {y.shape[2]}", y[..., channel]))
    figure = Figure(figsize=(10, 5.4), layout="constrained")
    for i, (title, image) in enumerate(panels):
        show(figure.add_subplot(2, 4, i + 1), title, image)
    figure.savefig(HERE / "network.png", dpi=100)


def filters(first):
    """The filters of a first convolution in a square, each stretched from black to white."""
    weight = first.layer.layers["conv1"].weight
    side = int(np.ceil(np.sqrt(weight.shape[3])))
    size = weight.shape[0] + 1
    sheet = np.ones((side * size - 1, side * size - 1, 3))
    for f in range(weight.shape[3]):
        top, left = (size * place for place in divmod(f, side))
        own = slice(top, top + size - 1), slice(left, left + size - 1)
        sheet[own] = stretch(weight[..., f])
    return sheet

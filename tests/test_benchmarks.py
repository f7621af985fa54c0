"""The networks of the benchmarks give the same in PyTorch: both sides time one computation."""

from __future__ import annotations

import numpy as np
import pytest

from inverse import layers as l

pytestmark = pytest.mark.benchmark


def graph(flatten: l.Layer) -> l.Graph:
    """Every layer that a benchmark's network has, with sides, pads and channels all different."""
    rng = np.random.default_rng(0)

    def conv(channels: int, features: int, size: int, groups: int = 1, **geometry) -> l.Conv2d:
        weight = rng.standard_normal((size, size, channels // groups, features)) / size
        bias = rng.standard_normal(features)
        return l.Conv2d(
            weight.astype(np.float32), bias.astype(np.float32), groups=groups, **geometry
        )

    return l.Graph(
        {
            "conv": l.Node(conv(3, 8, 3, stride=(2, 1), pads=(1, 0, 2, 1)), ("input",)),
            "relu": l.Node(l.ReLU(), ("conv",)),
            "norm": l.Node(l.LocalResponseNorm(5, 0.1, 0.75, 2.0), ("relu",)),
            "pool": l.Node(l.MaxPool2d((3, 2), (2, 2), (1, 0, 0, 1)), ("norm",)),
            "narrow": l.Node(conv(8, 6, 1), ("pool",)),
            "wide": l.Node(conv(8, 6, 3, groups=2, pads=(1, 1, 1, 1)), ("pool",)),
            "add": l.Node(l.Add(), ("narrow", "wide")),
            "relu2": l.Node(l.ReLU(), ("add",)),
            "pool2": l.Node(l.MaxPool2d((2, 3), (2, 2), ceil_mode=True), ("relu2",)),
            "concat": l.Node(l.Concat(), ("pool2", "pool2")),
            "flatten": l.Node(flatten, ("concat",)),
        }
    )


@pytest.mark.parametrize("layout", ["NCHW", "channels_last"])
@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("ends", ["flat", "linear"])
def test_torch_network_equals_ours(layout: str, channels_first: bool, ends: str) -> None:
    torch = pytest.importorskip("torch")
    from tests.benchmarks.torch_cnn import TorchNetwork

    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 12, 9, 3)).astype(np.float32)
    ours = graph(l.Flatten(channels_first))
    if ends == "linear":
        weight = rng.standard_normal((ours.output_shape(x.shape)[1], 7)).astype(np.float32)
        ours = l.Graph({**ours.nodes, "last": l.Node(l.Linear(weight), ("flatten",))})
    y, cache = ours.forward(x)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    planes = torch.from_numpy(x).permute(0, 3, 1, 2).requires_grad_()
    found = TorchNetwork(ours, x.shape, layout)(planes)
    (gradient,) = torch.autograd.grad(found, planes, torch.from_numpy(dy))
    # float32 sums of thousands of products, in another order
    np.testing.assert_allclose(found.detach().numpy(), y, rtol=1e-4, atol=1e-4)
    dx = ours.backward(dy, cache)
    error = np.linalg.norm(gradient.permute(0, 2, 3, 1).numpy() - dx) / np.linalg.norm(dx)
    assert error < 1e-5


def test_the_cost_of_a_convolution_counts_both_passes() -> None:
    from tests.benchmarks.networks import cost

    chain = l.Chain(
        {
            "conv": l.Conv2d(np.ones((3, 2, 2, 6), np.float32), groups=2),
            "flatten": l.Flatten(),
            "linear": l.Linear(np.ones((24, 5), np.float32)),
        }
    )
    found = cost(chain, (3, 4, 3, 4))  # outputs of 2×2×6; a multiplication and an addition each
    assert found == (2 * 2 * 3 * (2 * 2 * 6) * (3 * 2 * 2), 2 * 2 * 3 * 24 * 5, 2 * 24 * 5 * 4)

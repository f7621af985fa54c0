"""Nine networks of the ONNX model zoo: every layer, and the derivative of the whole.

The onnx package has their graphs without most of the weights. Random ones take the place of all,
such that values are of about the same size at every depth: filters of variance 2/n for n inputs
that come from a rectifier (He), 1/n for others. Fully connected layers of 4096 units have 256, so
that it does not take minutes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inverse.onnx import compare, read_model, translate

onnx = pytest.importorskip("onnx")

FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NAMES = [
    "bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet",
    "squeezenet", "vgg19", "zfnet512",
]  # fmt: skip

SUMS = ("Add", "Sum")
TOLERANCE = 1e-6


class Weights:
    """Random weights for the graph of a model."""

    def __init__(self, graph):
        self.rng = np.random.default_rng(0)
        self.makers = {output: node for node in graph.node for output in node.output}
        self.users = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def draw(self, name, shape):
        """Values for the weights called ``name``."""
        user = self.users[name][0]
        while user.op_type == "Unsqueeze":
            name, user = user.output[0], self.users[user.output[0]][0]
        place = list(user.input).index(name)
        if user.op_type == "BatchNormalization" and place in (1, 4):  # scale and variance
            values = self.rng.uniform(0.8, 1.2, shape)
            # what is added to the other branch of a residual must not make it much larger
            added = any(u.op_type == "Sum" for u in self.users[user.output[0]])
            return values / 4 if added and place == 1 else values
        if user.op_type == "Mul":  # the scale of a normalization, as a node of its own
            return self.rng.uniform(0.8, 1.2, shape)
        if len(shape) < 2:
            return self.rng.normal(0, 0.1, shape)
        gain = 2 if self.from_rectifier(user.input[0]) else 1
        values = self.rng.standard_normal(shape, dtype=np.float32)
        return values * np.float32(np.sqrt(gain / np.prod(shape[1:])))

    def from_rectifier(self, tensor):
        """Whether the values of a tensor come from a rectifier, by way of pools and the like."""
        while tensor in self.makers:
            node = self.makers[tensor]
            if node.op_type in ("Conv", "Gemm", "BatchNormalization", "Relu", *SUMS):
                return node.op_type == "Relu"
            tensor = node.input[0]
        return False


def with_weights(name):
    """The model of a name with random weights, also in place of its nodes of ConstantOfShape."""
    model = onnx.load(FOLDER / f"light_{name}.onnx")
    graph, weights = model.graph, Weights(model.graph)
    given = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    shapes = {n.output[0]: given[n.input[0]] for n in graph.node if n.op_type == "ConstantOfShape"}
    shapes |= {key: array.shape for key, array in given.items() if array.dtype == np.float32}
    shapes = {key: shape for key, shape in shapes.items() if key in weights.users}
    others = [tensor for tensor in graph.initializer if tensor.name not in shapes]
    del graph.initializer[:]
    graph.initializer.extend(others)
    for key, shape in shapes.items():
        values = weights.draw(key, tuple(256 if size == 4096 else size for size in shape))
        tensor = onnx.numpy_helper.from_array(values.astype(np.float32), key)
        graph.initializer.append(tensor)
    kept = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    del graph.node[:]
    graph.node.extend(kept)
    return model


@pytest.fixture(scope="module", params=NAMES)
def network(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / f"{request.param}.onnx"
    onnx.save(with_weights(request.param), path)
    model = read_model(path)
    yield model, translate(model, (1, 3, 224, 224))
    path.unlink()


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((1, 224, 224, 3))


def test_every_layer_equals_onnxruntime(network, x):
    model, imported = network
    assert imported.fault is None
    rows = list(compare(model, imported, x.astype(np.float32)))
    assert len(rows) == len(imported.graph.nodes)
    for row in rows:
        assert row.relative <= 1e-4, row
        assert 0.1 < row.scale < 100 or row.op == "Softmax", row


def test_backward_is_the_derivative(network, x):
    """⟨dy, (f(x + h v) − f(x − h v))/2h⟩ = ⟨J(x)ᵀ dy, v⟩ in float64, for random dy and v.

    Where the slopes ahead of x and behind it differ, there is a kink in between: a rectifier or a
    maximum takes another side. Half of their difference is what it can do to the mean of the two.
    """
    graph, rng = network[1].graph, np.random.default_rng(2)
    y, cache = graph.forward(x)
    dy = rng.standard_normal(y.shape)
    dx = graph.backward(dy, cache)
    del cache
    for h in (1e-7, 1e-7, 3e-8, 3e-8, 1e-7, 3e-8):
        v = rng.standard_normal(x.shape)
        expected = np.vdot(dx, v)
        size = max(abs(expected), np.linalg.norm(dx))  # the latter is what it is for most v
        ahead, behind = (np.vdot(dy, graph(x + step * v) - y) / step for step in (h, -h))
        if abs(ahead - behind) <= 2 * TOLERANCE * size:
            assert abs((ahead + behind) / 2 - expected) <= TOLERANCE * size
            return
    pytest.fail("all directions cross a kink")

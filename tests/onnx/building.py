"""Small ONNX models for the tests, and how far their import is from onnxruntime."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from inverse.onnx import Imported, compare, declared_shape, read_model, translate
from inverse.onnx.operation import TO_NHWC

SHAPE = (1, 3, 8, 9)
"""Of the image that the models take, in ONNX's order."""

X, Y = "x", "y"
"""Their input and output."""


def node(kind, inputs, outputs, name="", domain="", **attributes):
    """A node; inputs and outputs are names with spaces between them, "-" for one left out."""
    sources = ["" if source == "-" else source for source in inputs.split()]
    return helper.make_node(kind, sources, outputs.split(), name, domain=domain, **attributes)


def model(*nodes, shape=SHAPE, opset=17, inputs=(), output=Y, metadata=None, **constants):
    """A model of the nodes, its arrays ``constants`` by name; ``inputs`` it has besides x."""
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info(X, floats, shape)]
        + [helper.make_tensor_value_info(name, floats, size) for name, size in inputs],
        [helper.make_tensor_value_info(output, floats, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    domains = {n.domain for n in nodes if n.domain}
    opsets = [helper.make_opsetid(*pair) for pair in (("", opset), *((d, 1) for d in domains))]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    for key, value in (metadata or {}).items():
        made.metadata_props.add(key=key, value=value)
    return made


def draw(*shape, seed=0):
    """Standard normal numbers in float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def conv(inputs="x w", output="c", name="", channels=(3, 4), seed=0, **attributes):
    """A convolution of 3×3, and its filters as a constant of the name that comes second."""
    filters = draw(channels[1], channels[0], 3, 3, seed=seed) / 5
    return node("Conv", inputs, output, name, **attributes), {inputs.split()[1]: filters}


def save(folder: Path, proto: ModelProto, name: str = "model.onnx") -> Path:
    """Write the model into the folder."""
    path = folder / name
    path.write_bytes(proto.SerializeToString())
    return path


def import_(folder: Path, proto: ModelProto, shape: tuple[int, ...] | None = None) -> Imported:
    """The model as it is imported from a file, for the shape that it declares."""
    read = read_model(save(folder, proto))
    return translate(read, shape or tuple(declared_shape(read)))


def agreeing(
    folder: Path, proto: ModelProto, shape: tuple[int, ...] | None = None, tolerance: float = 1e-5
) -> Imported:
    """The imported model, after asserting that all of its layers agree with onnxruntime."""
    read = read_model(save(folder, proto))
    shape = shape or tuple(declared_shape(read))
    imported = translate(read, shape)
    assert imported.fault is None
    x = draw(*shape, seed=1)
    rows = list(compare(read, imported, x.transpose(TO_NHWC) if x.ndim == 4 else x))
    assert rows[-1].name == imported.output
    for row in rows:
        assert row.relative <= tolerance, row
    return imported


def without_layer(folder, kind, *words, inputs="c", opset=17, **attributes):
    """The fault of a model whose second node, after a convolution, is not to be imported."""
    first, filters = conv()
    arrays = {key: v for key, v in attributes.items() if isinstance(v, np.ndarray | np.generic)}
    rest = {key: v for key, v in attributes.items() if key not in arrays}
    middle = node(kind, inputs, "m", "middle", **rest)
    proto = model(first, middle, node("Relu", "m", "y"), opset=opset, **filters, **arrays)
    imported = import_(folder, proto)
    assert list(imported.nodes) == ["c"]
    fault = imported.fault
    assert fault.startswith(
        f"node 'middle', operator {kind} of opset {opset}, cannot be imported: "
    )
    assert fault.endswith("; the last layer usable before it is 'c': take until('c')")
    for word in words:
        assert word in fault
    return fault


def peak(function):
    """Bytes that were allocated at a time, by Python and NumPy."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

"""The onnx package's own tests of operators, run against the importer.

Each is a graph of a node or a few, with inputs and expected outputs. The importer takes one input,
the image, so a case is run with each floating-point input in turn as the image and the others as
constants; and with all of them as parts of one packed vector, which a slice and a reshape of each
take apart. A case passes if it can be imported in one of these ways, and then is right in all that
can. One that cannot be imported must say why, in words that `EXCLUDED` lists.
"""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
import pytest

from inverse.errors import InputError
from inverse.onnx import read_model, translate
from inverse.onnx.folding import FOLDED
from inverse.onnx.operation import TO_NCHW, TO_NHWC

onnx = pytest.importorskip("onnx")

OPERATORS = {
    "Conv", "ConvTranspose", "Gemm", "MatMul", "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid",
    "Tanh", "HardSigmoid", "HardSwish", "Swish", "Gelu", "Elu", "Softmax", "LogSoftmax", "MaxPool",
    "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN", "BatchNormalization",
    "InstanceNormalization", "LayerNormalization", "Flatten", "Reshape", "Transpose", "Squeeze",
    "Unsqueeze", "Pad", "Concat", "Add", "Sub", "Mul", "Div", "Slice", "Split", "Gather",
    "Upsample", "Resize", "ReduceMean", "Dropout", "Identity", "Erf", "Exp", "Log", "Sqrt", "Abs",
    "Neg", "Reciprocal", "Softplus", "Pow", "Max", "Min", "Sum", "Mean", "Expand", "ReduceSum",
    "DepthToSpace", "SpaceToDepth",
}  # fmt: skip

EXCLUDED = {
    "it has no floating-point input that could be an image": "no image",
    "it mixes the images of a batch": (
        "mix the images|remove axis 0|leave axis 0|before the batch|change the batch|"
        "not broadcast against one image|must be \\(N, features\\)|leave the batch"
    ),
    "its images have no two dimensions": "two dimensions|of rank 4|rank 4 have a layer",
    "one of its further outputs is used": "outputs can be had",
    "an operand must be constant, or of equal rank": (
        "must be constant|must depend on the image|have one rank|one number|two inputs"
    ),
    "a constant factor of MatMul that is no matrix": "must be a matrix on the right",
    "it is for training": "training mode|must have one input, the image, got x, r, t",
    "a kind of resizing without a layer": "antialias|Resize.mode|Resize.coordinates|for all axes",
    "an operator without a layer": "there is no layer",
    "a result without numbers": "something is left|leaves nothing",
    "bounds in the wrong order": "Clip.maximum must be at least",
    "a mode without a layer": "mode must be DCR|its alpha must be 1",
    "whole numbers": "floating-point numbers",
    "half precision": "got float16",
    "a mask of infinities": "must be finite",
}

ROUNDED = {
    "test_averagepool_2d_ceil_last_window_starts_on_pad": "expected values have four digits",
}
DIFFERS = {
    "test_resize_downsample_scales_linear_align_corners": (
        "expects a fractional output size inside the formula, onnxruntime and PyTorch the true one"
    ),
}
TOLERANCE = 1e-5


def cases():
    """Every case whose operators are ours, or are computed with when a model is read."""
    from onnx.backend.test.loader import load_model_tests

    known = OPERATORS | FOLDED | {"Constant", "Shape", "Size"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in load_model_tests(kind="node"):
            types = {node.op_type for node in case.model.graph.node} if case.model else set()
            if types & OPERATORS and types <= known:
                yield case


CASES = {case.name: case for case in cases()}


def is_image(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim and value.size


def variants(case):
    """The model with one input left, in every way; with the values of this input."""
    values = [np.asarray(v) if np.isscalar(v) else v for v in case.data_sets[0][0]]
    names = [info.name for info in case.model.graph.input]
    images = [i for i, value in enumerate(values) if is_image(value)]
    for i in images:
        others = {n: v for n, v in zip(names, values, strict=True) if n != names[i]}
        yield with_constants(case.model, others), values[i]
    batches = {values[i].shape[0] for i in images}
    if len(images) > 1 and len(batches) == 1:
        parts = {names[i]: values[i] for i in images}
        others = {n: v for n, v in zip(names, values, strict=True) if n not in parts}
        packed = [v.reshape(len(v), -1) for v in parts.values()]
        yield packed_model(with_constants(case.model, others), parts), np.concatenate(packed, 1)


def with_constants(model, constants):
    """The model with some inputs as initializers."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for name, value in constants.items():
        if isinstance(value, np.ndarray):
            copy.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    return copy


def packed_model(model, parts):
    """The model with the ``parts`` cut out of one input (N, total)."""
    helper, start, nodes = onnx.helper, 0, []
    old = list(model.graph.node)
    opset = model.opset_import[0].version
    for name, value in parts.items():
        size = math.prod(value.shape[1:])
        numbers = {"starts": [start], "ends": [start + size], "axes": [1], "shape": value.shape}
        for key, number in numbers.items():
            tensor = onnx.numpy_helper.from_array(np.array(number, np.int64), f"{name}/{key}")
            model.graph.initializer.append(tensor)
        inputs = ["packed", *(f"{name}/{key}" for key in ("starts", "ends", "axes"))]
        if opset < 10:
            nodes.append(
                helper.make_node(
                    "Slice", ["packed"], [f"{name}/flat"], starts=[start], ends=[start + size],
                    axes=[1],
                )
            )  # fmt: skip
        else:
            nodes.append(helper.make_node("Slice", inputs, [f"{name}/flat"]))
        nodes.append(helper.make_node("Reshape", [f"{name}/flat", f"{name}/shape"], [name]))
        start += size
    del model.graph.node[:]
    model.graph.node.extend(nodes + old)
    kept = [info for info in model.graph.input if info.name not in parts]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.graph.input.append(helper.make_tensor_value_info("packed", 1, None))
    return model


def difference(model, image, expected, folder):
    """Of the imported model's first output, relative to its largest value."""
    path = folder / "node.onnx"
    path.write_bytes(model.SerializeToString())
    imported = translate(read_model(path), image.shape)
    if imported.fault:
        raise InputError(imported.fault)
    y = imported.graph(image.transpose(TO_NHWC) if image.ndim == 4 else image)
    y = y.transpose(TO_NCHW) if y.ndim == 4 else y
    assert y.shape == expected.shape
    scale = max(float(np.abs(expected).max(initial=0.0)), 1e-30)
    return float(np.abs(y.astype(np.float64) - expected).max(initial=0.0)) / scale


def outcome(case, folder):
    """The largest difference over all ways to import it, or the messages of why there is none."""
    found, messages = [], []
    for model, image in variants(case):
        try:
            found.append(difference(model, image, np.asarray(case.data_sets[0][1][0]), folder))
        except InputError as error:
            messages.append(str(error))
    return max(found) if found else None, messages or ["no image"]


def reason(messages):
    """Why a case is excluded: the words of the first message that are listed."""
    for message in messages:
        for why, pattern in EXCLUDED.items():
            if re.search(pattern, message):
                return why
    return None


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nodes")
    return {name: outcome(case, folder) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_onnx_node(name, outcomes):
    found, messages = outcomes[name]
    if name in DIFFERS:
        assert found > 1e-2, "it agrees now"
    elif found is None:
        assert reason(messages), messages
    else:
        assert found <= (2e-4 if name in ROUNDED else TOLERANCE)


def test_onnx_nodes_are_many(outcomes):
    passed = [name for name, (found, _) in outcomes.items() if found is not None]
    counts = {}
    for name, (found, messages) in sorted(outcomes.items()):
        if found is None:
            counts.setdefault(reason(messages), []).append(name)
    print(f"\n{len(passed)} of {len(outcomes)} cases imported and right; excluded because")
    for why, names in counts.items():
        print(f"- {why}: {', '.join(names)}")
    assert len(passed) >= 200

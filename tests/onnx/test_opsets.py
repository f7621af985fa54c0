"""Operators as each opset writes them, beside onnxruntime."""

import numpy as np
import pytest
from onnx import defs

from tests.onnx.building import SHAPE, agreeing, conv, draw, model, node, without_layer


def softmax(kind, opset, image):
    """Up to opset 12 over all axes from ``axis`` on: here there is one."""
    if not image:
        return [node(kind, "x", "y")], {}
    places = [node("GlobalMaxPool", "x", "p"), node(kind, "p", "y", axis=1)]
    return places if opset < 13 else [node(kind, "x", "y", axis=1)], {}


def clip(opset):
    if opset < 11:
        return [node("Clip", "x", "y", min=-0.5, max=0.75)], {}
    return [node("Clip", "x low high", "y")], {"low": np.float32(-0.5), "high": np.float32(0.75)}


def slices(opset):
    places = {"starts": [1, -7], "ends": [10**6, -2], "axes": [2, 3]}
    if opset < 10:
        return [node("Slice", "x", "y", **places)], {}
    arrays = {key: np.array(value) for key, value in places.items()}
    return [node("Slice", "x starts ends axes steps", "y")], arrays | {"steps": np.array([2, 3])}


def pads(opset):
    amounts = [0, 0, 1, 2, 0, 1, 3, 0]
    if opset < 11:
        return [node("Pad", "x", "y", pads=amounts, value=0.25)], {}
    return [node("Pad", "x pads k", "y")], {"pads": np.array(amounts), "k": np.float32(0.25)}


def squeezed(opset):
    pool = node("GlobalAveragePool", "x", "p")
    if opset < 13:
        return [pool, node("Squeeze", "p", "y", axes=[2, -1] if opset > 10 else [2, 3])], {}
    return [pool, node("Squeeze", "p axes", "y")], {"axes": np.array([2, -1])}


def unsqueezed(opset):
    flat = node("Flatten", "x", "f")
    if opset < 13:
        return [flat, node("Unsqueeze", "f", "y", axes=[2, 3])], {}
    return [flat, node("Unsqueeze", "f axes", "y")], {"axes": np.array([2, -1])}


def split(opset):
    both = node("Concat", "b a", "y", axis=1)
    if opset < 13:
        return [node("Split", "x", "a b", axis=1, split=[1, 2]), both], {}
    return [node("Split", "x split", "a b", axis=1), both], {"split": np.array([1, 2])}


def equal_split(opset):
    number = {"num_outputs": 3} if opset >= 18 else {}
    parts = node("Split", "x", "a b c", axis=1, **number)
    return [parts, node("Concat", "b c a", "y", axis=1)], {}


def upsample(opset):
    if opset < 9:
        return [node("Upsample", "x", "y", scales=[1.0, 1.0, 2.0, 3.0], mode="nearest")], {}
    scales = np.array([1, 1, 2, 3], np.float32)
    return [node("Upsample", "x scales", "y", mode="nearest")], {"scales": scales}


def resized(opset):
    scales = np.array([1, 1, 2, 1.5], np.float32)
    arrays = {"scales": scales, "roi": np.array([], np.float32)}
    inputs = "x scales" if opset < 11 else "x roi scales"
    return [node("Resize", inputs, "y", mode="linear")], arrays


def dropout(opset):
    first, filters = conv()
    if opset < 12:
        return [first, node("Dropout", "c", "d", ratio=0.25), node("Relu", "d", "y")], filters
    filters["ratio"] = np.float32(0.25)
    return [first, node("Dropout", "c ratio", "d mask"), node("Relu", "d", "y")], filters


def mean(kind, opset, keep):
    if opset < (18 if kind == "ReduceMean" else 13):
        return [node(kind, "x", "y", axes=[2, 3], keepdims=keep)], {}
    return [node(kind, "x axes", "y", keepdims=keep)], {"axes": np.array([2, -1])}


def normalized(opset):
    arrays = {key: abs(draw(3, seed=i)) + 0.5 for i, key in enumerate("sbmv")}
    return [node("BatchNormalization", "x s b m v", "y", epsilon=1e-3)], arrays


VARIANTS = {
    "Clip": {"": clip},
    "Softmax": {
        "of features": lambda o: softmax("Softmax", o, False),
        "of channels": lambda o: softmax("Softmax", o, True),
    },
    "LogSoftmax": {"": lambda o: softmax("LogSoftmax", o, True)},
    "Slice": {"": slices},
    "Pad": {"": pads},
    "Squeeze": {"": squeezed},
    "Unsqueeze": {"": unsqueezed},
    "Split": {"": split, "equal": equal_split},
    "Upsample": {"": upsample},
    "Resize": {"": resized},
    "Dropout": {"": dropout},
    "ReduceMean": {
        "": lambda o: mean("ReduceMean", o, 1), "less": lambda o: mean("ReduceMean", o, 0),
    },
    "ReduceSum": {"": lambda o: mean("ReduceSum", o, 0)},
    "BatchNormalization": {"": normalized},
    "Reshape": {"": lambda _: ([node("Reshape", "x k", "y")], {"k": np.array([0, -1, 6])})},
    "Flatten": {"": lambda _: ([node("Flatten", "x", "y")], {})},
    "MaxPool": {"": lambda _: ([node("MaxPool", "x", "y", kernel_shape=[2, 3])], {})},
    "AveragePool": {"": lambda _: ([node("AveragePool", "x", "y", kernel_shape=[2, 3])], {})},
}  # fmt: skip


def opsets(kind):
    """7 and every later opset that changed the operator, until it was abolished."""
    history = [s for s in defs.get_all_schemas_with_history() if s.name == kind and not s.domain]
    changes = {s.since_version for s in history if not s.deprecated}
    first = min(changes)
    return sorted({max(7, first)} | {v for v in changes if v > 7})


@pytest.mark.parametrize(
    ("kind", "variant", "opset"),
    [(kind, variant, o) for kind, own in VARIANTS.items() for variant in own for o in opsets(kind)],
)
def test_every_opset(tmp_path, kind, variant, opset):
    nodes, arrays = VARIANTS[kind][variant](opset)
    shape = (1, 7) if variant == "of features" else SHAPE
    agreeing(tmp_path, model(*nodes, opset=opset, shape=shape, **arrays))


@pytest.mark.parametrize("opset", [7, 11, 12])
def test_softmax_over_several_axes(tmp_path, opset):
    """Before opset 13 it means rows, columns and channels together, which has no layer."""
    without_layer(tmp_path, "Softmax", "works over all axes from 1 on", opset=opset)


@pytest.mark.parametrize(
    ("low", "high"), [(None, 0.5), (-0.5, None), (None, None), (0.0, 6.0), (-np.inf, np.inf)]
)
def test_clip_without_a_bound(tmp_path, low, high):
    names = ["-" if v is None else name for name, v in (("low", low), ("high", high))]
    bounds = {"low": low, "high": high}
    arrays = {name: np.float32(v) for name, v in bounds.items() if v is not None}
    agreeing(tmp_path, model(node("Clip", " ".join(["x", *names]), "y"), **arrays))
    attributes = {k: float(bounds[v]) for k, v in (("min", "low"), ("max", "high")) if v in arrays}
    agreeing(tmp_path, model(node("Clip", "x", "y", **attributes), opset=7))

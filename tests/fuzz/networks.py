"""ONNX files: bytes changed, and graphs, shapes, attributes and names; sidecars and metadata."""

import functools
import math
import os

import numpy as np
from onnx import TensorProto, helper

import inverse
from inverse.presets import fast
from tests.fuzz.mutation import ODD, SIZES, mutate, mutate_json
from tests.onnx.building import conv, draw, model, node

KINDS = (
    "Conv", "Relu", "MaxPool", "AveragePool", "Gemm", "MatMul", "Reshape", "Transpose", "Concat",
    "Add", "Mul", "Div", "Flatten", "LRN", "BatchNormalization", "Softmax", "Pad", "Slice", "Clip",
    "Resize", "Gather", "Split", "ReduceMean", "Expand", "Tile", "Constant", "ConstantOfShape",
    "Range", "Identity", "Dropout", "Cast", "Shape", "Where", "GlobalAveragePool", "ConvTranspose",
    "LayerNormalization", "Loop", "If", "Squeeze", "Unsqueeze", "DepthToSpace", "Pow", "OneHot",
)  # fmt: skip

ATTRIBUTES = (
    "axis", "axes", "kernel_shape", "pads", "strides", "dilations", "group", "perm", "size", "to",
    "alpha", "beta", "bias", "epsilon", "mode", "auto_pad", "ceil_mode", "transB", "keepdims",
    "value", "split", "starts", "ends", "min", "max", "blocksize", "allowzero", "output_shape",
)  # fmt: skip

SIDECAR = {
    "input": {
        "size": [8, 9], "channels": 3, "order": "BGR", "range": 255.0,
        "mean": [104.0, 117.0, 123.0], "std": [1.0, 2.0, 3.0], "layout": "NCHW",
    },
    "licence": "none",
}  # fmt: skip


@functools.cache
def bases():
    """Small models of many operators."""
    first, w = conv()
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    dense = {"d": draw(5, 48, seed=3) / 7, "b": draw(5)}
    flat = [node("MaxPool", "c", "p", pads=[0, 0, 0, 1], **pool), node("Flatten", "p", "f")]
    moments = {name: np.abs(draw(4, seed=i)) + 0.5 for i, name in enumerate("abmv")}
    normal = [node("BatchNormalization", "c a b m v", "n"), node("Relu", "n", "y")]
    shaped = [
        node("Shape", "c", "s"), node("Gather", "s i", "n", axis=0), node("Unsqueeze", "n z", "u"),
        node("Concat", "u q", "t", axis=0), node("Reshape", "c t", "y"),
    ]  # fmt: skip
    joined = [
        node("AveragePool", "c", "p", **pool), node("MaxPool", "c", "q", **pool),
        node("Concat", "p q", "j", axis=1), node("Split", "j", "k l", axis=1),
        node("Mul", "k l", "y"),
    ]  # fmt: skip
    tail = [
        node("LRN", "c", "l", size=5),
        node("Relu", "l", "r"),
        node("Softmax", "r", "y", axis=1),
    ]
    pointwise = [node("Clip", "c lo hi", "k"), node("Pad", "k n", "p"), node("Slice", "p s e", "y")]
    filled = [
        node("ConstantOfShape", "s", "k"),
        node("Expand", "k e", "m"),
        node("Add", "x m", "y"),
    ]
    return (
        model(first, *flat, node("Gemm", "f d b", "y", transB=1), **dense, **w),
        model(first, *normal, **w, **moments),
        model(first, *shaped, i=np.int64(0), z=np.array([0]), q=np.array([-1]), **w),
        model(first, *joined, **w, opset=13),
        model(first, *tail, **w),
        model(
            first, *pointwise, lo=np.float32(-1), hi=np.float32(1), n=np.array([0, 0, 1, 1] * 2),
            s=np.array([0, 0, 1, 1]), e=np.array([1, 3, 7, 7]), **w,
        ),
        model(*filled, s=np.array([3, 1, 1]), e=np.array([1, 3, 8, 9])),
        model(
            first, node("Resize", "c - g", "r", mode="linear"),
            node("Transpose", "r", "y", perm=[0, 2, 3, 1]),
            g=np.array([1, 1, 2, 2], np.float32), **w,
        ),
    )  # fmt: skip


@functools.cache
def small():
    """The bytes of the embedded network."""
    return inverse.models.find("small").read_bytes()


def prepare(home):
    """Have all that is imported late."""
    for number, proto in enumerate(bases()):
        path = os.path.join(home, f"base{number}.onnx")
        with open(path, "wb") as file:
            file.write(proto.SerializeToString())
        assert use(path, 4, 0) is None
    small()


def case(rng, folder):
    """Import a network that is damaged, look at it, and invert with it if it is small."""
    path = os.path.join(folder, "model.onnx")
    with open(os.path.join(os.path.dirname(folder), "secret"), "wb") as file:
        file.write(bytes(10**5))
    if rng.random() < 0.04:
        data = mutate(rng, small())
    else:
        proto = type(bases()[0])()
        proto.CopyFrom(rng.choice(bases()))
        way = rng.random()
        for _ in range(0 if way < 0.3 else rng.choice((1, 1, 2, 3))):
            CHANGES[rng.randrange(len(CHANGES))](rng, proto)
        data = proto.SerializeToString()
        if way < 0.3 or way > 0.9:
            data = mutate(rng, data)
    with open(path, "wb") as file:
        file.write(data)
    if rng.random() < 0.3:
        with open(os.path.join(folder, "data"), "wb") as file:
            file.write(rng.randbytes(rng.choice((0, 10, 1000))))
    return functools.partial(use, path, rng.randrange(10), rng.randrange(1000))


def sidecar_case(rng, folder):
    """Import a network whose sidecar or metadata are damaged."""
    proto = type(bases()[0])()
    proto.CopyFrom(rng.choice(bases()[1:6]))
    if rng.random() < 0.4:
        sizes = proto.graph.input[0].type.tensor_type.shape.dim
        for i in rng.sample((0, 1, 2, 3), rng.randrange(1, 5)):
            sizes[i].dim_param = "free"
    text = mutate_json(rng, SIDECAR)
    if rng.random() < 0.3:
        known = ("inverse.input", "Image.BitmapPixelFormat", "Image.NominalPixelRange")
        said = mutate_json(rng, SIDECAR["input"]).decode("utf-8", "replace")
        value = rng.choice((said, "Bgr8", "Normalized_1_1", "x", "null", "[]"))
        proto.metadata_props.add(key=rng.choice(known), value=value)
    for name, data in (("model.onnx", proto.SerializeToString()), ("model.json", text)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    return functools.partial(use, os.path.join(folder, "model.onnx"), rng.randrange(10), 0)


def use(path, way, seed):
    """Import, list, and invert where that takes little."""
    with np.errstate(all="ignore"):
        net = inverse.cnn(path)
        str(net.layers())
        cost = sum(math.prod(row.shape or ()) for row in net.layers()) + math.prod(net.input_shape)
        if way > 6 or cost > 2e5 or net.imported.shape[0] > 8:
            return
        net = net.until(net.imported.output)
        if way == 0:
            net.receptive_field(net.imported.output, 0, 0)
        photo = np.random.default_rng(seed).random((12, 10, 3)).astype(np.float32)
        if net.preprocessing.channels not in (1, 3):
            photo = np.zeros((*net.input_shape[1:3], net.preprocessing.channels), np.float32)
        preset = fast(net).replace(steps=2)
        inverse.invert(net, photo, preset=preset, normalizer=1.0, max_memory=10**8)


def _node(rng, proto):
    nodes = proto.graph.node
    return nodes[rng.randrange(len(nodes))] if nodes else None


def _tensor(rng, proto):
    tensors = proto.graph.initializer
    return tensors[rng.randrange(len(tensors))] if tensors else None


def _dims(rng, proto):
    tensor = _tensor(rng, proto)
    if tensor is not None:
        sizes = list(tensor.dims) or [1]
        sizes[rng.randrange(len(sizes))] = rng.choice((-1, *SIZES))
        rng.shuffle(sizes)
        tensor.dims[:] = sizes[: rng.randrange(6)]


def _values(rng, proto):
    """Numbers of a constant: shapes, axes and indices among them."""
    tensor = _tensor(rng, proto)
    if tensor is not None and tensor.raw_data:
        tensor.raw_data = mutate(rng, tensor.raw_data, 2)[: len(tensor.raw_data)]
    if tensor is not None and tensor.data_type == TensorProto.INT64 and rng.random() < 0.7:
        values = [rng.choice((-1, -(2**63), *SIZES)) for _ in range(len(tensor.raw_data) // 8)]
        tensor.raw_data = np.array(values, np.int64).tobytes()


def _kind_of_values(rng, proto):
    tensor = _tensor(rng, proto)
    if tensor is not None:
        tensor.data_type = rng.randrange(30)


def _input_shape(rng, proto):
    if proto.graph.input:
        kind = proto.graph.input[0].type.tensor_type
        if rng.random() < 0.3:
            kind.elem_type = rng.randrange(20)
        sizes = kind.shape.dim
        change = rng.randrange(4)
        if change == 0:
            sizes.add().dim_value = rng.choice(SIZES)
        elif change == 1 and sizes:
            del sizes[-1]
        elif sizes:
            sizes[rng.randrange(len(sizes))].dim_value = rng.choice((-5, 16, 4096, *SIZES))


def _name(rng, proto):
    found = _node(rng, proto)
    if found is None:
        return
    names = [n for one in proto.graph.node for n in (*one.input, *one.output)] + ["", "x", "?"]
    ends = rng.choice((found.input, found.output))
    if len(ends) and rng.random() < 0.7:
        ends[rng.randrange(len(ends))] = rng.choice(names)
    else:
        ends.append(rng.choice(names))
    if rng.random() < 0.2:
        found.name = rng.choice(("", "preprocessing", "x\n\x1b[31m", "é", "n" * 10_000, "../a"))


def _operator(rng, proto):
    found = _node(rng, proto)
    if found is not None:
        found.op_type = rng.choice(KINDS)
        if rng.random() < 0.1:
            found.domain = rng.choice(("com.microsoft", "ai.onnx", "x"))


def _attribute(rng, proto):
    found = _node(rng, proto)
    if found is None:
        return
    numbers = [[], [1], [0, 0], [2, 2], [-1, 5], [2**31, 1], [2**62] * 4, [1.5], [float("nan")]]
    values = [*numbers, *SIZES, -1, -(2**63), 0.5, float("nan"), 1e308, "SAME_UPPER", "x", b"\xff"]
    values.append(helper.make_tensor("t", TensorProto.INT64, [2], [2**31, 2**31]))
    value = rng.choice(values)
    if isinstance(value, list) and not value:
        made = helper.make_attribute("a", value, attr_type=rng.choice((6, 7)))
    else:
        made = helper.make_attribute("a", value)
    made.name = rng.choice([*(a.name for a in found.attribute), *ATTRIBUTES])
    for i, one in enumerate(found.attribute):
        if one.name == made.name:
            found.attribute[i].CopyFrom(made)
            if rng.random() < 0.3:
                found.attribute[i].type = rng.randrange(15)
            return
    found.attribute.append(made)


def _order(rng, proto):
    nodes = list(proto.graph.node)
    change = rng.randrange(3)
    if change == 0:
        rng.shuffle(nodes)
    elif change == 1 and nodes:
        del nodes[rng.randrange(len(nodes))]
    elif nodes:
        nodes.insert(rng.randrange(len(nodes)), rng.choice(nodes))
    copies = [type(one).FromString(one.SerializeToString()) for one in nodes]
    del proto.graph.node[:]
    proto.graph.node.extend(copies)


def _many(rng, proto):
    """A long chain of nodes, in the place of the last."""
    if proto.graph.node:
        last = proto.graph.node[-1]
        source = last.input[0] if last.input else "x"
        kind = rng.choice(("Relu", "Identity", "Add", "Concat"))
        for i in range(rng.choice((10, 300))):
            twice = [source, source] if kind in ("Add", "Concat") else [source]
            one = helper.make_node(
                kind, twice, [f"m{i}"], **({"axis": 1} if kind == "Concat" else {})
            )
            proto.graph.node.insert(len(proto.graph.node) - 1, one)
            source = f"m{i}"
        proto.graph.node[-1].input[:] = [source, *proto.graph.node[-1].input[1:]]


def _external(rng, proto):
    tensor = _tensor(rng, proto)
    if tensor is None:
        return
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    places = (
        "data",
        "../secret",
        "/etc/passwd",
        "",
        ".",
        "a/../../secret",
        "data\0",
        "/dev/zero",
        "~",
    )
    tensor.external_data.add(key="location", value=rng.choice(places))
    for key in ("offset", "length"):
        if rng.random() < 0.5:
            tensor.external_data.add(key=key, value=rng.choice(("0", "4", "-1", "x", "9" * 20, "")))


def _version(rng, proto):
    change = rng.randrange(4)
    if change == 0 and proto.opset_import:
        proto.opset_import[0].version = rng.choice((0, 1, 7, 8, 10, 11, 13, 18, 21, 99, -1))
    elif change == 1:
        del proto.opset_import[:]
    elif change == 2:
        proto.metadata_props.add(key="inverse.input", value=repr(rng.choice(ODD[:-20])))
    elif proto.graph.output:
        proto.graph.output[0].name = rng.choice(("x", "c", "w", "", "?"))


CHANGES = (
    _dims, _dims, _values, _values, _kind_of_values, _input_shape, _name, _name, _operator,
    _attribute, _attribute, _attribute, _order, _many, _external, _version,
)  # fmt: skip

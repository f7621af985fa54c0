"""The trained network as an ONNX file of CaffeNet's 20 layers, batch normalization folded away."""

from __future__ import annotations

import numpy as np
import onnx
from network import GAIN, SIZE, Normalization
from onnx import helper, numpy_helper
from torch import nn


def to_onnx(net: nn.Sequential) -> onnx.ModelProto:
    """The 20 layers, and Flatten before fc6, each a node with the layer's name."""
    arrays = fold(net)
    nodes, last = [], "input"
    for name, layer in net.named_children():
        kind, attributes = operator(layer)
        if kind:
            own = [f"{name}.weight", f"{name}.bias"] if kind in ("Conv", "Gemm") else []
            nodes.append(helper.make_node(kind, [last, *own], [name], name, **attributes))
            last = name
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, ["N", net.fc8.out_features])],
        [numpy_helper.from_array(values, name) for name, values in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def fold(net: nn.Sequential) -> dict[str, np.ndarray]:
    """Weights and biases with batch normalization and GAIN folded in, under their ONNX names."""
    arrays = {}
    for n in range(1, 8):
        name = f"conv{n}" if n < 6 else f"fc{n}"
        layer, norm = getattr(net, name), getattr(net, f"bn{n}")
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        bias = norm.bias - norm.running_mean * scale
        before, after = GAIN if n in (2, 3) else 1.0, GAIN if n in (1, 2) else 1.0
        weight = layer.weight * scale.reshape(-1, *[1] * (layer.weight.ndim - 1)) * (after / before)
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = weight, bias * after
    arrays["fc8.weight"], arrays["fc8.bias"] = net.fc8.weight, net.fc8.bias
    return {name: values.detach().contiguous().numpy() for name, values in arrays.items()}


def operator(layer: nn.Module) -> tuple[str, dict]:
    """ONNX operator and attributes of a layer; no name for what the file leaves out."""
    match layer:
        case nn.Conv2d():
            size = {"kernel_shape": layer.kernel_size, "strides": layer.stride}
            return "Conv", {**size, "pads": layer.padding * 2, "group": layer.groups}
        case nn.MaxPool2d():
            return "MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2]}
        case Normalization():
            return "LRN", {"size": 5, "alpha": 1e-4, "beta": 0.75, "bias": 1.0}
        case nn.Linear():
            return "Gemm", {"transB": 1}
        case nn.ReLU():
            return "Relu", {}
        case nn.Flatten():
            return "Flatten", {}
    return "", {}

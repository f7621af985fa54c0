"""Every layer of an imported model beside onnxruntime's value of the same tensor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from inverse.errors import InputError
from inverse.onnx.network_input import input_of
from inverse.onnx.operation import TO_NCHW
from inverse.onnx.reading import Model
from inverse.onnx.translation import Imported

__all__ = ["Difference", "compare"]


class Difference(NamedTuple):
    """How far a layer is from onnxruntime: the largest absolute difference, and the largest value.

    ``relative`` is their ratio.
    """

    name: str
    op: str
    absolute: float
    scale: float

    @property
    def relative(self) -> float:
        """Largest difference as a share of the largest absolute value; infinite for NaN."""
        share = self.absolute / self.scale if self.scale else self.absolute
        return share if math.isfinite(share) else math.inf

    def as_dict(self) -> dict[str, Any]:
        """The row for JSON, which knows no NaN or infinity: there None."""
        row = {**self._asdict(), "relative": self.relative}
        return {k: None if v != v or v in (math.inf, -math.inf) else v for k, v in row.items()}


def compare(model: Model, imported: Imported, x: np.ndarray[Any, Any]) -> Iterator[Difference]:
    """Run both on the same network input x, stored as (N, H, W, C), and yield every layer's row.

    Layers that are part of others, such as a batch normalization inside a convolution, have no
    row of their own; what they compute is compared where it ends.

    Raises
    ------
    InputError
        If onnxruntime is not installed, or does not take the model.
    """
    expected = _by_onnxruntime(model, imported, x)
    graph = imported.graph
    for name, y, _ in graph.ahead(x):
        tensor = imported.tensors.get(name)
        if tensor not in expected:
            continue
        theirs = expected[tensor]
        ours = np.asarray(y.transpose(TO_NCHW) if y.ndim == 4 else y)
        if ours.shape != theirs.shape:
            raise InputError(f"layer '{name}' gives shape {ours.shape}, onnxruntime {theirs.shape}")
        kind = type(graph.nodes[name].layer).__name__
        yield Difference(name, kind, _largest(ours - theirs), _largest(theirs))


def _largest(values: np.ndarray[Any, Any]) -> float:
    return float(np.abs(values.astype(np.float64)).max(initial=0.0))


def _by_onnxruntime(
    model: Model, imported: Imported, x: np.ndarray[Any, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    """ONNX tensor by name, for every tensor that one of our layers computes."""
    try:
        import onnxruntime
    except ImportError:
        raise InputError("comparing needs onnxruntime: pip install onnxruntime") from None
    import onnx

    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in proto.graph.initializer):
        onnx.external_data_helper.load_external_data_for_model(proto, str(model.path.parent))
    wanted = list(dict.fromkeys(imported.tensors.values()))
    present = {output.name for output in proto.graph.output}
    for name in wanted:
        if name not in present:
            proto.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    image = x.transpose(TO_NCHW) if x.ndim == 4 else x
    declared = input_of(model).type.tensor_type.elem_type or onnx.TensorProto.FLOAT
    dtype = onnx.helper.tensor_dtype_to_np_dtype(declared)
    feed = {input_of(model).name: np.ascontiguousarray(image, dtype=dtype)}
    try:
        session = onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        values = session.run(wanted, feed)
    except Exception as error:  # onnxruntime's exceptions have no common type
        said = " ".join(str(error).split())
        raise InputError(f"onnxruntime does not run model '{model.path}': {said}") from None
    return dict(zip(wanted, values, strict=True))

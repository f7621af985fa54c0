"""Conv and ConvTranspose: filters (F, C/groups, KH, KW) become (KH, KW, C/groups, F)."""

from __future__ import annotations

from inverse.layers import Conv2d, ConvTranspose2d
from inverse.layers.windows import Pads, Pair, Window
from inverse.onnx.operation import Constant, Operation, Tensor, Unsupported, operator
from inverse.onnx.operators.windows import pair, window

__all__: list[str] = []


@operator("Conv")
def conv(op: Operation) -> Tensor:
    """Refused: one or three dimensions; filters that depend on the image."""
    weight = _filters(op)
    geometry = window(op, (weight.shape[2], weight.shape[3]))
    return op.layer(
        Conv2d(
            weight=weight.transpose(2, 3, 1, 0).copy(),
            bias=op.constant(2),
            stride=geometry.stride,
            pads=geometry.pads,
            dilation=geometry.dilation,
            groups=int(op.attribute("group", 1)),
        )
    )


@operator("ConvTranspose")
def conv_transpose(op: Operation) -> Tensor:
    """Refused: one or three dimensions; filters that depend on the image."""
    weight = _filters(op)  # (C, F/groups, KH, KW)
    geometry = window(op, (weight.shape[2], weight.shape[3]))
    extra, pads = pair(op, "output_padding", 0), geometry.pads
    if "output_shape" in op.attributes or op.attribute("auto_pad", "NOTSET").startswith("SAME"):
        op.depends_on_size()
        pads, extra = _pads_and_extra(op, geometry, extra)
    return op.layer(
        ConvTranspose2d(
            weight=weight.transpose(2, 3, 1, 0).copy(),
            bias=op.constant(2),
            stride=geometry.stride,
            pads=pads,
            output_padding=extra,
            dilation=geometry.dilation,
            groups=int(op.attribute("group", 1)),
        )
    )


def _filters(op: Operation) -> Constant:
    weight: Constant = op.constant(1)
    if weight is None or weight.ndim != 4:
        got = "nothing" if weight is None else f"shape {weight.shape}"
        raise Unsupported(f"its filters must be of rank 4, for images of two dimensions, got {got}")
    return weight


def _pads_and_extra(op: Operation, geometry: Window, extra: Pair) -> tuple[Pads, Pair]:
    """The pads that give the demanded output size; what is missing is added behind.

    The demand is ``output_shape``, or with auto_pad the input size times the stride. Of an odd
    number of pads the larger half comes first, with SAME_UPPER last.
    """
    near, far, behind = [], [], []
    upper = op.attribute("auto_pad", "NOTSET") == "SAME_UPPER"
    sizes = op.x.shape[2:]
    wanted = op.attribute("output_shape", [n * geometry.stride[i] for i, n in enumerate(sizes)])
    for i, size in enumerate(sizes):
        full = geometry.stride[i] * (size - 1) + extra[i] + geometry.extent[i]
        total = full - int(wanted[len(wanted) - 2 + i])
        behind.append(extra[i] + max(-total, 0))
        small = max(total, 0) // 2
        large = max(total, 0) - small
        near.append(small if upper else large)
        far.append(large if upper else small)
    return (near[0], near[1], far[0], far[1]), (behind[0], behind[1])

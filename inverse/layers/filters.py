"""The parameters of layers with filters, checked."""

from __future__ import annotations

from typing import Any

from inverse.errors import ParameterError
from inverse.layers.base import demand_whole
from inverse.layers.parameters import demand_array
from inverse.layers.windows import demand_geometry

__all__ = ["demand_bias", "demand_filters"]


def demand_filters(layer: Any) -> None:
    """Check the filters of a convolution, its groups and how its windows move."""
    demand_array(layer, "weight")
    demand_whole(layer, "groups", 1)
    demand_geometry(layer, stride=1, pads=0, dilation=1)
    shape, owner = layer.weight.shape, type(layer).__name__
    if len(shape) != 4 or 0 in shape:
        raise ParameterError(f"{owner}.weight must have four axes, none empty, got shape {shape}")
    if shape[3] % layer.groups:
        raise ParameterError(
            f"{owner}.groups must divide the last axis of weight, got {layer.groups} groups and "
            f"weight of shape {shape}"
        )


def demand_bias(layer: Any, features: int) -> None:
    """Check that the bias is None, or a number for each of the features."""
    if layer.bias is None:
        return
    demand_array(layer, "bias")
    if layer.bias.shape != (features,):
        raise ParameterError(
            f"{type(layer).__name__}.bias must have shape {(features,)}, one number a feature, "
            f"got shape {layer.bias.shape}"
        )

"""What a case is: a layer and the inputs it is given."""

from __future__ import annotations

from inverse.layers import Join, Layer
from tests.support import Array

Inputs = tuple[Array, ...]
Cases = dict[str, tuple[Layer, Array] | tuple[Join, Inputs]]
"""By name: a layer and its input, or a join and the tuple of its inputs."""

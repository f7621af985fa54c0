"""Every layer of the package, and an input for each: what is run on every array library."""

from tests.layers.cases import activations, shallow, shapes, windows
from tests.layers.cases.case import Cases

LAYERS: Cases = shallow.LAYERS | activations.LAYERS | windows.LAYERS | shapes.LAYERS

"""From an ONNX graph to a `Graph` of our layers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.errors import InputError, InverseError
from inverse.layers import Graph, Identity, Join, Layer, Node
from inverse.layers.graph import INPUT, ending_with, unique_name
from inverse.onnx import operators  # noqa: F401  (registers the translators)
from inverse.onnx.batch_norm import fold_batch_norm
from inverse.onnx.folding import FOLDED, evaluate, measure
from inverse.onnx.limits import workspace
from inverse.onnx.names import paper_names
from inverse.onnx.network_input import input_of, onnx_shape, stored_shape
from inverse.onnx.operation import OPERATORS, Operation, Tensor, Unsupported, Value
from inverse.onnx.reading import MAX_BYTES, Model, to_array
from inverse.preprocessing import STEPS

__all__ = ["Imported", "translate"]


@dataclass
class Imported:
    """A translated model.

    Attributes
    ----------
    nodes : dict of str to Node
        Every layer in order, of whatever output.
    output : str
        The layer whose y is the model's first output, or the last usable one.
    tensors : dict of str to str
        ONNX's name of what each layer computes.
    aliases : dict of str to str
        Nodes that do nothing and have no layer, with the layer before them.
    folded : dict of str to str
        Nodes that have no layer of their own, with the layer that they became part of.
    fault : str or None
        The first node that could not be translated, in one sentence.
    sized : str or None
        The first layer that may be as it is because of the size of the input: what comes before
        it is the same for images of any size.
    """

    shape: Shape
    nodes: dict[str, Node] = field(default_factory=dict)
    output: str = INPUT
    tensors: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    sized: str | None = None

    @property
    def graph(self) -> Graph:
        """The layers up to `output`."""
        return Graph(ending_with(self.output, self.nodes))


def translate(model: Model, shape: Shape) -> Imported:
    """Translate a model for inputs of ``shape`` in ONNX's order, (N, C, H, W) for images.

    Raises
    ------
    InputError
        If the graph is no graph, or if not even its first node has a layer.
    """
    return _Translation(model, shape).run()


class _Translation:
    """The state of one translation: what is known of each tensor of the ONNX graph."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self._model = model
        self._values: dict[str, Value | Unsupported] = dict(model.constants)
        name = input_of(model).name
        self._values[name] = Tensor(INPUT, shape)
        self._imported = Imported(shape)
        self._stored: dict[str, Shape] = {INPUT: stored_shape(shape)}
        self._constants = self._activations = 0
        self._sized = False
        self._taken = set(STEPS)
        self._blamed = False
        self._usable: str | None = None  # the last layer before the fault
        self._renamed = paper_names(model.graph.node)
        self._uses = Counter(name for node in model.graph.node for name in node.input)
        self._uses.update(output.name for output in model.graph.output)

    def run(self) -> Imported:
        produced = {name for node in self._model.graph.node for name in node.output}
        for node in self._model.graph.node:
            self._check(node, produced)
            self._translate(node)
        self._finish()
        return self._imported

    def _check(self, node: Any, produced: set[str]) -> None:
        """Refuse a node that takes what is not there yet, or gives what is there already."""
        title = f"model '{self._model.path}': node '{node.name or ', '.join(node.output)}'"
        if not any(node.output):
            raise InputError(f"{title} ({node.op_type}) has no outputs")
        for source in node.input:
            if source and source not in self._values:
                why = "a cycle, or is not sorted" if source in produced else "a loose end"
                raise InputError(
                    f"{title} takes '{source}', which nothing before it gives: the graph has {why}"
                )
        for name in node.output:
            if name and name in self._values:
                raise InputError(f"{title} gives '{name}', which something before it gives already")

    def _finish(self) -> None:
        """Settle which layer is the output, and what is to be said if it is not the model's."""
        done, graph = self._imported, self._model.graph
        output = graph.output[0].name if graph.output else ""
        value = self._values.get(output)
        if isinstance(value, Tensor):
            if value.node == INPUT:  # all that the model does is nothing
                value = self._add(Identity(), [value], output)
                done.tensors[value.node] = output
            done.output, done.fault = value.node, None
            return
        if done.fault is None and isinstance(value, Unsupported):
            done.fault = f"its output '{output}' cannot be had: {value}"
        elif done.fault is None:
            done.fault = f"its output '{output}' does not depend on the image"
        if self._usable is None and not self._blamed:
            self._usable = next(reversed(done.nodes), None)
        done.output = self._usable or INPUT
        if done.output == INPUT:
            raise InputError(f"model '{self._model.path}' cannot be used: {done.fault}")
        done.fault += (
            f"; the last layer usable before it is '{done.output}': take until('{done.output}')"
        )

    def _translate(self, node: Any) -> None:
        inputs = [self._values[name] if name else None for name in node.input]
        blocked = [value for value in inputs if isinstance(value, Unsupported)]
        try:
            if blocked:
                raise blocked[0]
            found = self._outputs(node, [v for v in inputs if not isinstance(v, Unsupported)])
        except Unsupported as error:
            if not blocked:
                self._blame(node, error)
            self._values.update(dict.fromkeys((n for n in node.output if n), error))
            return
        # outputs beyond those of the layer, such as a mask of Dropout, are known to nobody
        unknown = Unsupported(f"only {len(found)} of its outputs can be had")
        for i, name in enumerate(node.output):
            if name:
                self._values[name] = found[i] if i < len(found) else unknown
        for i, value in enumerate(found[: len(node.output)]):
            if isinstance(value, Tensor):
                self._imported.tensors.setdefault(value.node, node.output[i])

    def _blame(self, node: Any, error: Exception) -> None:
        domain = f"{node.domain}." if node.domain not in ("", "ai.onnx") else ""
        if self._blamed:
            return
        self._blamed = True
        self._usable = next(reversed(self._imported.nodes), None)
        self._imported.fault = (
            f"node '{node.name or node.output[0]}', operator {domain}{node.op_type} of opset "
            f"{self._model.opset}, cannot be imported: {error}"
        )

    def _outputs(self, node: Any, inputs: list[Value]) -> list[Value]:
        if node.domain not in ("", "ai.onnx"):
            raise Unsupported("there is no layer for it")
        if node.op_type == "Constant":
            return [self._constant(node)]
        if node.op_type in ("Shape", "Size") and inputs:
            self._sized = self._sized or isinstance(inputs[0], Tensor)
            return [measure(node, () if inputs[0] is None else inputs[0].shape)]
        if not any(isinstance(value, Tensor) for value in inputs) and node.op_type in FOLDED:
            arrays = {n: v for n, v in zip(node.input, inputs, strict=True) if n}
            return list(self._folded(node, arrays))  # type: ignore[arg-type]
        if node.op_type not in OPERATORS:
            raise Unsupported("there is no layer for it")
        try:
            operation = Operation(
                name=self._name(node),
                type=node.op_type,
                opset=self._model.opset,
                attributes=self._attributes(node),
                inputs=inputs,
                outputs=len(node.output),
                add=self._add,
                depends_on_size=self._depends_on_size,
            )
            if node.op_type == "BatchNormalization":
                alone = self._is_only_use(operation)
                folded = fold_batch_norm(operation, self._imported.nodes, alone)
                if folded is not None:
                    return [self._replace(operation.x, folded, operation.name)]
            found = OPERATORS[node.op_type](operation)
        except Unsupported:
            raise
        except (
            InverseError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError
        ) as error:  # fmt: skip
            raise Unsupported(str(error) or type(error).__name__) from None
        tensors = found if isinstance(found, list) else [found]
        first = tensors[0]
        if first in operation.tensors and operation.name not in self._imported.nodes:
            self._imported.aliases[operation.name] = first.node  # it does nothing, and is no layer
        return list(tensors)

    def _depends_on_size(self) -> None:
        self._sized = True

    def _folded(self, node: Any, inputs: dict[str, np.ndarray[Any, Any]]) -> list[Any]:
        """The constants that a node makes of constants, within one bound for all of them."""
        found = evaluate(node, inputs, self._model.opset)
        self._constants += sum(value.nbytes for value in found)
        if self._constants > MAX_BYTES:
            raise InputError(
                f"model '{self._model.path}' would make constants of more than {MAX_BYTES} bytes"
            )
        return found

    def _add(self, layer: Layer | Join, inputs: Sequence[Tensor], name: str) -> Tensor:
        """Add a node of ours; its shape follows from its layer."""
        name = unique_name(name, self._taken)
        sources = tuple(tensor.node for tensor in inputs)
        shape = layer.output_shape(*(self._stored[source] for source in sources))
        if 4 * max(math.prod(shape), workspace(layer, shape)) > MAX_BYTES:
            raise Unsupported(
                f"for an output of shape {shape} it takes more than {MAX_BYTES} bytes"
            )
        self._activations += 4 * math.prod(shape)
        if self._activations > 4 * MAX_BYTES:
            raise InputError(
                f"model '{self._model.path}' has values of more than {4 * MAX_BYTES} bytes"
            )
        if self._sized and self._imported.sized is None:
            self._imported.sized = name
        self._imported.nodes[name] = Node(layer, sources)
        self._taken.add(name)
        self._stored[name] = shape
        return Tensor(name, onnx_shape(shape))

    def _replace(self, x: Tensor, layer: Layer, name: str) -> Tensor:
        """Let a layer that includes the next node take the place of the one that made ``x``."""
        old = self._imported.nodes.pop(x.node)
        self._imported.tensors.pop(x.node, None)
        inputs = [Tensor(source, onnx_shape(self._stored[source])) for source in old.inputs]
        found = self._add(layer, inputs, name)
        if x.node != found.node:
            self._imported.folded[x.node] = found.node
        return found

    def _is_only_use(self, operation: Operation) -> bool:
        """Whether nothing else takes the first input, under whatever name."""
        values = self._values.items()
        names = [n for n, v in values if isinstance(v, Tensor) and v == operation.x]
        return sum(self._uses[name] for name in names) == len(names)

    def _name(self, node: Any) -> str:
        name = self._renamed.get(node.output[0]) or node.name or node.output[0]
        return "".join(c if c.isprintable() else "?" for c in name)

    def _attributes(self, node: Any) -> dict[str, Any]:
        import onnx

        values: dict[str, Any] = {}
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                values[attribute.name] = to_array(attribute.t, self._model.path)
            else:
                value = onnx.helper.get_attribute_value(attribute)
                text = isinstance(value, bytes)
                values[attribute.name] = value.decode(errors="replace") if text else value
        return values

    def _constant(self, node: Any) -> np.ndarray[Any, Any]:
        attributes = self._attributes(node)
        if len(attributes) != 1 or "sparse_value" in attributes or "value_string" in attributes:
            raise Unsupported("a constant must be one array of numbers")
        (key, value), *_ = attributes.items()
        if key.startswith("value_float"):
            return np.asarray(value, dtype=np.float32)
        return np.asarray(value)

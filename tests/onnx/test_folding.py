"""Constants and shape arithmetic: computed when a model is read, and never too large."""

import numpy as np
import pytest

from inverse.errors import InputError
from inverse.onnx.folding import FOLDED
from tests.onnx.building import SHAPE, agreeing, draw, import_, model, node

LONG = np.int64


def layers(imported):
    return [type(node.layer).__name__ for node in imported.graph.nodes.values()]


def test_flatten_as_pytorch_exports_it(tmp_path):
    """x.view(x.size(0), -1)."""
    imported = agreeing(
        tmp_path,
        model(
            node("Shape", "x", "shape"),
            node("Gather", "shape zero", "size", axis=0),
            node("Unsqueeze", "size axes", "sizes"),
            node("Concat", "sizes rest", "wanted", axis=0),
            node("Reshape", "x wanted", "y"),
            zero=LONG(0),
            axes=np.array([0]),
            rest=np.array([-1]),
        ),
    )
    assert layers(imported) == ["Flatten"]


def test_channel_shuffle_as_pytorch_exports_it(tmp_path):
    """x.view(n, groups, c // groups, h, w).transpose(1, 2).view(n, -1, h, w)."""
    parts = [node("Shape", "x", "shape")]
    for i, name in enumerate(("n", "c", "h", "w")):
        parts += [
            node("Gather", f"shape at{i}", f"{name}0", axis=0),
            node("Unsqueeze", f"{name}0 axes", name),
        ]
    parts += [
        node("Div", "c groups", "share"),
        node("Concat", "n groups share h w", "split", axis=0),
        node("Reshape", "x split", "five"),
        node("Transpose", "five", "turned", perm=[0, 2, 1, 3, 4]),
        node("Concat", "n rest h w", "joined", axis=0),
        node("Reshape", "turned joined", "y"),
    ]
    numbers = {f"at{i}": LONG(i) for i in range(4)}
    numbers |= {"axes": np.array([0]), "groups": np.array([2]), "rest": np.array([-1])}
    agreeing(tmp_path, model(*parts, shape=(1, 6, 4, 5), **numbers))


def test_resize_as_pytorch_exports_it(tmp_path):
    """F.interpolate(x, scale_factor=2): sizes are cut out of the shape and multiplied."""
    agreeing(
        tmp_path,
        model(
            node("Shape", "x", "shape"),
            node("Slice", "shape two four", "places"),
            node("Slice", "shape zero two", "kept"),
            node("Cast", "places", "floats", to=1),
            node("Mul", "floats factor", "scaled"),
            node("Floor", "scaled", "floored"),
            node("Cast", "floored", "larger", to=7),
            node("Concat", "kept larger", "sizes", axis=0),
            node("Resize", "x - - sizes", "y", mode="linear"),
            zero=np.array([0]),
            two=np.array([2]),
            four=np.array([4]),
            factor=np.float32(2),
        ),
    )


def test_parts_of_a_shape(tmp_path):
    """From opset 15 on, Shape has a start and an end."""
    imported = agreeing(
        tmp_path,
        model(
            node("Shape", "x", "batch", end=1),
            node("Shape", "x", "places", start=-2),
            node("ReduceProd", "places", "count", keepdims=1),
            node("Concat", "batch channels count", "wanted", axis=0),
            node("Reshape", "x wanted", "y"),
            channels=np.array([3]),
        ),
    )
    assert imported.graph.output_shape((1, 8, 9, 3)) == (1, 3, 72)


def test_the_number_of_values(tmp_path):
    agreeing(
        tmp_path,
        model(
            node("Size", "x", "size"),
            node("Unsqueeze", "size axes", "sizes"),
            node("Concat", "one sizes", "wanted", axis=0),
            node("Reshape", "x wanted", "y"),
            axes=np.array([0]),
            one=np.array([1]),
        ),
    )


def test_the_shape_of_a_constant(tmp_path):
    agreeing(
        tmp_path,
        model(
            node("Shape", "k", "shape"),
            node("Size", "k", "count"),
            node("Unsqueeze", "count axes", "counts"),
            node("Concat", "one shape counts", "wanted", axis=0),
            node("Reshape", "x wanted", "y"),
            k=draw(18),
            axes=np.array([0]),
            one=np.array([1]),
            shape=(1, 1, 18, 18),
        ),
    )


def test_shapes_follow_the_size_that_is_asked_for(tmp_path):
    nodes = [
        node("Shape", "x", "shape"),
        node("Slice", "shape start end", "places"),
        node("Cast", "places", "floats", to=1),
        node("ReduceMean", "floats", "mean", axes=[0], keepdims=0),
        node("Mul", "x mean", "y"),
    ]
    proto = model(*nodes, shape=(1, 3, "H", "W"), start=np.array([2]), end=np.array([4]))
    for height, width in ((4, 6), (10, 2)):
        imported = agreeing(tmp_path, proto, (1, 3, height, width))
        x = np.ones((1, height, width, 3), np.float32)
        assert imported.graph(x).max() == (height + width) / 2


def test_weights_that_are_computed(tmp_path):
    """Filters as the product of a constant and a scale, reshaped: no layers remain of it."""
    imported = agreeing(
        tmp_path,
        model(
            node("Constant", "", "half", value_float=0.5),
            node("Mul", "flat half", "scaled"),
            node("Reshape", "scaled size", "turned"),
            node("Transpose", "turned", "w", perm=[3, 0, 1, 2]),
            node("Conv", "x w", "y"),
            flat=draw(3, 9, 4),
            size=np.array([3, 3, 3, 4]),
        ),
    )
    assert layers(imported) == ["Conv2d"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"value_float": 2.0}, 2),
        ({"value_floats": [2.0, 3.0, 4.0]}, [[[2]], [[3]], [[4]]]),
        ({"value_int": 5}, 5),
        ({"value_ints": [2, 3, 4]}, [[[2]], [[3]], [[4]]]),
    ],
)
def test_constants_of_every_kind(tmp_path, attributes, expected):
    nodes = [
        node("Constant", "", "k", **attributes),
        node("Cast", "k", "floats", to=1),
        node("Reshape", "floats size", "c"),
        node("Mul", "x c", "y"),
    ]
    size = np.array([-1, 1, 1])
    imported = agreeing(tmp_path, model(*nodes, size=size))
    x = draw(*SHAPE).transpose(0, 2, 3, 1)
    scale = np.ravel(np.array(expected, np.float32))
    np.testing.assert_allclose(imported.graph(x), x * scale)


def test_a_constant_of_words(tmp_path):
    proto = model(node("Constant", "", "k", value_string="word"), node("Mul", "x k", "y"))
    with pytest.raises(InputError, match="a constant must be one array of numbers"):
        import_(tmp_path, proto)


@pytest.mark.parametrize(
    ("kind", "constants", "attributes", "words"),
    [
        ("Gather", [draw(3), LONG(5)], {}, "out of bounds"),
        ("Reshape", [draw(3), np.array([2, 2])], {}, "cannot reshape"),
        ("Concat", [draw(3), draw(1, 3)], {"axis": 0}, "same rank"),
        ("Add", [draw(3), draw(4)], {}, ""),
        ("Range", [LONG(0), LONG(3), LONG(0)], {}, "zero"),
        ("Expand", [draw(3), np.array([2])], {}, "Incompatible dimensions"),
        ("Tile", [draw(3), np.array([-2])], {}, ""),
        ("ConstantOfShape", [np.array([-2])], {}, "negative"),
    ],
)
def test_arithmetic_that_fails(tmp_path, kind, constants, attributes, words):
    names = {f"k{i}": value for i, value in enumerate(constants)}
    proto = model(
        node(kind, " ".join(names), "k", "wrong", **attributes), node("Mul", "x k", "y"), **names
    )
    with pytest.raises(
        InputError, match=rf"'wrong', operator {kind} of .*cannot be evaluated: .*{words}"
    ):
        import_(tmp_path, proto)


def test_folded_operators_exist():
    from onnx.defs import has

    assert all(has(name) for name in FOLDED)

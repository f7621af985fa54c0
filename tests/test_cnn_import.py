"""Networks with layers that cannot be imported, or that have no layer of their own."""

import numpy as np
import pytest

import inverse
from inverse import InputError, ParameterError
from inverse.presets import cvpr2015
from tests.onnx.building import conv, draw, model, node, save


def incomplete(folder, domain=""):
    first, filters = conv()
    nodes = [first, node("Relu", "c", "r", "relu"), node("Hardmax", "r", "s", "odd", domain=domain)]
    return inverse.cnn(save(folder, model(*nodes, node("Relu", "s", "y"), **filters)))


@pytest.mark.parametrize("domain", ["", "com.example"])
def test_what_comes_before_a_fault_can_be_used(tmp_path, domain):
    net = incomplete(tmp_path, domain)
    assert [row.name for row in net.layers()][-1] == "relu"
    phi = net.until("relu")
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert phi(phi.encode(picture)).shape == (1, 6, 7, 4)
    result = inverse.invert(phi, picture, preset=cvpr2015(phi).replace(steps=3))
    assert result.stop == "completed 3 steps"
    kind = f"{domain}.Hardmax" if domain else "Hardmax"
    message = (
        f"model: node 'odd', operator {kind} of opset 17, cannot be imported: there is no layer "
        "for it; the last layer usable before it is 'relu': take until('relu')"
    )
    for use in (lambda: net(net.encode(picture)), lambda: inverse.invert(net, picture)):
        with pytest.raises(InputError) as caught:
            use()
        assert str(caught.value) == message
    with pytest.raises(ParameterError, match="layer must be one of c, relu, got 'odd'"):
        net.until("odd")


def test_layers_that_became_part_of_others(tmp_path):
    first, filters = conv(name="conv")
    arrays = {key: abs(draw(4)) + 0.5 for key in "stmv"}
    nodes = [
        first,
        node("BatchNormalization", "c s t m v", "n", "bn1"),
        node("BatchNormalization", "n s t m v", "b", "bn2"),
        node("Dropout", "b", "d", "drop"),
        node("Relu", "d", "y", "relu"),
    ]
    net = inverse.cnn(save(tmp_path, model(*nodes, **filters, **arrays)))
    for name in ("conv", "bn1"):
        with pytest.raises(ParameterError) as caught:
            net.until(name)
        assert str(caught.value) == (
            f"model: layer '{name}' became part of 'bn2', take until('bn2')"
        )
    assert net.until("drop").name == "model-bn2"
    assert list(net.until("drop").layer.layers) == ["preprocessing", "bn2"]


def test_the_image_itself_is_no_layer(tmp_path):
    first, filters = conv()
    nodes = [node("Identity", "x", "i", "same"), first, node("Relu", "c", "y")]
    net = inverse.cnn(save(tmp_path, model(*nodes, **filters)))
    with pytest.raises(ParameterError, match="layer must be one of c, y, got 'same'"):
        net.until("same")


def test_a_layer_called_preprocessing(tmp_path):
    first, filters = conv(name="preprocessing")
    net = inverse.cnn(save(tmp_path, model(first, node("Relu", "c", "y", "input"), **filters)))
    assert [row.name for row in net.layers()] == ["preprocessing", "preprocessing-2", "input-2"]
    assert net.until("preprocessing-2").output_shape(net.input_shape) == (1, 6, 7, 4)

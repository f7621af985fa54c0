"""ONNX files of small random weights: they load, and are what they are said to be."""

import re

import numpy as np
import pytest

from inverse.models import efficientnet
from inverse.models.alexnet import build_alexnet
from inverse.models.efficientnet import Block, blocks, build_efficientnet_lite0, same_pads
from inverse.models.vgg16 import build_vgg16

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)


def draw(*shape):
    return RNG.normal(size=shape).astype(np.float32) / np.float32(np.sqrt(np.prod(shape[1:])))


def convolutions(kernels, channels):
    """Filters and biases of a row of convolutions that begins with RGB."""
    before = [3, *channels]
    return [
        (draw(channels[i], before[i], size, size), draw(channels[i]))
        for i, size in enumerate(kernels)
    ]


def run(model, images, *inner):
    """The output of a model, and values inside."""
    graph = onnx.load_from_string(model)
    outputs = [graph.graph.output[0].name, *inner]
    graph.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in inner)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    assert session.get_inputs()[0].shape == ["N", 3, 224, 224]
    return session.run(outputs, {"input": images})


def nodes(model):
    return [node.name for node in onnx.load_from_string(model).graph.node]


def test_alexnet():
    model = build_alexnet(convolutions((11, 5, 3, 3, 3), (2, 3, 4, 5, 6)), "of nobody")
    assert " ".join(nodes(model)) == (
        "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5"
    )
    assert onnx.load_from_string(model).doc_string == "of nobody"
    images = draw(2, 3, 224, 224)
    pool5, conv1, pool1, conv2, relu3 = run(model, images, "conv1", "pool1", "conv2", "relu3")
    assert pool5.shape == (2, 6, 6, 6)
    assert (conv1.shape, pool1.shape) == ((2, 2, 55, 55), (2, 2, 27, 27))
    assert (conv2.shape, relu3.shape) == ((2, 3, 27, 27), (2, 4, 13, 13))
    assert run(model, images[1:])[0] == pytest.approx(pool5[1:], abs=1e-6)


def test_the_first_convolution_of_alexnet_by_its_formula():
    weights = convolutions((11, 5, 3, 3, 3), (2, 3, 4, 5, 6))
    images = draw(1, 3, 224, 224)
    conv1 = run(build_alexnet(weights), images, "conv1")[1]
    filters, biases = weights[0]
    padded = np.pad(images[0], ((0, 0), (2, 2), (2, 2)))
    for oh, ow in ((0, 0), (3, 17), (54, 54)):
        patch = padded[:, 4 * oh : 4 * oh + 11, 4 * ow : 4 * ow + 11]
        expected = (filters * patch).sum(axis=(1, 2, 3)) + biases
        assert conv1[0, :, oh, ow] == pytest.approx(expected, abs=1e-5)


def test_vgg16():
    model = build_vgg16(convolutions((3,) * 13, range(2, 15)))
    names = nodes(model)
    assert names[:5] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1"]
    assert " ".join(names[-5:]) == "conv5_2 relu5_2 conv5_3 relu5_3 pool5"
    assert len(names) == 13 + 13 + 5
    pool5, relu3, pool4 = run(model, draw(2, 3, 224, 224), "relu3_3", "pool4")
    assert pool5.shape == (2, 14, 7, 7)
    assert (relu3.shape, pool4.shape) == ((2, 8, 56, 56), (2, 11, 14, 14))


def lite0_tensors():
    """Random weights of the right shapes, of batch norms that keep values about 1."""
    tensors = {}

    def unit(conv, norm, *shape):
        tensors[f"{conv}.weight"] = draw(*shape)
        for part, value in (("weight", 1), ("bias", 0.5), ("running_mean", 0), ("running_var", 1)):
            tensors[f"{norm}.{part}"] = np.full(shape[0], value, dtype=np.float32)

    unit("_conv_stem", "_bn0", 32, 3, 3, 3)
    for k, block in enumerate(blocks()):
        key, wide = f"_blocks.{k}", block.channels_in * block.expansion
        if block.expansion > 1:
            unit(f"{key}._expand_conv", f"{key}._bn0", wide, block.channels_in, 1, 1)
        unit(f"{key}._depthwise_conv", f"{key}._bn1", wide, 1, block.kernel, block.kernel)
        unit(f"{key}._project_conv", f"{key}._bn2", block.channels_out, wide, 1, 1)
    unit("_conv_head", "_bn1", 1280, 320, 1, 1)
    return tensors | {"_fc.weight": draw(10, 1280), "_fc.bias": draw(10)}


def test_efficientnet_lite0():
    model = build_efficientnet_lite0(lite0_tensors())
    names = nodes(model)
    assert names[:3] == ["stem", "stem.norm", "stem.relu6"]
    assert names[3:6] == [f"blocks.0.depthwise{part}" for part in ("", ".norm", ".relu6")]
    assert names[-6:] == ["head", "head.norm", "head.relu6", "pool", "flatten", "classifier"]
    added = [int(re.findall(r"\d+", name)[0]) for name in names if name.endswith(".add")]
    assert added == [2, 4, 6, 7, 9, 10, 12, 13, 14]  # all but the first block of each stage
    inner = ["stem.relu6", "blocks.5.project.norm", "head.relu6", "blocks.2.add"]
    scores, stem, fifth, head, second = run(model, draw(2, 3, 224, 224), *inner)
    assert scores.shape == (2, 10)
    assert (stem.shape, fifth.shape) == ((2, 32, 112, 112), (2, 80, 14, 14))
    assert (head.shape, second.shape) == ((2, 1280, 7, 7), (2, 24, 56, 56))
    assert 0 <= head.min() <= head.max() <= 6


def test_same_pads():
    assert same_pads(224, 3, 2) == (0, 1)
    assert same_pads(56, 5, 2) == (1, 2)
    assert same_pads(14, 5, 1) == (2, 2)
    assert same_pads(7, 1, 1) == same_pads(8, 2, 3) == (0, 0)
    for size in range(5, 20):
        for kernel in range(1, 6):
            for stride in range(1, 4):
                outputs = (size + sum(same_pads(size, kernel, stride)) - kernel) // stride + 1
                assert outputs == -(-size // stride)


def test_blocks():
    found = list(blocks())
    assert len(found) == 16
    assert found[0] == Block(3, 1, 1, efficientnet.STEM, 16, 112)
    assert found[3] == Block(5, 2, 6, 24, 40, 56)
    assert found[-1] == Block(3, 1, 6, 192, 320, 7)

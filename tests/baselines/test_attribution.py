"""Attribution against matrices written out, finite differences and PyTorch."""

import numpy as np
import pytest

import inverse
from inverse import InputError, ParameterError, ShapeError, photos
from inverse.baselines.attribution import Attribution, attribute
from inverse.layers import (
    Add,
    Chain,
    Conv2d,
    Flatten,
    Graph,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Node,
    ReLU,
)
from inverse.receptive_field import Box
from inverse.representations import Representation
from tests.support import assert_close, normal

RULES = ["deconvnet", "saliency", "guided"]
SMALL = inverse.cnn("small")


def image(shape=(11, 13)):
    return np.random.default_rng(3).random(shape)


def conv(seed, channels, filters, size=3):
    weight = normal(seed, (size, size, channels, filters)) / size / np.sqrt(channels)
    return Conv2d(weight, bias=normal(seed + 1, (filters,)), pads=(1, 1, 1, 1))


def network(last=True):
    """Two stages of convolution, ReLU, pooling and LRN, and a fully connected layer."""
    layers = {
        "conv1": conv(1, 1, 6),
        "relu1": ReLU(),
        "pool1": MaxPool2d((3, 3), (2, 2)),
        "norm1": LocalResponseNorm(3, alpha=0.1),
        "conv2": conv(4, 6, 5),
        "relu2": ReLU(),
    }
    if last:
        layers |= {"flatten": Flatten(), "fc": Linear(normal(8, (5 * 6 * 5, 4)), normal(9, (4,)))}
    return Representation("net", Chain(layers), mean=0.0)


def matrix(layer, shape):
    """The matrix of an affine layer, column by column: f(e) − f(0)."""
    size = int(np.prod(shape))
    basis = np.eye(size).reshape(size, *shape[1:])
    return (layer(basis) - layer(np.zeros((1, *shape[1:])))).reshape(size, -1).T


def selection(layer, x):
    """The matrix of a max pooling at x: 1 at the first maximum of each window."""
    (kh, kw), (sh, sw) = layer.kernel, layer.stride
    _, h, w, c = x.shape
    rows, cols = (h - kh) // sh + 1, (w - kw) // sw + 1
    found = np.zeros((rows, cols, c, h, w, c))
    for i, j, k in np.ndindex(rows, cols, c):
        window = x[0, i * sh : i * sh + kh, j * sw : j * sw + kw, k]
        a, b = np.unravel_index(window.argmax(), window.shape)
        found[i, j, k, i * sh + a, j * sw + b, k] = 1
    return found.reshape(rows * cols * c, h * w * c)


def finite_differences(function, x):
    """The matrix of derivatives at x."""
    columns = []
    for at in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[at] = 1e-5
        columns.append((function(x + step) - function(x - step)).ravel() / 2e-5)
    return np.array(columns).T


def by_matrices(net, x, seed, rule):
    """The backward pass with every matrix written out; no layer's backward takes part."""
    inputs = []
    for _, layer in net:
        inputs.append(x)
        x = layer(x)
    dy = seed
    for (_, layer), x in zip(reversed(list(net)), reversed(inputs), strict=True):
        if isinstance(layer, ReLU):
            active = x.ravel() > 0
            dy = {
                "deconvnet": np.maximum(dy, 0),
                "saliency": dy * active,
                "guided": np.maximum(dy, 0) * active,
            }[rule]
        elif isinstance(layer, LocalResponseNorm):
            dy = finite_differences(layer, x).T @ dy if rule == "saliency" else dy
        elif isinstance(layer, MaxPool2d):
            dy = selection(layer, x).T @ dy
        else:
            dy = matrix(layer, x.shape).T @ dy
    return dy.reshape(inputs[0].shape[1:])


@pytest.mark.parametrize("unit", [(2, 3, 1), (0, 5, 4), (3,), "max"])
@pytest.mark.parametrize("rule", RULES)
def test_equals_the_matrices(rule, unit):
    net = network(last=unit == (3,))
    x = net.encode(image())
    y = net(x)[0]
    at = np.unravel_index(y.argmax(), y.shape) if unit == "max" else unit
    found = attribute(net, image(), unit, rule)
    seed = np.zeros(y.shape)
    seed[at] = 1
    assert_close(found.gradient, by_matrices(net, x, seed.ravel(), rule), rtol=1e-7)
    assert found.unit == at
    assert found.value == y[at]


def test_saliency_is_the_derivative():
    net = network()
    x = net.encode(image())
    expected = finite_differences(lambda v: net(v)[:, 2], x).reshape(x.shape[1:])
    assert_close(attribute(net, image(), 2, "saliency").gradient, expected, rtol=1e-6)


def test_the_rules_differ_where_there_are_rectifiers_and_agree_where_there_are_none():
    net = network()
    a, b, c = (attribute(net, image(), 2, rule).gradient for rule in RULES)
    assert min(np.abs(a - b).max(), np.abs(b - c).max(), np.abs(a - c).max()) > 0.01
    linear = {n: own for n, own in net if not isinstance(own, ReLU | LocalResponseNorm)}
    without = Representation("linear", Chain(linear), mean=0.0)
    a, b, c = (attribute(without, image(), 2, rule).gradient for rule in RULES)
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(b, c)


@pytest.mark.parametrize("rule", RULES)
def test_graphs_and_chains_in_them(rule):
    """y = r(r(c x) + c x): the branches' shares add up, and inner layers keep to the rule."""
    inner = Chain({"relu": ReLU()})
    layer = conv(1, 1, 5)
    nodes = {
        "conv": Node(layer, ("input",)),
        "inner": Node(inner, ("conv",)),
        "add": Node(Add(), ("inner", "conv")),
        "relu": Node(ReLU(), ("add",)),
    }
    net = Representation("residual", Graph(nodes), mean=0.0)
    found = attribute(net, image(), (4, 4, 3), rule)
    z = layer(net.encode(image()))
    active = (z > 0).ravel()
    dy = np.zeros(z.size)
    dy[np.ravel_multi_index((4, 4, 3), z.shape[1:])] = 1
    if rule != "deconvnet":
        dy = dy * (np.maximum(z, 0) + z > 0).ravel()
    share = dy if rule == "deconvnet" else dy * active
    expected = matrix(layer, (1, 11, 13, 1)).T @ (share + dy)
    assert_close(found.gradient, expected.reshape(11, 13, 1))


@pytest.mark.parametrize("rule", RULES)
def test_equals_pytorch(rule):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional

    class Deconv(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clamp(min=0)

        @staticmethod
        def backward(ctx, dy):
            return dy.clamp(min=0)

    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clamp(min=0)

        @staticmethod
        def backward(ctx, dy):
            return dy.clamp(min=0) * (ctx.saved_tensors[0] > 0)

    class Passed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return y

        @staticmethod
        def backward(ctx, dy):
            return dy, None

    relu = {"deconvnet": Deconv.apply, "saliency": functional.relu, "guided": Guided.apply}[rule]
    net = SMALL.until("fc8")
    found = attribute(net, photos.photo("hat"), "max", rule)
    start = net.encode(photos.photo("hat")).astype(np.float64)
    x = torch.tensor(start, requires_grad=True)
    value = x.permute(0, 3, 1, 2)
    for _, own in net:
        if isinstance(own, Conv2d):
            weight = torch.tensor(own.weight.transpose(3, 2, 0, 1).astype(np.float64))
            top, left, bottom, right = own.pads
            value = functional.pad(value, (left, right, top, bottom))
            bias = torch.tensor(own.bias.astype(np.float64))
            value = functional.conv2d(value, weight, bias, own.stride, groups=own.groups)
        elif isinstance(own, ReLU):
            value = relu(value)
        elif isinstance(own, MaxPool2d):
            assert own.pads == (0, 0, 0, 0)
            value = functional.max_pool2d(value, own.kernel, own.stride)
        elif isinstance(own, LocalResponseNorm):
            alpha = own.alpha * own.size
            lrn = functional.local_response_norm(value, own.size, alpha, own.beta, own.bias)
            value = lrn if rule == "saliency" else Passed.apply(value, lrn.detach())
        elif isinstance(own, Flatten):
            value = value.flatten(1)
        elif isinstance(own, Linear):
            weight, bias = (torch.tensor(v.astype(np.float64)) for v in (own.weight, own.bias))
            value = value @ weight + bias
        else:  # the network's scaling
            scaled = own(start)
            slope = torch.tensor((scaled - own(0 * start)) / np.where(start, start, 1))
            value = value * slope.permute(0, 3, 1, 2)
            value = value + torch.tensor(own(0 * start)).permute(0, 3, 1, 2)
    value[0][found.unit].backward()
    assert found.value == pytest.approx(float(value[0][found.unit].detach()), rel=1e-4)
    assert_close(found.gradient, x.grad[0].numpy(), rtol=1e-3)


@pytest.mark.parametrize("name", list(SMALL.layer.layers))
def test_every_layer_of_the_embedded_network(name):
    net = SMALL.until(name)
    maps = [attribute(net, photos.photo("hat"), "max", rule) for rule in RULES]
    assert len({(own.unit, own.value, own.box) for own in maps}) == 1
    for own in maps:
        assert own.gradient.shape == (131, 131, 3)
        assert own.gradient.dtype == np.float32
        assert np.isfinite(own.gradient).all()
        assert np.abs(own.gradient).max() > 0
        outside = own.gradient.copy()
        outside[own.box.top : own.box.bottom, own.box.left : own.box.right] = 0
        assert not outside.any()
        assert own.picture.min() >= 0
        assert own.picture.max() <= 1


def test_dense_sift_has_attributions_too():
    phi = inverse.dsift()
    found = attribute(phi, photos.photo("hat")[:40, :50], (2, 3, 17), "saliency")
    assert found.gradient.shape == (40, 50, 1)
    assert found.gradient.any()
    assert found.box == (0, 0, 40, 50)  # its pooling does not say what a descriptor sees


def test_pictures():
    g = np.array([[[-4.0, 1.0, 0.0], [0.0, 2.0, 0.0]]])

    def shown(rule, gradient=g):
        return Attribution(gradient, (0,), 1.0, rule, Box(0, 0, 1, 2)).picture.tolist()

    assert shown("saliency") == [[1, 0.5]]
    assert shown("guided") == [[[0, 0.625, 0.5], [0.5, 0.75, 0.5]]]
    assert shown("deconvnet", g[..., :1]) == [[0, 0.5]]
    assert shown("deconvnet", g[..., :2]) == [[0, pytest.approx(5 / 6)]]
    assert shown("guided", 0 * g) == [[[0.5] * 3] * 2]
    assert shown("saliency", 0 * g) == [[0, 0]]


@pytest.mark.parametrize(
    "unit", ["largest", 1.5, True, (), None, -1, (0, 0, -1), (0, 0.5, 1), [1, 2, 3]]
)
def test_refuses_what_is_no_unit(unit):
    words = "attribute.unit must be whole numbers of at least 0, a tuple or one, or 'max', got "
    with pytest.raises(ParameterError, match=words):
        attribute(network(), image(), unit)


def test_refuses_what_does_not_fit():
    net = network(last=False)
    with pytest.raises(ShapeError, match=r"unit \(9, 0, 0\) must be within the code of shape \(5"):
        attribute(net, image(), (9, 0, 0))
    with pytest.raises(ShapeError, match=r"unit \(3,\) must be within the code of shape"):
        attribute(net, image(), 3)
    with pytest.raises(ParameterError, match="rule must be one of deconvnet, .*, got 'lrp'"):
        attribute(net, image(), rule="lrp")
    words = r"attribute.net must be a representation, such as inverse.cnn\(...\), got ReLU\(\)"
    with pytest.raises(ParameterError, match=words):
        attribute(ReLU(), image())
    with pytest.raises(InputError, match="a picture must be a float32 or float64 array"):
        attribute(net, "hat.jpg")
    with pytest.raises(InputError, match="a picture must have finite values"):
        attribute(net, np.full((11, 13), np.nan))
    with pytest.raises(ShapeError, match="grey takes images"):
        attribute(net, image((4,)))
    with pytest.raises(ShapeError, match="net, layer 'pool1'"):
        attribute(net, image((2, 2)))

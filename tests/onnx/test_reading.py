"""Files that are no models, or not good ones: each is refused in one sentence."""

import contextlib

import numpy as np
import pytest
from onnx import TensorProto, helper

from inverse.errors import InputError
from inverse.onnx import read_model
from inverse.onnx.reading import MAX_BYTES
from tests.onnx.building import agreeing, conv, draw, import_, model, node, peak, save


def small():
    """A convolution and a rectifier."""
    first, filters = conv()
    return model(first, node("Relu", "c", "y"), **filters)


def refused(path, *words):
    """The message of the InputError that reading the file raises: one line with the words."""
    with pytest.raises(InputError) as caught:
        read_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    for word in words:
        assert word in message
    return message


def test_a_model_is_read(tmp_path):
    read = read_model(str(save(tmp_path, small())))
    assert read.opset == 17
    assert list(read.constants) == ["w"]
    assert np.array_equal(read.constants["w"], draw(4, 3, 3, 3) / 5)


def test_no_file(tmp_path):
    refused(tmp_path / "missing.onnx", "cannot be read: No such file or directory")
    refused(tmp_path, "must be a file, got a folder")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no ONNX model: it has no graph (0 bytes)"),
        (b"A text about networks.\n", "is no ONNX"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no ONNX"),
        (bytes(4096), "is no ONNX"),
    ],
)
def test_files_of_another_kind(tmp_path, content, words):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    refused(path, words)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_truncated(tmp_path, share):
    path = save(tmp_path, small())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    refused(path, "is no ONNX")


def test_no_truncation_raises_anything_else(tmp_path):
    path = save(tmp_path, small())
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with contextlib.suppress(InputError):
            read_model(path)


def test_a_graph_without_nodes(tmp_path):
    refused(save(tmp_path, model()), "is no ONNX model: it has no graph")


@pytest.mark.parametrize("opset", [1, 6, 9999])
def test_opsets_that_are_not_known(tmp_path, opset):
    proto = small()
    proto.opset_import[0].version = opset
    message = refused(save(tmp_path, proto), "must have an opset from 7 to ")
    assert message.endswith(f"got {opset}")


def test_an_opset_of_the_domain_ai_onnx(tmp_path):
    proto = small()
    proto.opset_import[0].domain = "ai.onnx"
    assert read_model(save(tmp_path, proto)).opset == 17


def tensor(shape, **fields):
    """A float tensor that says it is of the shape, whatever it holds."""
    return TensorProto(name="w", dims=shape, data_type=TensorProto.FLOAT, **fields)


def with_tensor(value):
    proto = small()
    proto.graph.initializer[0].CopyFrom(value)
    return proto


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (tensor([4, 3, 3, 3], raw_data=bytes(12)), "declares 108 values of float32, but 12 bytes"),
        (tensor([4, 3, 3, 3], raw_data=bytes(54)), "declares 108 values of float32, but 54 bytes"),
        (tensor([4, 3, 3, 3], float_data=[1.0]), "declares 108 values, but 1 of them are there"),
        (tensor([4, 3, 3, 3], float_data=107 * [1.0]), "declares 108 values, but 107 of them"),
        (tensor([4, -3, 3, 3]), "must have sizes of at least 0, got shape (4, -3, 3, 3)"),
        (TensorProto(name="w", dims=[1], data_type=99), "has the unknown data type 99"),
        (tensor([2**62, 2**62]), f"values, more than {MAX_BYTES} bytes"),
    ],
)
def test_tensors_that_do_not_hold_what_they_declare(tmp_path, value, words):
    refused(save(tmp_path, with_tensor(value)), "tensor 'w'", words)


def test_sparse_initializers(tmp_path):
    proto = small()
    proto.graph.sparse_initializer.add()
    refused(save(tmp_path, proto), "sparse initializers")


@pytest.mark.parametrize("shape", [[3 * 2**28], [2**20, 256], [500, 3, 400, 400]])
@pytest.mark.parametrize("fields", [{}, {"raw_data": bytes(16)}, {"float_data": [1.0]}])
def test_a_tensor_that_declares_gigabytes_is_not_allocated(tmp_path, shape, fields):
    path = save(tmp_path, with_tensor(tensor(shape, **fields)))
    assert path.stat().st_size < 1000
    assert peak(lambda: refused(path, "tensor 'w'", "declares")) < 10e6


def outside(tmp_path, location, shape=(4, 3, 3, 3), **entries):
    """A model in a folder of its own, with its filters in another file."""
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True, exist_ok=True)
    value = tensor(shape, data_location=TensorProto.EXTERNAL)
    for key, entry in {"location": location, **entries}.items():
        value.external_data.add(key=key, value=str(entry))
    return save(folder, with_tensor(value))


@pytest.mark.parametrize("place", ["w.bin", "below/w.bin", "./below/../w.bin"])
@pytest.mark.parametrize("offset", [0, 64])
def test_weights_in_a_file_of_the_folder(tmp_path, place, offset):
    path = outside(tmp_path, place, offset=offset, length=432)
    filters = draw(4, 3, 3, 3) / 5
    (path.parent / place).write_bytes(bytes(offset) + filters.tobytes() + b"more")
    read = read_model(path)
    assert np.array_equal(read.constants["w"], filters)
    agreeing(path.parent, read.proto)


def test_weights_of_the_current_folder(tmp_path, monkeypatch):
    path = outside(tmp_path, "w.bin")
    (path.parent / "w.bin").write_bytes(draw(4, 3, 3, 3).tobytes())
    monkeypatch.chdir(path.parent)
    assert np.array_equal(read_model("model.onnx").constants["w"], draw(4, 3, 3, 3))


@pytest.mark.parametrize("place", ["../w.bin", "/etc/hostname", "", "below/../../w.bin", "link"])
def test_weights_outside_of_the_folder(tmp_path, place):
    path = outside(tmp_path, place)
    (tmp_path / "w.bin").write_bytes(bytes(432))
    (path.parent / "link").symlink_to(tmp_path / "w.bin")
    refused(path, "tensor 'w'", f"must lie in the model's own folder, got '{place}'")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({}, "declares 432 bytes at 0, but 'w.bin' has 100"),
        ({"shape": (5, 5), "offset": 1}, "declares 100 bytes at 1, but 'w.bin' has 100"),
        ({"shape": (5, 5), "offset": -1}, "declares 100 bytes at -1"),
        ({"shape": (5, 5), "offset": "x"}, "cannot be read from 'w.bin'"),
        ({"shape": (2**20, 2**9)}, "declares 2147483648 bytes at 0, but 'w.bin' has 100"),
    ],
)
def test_weights_that_are_not_all_there(tmp_path, entries, words):
    path = outside(tmp_path, "w.bin", **entries)
    (path.parent / "w.bin").write_bytes(bytes(100))
    assert peak(lambda: refused(path, "tensor 'w'", words)) < 10e6


@pytest.mark.parametrize("place", ["w.bin", "below", 5000 * "x"])
def test_weights_in_no_file(tmp_path, place):
    refused(outside(tmp_path, place), "tensor 'w'", "cannot be read from")


def test_weights_in_a_file_whose_name_is_no_name(tmp_path):
    refused(outside(tmp_path, "nul\0byte"), "tensor 'w'", "own folder, got 'nul\\x00byte'")


@pytest.mark.parametrize(
    ("kind", "expected"), [(TensorProto.FLOAT16, 1e-3), (TensorProto.BFLOAT16, 1e-2)]
)
def test_half_precision_becomes_float32(tmp_path, kind, expected):
    values = draw(4, 3, 3, 3)
    value = helper.make_tensor("w", kind, values.shape, values.ravel())
    found = read_model(save(tmp_path, with_tensor(value))).constants["w"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, values, rtol=expected)


def test_values_in_a_list_are_as_good_as_raw_ones(tmp_path):
    values = draw(4, 3, 3, 3)
    value = helper.make_tensor("w", TensorProto.FLOAT, values.shape, values.ravel())
    assert not value.raw_data
    proto = with_tensor(value)
    assert np.array_equal(read_model(save(tmp_path, proto)).constants["w"], values)
    agreeing(tmp_path, proto)


def test_a_constant_that_does_not_hold_what_it_declares(tmp_path):
    constant = node("Constant", "", "w", "filters", value=tensor([4, 3, 3, 3], raw_data=bytes(4)))
    with pytest.raises(InputError, match="declares 108 values of float32, but 4 bytes"):
        import_(tmp_path, model(constant, node("Conv", "x w", "y")))

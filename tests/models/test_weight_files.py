"""Files of weights: what they hold is read, and what does not add up is refused."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import InputError
from inverse.models.flax_file import read_convolutions
from inverse.models.torch_file import read_tensors
from tests.models.pickles import Call, Name, dump, flax_array, flax_file, torch_file, torch_tensor


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_convolutions_are_turned_into_the_order_of_onnx():
    given_pairs = [(draw(3, 5, 2, 7), draw(7)), (draw(1, 2, 7, 4), draw(4))]
    found = read_convolutions(flax_file("Net_0", given_pairs), "Net_0")
    for (kernel, bias), (filters, biases) in zip(given_pairs, found, strict=True):
        assert filters.flags.c_contiguous
        assert np.array_equal(filters, np.transpose(kernel, (3, 2, 0, 1)))
        assert np.array_equal(biases, bias)


def test_convolutions_that_are_not_there():
    data = flax_file("Net_0", [(draw(3, 5, 2, 7), draw(7))])
    with pytest.raises(InputError, match="weights of Net_1 are incomplete: 'Net_1'"):
        read_convolutions(data, "Net_1")
    with pytest.raises(InputError, match="weights of Net_0 are incomplete: 'Conv_0'"):
        read_convolutions(data.replace(b"Conv_0", b"Conv_9"), "Net_0")
    with pytest.raises(InputError, match="weights of Net_0 are incomplete: axes"):
        read_convolutions(flax_file("Net_0", [(draw(7), draw(7))]), "Net_0")
    with pytest.raises(InputError, match="weights of Net_0 are incomplete"):
        read_convolutions(dump([]), "Net_0")


def test_arrays_that_do_not_add_up():
    whole = flax_array(draw(2, 3))
    version, shape, kind, _, values = whole.state

    def refused(state, message):
        with pytest.raises(InputError, match=f"is broken: .*{message}"):
            read_convolutions(dump(Call(whole.name, whole.arguments, state)), "Net_0")

    refused((version, (2, 4), kind, False, values), "no float32 array in row-major order")
    refused((version, (2**40, 2**40), kind, False, values), "no float32 array")
    refused((version, (-2, -3), kind, False, values), "only specify one unknown dimension")
    refused((version, shape, kind, True, values), "no float32 array")
    refused((version, shape, None, False, values), "no float32 array")
    refused((version,), "not enough values")
    refused((version, shape, Call(kind.name, ("O8",), kind.state), False, values), "of type f4")
    refused((version, shape, Call(kind.name, ("f4",), (3, ">")), False, values), "little-endian")


def test_tensors_are_views_of_storages():
    storages = {"7": draw(30), "9": np.arange(4, dtype="<i8")}
    tensors = {
        "rows": torch_tensor("7", 30, 2, (2, 3), (3, 1)),
        "turned": torch_tensor("7", 30, 0, (2, 3, 5), (1, 2, 6)),
        "count": torch_tensor("9", 4, 3, (), (), kind="torch LongStorage"),
    }
    found = read_tensors(torch_file(tensors, storages))
    assert np.array_equal(found["rows"], storages["7"][2:8].reshape(2, 3))
    assert np.array_equal(found["turned"], storages["7"].reshape(5, 3, 2).transpose(2, 1, 0))
    assert found["turned"].flags.c_contiguous
    assert (found["count"].shape, int(found["count"])) == ((), 3)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch_tensor("7", 30, 25, (2, 3), (3, 1)), "must lie within its storage"),
        (torch_tensor("7", 30, 0, (2, 3), (30, 1)), "must lie within its storage"),
        (torch_tensor("7", 30, 0, (2**40, 2**40), (0, 0)), "must lie within its storage"),
        (torch_tensor("7", 30, -1, (2, 3), (3, 1)), "must be of rank 4"),
        (torch_tensor("7", 30, 5, (2, 3), (-3, 1)), "must be of rank 4"),
        (torch_tensor("7", 30, 0, (1,) * 5, (1,) * 5), "must be of rank 4"),
        (torch_tensor("7", 30, 0, (2, 3), (1,)), "shorter"),
        (torch_tensor("7", 31, 0, (2, 3), (3, 1)), "31 values is truncated"),
        (torch_tensor("7", -1, 0, (2, 3), (3, 1)), "must have a type and a length"),
        (torch_tensor("7", "x", 0, (2, 3), (3, 1)), "must have a type and a length"),
        (torch_tensor(7, 30, 0, (2, 3), (3, 1)), "must be that of a whole storage"),
        (torch_tensor("8", 30, 0, (2, 3), (3, 1)), "broken: '7'"),
        (torch_tensor("7", 30, 0, (2, 3), (3, 1), "torch HalfStorage"), "use 'torch.HalfStorage'"),
        (Call(Name("torch._utils _rebuild_parameter")), "use 'torch._utils._rebuild_parameter'"),
    ],
)
def test_tensors_that_do_not_add_up(tensor, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_tensors(torch_file({"a": tensor}, {"7": draw(30)}))


def test_other_files():
    tensors, storages = {"a": torch_tensor("7", 30, 0, (2, 3), (3, 1))}, {"7": draw(30)}
    with pytest.raises(InputError, match="no file of torch.save in its format before 1.6"):
        read_tensors(torch_file(tensors, storages, magic=5))
    with pytest.raises(InputError, match="must be little-endian"):
        read_tensors(torch_file(tensors, storages, little_endian=False))
    with pytest.raises(InputError, match="no attribute 'read'"):
        read_tensors(torch_file(tensors | {"b": 5}, storages))
    two = tensors | {"b": torch_tensor("8", 30, 0, (2, 3), (3, 1))}
    with pytest.raises(InputError, match="a storage has no values"):
        read_tensors(torch_file(two, storages))


@settings(max_examples=50)
@given(st.floats(0, 1, exclude_max=True))
def test_truncated_files(share):
    tensors, storages = {"a": torch_tensor("7", 30, 0, (2, 3), (3, 1))}, {"7": draw(30)}
    data = torch_file(tensors, storages)
    with pytest.raises(InputError):
        read_tensors(data[: int(share * len(data))])
    data = flax_file("Net_0", [(draw(3, 5, 2, 7), draw(7))])
    with pytest.raises(InputError):
        read_convolutions(data[: int(share * len(data))], "Net_0")

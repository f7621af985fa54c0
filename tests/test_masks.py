"""Parts of codes: their masks, and what is no part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import ParameterError, ShapeError
from inverse.masks import Part
from inverse.receptive_field import Box

SHAPE = (7, 9, 12)


def chosen(part, shape=SHAPE):
    """The indices at which the mask is 1, as sets along every axis; it must be their product."""
    mask = part.mask(shape)
    assert mask.shape == shape
    assert set(np.unique(mask)) <= {0.0, 1.0}
    found = [sorted(set(axis.tolist())) for axis in np.nonzero(mask)]
    assert mask.sum() == np.prod([len(axis) for axis in found])
    return found


ALL = [list(range(n)) for n in SHAPE]


def test_a_neighborhood_is_in_the_center():
    assert chosen(Part(neighborhood=(3, 2))) == [[2, 3, 4], [3, 4], ALL[2]]
    assert chosen(Part(neighborhood=(7, 9))) == ALL


@pytest.mark.parametrize(("size", "first"), [(55, 25), (27, 11), (13, 4), (6, 0)])
def test_the_neighborhoods_of_the_paper(size, first):
    box = Part(neighborhood=(5, 5)).box((size, size, 8))
    assert box == Box(first, first, first + 5, first + 5)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_neighborhood_at_a_place(rows, cols, row, col):
    part = Part(neighborhood=(rows, cols), at=(row, col))
    if row + rows <= 7 and col + cols <= 9:
        expected = [list(range(row, row + rows)), list(range(col, col + cols)), ALL[2]]
        assert chosen(part) == expected
        assert part.box(SHAPE) == Box(row, col, row + rows, col + cols)
    else:
        words = f"a neighborhood of {rows}x{cols} at .* must be within the code of 7x9 places"
        with pytest.raises(ShapeError, match=words):
            part.mask(SHAPE)


def test_channels():
    assert chosen(Part(channels=[3])) == [*ALL[:2], [3]]
    assert chosen(Part(channels=[11, 0, 3, 3])) == [*ALL[:2], [0, 3, 11]]
    assert chosen(Part(channels=range(2, 5))) == [*ALL[:2], [2, 3, 4]]
    assert chosen(Part(channels=[2, 4]), (6,)) == [[2, 4]]


def test_groups():
    assert chosen(Part(group=(0, 2))) == [*ALL[:2], [0, 1, 2, 3, 4, 5]]
    assert chosen(Part(group=(2, 4))) == [*ALL[:2], [6, 7, 8]]
    assert chosen(Part(group=(0, 1))) == ALL
    assert chosen(Part(group=(1, 2)), (6,)) == [[3, 4, 5]]
    masks = [Part(group=(k, 3)).mask(SHAPE) for k in range(3)]
    assert np.array_equal(sum(masks), np.ones(SHAPE))


def test_units():
    assert chosen(Part(unit=(1, 8, 11))) == [[1], [8], [11]]
    assert Part(unit=(1, 8, 11)).box(SHAPE) == Box(1, 8, 2, 9)
    assert chosen(Part(unit=(0, 0, 0))) == [[0], [0], [0]]
    assert chosen(Part(unit=(5,)), (6,)) == [[5]]
    assert chosen(Part(unit=(0,)), (6,)) == [[0]]


def test_channels_of_a_neighborhood():
    part = Part(neighborhood=(1, 1), at=(0, 8), channels=(4, 5))
    assert chosen(part) == [[0], [8], [4, 5]]
    assert chosen(Part(neighborhood=(1, 1), group=(1, 3))) == [[3], [4], [4, 5, 6, 7]]


def test_numpy_numbers_are_whole_numbers():
    part = Part(neighborhood=(np.int64(1), np.int32(2)), channels=[np.int64(3)])
    assert chosen(part) == [[3], [3, 4], [3]]


def test_codes_of_other_ranks():
    assert chosen(Part(channels=[1]), (4, 5)) == [[0, 1, 2, 3], [1]]
    assert Part(channels=[1]).box((6,)) == Box(0, 0, 1, 1)
    assert Part(channels=[1]).box(SHAPE) == Box(0, 0, 7, 9)
    with pytest.raises(ShapeError, match=r"takes a code \(rows, cols, channels\), got \(6,\)"):
        Part(neighborhood=(1, 1)).mask((6,))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "must have a neighborhood, channels, a group or a unit, got none of them"),
        ({"at": (1, 2)}, "got none"),
        ({"channels": ()}, "got none of them"),
        ({"channels": []}, "got none of them"),
        ({"channels": np.array([0.5, 1])}, "must be whole numbers of at least 0"),
        ({"unit": ()}, "got none of them"),
        ({"unit": (1,), "channels": [0]}, "Part.unit must be given alone, got channels and unit"),
        ({"unit": (1, 2, 3), "neighborhood": (1, 1)}, "Part.unit must be given alone"),
        ({"unit": (1, 2, 3), "group": (0, 2)}, "Part.unit must be given alone"),
        ({"channels": [1], "group": (0, 2)}, "must have channels or a group, got both"),
        ({"channels": [0], "at": (0, 0)}, "Part.at must come with a neighborhood, got none"),
        ({"unit": (1, 2, 3), "at": (0, 0)}, "Part.at must come with a neighborhood, got none"),
        ({"neighborhood": (0, 1)}, r"two whole numbers of at least 1, got \(0, 1\)"),
        ({"neighborhood": (5,)}, r"two whole numbers of at least 1, got \(5,\)"),
        ({"neighborhood": 5}, "two whole numbers of at least 1, got 5"),
        ({"neighborhood": (2.0, 2)}, "two whole numbers of at least 1"),
        ({"neighborhood": (True, 2)}, "two whole numbers of at least 1"),
        ({"neighborhood": "22"}, "two whole numbers of at least 1"),
        ({"neighborhood": (1, 1), "at": (-1, 0)}, r"two whole numbers of at least 0, got \(-1, 0"),
        ({"neighborhood": (1, 1), "at": (1,)}, "two whole numbers of at least 0"),
        ({"neighborhood": (1, 1), "at": 1}, "two whole numbers of at least 0, got 1"),
        ({"group": (2, 2)}, r"must be \(k, of\) with k from 0 to of - 1, got \(2, 2\)"),
        ({"group": (0, 0)}, r"must be \(k, of\) with k from 0 to of - 1"),
        ({"group": (-1, 2)}, "two whole numbers of at least 0"),
        ({"group": 2}, "two whole numbers of at least 0, got 2"),
        ({"channels": [-1]}, r"must be whole numbers of at least 0, got \(-1,\)"),
        ({"channels": [0.5]}, "must be whole numbers of at least 0"),
        ({"channels": 3}, "must be whole numbers of at least 0, got 3"),
        ({"unit": (1, -2, 3)}, "must be whole numbers of at least 0"),
        ({"unit": 3}, "must be whole numbers of at least 0, got 3"),
        ({"unit": (True,)}, "must be whole numbers of at least 0"),
    ],
)
def test_what_is_no_part(arguments, words):
    with pytest.raises(ParameterError, match=words):
        Part(**arguments)


def test_what_is_zero_is_given():
    """Not left out because it is false."""
    for arguments in ({"neighborhood": 0}, {"channels": 0}, {"unit": 0}, {"group": 0}):
        with pytest.raises(ParameterError, match="whole numbers of at least"):
            Part(**arguments)
    with pytest.raises(ParameterError, match="Part.at must"):
        Part(channels=[1], at=0)


@pytest.mark.parametrize(
    ("part", "shape", "words"),
    [
        (Part(neighborhood=(8, 1)), SHAPE, "of 8x1 must be within the code of 7x9 places"),
        (Part(neighborhood=(1, 10)), SHAPE, "of 1x10 must be within the code of 7x9 places"),
        (Part(channels=[3, 12]), SHAPE, "channels must be below 12, .* got 12"),
        (Part(group=(0, 5)), SHAPE, "12 channels cannot be cut into 5 equal groups"),
        (Part(unit=(7, 0, 0)), SHAPE, r"unit \(7, 0, 0\) must be within the code of shape"),
        (Part(unit=(0,)), SHAPE, r"unit \(0,\) must be within the code of shape"),
        (Part(unit=(0, 0, 0)), (6,), r"unit \(0, 0, 0\) must be within the code of shape \(6,\)"),
    ],
)
def test_parts_that_are_not_within_the_code(part, shape, words):
    with pytest.raises(ShapeError, match=words):
        part.mask(shape)


def test_lists_and_arrays_are_as_good_as_tuples():
    for kind in (list, np.array):
        assert chosen(Part(neighborhood=kind([3, 2]))) == [[2, 3, 4], [3, 4], ALL[2]]
        assert chosen(Part(channels=kind([3, 5]))) == [*ALL[:2], [3, 5]]
        assert chosen(Part(unit=kind([1, 8, 11]))) == [[1], [8], [11]]
        assert chosen(Part(group=kind([2, 4]))) == [*ALL[:2], [6, 7, 8]]

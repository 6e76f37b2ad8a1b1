"""Arrays of NumPy inside pickles, held against NumPy."""

import pickle

import numpy as np
import pytest

from tovec.formats.pickles.machine import read_pickle
from tovec.formats.pickles.numpy_arrays import array_of, is_array, number_of
from tovec.formats.pickles.values import Global, Object
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

DTYPES = ["f2", "<f4", ">f4", "f8", "i1", ">i2", "i4", "i8", "u1", "u2", "u4", ">u8", "?"]


def read(value, protocol):
    return read_pickle(pickle.dumps(value, protocol)).value


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_are_those_that_numpy_pickled(dtype, protocol):
    array = (np.arange(-6, 6) ** 3).reshape(3, 4).astype(dtype)
    for value in (array, np.asfortranarray(array), array[:, ::2], array[:0], np.array(array[0, 0])):
        found = read(value, protocol)
        assert is_array(found)
        np.testing.assert_array_equal(array_of(found), value)
        assert array_of(found).dtype == value.dtype


@pytest.mark.parametrize("protocol", range(6))
def test_numbers_are_those_that_numpy_pickled(protocol):
    for value in (np.float64(1.5), np.int64(-3), np.float32(0.25), 7, 0.5):
        assert number_of(read(value, protocol)) == value
    assert number_of(read("7", protocol)) is None and number_of(read(np.zeros(2), protocol)) is None


@pytest.mark.parametrize(
    ("array", "shown"),
    [
        (np.array([{}]), "'O8'"),
        (np.array(["a"]), "'U1'"),
        (np.zeros(2, "f4,i4"), "'V8'"),
        (np.zeros(1, "c8"), "'c8'"),
    ],
)
def test_arrays_of_anything_else_than_numbers_are_named(array, shown):
    with pytest.raises(UnsupportedFile, match=f"an array in its pickle is of {shown}, not of numbers"):
        array_of(read(array, 2))


F4 = Object(Global("numpy", "dtype"), ("f4", False, True), (3, "<", None))


@pytest.mark.parametrize(
    "state",
    [
        None,
        (1, (2,), F4, False),
        (1, [2], F4, False, bytes(8)),
        (1, (-2,), F4, False, bytes(8)),
        (1, (2.0,), F4, False, bytes(8)),
        (1, (3,), F4, False, bytes(8)),
        (1, (2,), F4, False, [1, 2]),
        (1, (0, 1 << 62), F4, False, b""),
        (1, (1,) * 33, F4, False, bytes(4)),
    ],
)
def test_arrays_that_contradict_themselves_are_one_line(state):
    with pytest.raises(CorruptFile, match=r"an array in its pickle (lacks|has)"):
        array_of(Object(Global("numpy.core.multiarray", "_reconstruct"), (), state))

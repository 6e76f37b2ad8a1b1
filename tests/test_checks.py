"""Arguments that are numbers, texts or paths are taken in every usual form; others are errors of one line."""

from pathlib import Path

import numpy as np
import pytest

from tovec.checks import as_whole, in_one_line, path_to_save, real_numbers, strings, whole_number
from tovec.errors import BadSetting, BadText, CannotSave, TovecError


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), np.array(3)])
def test_whole_numbers_of_python_and_numpy_become_int(value):
    number = whole_number("k", value, 3)
    assert number == 3 and type(number) is int


@pytest.mark.parametrize("value", [2, -1, 3.0, "3", None, True, np.bool_(True), np.array([3, 4])])
def test_anything_else_or_below_the_minimum_is_refused(value):
    with pytest.raises(BadSetting, match="k must be a whole number from 3 up, not "):
        whole_number("k", value, 3)


def test_booleans_are_not_whole_numbers():
    assert as_whole(True) is None and as_whole(np.bool_(False)) is None and as_whole(0) == 0


def test_float16_and_float32_are_not_copied():
    for dtype in (np.float16, np.float32):
        array = np.ones(3, dtype)
        assert real_numbers(array) is array
    assert real_numbers([1, 2]).dtype == real_numbers(np.ones(2)).dtype == np.float32
    assert real_numbers([]).shape == (0,)


@pytest.mark.parametrize("values", [["a"], [1j], [None], [[1], [1, 2]]])
def test_values_that_are_not_real_numbers_are_refused(values):
    with pytest.raises(TovecError, match="vectors must "):
        real_numbers(values)


def test_strings_are_yielded_one_by_one_and_others_refused_with_their_number():
    assert list(strings(["a", "b"])) == ["a", "b"]
    with pytest.raises(BadText, match="text 2 is 3, of type int; a text is a string"):
        list(strings(["a", 3]))
    for texts in (b"a", 3):
        with pytest.raises(BadText, match="several are a list of strings, not"):
            list(strings(texts))


def test_paths_are_strings_or_path_objects():
    assert path_to_save("a.vec") == path_to_save(Path("a.vec")) == "a.vec"
    with pytest.raises(CannotSave, match="given by its path, not by 3, of type int"):
        path_to_save(3)


def test_shown_value_is_one_short_line_with_its_type():
    assert in_one_line(np.zeros((2, 2))) == "array([[0., 0.], [0., 0.]]), of type ndarray"
    assert in_one_line("x" * 100) == f"'{'x' * 59}…, of type str"

"""The compiled reader of numbers: exactly Python's float, then float32, or left to Python."""

import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tovec.formats.vectors import parse_kernels


def parsed(text):
    """Return the float32 that the kernel makes of one number; None where it leaves it."""
    line = np.frombuffer(text.encode() + b"\n", dtype=np.uint8)
    vectors, starts, stops = np.empty((1, 1), np.float32), np.empty(1, np.int64), np.empty(1, np.int64)
    parse_kernels.parse_rows(line, 0, len(line), False, vectors, starts, stops)
    return None if stops[0] < 0 else vectors[0, 0]


def by_python(text):
    with np.errstate(over="ignore"):
        return np.float64(float(text)).astype(np.float32)


@pytest.mark.slow
@settings(max_examples=3000)
@given(
    st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr)
    | st.floats(-10, 10).map("{:.5g}".format)
    | st.floats(-10, 10).map("{:.18e}".format)
    | st.from_regex(r"[+-]?(\d{1,22}\.?\d{0,22}|\.\d{1,22})([eE][+-]?\d{1,3})?", fullmatch=True).filter(
        str.isascii
    )
)
@example("0.1")
@example("-0")
@example("+.5")
@example("5.")
@example("1e-5")
@example("1E+05")
@example("16777217")  # half way between two float32
@example("16777217.0000000001")
@example("9007199254740993")  # half way between two float64
@example("3.4028235677973366e38")  # half way between the largest float32 and infinity
@example("1e-46")
@example("7.006492321624085e-46")  # half of the smallest float32
@example("1e400")
@example("00000000000000000000000000000.1")
@example("0.0000000000000000000000000000000000000000001")
def test_compiled_number_equals_pythons_float_or_is_left_to_it(text):
    number = parsed(text)
    if number is not None:
        assert struct.pack("f", number) == struct.pack("f", by_python(text))


@pytest.mark.parametrize(
    "text", ["0.1", "-0", "+.5", "5.", "1e-5", "-1.0E+05", "0.12345678901234567", "1.234567890123456789e-01"]
)
def test_ordinary_numbers_are_not_left_to_python(text):
    assert struct.pack("f", parsed(text)) == struct.pack("f", by_python(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+-1",
        "1e",
        "1e+",
        "1.2.3",
        "0x1",
        "1_0",
        "nan",
        "inf",
        "1a",
        "--1",
        "1e99999",
        "e5",
        "1,5",
    ],
)
def test_unusual_fields_are_left_to_python(text):
    assert parsed(text) is None


def test_ambiguous_rounding_is_left_to_python():
    # 2**24 + 1 and a little: float64 sees the little, float32 alone would round to even.
    assert parsed("16777217.000000000000001") in (None, np.float32(16777216))


@pytest.mark.parametrize("named", [True, False])
def test_compiled_rows_equal_their_python_source(named):
    text = b"a 0.5\t-1.25e2 \r\n b 1 2\nnew york 3 4\nc 5\nd 6 7 8\n 9 10\n"
    line = np.frombuffer(text if named else text.replace(b"a ", b""), dtype=np.uint8)
    results = []
    for run in (parse_kernels.parse_rows, parse_kernels.parse_rows.py_func):
        vectors, starts, stops = np.zeros((6, 2), np.float32), np.empty(6, np.int64), np.empty(6, np.int64)
        with np.errstate(over="ignore"):
            run(line, 0, len(line), named, vectors, starts, stops)
        vectors[stops < 0] = 0
        results.append((vectors.tolist(), starts.tolist(), stops.tolist()))
    assert results[0] == results[1]
    assert results[0][2][0] == (1 if named else 0) and results[0][0][0] == [0.5, -125.0]


def test_lines_are_counted():
    text = np.frombuffer(b"a\n\nb\nc", dtype=np.uint8)
    assert parse_kernels.count_lines(text, 0, 6) == 3 == parse_kernels.count_lines.py_func(text, 0, 6)
    assert parse_kernels.count_lines(text, 2, 3) == 1


def test_names_are_gathered_with_a_line_feed_each():
    text = np.frombuffer(b"ab 1\nc 2\nx y 3\n", dtype=np.uint8)
    out = np.empty(6, np.uint8)
    parse_kernels.gather_names(text, np.array([0, 5, 9]), np.array([2, 6, -1]), out)
    assert out.tobytes() == b"ab\nc\n\n"

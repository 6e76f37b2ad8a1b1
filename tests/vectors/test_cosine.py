"""Lengths, unit rows and cosines equal those in exact arithmetic, at every scale."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tovec.vectors.cosine import (
    cosines,
    row_lengths,
    row_norms,
    rows_without_direction,
    unit_rows,
    unit_rows_float32,
    why_no_direction,
)

SCALES = [1e-42, 1e-30, 1e-12, 1.0, 1e12, 1e30]
UNDIRECTED = np.array([[0, 0, 0], [np.nan, 1, 0], [1, -np.inf, 0]], np.float32)


def rows_of(scale):
    return (np.random.default_rng(3).standard_normal((7, 3)) * scale).astype(np.float32)


def exact_length(row):
    return math.sqrt(float(sum(Fraction(float(number)) ** 2 for number in row)))


@pytest.mark.parametrize("scale", SCALES)
def test_lengths_equal_those_in_exact_arithmetic(scale):
    rows = rows_of(scale)
    expected = [exact_length(row) for row in rows]
    np.testing.assert_allclose(row_lengths(rows), expected, rtol=1e-6)
    np.testing.assert_allclose(row_norms(rows), expected, rtol=1e-6)


def test_norms_of_a_table_read_in_many_blocks_are_those_of_its_rows(monkeypatch):
    rows = rows_of(1.0)
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 6)
    np.testing.assert_array_equal(row_norms(rows), row_lengths(rows))


def test_rows_without_direction_have_length_zero_and_become_zeros():
    assert row_lengths(UNDIRECTED).tolist() == [0, 0, 0]
    assert not unit_rows(UNDIRECTED).any() and not unit_rows_float32(UNDIRECTED).any()
    assert cosines(UNDIRECTED, np.ones(3)).tolist() == [0, 0, 0]
    assert cosines(np.ones((1, 3)), UNDIRECTED[1]).tolist() == [0]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("unit", [unit_rows, unit_rows_float32])
def test_unit_rows_have_length_one_and_keep_their_direction(scale, unit):
    rows = rows_of(scale)
    units = unit(rows)
    expected = [[float(number) / exact_length(row) for number in row] for row in rows]
    np.testing.assert_allclose(units, expected, atol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_cosines_equal_those_in_exact_arithmetic(scale):
    rows, query = rows_of(scale), rows_of(1.0)[0]
    dots = [
        float(sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(row, query, strict=True)))
        for row in rows
    ]
    expected = [dot / exact_length(row) / exact_length(query) for dot, row in zip(dots, rows, strict=True)]
    found = cosines(rows, query)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_cosine_of_a_row_with_itself_is_exactly_one_and_with_its_negative_minus_one():
    rows = np.random.default_rng(0).standard_normal((50, 300)).astype(np.float32)
    for row in rows:
        assert cosines(np.stack([row, -row]), row).tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        ([0, 0], "is all zeros"),
        ([1, np.nan], "holds NaN"),
        ([np.inf, 0], "holds infinity"),
        ([1e-45, 0], None),
    ],
)
def test_reason_for_having_no_direction_is_named(vector, why):
    assert why_no_direction(np.array(vector, np.float32)) == why


@pytest.mark.parametrize("block_numbers", [2, 1 << 21])
def test_rows_without_direction_are_sorted_by_the_reason(monkeypatch, block_numbers):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", block_numbers)
    rows = np.array(
        [[1e-30, 0], [np.nan, np.inf], [0, -0.0], [-np.inf, 1], [3e38, 3e38], [0, np.nan]], np.float32
    )
    found = rows_without_direction(rows, row_norms(rows))
    assert {reason: ids.tolist() for reason, ids in found.items()} == {
        "nan": [1, 5],
        "infinity": [3],
        "zero": [2],
    }

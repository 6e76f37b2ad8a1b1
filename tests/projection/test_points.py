"""Rows without a place in a projection, and how they are named."""

from typing import Any

import numpy as np
import pytest

from tovec.projection import left_out
from tovec.projection.points import FiniteRows


@pytest.mark.parametrize(
    ("n_nan", "line"),
    [
        (0, None),
        (1, "1 token whose vectors hold NaN, infinity or too large numbers is left out of the picture: 't0'"),
        (
            3,
            "3 tokens whose vectors hold NaN, infinity or too large numbers are left out of the picture: "
            "'t0', 't1', 't2'",
        ),
        (
            900,
            "900 tokens whose vectors hold NaN, infinity or too large numbers are left out of the picture: "
            "'t0', 't1', 't2', …",
        ),
    ],
)
def test_tokens_without_a_place_are_counted_and_the_first_named(n_nan: int, line: str | None) -> None:
    points = np.zeros((1000, 2), np.float32)
    points[:n_nan, 1] = np.nan
    assert left_out(points, [f"t{row}" for row in range(1000)]) == line


@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_finite_rows_hold_neither_nan_nor_infinity(monkeypatch: pytest.MonkeyPatch, block_rows: int) -> None:
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", block_rows * 2)
    rows: Any = np.array([[1, 2], [np.nan, 0], [0, -np.inf], [np.inf, np.nan], [3e16, 0]], np.float32)
    assert FiniteRows.of(rows).mask.tolist() == [True, False, False, False, True]


@pytest.mark.parametrize("large", [1e18, 1e30, 3e38])
def test_rows_too_large_for_float32_have_no_place_unless_all_are(large: float) -> None:
    rows: Any = np.array([[1, 2], [large, 0], [np.nan, 0], [0, 0], [1e12, -1e12]], np.float32)
    assert FiniteRows.of(rows).mask.tolist() == [True, False, False, True, True]
    assert FiniteRows.of(rows[1:4]).mask.tolist() == [True, False, True]

"""Axes between tokens: what the coordinates are, and axes that lead nowhere."""

from typing import Any

import numpy as np
import pytest

from tovec.errors import TovecError
from tovec.projection.axes import custom_axes


def table(n_rows: int = 40, dim: int = 7) -> Any:
    return np.random.default_rng(0).standard_normal((n_rows, dim)).astype(np.float32) * 3 + 1


def test_coordinates_are_cosines_with_the_difference_of_the_unit_vectors() -> None:
    # Worked by hand: from (3, 0) to (0, 5) is (-1, 1) / √2.
    vectors = np.array([[3, 0], [0, 5], [2, 2], [-1, 1], [0, 0]], dtype=np.float32)
    found = custom_axes(vectors, [(vectors[:1], vectors[1:2], "east → north")])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found.points[:, 0], [-half, half, 0, 1, 0], atol=1e-7)
    assert found.points.dtype == np.float32
    assert (found.method, found.axis_names) == ("axes", ("east → north",))


def test_several_tokens_and_axes_equal_the_formula_in_float64() -> None:
    vectors = table()
    wide = vectors.astype(np.float64)
    units = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    expected = []
    for from_ids, to_ids in [([1, 2], [3]), ([4], [5, 6, 7])]:
        change = units[to_ids].mean(axis=0) - units[from_ids].mean(axis=0)
        expected.append(units @ change / np.linalg.norm(change))
    found = custom_axes(
        vectors, [(vectors[[1, 2]], vectors[[3]], "a"), (vectors[[4]], vectors[[5, 6, 7]], "b")]
    )
    np.testing.assert_allclose(found.points, np.stack(expected, axis=1), atol=1e-6)


def test_length_and_blocks_do_not_matter_and_a_reversed_axis_is_mirrored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = table()
    found = custom_axes(vectors, [(vectors[:2], vectors[2:4], "there")])
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 3 * 7)
    scales = np.geomspace(1e-3, 1e3, 40, dtype=np.float32)[:, None]
    longer = vectors * scales
    in_blocks = custom_axes(longer, [(longer[:2], longer[2:4], "there")])
    np.testing.assert_allclose(in_blocks.points, found.points, atol=1e-6)
    back = custom_axes(vectors, [(vectors[2:4], vectors[:2], "back")])
    np.testing.assert_allclose(back.points, -found.points, atol=1e-7)


@pytest.mark.parametrize("ends", [([3], [3]), ([3, 4], [4, 3]), ([0], [3]), ([3], [0]), ([], [3])])
def test_an_axis_without_direction_raises_one_line(ends: Any) -> None:
    vectors = table()
    vectors[0] = 0
    axis = (vectors[np.array(ends[0], int)], vectors[np.array(ends[1], int)], "man → man")
    with pytest.raises(TovecError, match="'man → man' has no direction") as caught:
        custom_axes(vectors, [axis])
    assert "\n" not in str(caught.value)


def test_no_axis_and_vectors_of_another_length_raise_one_line() -> None:
    vectors = table()
    with pytest.raises(TovecError, match="at least one pair of tokens"):
        custom_axes(vectors, [])
    with pytest.raises(TovecError, match=r"vectors of shape \(m, 7\)"):
        custom_axes(vectors, [(vectors[:1, :5], vectors[1:2], "short")])

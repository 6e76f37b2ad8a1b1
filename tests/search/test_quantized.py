"""The error bounds of a quantized index hold; compiled loops equal their plain versions.

Also the tests of search/kernels.py.
"""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from needs import needs

from tovec.search import kernels
from tovec.search import quantized as module
from tovec.search.exact import LAST, rounding
from tovec.search.quantized import QuantizedIndex
from tovec.vectors.cosine import cosines, unit_rows

NUMBERS = st.one_of(
    st.floats(width=32),
    st.floats(-1, 1, width=32),
    st.sampled_from([0.0, 1.0, -1.0, 127.0, 1e-45, 3e38, -3e38, np.inf, np.nan]),
)


def tables(min_rows=1):
    shapes = st.tuples(st.integers(min_rows, 12), st.integers(1, 70))
    return shapes.flatmap(lambda shape: nps.arrays(np.float32, shape, elements=NUMBERS))


def plain_codes(rows, center):
    """The definition of a row's code, its scale and what it misses, one number at a time."""
    for row in rows.astype(np.float64):
        if not (np.isfinite(row).all() and row.any()):
            yield np.zeros_like(row), 0.0, np.inf
            continue
        unit = row / np.sqrt(np.square(row).sum()) - center
        scale = np.float32(np.abs(unit).max() / 127)
        whole = np.rint(unit / scale) if scale > 1e-32 else np.zeros_like(unit)
        yield whole, scale, np.sqrt(np.square(unit - scale * whole).sum())


@given(tables(), st.integers(0, 2**32 - 1))
def test_compiled_encoding_of_a_row_equals_its_definition(rows, seed):
    n_rows, dim = rows.shape
    center = np.random.default_rng(seed).uniform(-0.3, 0.3, dim)
    codes, scales, errors = np.zeros((n_rows + 1, dim), np.int8), np.zeros(n_rows + 1), np.zeros(n_rows + 1)
    kernels.encode(rows, center, 1, codes, scales, errors, np.empty(dim))
    for at, (whole, scale, error) in enumerate(plain_codes(rows, center), start=1):
        assert np.abs(codes[at] - whole).max() <= 1  # half a step rounds either way
        assert scales[at] == pytest.approx(scale, rel=1e-6)
        assert errors[at] == pytest.approx(error, rel=1e-5, abs=1e-9)
    assert not codes[0].any() and not scales[0]


@given(
    nps.arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 70)), elements=st.integers(-127, 127)),
    st.integers(0, 2**32 - 1),
)
def test_compiled_product_equals_that_of_numpy(codes, seed):
    n_rows, dim = codes.shape
    rng = np.random.default_rng(seed)
    scales, query = rng.random(n_rows, dtype=np.float32), rng.standard_normal(dim, dtype=np.float32)
    scores = np.full(n_rows, 7, dtype=np.float32)
    kernels.multiply(codes, scales, query, np.float32(0.5), scores, 1, n_rows)
    expected = scales * (codes.astype(np.float64) @ query) + 0.5
    np.testing.assert_allclose(scores[1:], expected[1:], atol=1e-4 * dim, rtol=1e-5)
    assert scores[0] == 7


@settings(max_examples=300)
@given(tables(), st.data())
def test_every_cosine_is_within_its_error_bound(rows, data):
    is_row = data.draw(st.booleans())
    query = rows[0] if is_row else data.draw(nps.arrays(np.float64, rows.shape[1], elements=st.floats(-1, 1)))
    index = QuantizedIndex.build(rows)
    directed = unit_rows(rows).any(axis=1)
    found = index.cosines(query)
    away = np.abs(found.astype(np.float64) - cosines(rows, query))
    assert (away <= index.errors)[directed].all()
    assert (found[~directed] == LAST).all()


@pytest.mark.parametrize("dim", [1, 3, 300, 4096])
@pytest.mark.parametrize("spread", [1e-7, 1e-3, 1.0])
def test_error_bounds_hold_for_long_rows_and_for_almost_equal_rows(dim, spread, monkeypatch):
    monkeypatch.setattr(module, "CENTER_ROWS", 16)
    rng = np.random.default_rng(dim)
    rows = (rng.standard_normal(dim) + spread * rng.standard_normal((400, dim))).astype(np.float32)
    index = QuantizedIndex.build(rows)
    for query in (rows[0], -rows[1], rng.standard_normal(dim)):
        assert (np.abs(index.cosines(query) - cosines(rows, query)) <= index.errors).all()
    if dim > 100:  # what all rows share is in the center, and costs no range
        assert np.median(index.errors) < 0.02 * min(1.0, spread) + 2 * rounding(dim)


def test_n_bytes_is_the_memory_of_the_index():
    index = QuantizedIndex.build(np.random.default_rng(0).standard_normal((500, 64), dtype=np.float32))
    assert index.codes.nbytes + index.scales.nbytes + index.errors.nbytes == QuantizedIndex.n_bytes(500, 64)


@given(tables(), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_every_cosine_of_many_queries_is_within_its_error_bound(rows, n_queries, seed):
    queries = np.random.default_rng(seed).standard_normal((n_queries, rows.shape[1]))
    made = QuantizedIndex.build(rows)
    many = made._cosines_of_each(queries)
    for query, scores in zip(queries, many, strict=True):
        exact = cosines(rows, query)
        directed = np.isfinite(rows).all(axis=1) & (unit_rows(rows) != 0).any(axis=1)
        assert (np.abs(scores - exact) <= made.errors)[directed].all()
        assert (scores[~directed] == LAST).all()


def test_products_are_compiled_to_vector_instructions():
    """Without them a question of a large table takes ten times as long."""
    numba = needs("numba")
    again = numba.njit(fastmath=kernels.multiply.targetoptions["fastmath"])(kernels.multiply.py_func)
    floats = np.ones(64, np.float32)
    again(np.ones((2, 64), np.int8), floats, floats, np.float32(0), floats, 0, 2)
    (code,) = again.inspect_llvm().values()
    assert re.search(r"sitofp <\d+ x i(8|32)>", code) and re.search(r"f(mul|add) .*<\d+ x float>", code)


def test_error_of_the_table_is_raised():
    class Broken:
        shape, dtype = (5000, 1000), np.dtype(np.float32)

        def __getitem__(self, rows):
            if rows.step is None:
                raise OSError("the disk is gone")
            return np.ones((5, 1000), np.float32)

    with pytest.raises(OSError, match="the disk is gone"):
        QuantizedIndex.build(Broken())

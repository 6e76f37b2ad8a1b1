"""Tables that were written in few digits are known by their numbers, and how far they may be off."""

import numpy as np
import pytest

from tovec.vectors.written_digits import written_digits

EXACT = np.random.default_rng(0).standard_normal((300, 40)) * np.geomspace(0.01, 3, 300)[:, None]


def written(form, table=EXACT):
    return np.array([[float(form % number) for number in row] for row in table], dtype=np.float32)


@pytest.mark.parametrize("form", ["%.3f", "%.6f", "%.4g", "%.6g", "%.5e"])
def test_no_row_is_farther_from_what_was_written_than_its_digits_allow_and_hardly_less(form):
    table = written(form)
    digits = written_digits(table)
    off = np.linalg.norm(table - EXACT, axis=1)
    bound = digits.rounding(table)
    assert (off <= bound * (1 + 1e-6) + 1e-6 * np.linalg.norm(EXACT, axis=1)).all()
    assert np.median(bound / off) < 4


def test_the_name_is_how_a_program_writes_them():
    assert written_digits(written("%.6f")).name == "%.6f"
    assert written_digits(written("%.5g")).name == "%.5g"
    assert written_digits(written("%.6f", 0.01 * EXACT)).name == "%.6f"
    assert written_digits(written("%.2f", 100 * EXACT)).name == "%.3f"  # fewer would be counts


def test_other_tables_were_not_written():
    table = EXACT.astype(np.float32)
    assert written_digits(table) is None
    assert written_digits(table.astype(np.float16)) is None
    assert written_digits(table.astype(np.float16).astype(np.float32)) is None
    assert written_digits(written("%.3f", EXACT[:5])) is None  # few numbers may be short by chance
    assert written_digits(np.zeros((300, 40), dtype=np.float32)) is None


def test_numbers_that_are_not_finite_or_zero_say_nothing():
    table = written("%.4g")
    table[3], table[4, 4], table[5] = np.nan, np.inf, 0
    digits = written_digits(table)
    assert digits.name == "%.4g"
    assert np.isfinite(digits.rounding(table)).all()
    assert digits.rounding(table)[5] == 0


def test_large_numbers_are_short_before_the_point():
    table = written("%.4g", 1e6 * EXACT)
    assert written_digits(table).name == "%.4g"
    assert (np.linalg.norm(table - 1e6 * EXACT, axis=1) <= written_digits(table).rounding(table)).all()

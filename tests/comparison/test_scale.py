"""The common scale of rows that were only scaled."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.comparison.scale import common_scale, densest


def test_densest_is_where_numbers_lie_together_not_their_median():
    rng = np.random.default_rng(0)
    numbers = np.concatenate([np.full(60, 0.98) + 1e-9 * rng.standard_normal(60), rng.uniform(0, 3, 900)])
    assert densest(np.sort(numbers)) == pytest.approx(0.98, abs=1e-8)
    assert densest(np.array([1.0, 5.0, 5.5, 9.0])) == 5.25
    assert densest(np.array([2.0])) == 2.0


def test_a_scale_that_rounding_explains_is_one():
    rng = np.random.default_rng(1)
    off = 1e-3 * rng.standard_normal(1000)
    found = common_scale(1 - 1e-5 + off, 1 + off, np.full(1000, 0.01), 100)
    assert found.scale == 1.0
    assert found.together.mean() > 0.95
    assert common_scale(0.99 + off, 0.99 + off, np.full(1000, 0.01), 100).scale == pytest.approx(
        0.99, abs=1e-4
    )


def test_rows_that_agree_on_nothing_grew_as_their_lengths_did():
    rng = np.random.default_rng(2)
    found = common_scale(rng.uniform(0.2, 0.6, 500), np.full(500, 1.5), np.full(500, 1e-7), 50)
    assert (found.scale, found.together.any()) == (1.5, False)


def test_rows_without_a_scale_do_not_count():
    nothing = np.full(4, np.nan)
    assert common_scale(nothing, nothing, nothing, 5).scale == 1.0
    some = np.array([0.5, np.nan, 0.5, np.nan])
    assert common_scale(some, some, np.full(4, 1e-7), 5).together.tolist() == [True, False, True, False]


@pytest.mark.slow  # loads torch
def test_rows_that_adamw_only_decayed_are_unmoved():
    """A step takes 1e-6 of each number, and rounding up to half as much to or fro, always the same way."""
    torch = needs("torch")
    torch.manual_seed(0)
    n, touched, decay = 500, 100, 1e-3
    weight = torch.nn.Parameter(torch.randn(n, 48))
    before = weight.detach().numpy().copy()
    optimizer = torch.optim.AdamW([weight], lr=1e-3, weight_decay=decay)
    target = torch.randn(touched, 48)
    for _ in range(300):
        optimizer.zero_grad()
        (weight[:touched] - target).square().sum().backward()
        optimizer.step()
    names = [f"w{row}" for row in range(n)]
    found = tovec.compare(
        tovec.Embedding(names, before), tovec.Embedding(names, weight.detach().numpy()), sample=10
    )
    assert {each.token for each in found.results} == set(names[:touched])
    assert found.scale == pytest.approx((1 - 1e-3 * decay) ** 300, rel=2e-4)

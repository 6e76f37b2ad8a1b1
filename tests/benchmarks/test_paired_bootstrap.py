"""benchmarks/paired_bootstrap.py against SciPy, and what pairing is for."""

import numpy as np
import pytest
from needs import needs
from paired_bootstrap import mean_over_sets, paired_difference


def run_like(ratings, noise, seed):
    """Cosines that follow the ratings, but for `noise`."""
    rng = np.random.default_rng(seed)
    return {name: each + rng.normal(0, noise, len(each)) for name, each in ratings.items()}


@pytest.fixture
def ratings():
    rng = np.random.default_rng(0)
    return {"long": rng.normal(0, 1, 80), "short": rng.normal(0, 1, 30)}


def test_mean_gives_each_set_and_each_run_the_same_weight(ratings):
    stats = needs("scipy.stats")
    runs = [run_like(ratings, 1, seed) for seed in (1, 2)]
    expected = [stats.spearmanr(run[name], ratings[name]).statistic for run in runs for name in ratings]
    assert mean_over_sets(runs, ratings) == pytest.approx(np.mean(expected), abs=1e-12)


def test_pair_without_a_vector_is_left_out_of_that_run_alone(ratings):
    stats = needs("scipy.stats")
    whole, partial = run_like(ratings, 1, 1), run_like(ratings, 1, 2)
    partial["long"][:20] = np.nan
    expected = [stats.spearmanr(whole[name], ratings[name]).statistic for name in ratings]
    expected.append(stats.spearmanr(partial["long"][20:], ratings["long"][20:]).statistic)
    expected.append(stats.spearmanr(partial["short"], ratings["short"]).statistic)
    assert mean_over_sets([whole, partial], ratings) == pytest.approx(np.mean(expected), abs=1e-12)


def test_interval_is_that_of_scipys_paired_bootstrap(ratings):
    stats = needs("scipy.stats")
    ratings = {"long": ratings["long"]}
    first, second = run_like(ratings, 0.8, 1)["long"], run_like(ratings, 1.2, 2)["long"]

    def statistic(a, b, rated):
        return stats.spearmanr(a, rated).statistic - stats.spearmanr(b, rated).statistic

    data = (first, second, ratings["long"])
    expected = stats.bootstrap(
        data, statistic, n_resamples=500, paired=True, vectorized=False, method="percentile", rng=1
    ).confidence_interval
    found = paired_difference([{"long": first}], [{"long": second}], ratings, n_resamples=1500)
    width = expected.high - expected.low
    assert found.value == pytest.approx(statistic(*data), abs=1e-12)
    assert found.low == pytest.approx(expected.low, abs=0.12 * width)
    assert found.high == pytest.approx(expected.high, abs=0.12 * width)


def test_interval_of_three_pairs_is_that_of_all_their_resamples():
    """27 draws, of which 3 hold one pair alone, and have no correlation."""
    stats = needs("scipy.stats")
    ratings, first, second = np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), np.array([2.0, 1, 3])
    all_draws = np.stack(np.meshgrid(*[range(3)] * 3), axis=-1).reshape(-1, 3)
    differences = [
        stats.spearmanr(first[drawn], ratings[drawn]).statistic
        - stats.spearmanr(second[drawn], ratings[drawn]).statistic
        for drawn in all_draws
        if len(set(drawn)) > 1
    ]
    found = paired_difference([{"set": first}], [{"set": second}], {"set": ratings}, n_resamples=500)
    assert (found.low, found.high) == pytest.approx((min(differences), max(differences)), abs=1e-12)
    assert found.value == pytest.approx(0.5)


def test_runs_that_agree_on_every_pair_do_not_differ_however_few_the_pairs(ratings):
    run = run_like(ratings, 2, 1)
    assert paired_difference([run], [run, run], ratings, n_resamples=100) == pytest.approx(
        (0, 0, 0), abs=1e-12
    )


def test_what_two_runs_share_does_not_widen_the_interval(ratings):
    noisy = run_like(ratings, 2, 1)
    alike = {name: each + 0.01 * run_like(ratings, 1, 2)[name] for name, each in noisy.items()}
    apart = run_like(ratings, 2, 3)
    of_alike = paired_difference([alike], [noisy], ratings, n_resamples=300)
    of_apart = paired_difference([apart], [noisy], ratings, n_resamples=300)
    assert of_alike.high - of_alike.low < 0.2 * (of_apart.high - of_apart.low)


def test_same_seed_gives_the_same_interval(ratings):
    first, second = [run_like(ratings, 1, 1)], [run_like(ratings, 1, 2)]
    one, two, other = (paired_difference(first, second, ratings, 200, seed=seed) for seed in (1, 1, 2))
    assert one == two and one != other

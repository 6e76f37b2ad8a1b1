"""How far all stages are together, and how long the rest takes at the pace so far."""

import pytest

from tovec.projection import METHODS, Settings, expected_seconds
from tovec.server.overall_progress import TRUSTED_S, OverallProgress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_stages_are_parts_of_the_whole_and_nothing_goes_back():
    line = OverallProgress({"a": 1.0, "b": 3.0}, Clock())
    told = [line.at(*step)[0] for step in [("a", 0.0), ("a", 0.5), ("b", 0.0), ("a", 0.5), ("b", 1.0)]]
    assert told == [0.0, 0.125, 0.25, 0.25, 1.0]
    assert line.at("an unknown stage", 0.7)[0] == 1.0


def test_the_time_left_is_first_that_expected_and_then_that_measured():
    clock = Clock()
    line = OverallProgress({"a": 100.0, "b": 100.0}, clock)
    assert line.at("a", 0.0) == (0.0, 200.0)
    clock.now += 300
    assert line.at("b", 0.0)[1] == pytest.approx(100 * (300 + TRUSTED_S) / (100 + TRUSTED_S))
    assert line.at("b", 1.0)[1] == 0


@pytest.mark.parametrize("method", [*METHODS, "axes"])
@pytest.mark.parametrize("n_rows", [1, 50_000, 300_000])
def test_every_method_has_stages_that_take_time(method, n_rows):
    stages = expected_seconds(method, n_rows, 640, 400)
    assert all(seconds > 0 for seconds in stages.values())
    assert next(iter(stages)) == "start"
    assert ("recall" in stages) == (n_rows == 300_000 and method in ("umap", "tsne"))


def test_more_neighbors_take_longer_by_about_as_much_as_measured():
    few, many = (
        sum(expected_seconds("umap", 5_000, 100, 0, settings=Settings(neighbors=k)).values())
        for k in (15, 200)
    )
    assert 3 < many / few < 6  # 4.2
    default, most = (
        expected_seconds("tsne", 5_000, 100, 0, settings=Settings(perplexity=p)) for p in (30, 100)
    )
    assert all(most[stage] > default[stage] for stage in ("neighbors", "affinities", "t-SNE"))


def test_approximate_neighbors_take_longer_where_more_are_sought():
    few, many = (
        expected_seconds("umap", 300_000, 100, 0, settings=Settings(neighbors=k))["neighbors"]
        for k in (15, 200)
    )
    assert 5 < many / few < 8  # 6.9

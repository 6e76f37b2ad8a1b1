"""What benchmarks/time_to_quality.py and within_time.py conclude from runs; the runs here are made up."""

import re
from collections import Counter

import numpy as np
import pytest
from time_to_quality import DEFAULT, GENSIM_RUN, PRESET, Program, Runs, covered_ratings, train_once, verdicts
from within_time import HEADROOM, Cost, cut, fitted

RATINGS = {"set": np.arange(100.0)}


def runs(seconds, n_swapped, n_missing=0):
    """Runs of three seeds, as good as the ratings but for the first pairs, which are the wrong way round."""
    cosines = np.arange(100.0)
    cosines[:n_swapped] = cosines[:n_swapped][::-1]
    cosines[100 - n_missing :] = np.nan
    return Runs([seconds] * 3, [{"set": cosines}] * 3, [{}] * 3)


def answers(**given):
    named = {GENSIM_RUN: given["gensim"], DEFAULT: given["default"], PRESET: given["preset"]}
    lines = verdicts(named | given.get("others", {}), RATINGS)
    return [re.search(r": (yes|NO|no) ", line)[1].lower() for line in lines]


def test_all_bars_are_met_by_runs_that_meet_them():
    others = {"short": runs(7.4, 40)}
    found = answers(gensim=runs(150, 50), default=runs(20, 20), preset=runs(20, 50), others=others)
    assert found == ["yes"] * 4


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (0, {"others": {"short": runs(7.6, 40)}}),  # too late
        (0, {"others": {"short": runs(1, 60)}}),  # soon, and not as good
        (1, {"default": runs(20.1, 20)}),
        (2, {"default": runs(20, 49)}),
        (3, {"default": runs(20, 20, n_missing=1)}),
    ],
)
def test_each_bar_is_missed_by_a_run_that_misses_it(number, change):
    met = {"gensim": runs(150, 50), "default": runs(20, 20), "preset": runs(20, 50)}
    found = answers(**met | {"others": {"short": runs(7, 40)}} | change)
    assert [at for at, answer in enumerate(found) if answer == "no"] == [number]


def test_set_that_a_run_does_not_cover_is_left_out_and_named(capsys):
    sets = {"set": [("a", "b", float(n)) for n in range(100)]}
    assert list(covered_ratings(sets, {"one": runs(1, 0, n_missing=80)})) == ["set"]
    assert covered_ratings(sets, {"one": runs(1, 0), "two": runs(1, 0, n_missing=81)}) == {}
    assert capsys.readouterr().out.startswith("set: a run covers 19 of its pairs")


def test_kept_run_is_not_repeated_unless_its_settings_or_text_changed(tmp_path, monkeypatch):
    made = Counter()

    def train(program, out, seed):
        made[seed] += 1
        return 12.5 + seed

    monkeypatch.setattr(Program, "train", train)
    text = tmp_path / "text.txt"
    text.write_text("one two")
    program = Program("", {"epochs": 5}, text)
    kept = tmp_path / "kept"
    first = train_once(program, 1, kept, "text.txt")
    assert train_once(program, 1, kept, "text.txt") == first and made == {1: 1}
    assert train_once(program, 2, kept, "text.txt")[0] == 14.5 and made == {1: 1, 2: 1}
    train_once(Program("", {"epochs": 6}, text), 1, kept, "text.txt")
    text.write_text("one two three")
    train_once(program, 1, kept, "text.txt")
    assert made == {1: 3, 2: 1}


def test_cost_is_what_runs_of_one_and_two_epochs_have_in_common_and_apart():
    cost = Cost.measured(lambda epochs: 4.0 + 3.0 * epochs)
    assert cost == Cost(fixed_s=4.0, epoch_s=3.0)


@pytest.mark.parametrize("limit_s", [10.0, 60.0, 300.0])
def test_plan_is_the_longest_run_that_fits(limit_s):
    cost = Cost(fixed_s=4.0, epoch_s=3.0)
    plan = cost.plan(limit_s)
    usable_s = limit_s * (1 - HEADROOM)
    assert plan.share == 1
    assert cost.fixed_s + plan.epochs * cost.epoch_s <= usable_s
    assert cost.fixed_s + (plan.epochs + 1) * cost.epoch_s > usable_s


def test_where_no_epoch_fits_the_plan_is_a_share_of_the_text():
    plan = Cost(fixed_s=4.0, epoch_s=36.0).plan(10.0)
    assert plan.epochs == 1 and plan.share == pytest.approx(0.25 * (1 - HEADROOM))


class Simulated(Program):
    """A program that takes some seconds and some for each epoch, in proportion to the text."""

    def train(self, out, seed):
        share = len(self.text.read_text().splitlines()) / 1000
        return share * (self.settings["start"] + self.settings["epochs"] * self.settings["epoch"])


@pytest.mark.parametrize("epoch_s", [1.0, 3.0, 9.0, 40.0])
def test_run_fits_whatever_the_calibration_said(epoch_s, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("word\n" * 1000)
    program = Simulated("", {"start": 4.0, "epoch": epoch_s}, text)
    plan, seconds = fitted(program, Cost(4.0, 3.0), 30.0, tmp_path / "out")
    assert 0.7 * 30 <= seconds <= 30.0
    assert (plan.share == 1) == (epoch_s < 26)


def test_time_that_is_not_enough_for_anything_is_one_line(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("word\n" * 1000)
    with pytest.raises(SystemExit, match="1 s are not enough for 5% of the text"):
        fitted(Simulated("", {"start": 4.0, "epoch": 30.0}, text), Cost(4.0, 30.0), 1.0, tmp_path / "out")


def test_cut_text_has_its_share_of_lines_from_all_over_the_text(tmp_path):
    (tmp_path / "all.txt").write_text("".join(f"{n}\n" for n in range(1000)))
    cut(tmp_path / "all.txt", 0.3, tmp_path / "cut.txt")
    kept = list(map(int, (tmp_path / "cut.txt").read_text().split()))
    assert len(kept) == 300 and max(np.diff(kept)) == 4 and kept[0] < 4 and kept[-1] > 995

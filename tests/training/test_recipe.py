"""What is chosen to fit a text: recipe.py, and what config.py, request.py and events.py make of it."""

import inspect
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import planted

import tovec
from tovec.training import recipe
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.events import SettingsChosen
from tovec.training.objectives import OBJECTIVES, objectives_taking
from tovec.training.recipe import FITTED, Choice, Text, choices, chosen_min_count, preset_values
from tovec.training.settings import SETTINGS

# What tovec took before there was a choice, and what word2vec.c takes for skip-gram.
OF_BEFORE = {"window": 5, "negative": 5, "sample": 1e-3, "epochs": 5, "min_count": 5}
RATES_OF_BEFORE = {"skip-gram": 0.025, "cbow": 0.15, "position-weighted-cbow": 0.075, "glove": 0.05}

SIZES = sorted({round(10 ** (power / 20)) for power in range(10, 181)})  # 3 to a billion, 12 % apart
PETS = ["the cat sat on the mat", "the dog sat on the log"] * 50  # 600 tokens, 7 different ones
GIVEN = {"window": 3, "negative": 2, "sample": 0.5, "learning_rate": 0.03, "epochs": 2, "min_count": 1}


def text(n_ids, n_tokens=10_000, objective="skip-gram", **more):
    return Text(objective, n_ids, n_ids, n_tokens, **{"n_documents": 1, "most_frequent": 0.05, **more})


def values(n_ids, **more):
    return {name: choice.value for name, choice in choices(text(n_ids, **more), 5).items()}


def taken(objective):
    return [name for name in FITTED if objective in objectives_taking(name)]


# The rule


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_longer_text_gets_no_higher_sample_and_no_more_epochs(objective):
    made = [values(n_ids, objective=objective) for n_ids in SIZES]
    for name in ("sample", "epochs"):
        column = [each[name] for each in made]
        assert column == sorted(column, reverse=True), name


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_texts_of_almost_one_size_are_trained_almost_alike(objective):
    """No cliffs: 12 % more text changes no value by more than a third, or an epoch."""
    for less, more in itertools.pairwise(values(n_ids, objective=objective) for n_ids in SIZES):
        for name in ("sample", "learning_rate"):
            assert less[name] / more[name] == pytest.approx(1, abs=0.34), name
        assert abs(less["epochs"] - more["epochs"]) <= max(1, less["epochs"] / 3)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_work_for_a_short_text_is_bounded(objective):
    """Up to a hundred thousand tokens, all epochs together see no more than ten million."""
    assert all(n_ids * values(n_ids, objective=objective)["epochs"] <= 1e7 for n_ids in SIZES if n_ids <= 1e5)


@given(
    n_read=st.integers(1, 1 << 40),
    n_ids=st.integers(1, 1 << 40),
    n_tokens=st.integers(1, 1 << 30),
    objective=st.sampled_from(list(OBJECTIVES)),
    n_documents=st.integers(1, 1 << 40),
    most_frequent=st.floats(1e-9, 1),
    has_ngrams=st.booleans(),
)
def test_what_is_chosen_for_any_text_is_inside_the_range_of_its_setting(objective, **facts):
    made = choices(Text(objective, **facts), min_count=1)
    assert set(made) == set(FITTED)
    config = TrainConfig(objective=objective, **{name: choice.value for name, choice in made.items()})
    assert config.left_to_text == ()
    assert 0 < config.sample <= 1 and config.learning_rate < 1 and config.epochs <= 1000
    assert all(choice.reason and choice.reason.isprintable() for choice in made.values())


def test_in_a_small_vocabulary_no_token_of_mean_frequency_is_left_out():
    for n_tokens in (1, 2, 10, 1000):
        assert values(10**9, n_tokens=n_tokens)["sample"] >= 0.95 / n_tokens


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([100, 100, 100], 5),
        ([5, 5], 5),
        ([2, 2], 2),
        ([1], 1),
        ([1] * 1000, 1),
        ([1, 2] * 1000, 1),
        ([95, 1, 1, 1, 1, 1], 5),  # five of a hundred
        ([94, 1, 1, 1, 1, 1, 1], 1),
        ([96, 2, 2], 5),
        ([90, 4, 6], 5),
        ([88, 6, 4, 2], 4),
    ],
)
def test_min_count_leaves_out_at_most_a_twentieth_of_the_text(counts, expected):
    assert chosen_min_count(np.array(counts)) == expected


def test_a_longer_text_may_leave_out_more_as_rare_but_never_more_than_a_fifth():
    """Most words of most texts occur once, and each takes a row of the tables."""
    once = [1] * 10
    for times, expected in ((100, 1), (100_000, 5)):
        counts = np.array([*once, 80] * times)
        assert chosen_min_count(counts) == expected, times
    assert chosen_min_count(np.array([1, 1, 2] * 10_000_000)) == 1


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60))
def test_min_count_is_the_highest_that_leaves_out_so_little(counts):
    chosen, counts = chosen_min_count(np.array(counts)), np.array(counts)
    few = [n for n in range(1, recipe.MOST_MIN_COUNT + 1) if counts[counts < n].sum() <= 0.05 * counts.sum()]
    assert chosen == max(few)


# What is given, and presets


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_preset_word2vec_has_the_values_of_before(objective):
    config = TrainConfig(objective=objective, preset="word2vec")
    expected = {**OF_BEFORE, "learning_rate": RATES_OF_BEFORE[objective]}
    assert {name: getattr(config, name) for name in FITTED} == expected == preset_values(objective)
    assert set(FITTED) == set(expected)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_run_with_the_preset_has_the_bytes_of_one_with_all_of_its_values(objective):
    common = {"objective": objective, "dim": 8, "deterministic": True, "threads": 1}
    spelled = {**OF_BEFORE, "learning_rate": RATES_OF_BEFORE[objective]}
    one = tovec.train(planted(200), preset="word2vec", **common)
    other = tovec.train(planted(200), **spelled, **common)
    assert one.vectors.tobytes() == other.vectors.tobytes()
    assert one.provenance["chosen"] == other.provenance["chosen"] == {}
    assert one.provenance["settings"] == {**other.provenance["settings"], "preset": "word2vec"}


@given(names=st.sets(st.sampled_from(FITTED)), preset=st.sampled_from([None, "word2vec"]))
@settings(max_examples=60, deadline=None)
def test_what_is_given_is_kept_and_the_rest_is_chosen_or_the_presets(names, preset):
    given_values = {name: GIVEN[name] for name in names} | ({} if "epochs" in names else {"epochs": 1})
    embedding = tovec.train(PETS, dim=2, threads=1, preset=preset, **given_values)
    made = embedding.provenance
    assert {name: made["settings"][name] for name in given_values} == given_values
    rest = set(FITTED) - set(given_values)
    assert set(made["chosen"]) == (set() if preset else rest)
    expected = preset_values("skip-gram") if preset else values(600, n_tokens=7)
    assert {name: made["settings"][name] for name in rest} == {name: expected[name] for name in rest}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_only_what_the_objective_takes_is_chosen(objective):
    made = tovec.train(planted(20), objective=objective, dim=2, threads=1)
    assert list(made.provenance["chosen"]) == taken(objective)


def test_none_is_the_same_as_not_given():
    none = dict.fromkeys(FITTED)
    assert TrainConfig(**none) == TrainConfig()
    old = tovec.Embedding.random(["g0w0", "g1w1"], dim=2)
    made = tovec.train(planted(20), threads=1, continue_from=old, objective="cbow", **none)
    assert list(made.provenance["chosen"]) == taken("cbow")


def test_a_run_that_continues_takes_the_window_of_position_weights_over():
    first = tovec.train(planted(20), objective="position-weighted-cbow", dim=4, threads=1, window=2, epochs=2)
    second = tovec.train(planted(20), continue_from=first, threads=1, epochs=2, window=None)
    assert second.provenance["settings"]["window"] == 2
    assert "window" not in second.provenance["chosen"]


def test_settings_of_a_run_all_have_a_value():
    config = TrainConfig(epochs=3).with_values(GIVEN)
    assert isinstance(config, RunConfig)
    assert (config.epochs, config.window) == (3, 3)
    with pytest.raises(AssertionError):
        RunConfig(epochs=3)


# What is said and saved


def test_a_folder_says_what_was_chosen_and_why(tmp_path):
    tovec.train(PETS, dim=4, threads=1, epochs=2).save(tmp_path / "out")
    saved = json.loads((tmp_path / "out" / "tovec.json").read_text())["provenance"]
    assert saved["settings"]["epochs"] == 2
    assert saved["chosen"]["learning_rate"] == "600 tokens"
    assert saved["chosen"]["sample"] == "a vocabulary of only 7"
    assert set(saved["chosen"]) == set(FITTED) - {"epochs"}
    assert tovec.open(tmp_path / "out").provenance["chosen"] == saved["chosen"]


def chosen_events(**how):
    events = []
    tovec.train(PETS, dim=4, threads=1, reporter=events.append, **how)
    return [event for event in events if isinstance(event, SettingsChosen)]


def test_a_run_reports_what_it_chose_with_reasons():
    (event,) = chosen_events(epochs=2, window=4)
    assert set(event.choices) == set(FITTED) - {"epochs", "window"}
    assert event.choices["min_count"] == Choice(5, "rarer tokens are at most 5% of the text")
    first, *lines = event.line.splitlines()
    assert first == "chosen to fit the text (`preset` word2vec takes the values of 2013):"
    assert "  `negative` 5: any text" in lines
    assert len(lines) == 4


def test_a_min_count_below_the_most_says_what_a_higher_one_would_do():
    assert choices(text(100), 2)["min_count"] == Choice(2, "a higher one leaves out more than 5% of the text")


@pytest.mark.parametrize("how", [{"preset": "word2vec", "min_count": 1}, GIVEN], ids=["preset", "all given"])
def test_a_run_reports_nothing_where_nothing_was_chosen(how):
    assert chosen_events(**how) == []


def test_settings_with_one_reason_share_a_line():
    made = {"window": Choice(5, "any text"), "sample": Choice(1e-4, "big"), "negative": Choice(5, "any text")}
    assert SettingsChosen(made).line.splitlines()[1:] == [
        "  `window` 5, `negative` 5: any text",
        "  `sample` 0.0001: big",
    ]


@pytest.mark.parametrize(
    ("n_ids", "said"),
    [
        (7, "7 tokens"),
        (9_999, "9,999 tokens"),
        (52_300, "52,000 tokens"),
        (11_512_000, "11.5 million tokens"),
    ],
)
def test_sizes_are_said_as_people_say_them(n_ids, said):
    assert choices(text(n_ids), 1)["epochs"].reason == said


def test_help_says_that_they_fit_the_text():
    for name in FITTED:
        assert SETTINGS[name].shown_default == "fits the text"
    help_text = " ".join(inspect.getdoc(tovec.train).split())
    assert help_text.count("default: fits the text") == len(FITTED)
    assert "preset: Instead of values that fit the text take fixed ones; word2vec: " in help_text

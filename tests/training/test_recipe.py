"""What is chosen to fit a text: recipe.py, and what config.py, request.py and events.py make of it."""

import inspect
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs
from texts import WORD_OBJECTIVES, planted

import tovec
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.events import SettingsChosen
from tovec.training.objectives import OBJECTIVES, objectives_taking
from tovec.training.recipe import (
    FITTED,
    Choice,
    Text,
    choices,
    chosen_min_count,
    objective_advice,
    preset_values,
)
from tovec.training.settings import SETTINGS

# What tovec took before there was a choice, and what word2vec.c takes for skip-gram.
OF_BEFORE = {"window": 5, "negative": 5, "sample": 1e-3, "epochs": 5, "min_count": 5}
RATES_OF_BEFORE = {"skip-gram": 0.025, "cbow": 0.15, "position-weighted-cbow": 0.075, "glove": 0.05}

SIZES = sorted({round(10 ** (power / 20)) for power in range(10, 181)})  # 3 to a billion, 12 % apart
PETS = ["the cat sat on the mat", "the dog sat on the log"] * 50  # 600 tokens, 7 different ones
GIVEN = {"window": 3, "negative": 2, "sample": 0.5, "learning_rate": 0.03, "epochs": 2, "min_count": 1}


def text(n_ids, n_tokens=None, objective="skip-gram", n_frequent=None, most_frequent=0.05):
    """Return a text whose vocabulary grows with the square root of its length (Heaps' law), unless given."""
    n_tokens = n_tokens or min(n_ids, round(20 * n_ids**0.5))
    return Text(objective, n_ids, n_tokens, n_tokens if n_frequent is None else n_frequent, most_frequent)


def values(n_ids, epochs=None, **more):
    return {name: choice.value for name, choice in choices(text(n_ids, **more), 5, epochs).items()}


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
    """Up to a hundred thousand tokens, all epochs together see no more than ten million; forty in GloVe."""
    most = 4e7 if objective == "glove" else 1e7
    assert all(
        n_ids * values(n_ids, objective=objective)["epochs"] <= most for n_ids in SIZES if n_ids <= 1e5
    )


@given(
    n_ids=st.integers(1, 1 << 40),
    n_tokens=st.integers(1, 1 << 30),
    objective=st.sampled_from(list(OBJECTIVES)),
    n_frequent=st.integers(0, 1 << 30),
    most_frequent=st.floats(1e-9, 1),
)
def test_what_is_chosen_for_any_text_is_inside_the_range_of_its_setting(objective, **facts):
    made = choices(Text(objective, **facts), min_count=1)
    assert set(made) == set(FITTED)
    config = TrainConfig(objective=objective, **{name: made[name].value for name in taken(objective)})
    assert config.left_to_text == ()
    assert 0 < made["sample"].value <= 1 and config.learning_rate < 1
    assert all(choice.reason and choice.reason.isprintable() for choice in made.values())


def test_in_a_small_vocabulary_no_token_of_mean_frequency_is_left_out():
    for n_tokens in (1, 2, 10, 1000):
        assert values(10**9, n_tokens=n_tokens)["sample"] >= 0.95 / n_tokens


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1], 1),
        ([5, 5], 1),  # a short text
        ([1] * 1000, 1),
        ([9_000, 500, 3, 1, 1], 2),
        ([1] * 9_000, 1),  # no token is frequent
        ([1] * 4_999 + [5_001], 2),
        ([1] * 5_001 + [4_999], 1),
        ([60_000], 3),
        ([2] * 16_000 + [31_000], 2),
        ([1_000_000], 5),
        ([4] * 200_000 + [700_000], 4),
    ],
)
def test_min_count_grows_with_a_text_and_leaves_out_at_most_half_of_it(counts, expected):
    assert chosen_min_count(np.array(counts)) == expected


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60))
def test_no_min_count_leaves_out_more_than_half_of_a_text(counts):
    counts = np.array(counts)
    assert counts[counts < chosen_min_count(counts)].sum() <= counts.sum() / 2


def test_more_epochs_than_fit_the_text_lower_the_rate_to_half_at_most():
    long = {"n_ids": 11_000_000, "n_tokens": 35_000}
    rates = [values(**long, epochs=epochs)["learning_rate"] for epochs in (1, 3, 4, 5, 20)]
    assert rates == [0.05, 0.044, 0.04, 0.037, 0.025]


def test_the_rate_is_lower_where_one_token_is_almost_the_whole_text():
    rates = [values(10_000, most_frequent=share)["learning_rate"] for share in (0.05, 0.3, 0.5, 0.99)]
    assert rates == [0.05, 0.05, 0.033, 0.017]


# What is given, and presets


@pytest.mark.parametrize("objective", WORD_OBJECTIVES)
def test_preset_word2vec_has_the_values_of_before(objective):
    config = TrainConfig(objective=objective, preset="word2vec")
    expected = {**OF_BEFORE, "learning_rate": RATES_OF_BEFORE[objective]}
    assert {name: getattr(config, name) for name in FITTED} == expected == preset_values(objective)
    assert set(FITTED) == set(expected)


@pytest.mark.parametrize("objective", WORD_OBJECTIVES)
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
    facts = {"n_tokens": 7, "most_frequent": 1 / 3, "epochs": given_values["epochs"]}
    expected = preset_values("skip-gram") if preset else values(600, **facts) | {"min_count": 1}
    assert {name: made["settings"][name] for name in rest} == {name: expected[name] for name in rest}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_only_what_the_objective_takes_is_chosen(objective):
    if OBJECTIVES[objective].extra is not None:
        needs(OBJECTIVES[objective].extra)
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
    assert saved["chosen"]["learning_rate"] == "2 epochs of 600 tokens"
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
    assert event.choices["min_count"] == Choice(1, "600 tokens")
    first, *lines = event.line.splitlines()
    assert first == "chosen to fit the text (`preset` word2vec takes the values of 2013):"
    assert "  `negative` 5: any text" in lines
    assert len(lines) == 4


def test_a_min_count_below_that_of_the_size_says_what_a_higher_one_would_do():
    reason = "a higher one leaves out half of the text"
    assert choices(text(100_000), 2)["min_count"] == Choice(2, reason)


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
    assert choices(text(n_ids), 5)["min_count"].reason == said


def test_help_says_that_they_fit_the_text():
    for name in FITTED:
        assert SETTINGS[name].shown_default == "fits the text"
    help_text = " ".join(inspect.getdoc(tovec.train).split())
    assert help_text.count("default: fits the text") == len(FITTED)
    assert "preset: Instead of values that fit the text take fixed ones; word2vec: " in help_text


def test_glove_on_a_text_of_few_tokens_says_which_objective_suits_it():
    said = []
    settings = {"objective": "glove", "dim": 4, "epochs": 1, "reporter": said.append}
    tovec.train(["the cat sat on the mat"] * 50, **settings)
    assert [note.text for note in said if "glove" in getattr(note, "text", "")] == [
        "glove learns little from a text of 300 tokens: `objective` skip-gram gives better vectors"
    ]
    long = Text("glove", 10**9, 50_000, n_frequent=50_000, most_frequent=0.05)
    assert objective_advice(long) is None and objective_advice(Text("cbow", 300, 5, 5, 0.3)) is None


@pytest.mark.parametrize(
    ("n_ids", "epochs"),
    [(10, 40), (1_000, 20), (20_000, 4), (650_000, 3), (1_000_000, 2), (1_400_000, 2), (10**9, 1)],
)
def test_a_language_model_reads_a_text_at_most_four_times_but_a_tiny_one(n_ids, epochs):
    assert choices(text(n_ids, objective="language-model"), min_count=1)["epochs"].value == epochs

"""Texts and numbers that nobody had in mind: what is chosen for them is true, and a run ends soon."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from texts import WORD_OBJECTIVES, planted

import tovec
from tovec.cli import cli
from tovec.errors import EmptyCorpus, TooLarge, TovecWarning
from tovec.training.config import LISTED_SETTINGS
from tovec.training.objectives import OBJECTIVES
from tovec.training.recipe import Text, choices
from tovec.training.schedule import Position, Schedule
from tovec.training.settings import SETTINGS


def values(objective, counts):
    return {name: made.value for name, made in choices(Text.of(objective, np.array(counts)), 1).items()}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_tokens_that_a_text_does_not_hold_change_no_choice(objective):
    """As the 256 of tokenizer bytes, and those of a large table that training continues from."""
    counts = [40, 30, 20, 10]
    assert values(objective, counts + [0] * 400_000) == values(objective, counts)


def test_continuing_from_a_large_table_takes_no_more_epochs_than_the_text_needs():
    texts = planted(200)
    large = tovec.Embedding.random([f"other{number}" for number in range(20_000)], dim=4)
    alone = tovec.train(texts, dim=4, threads=1).provenance
    made = tovec.train(texts, continue_from=large, threads=1).provenance
    assert made["chosen"] == alone["chosen"]
    for name in made["chosen"]:
        assert made["settings"][name] == alone["settings"][name], name


def test_bytes_are_trained_as_characters_are_where_each_is_one_byte():
    texts = ["the cat sat on the mat", "the dog sat on the log"] * 20
    of_bytes, of_characters = (
        tovec.train(texts, tokenizer=name, lowercase=None, dim=2, threads=1).provenance
        for name in ("bytes", "characters")
    )
    for name in ("sample", "epochs", "learning_rate"):
        of_each = [made["settings"][name] for made in (of_bytes, of_characters)]
        assert of_each[0] == pytest.approx(of_each[1], rel=0.5), name


@pytest.mark.parametrize("tokenizer", ["bpe:300", "unigram:200", "bytes"])
def test_a_tokenizer_with_a_vocabulary_is_the_reason_why_nothing_is_left_out(tokenizer):
    made = tovec.train(planted(3000), tokenizer=tokenizer, dim=2, threads=1, epochs=1).provenance
    assert made["settings"]["min_count"] == 1
    assert made["chosen"]["min_count"] == "the tokenizer brings its own vocabulary"
    assert made["tokens_read"] == made["tokens_in_vocabulary"]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("counts", [[1, 1], [2, 1, 1], [1] * 10])
def test_a_sentence_alone_takes_no_more_epochs_than_one_of_tokens_seen_once(objective, counts):
    most = 2400 if objective == "glove" else 600
    assert values(objective, counts)["epochs"] <= most


def test_the_loss_of_an_epoch_is_one_of_the_losses():
    position = Position(5, 2, [[6.0, 3.0], [8.0, 2.0], [0.0, 0.0]])
    assert position.mean_losses()[:2] == [position.mean_loss(0), position.mean_loss(1)] == [2.0, 4.0]
    assert math.isnan(position.mean_loss(2))


@pytest.mark.parametrize("epochs", [10**12, 10**30])
def test_more_epochs_than_memory_has_room_for_are_refused(epochs):
    with pytest.raises(TooLarge, match=r"use fewer `epochs`$"):
        tovec.train(planted(20), dim=2, epochs=epochs)


@pytest.mark.parametrize("objective", WORD_OBJECTIVES)
def test_a_text_of_one_token_says_that_there_is_nothing_to_compare(objective):
    with pytest.warns(TovecWarning, match="the text has only one token; use other text or another "):
        tovec.train([["a"] * 100], objective=objective, dim=2, threads=1)


def test_text_without_tokens_says_what_to_use():
    with pytest.raises(EmptyCorpus, match="holds no tokens for tokenizer 'words'; use another, such as "):
        tovec.train(["😀 😃 ☕", "!!! ???"])
    assert len(tovec.train(["😀 😃 ☕", "!!! ???"] * 20, tokenizer="whitespace", dim=2, threads=1)) == 5


def test_text_without_spaces_says_how_to_give_words():
    with pytest.raises(EmptyCorpus, match=r"\[words\], also where no spaces separate them"):
        tovec.train(["แมวนั่งบนเสื่อ", "หมานั่งบนเสื่อ"] * 20)


def test_help_says_when_an_objective_pays():
    listed = " ".join(LISTED_SETTINGS.split())
    assert "objective: What vectors are trained to predict (one of skip-gram, cbow, " in listed
    assert "glove, language-model). At equal time skip-gram and cbow give the better similarities; " in listed
    assert "takes twice as long and learns more of word order. language-model trains a small Llama" in listed
    shown = CliRunner().invoke(cli, ["train", "--help"], terminal_width=200, max_content_width=200).output
    assert "learns more of word order" in " ".join(shown.split())
    assert listed.count(" (a whole number from 1 up). ") > 5
    assert all(setting.help.endswith((".", "…")) for setting in SETTINGS.values())


@pytest.mark.parametrize(
    ("given", "here"),
    [
        (["--vector-size", "50"], "no such option: --vector-size; it is --dim here"),
        (["--iter=3"], "no such option: --iter=3; it is --epochs here"),
        (["--alpha", "0.05"], "no such option: --alpha; it is --learning-rate here"),
        (["--sg", "1"], 'no such option: --sg; it is --objective, "skip-gram" or "cbow" here'),
        (["-dim", "100"], "no such option: -dim; it is --dim here"),  # as fastText spells them
        (["-minCount", "2"], "no such option: -minCount; it is --min-count here"),
        (["--epoch", "2"], "no such option: --epoch; it is --epochs here"),
        (["-input", "text.txt"], "no such option: -input; it is INPUT, without an option, here"),
        (["-output", "out"], "no such option: -output; it is --out here"),
        (["--hs", "1"], "No such option '--hs'"),
    ],
)
def test_options_of_other_programs_are_translated(given, here):
    ran = CliRunner().invoke(cli, ["train", "text.txt", "--out", "out", *given])
    assert ran.exit_code == 2
    assert here in ran.stderr


def test_a_checkpoint_or_a_snapshot_comes_at_most_at_every_step():
    schedule = Schedule(3, 2, checkpoint_every=1e-12, snapshots=10**12)
    assert schedule.checkpoints() == schedule.snapshot_steps() - {0} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("language", "rates"),
    [
        ("en", "{} (skip-gram; CBOW {}, position-weighted CBOW {}, GloVe {})"),
        ("ko", "{}(스킵그램. CBOW {}, 위치 가중 CBOW {}, GloVe {})"),
    ],
)
def test_the_page_about_the_recipe_names_the_rates_of_the_preset(language, rates):
    page = Path(__file__).parents[2] / "docs" / language / "background/recipe.md"
    objectives = ("skip-gram", "cbow", "position-weighted-cbow", "glove")
    assert sorted(objectives) == sorted(WORD_OBJECTIVES)
    told = rates.format(*(OBJECTIVES[objective].learning_rate for objective in objectives))
    assert told in " ".join(page.read_text(encoding="utf-8").split())


def test_json_of_the_command_says_what_was_chosen(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(planted(50)), encoding="utf-8")
    arguments = ["train", str(tmp_path / "text.txt"), "--out", str(tmp_path / "out"), "--dim", "2", "--json"]
    ran = CliRunner().invoke(cli, [*arguments, "--epochs", "3"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    saved = json.loads((tmp_path / "out" / "tovec.json").read_text(encoding="utf-8"))["provenance"]
    assert told["chosen"] == saved["chosen"]
    assert set(told["chosen"]) == {"window", "negative", "sample", "learning_rate", "min_count"}
    assert told["settings"]["epochs"] == 3

"""What a run says when it has learned too little: doubts.py, and run.py in it."""

import math
import warnings

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs
from texts import planted

import tovec
from tovec.cli import cli
from tovec.errors import TovecWarning
from tovec.storage.work_folder import CHECKPOINT
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.doubts import doubt, untrained_loss
from tovec.training.schedule import Position

OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow", "glove"]
PETS = ["the cat sat on the mat", "the dog sat on the log"] * 50


def corpus_of(counts, n_read=None, unknown=None):
    tokens = [f"t{number}" for number in range(len(counts))]
    ids = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    offsets = np.array([0, len(ids)])
    vocabulary = Vocabulary(tokens, counts, unknown=unknown)
    return Corpus(vocabulary, None, ids, offsets, n_read or len(ids), 0)


def position_of(losses, n=1000):
    return Position(len(losses), 1, [[loss * n, n] for loss in losses])


def doubt_of(losses, corpus=None, n=1000, **settings):
    config = RunConfig(preset="word2vec", **settings)
    return doubt(corpus or corpus_of([50] * 20), config, position_of(losses, n))


@pytest.mark.parametrize("sample", [0.0, 1e-2])
@pytest.mark.parametrize("ngrams", [None, "characters"])
@pytest.mark.parametrize("objective", OBJECTIVES[:3])
def test_the_loss_at_the_very_start_is_that_of_untrained_vectors(tmp_path, objective, ngrams, sample):
    """A run at a rate of almost 0 measures it, and its noise that is the token itself too."""
    how = {"negative": 3, "sample": sample, "epochs": 3, "min_count": 1, "window": 2}
    more = {} if ngrams is None else {"ngrams": ngrams, "ngram_buckets": 100}
    made = tovec.train(
        planted(1000), objective=objective, learning_rate=1e-9, dim=4, threads=1, **how, **more
    )
    config = RunConfig(objective=objective, learning_rate=1.0, **how)
    corpus = corpus_of(made.vocabulary.counts)
    assert np.mean(made.provenance["losses"]) == pytest.approx(untrained_loss(corpus, config), rel=0.005)


def test_among_two_equal_tokens_half_of_the_noise_is_the_token_itself():
    config = RunConfig(preset="word2vec", negative=4, sample=0.0)
    assert untrained_loss(corpus_of([9, 9]), config) == pytest.approx(3 * math.log(2))


@pytest.mark.parametrize(
    ("held_out", "best"),
    [([5.0, 4.0, 4.5], 2), ([4.0, 4.2], 1), ([5.0, 4.0, 4.05], None), ([5.0, 4.0, 3.9], None)],
)
def test_a_language_model_that_learns_by_heart_says_when_it_was_best(held_out, best):
    settings = {"learning_rate": 0.01, "epochs": len(held_out), "min_count": 1}
    config = TrainConfig(objective="language-model").with_values(settings)
    position = position_of([2.9, 2.0, 1.0][: len(held_out)])
    position.validation_losses = held_out
    found = doubt(corpus_of([50] * 20), config, position)
    assert found is None if best is None else f"lowest after epoch {best} and has risen since" in found


def test_a_loss_that_fell_raises_no_doubt():
    assert doubt_of([3.9, 3.5, 3.0]) is None
    assert doubt_of([3.0]) is None
    assert doubt_of([2.0, 2.1]) is None  # where little is left to learn it varies
    assert doubt_of([0.2, 0.1], objective="glove", n=2) is None  # its examples are counts of many


@pytest.mark.parametrize(
    ("losses", "how", "said"),
    [
        ([4.0, 3.99], {}, "its loss, 3.990, is that of vectors before any training; use more text, "),
        ([3.0, 9.0], {}, "its loss, 9.000, is that of vectors before any training"),
        ([2.0, 3.0], {}, "its loss rose from 2.000 to 3.000; use a lower `learning_rate`"),
        ([0.2, 0.4], {"objective": "glove"}, "its loss rose from 0.200 to 0.400; use a lower "),
        ([3.0, 2.9], {"n": 100}, "it saw only 200 examples; use more text, more `epochs` or a "),
        ([3.0], {"corpus": corpus_of([50] * 20, n_read=4000)}, "75% of the text is not in the vocabulary"),
        (
            [3.0],
            {"corpus": corpus_of([50] * 20, n_read=4000), "max_size": 20},
            "75% of the text is not in the vocabulary; use a higher `max_size`",
        ),
        (
            [3.0],
            {"corpus": corpus_of([600, 200, 200], unknown="t0"), "special_tokens": ["t0"]},
            "60% of the text is not in the vocabulary; use a lower `min_count`",
        ),
    ],
    ids=lambda value: None if isinstance(value, (list, dict)) else value[:30],
)  # fmt: skip
def test_a_doubt_says_what_to_change(losses, how, said):
    told = doubt_of(losses, **how)
    assert told.startswith(f"the run has learned too little for neighbors to mean anything: {said}")
    assert "\n" not in told


def test_the_readme_example_at_the_settings_of_2013_says_that_it_has_learned_nothing():
    with pytest.warns(TovecWarning, match="is that of vectors before any training") as told:
        tovec.train(PETS, dim=20, preset="word2vec", epochs=30, threads=1)
    assert [warning.filename for warning in told] == [__file__]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_run_that_has_learned_says_nothing(objective):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tovec.train(planted(500), objective=objective, dim=20, threads=1)
        tovec.train(PETS, objective=objective, dim=20, threads=1)


def test_rare_words_that_are_most_of_the_text_are_said():
    rare = [f"the word{number} and word{number + 5000}" for number in range(500)]
    with pytest.warns(TovecWarning, match=r"50% of the text|use a lower `min_count`"):
        tovec.train([*rare, "word1 word2 word3"], dim=4, min_count=5, epochs=5, threads=1)


def test_a_run_with_doubts_is_saved_and_the_command_prints_them_in_a_line(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(PETS))
    options = ["--dim", "8", "--epochs", "30", "--preset", "word2vec", "--threads", "1"]
    run = CliRunner().invoke(
        cli, ["train", str(tmp_path / "text.txt"), "--out", str(tmp_path / "out"), *options]
    )
    assert run.exit_code == 0, run.output
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("warning: ")]
    assert line.endswith("use more text, more --epochs, a higher --sample or another --learning-rate")
    assert len(tovec.open(tmp_path / "out")) == 7


def test_doubts_as_errors_come_when_all_is_saved(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TovecWarning):
            tovec.train(PETS, preset="word2vec", dim=4, threads=1, work=tmp_path, checkpoint_every=1)
    assert (tmp_path / CHECKPOINT).exists()


def test_a_vocabulary_that_the_tokenizer_brings_asks_for_another_tokenizer(tmp_path):
    tokenizers = needs("tokenizers")
    model = tokenizers.models.WordLevel({"the": 0, "[UNK]": 1}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    with pytest.warns(
        TovecWarning, match="80% of the text is not in the vocabulary; use another `tokenizer`"
    ):
        tovec.train(
            ["the cat sat on it"] * 50, tokenizer=tmp_path / "tokenizer.json", dim=2, threads=1, epochs=1
        )

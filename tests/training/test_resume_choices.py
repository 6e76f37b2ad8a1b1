"""Going on with a run whose settings were chosen: request.py, checkpoint.py, run_folder.py."""

import json
import re

import pytest
from texts import planted

import tovec
from tovec.errors import BadCheckpoint
from tovec.formats.saved import folder as saved_folder
from tovec.storage.work_folder import CHECKPOINT
from tovec.training import checkpoint, recipe
from tovec.training.checkpoint import Checkpoints
from tovec.training.recipe import FITTED
from tovec.training.run_folder import train_into

COMMON = {"dim": 8, "threads": 1}
TEXTS = planted(120)


class Killed(Exception):
    pass


def kill(embedding, progress):
    if progress.epoch >= 2:
        raise Killed


def begun(work, **how):
    """Begin a run and end it after two epochs, like a crash, with a checkpoint of the first."""
    with pytest.raises(Killed):
        tovec.train(TEXTS, work=work, checkpoint_every=1, on_epoch=kill, **COMMON, **how)


def resumed(work, **how):
    return tovec.train(TEXTS, work=work, resume=True, **COMMON, **how)


def choose_otherwise(monkeypatch):
    """Make the rule of a later version, which chooses another value for each setting."""
    others = {"WINDOW": 2, "NEGATIVE": 3, "LEAST_SAMPLE": 5.0, "TRAININGS": 4 * recipe.TRAININGS}
    rates = {name: rate / 8 for name, rate in recipe.LEARNING_RATE.items()}
    for name, other in (others | {"LEARNING_RATE": rates, "_min_count_of_size": lambda n_ids: 2}).items():
        monkeypatch.setattr(recipe, name, other)


def version_2(monkeypatch):
    """Let checkpoints be written as before there was a choice: without `chosen`, `preset` and `version` 3."""
    written = Checkpoints._run

    def of_before(self, position):
        run = json.loads(written(self, position))
        del run["chosen"], run["settings"]["preset"]
        return json.dumps({**run, "version": 2})

    monkeypatch.setattr(Checkpoints, "_run", of_before)


def saved_as_before(path):
    """Take from a saved folder what it did not say before there was a choice."""
    told = json.loads((path / "tovec.json").read_text())
    del told["provenance"]["chosen"], told["provenance"]["settings"]["preset"]
    (path / "tovec.json").write_text(json.dumps(told))


@pytest.mark.parametrize("objective", ["skip-gram", "cbow", "position-weighted-cbow", "glove"])
def test_a_run_goes_on_with_what_it_chose_although_the_rule_has_changed(tmp_path, monkeypatch, objective):
    whole = tovec.train(TEXTS, objective=objective, **COMMON)
    begun(tmp_path / "work", objective=objective)
    choose_otherwise(monkeypatch)
    other = tovec.train(TEXTS, objective=objective, **COMMON)
    chosen = whole.provenance["chosen"]
    assert all(other.provenance["settings"][name] != whole.provenance["settings"][name] for name in chosen)
    made = resumed(tmp_path / "work", objective=objective)
    assert made.vectors.tobytes() == whole.vectors.tobytes()
    assert made.provenance == whole.provenance


def test_what_was_given_then_must_be_given_again(tmp_path):
    begun(tmp_path / "work", window=3, epochs=4)
    for how in ({"epochs": 4}, {"epochs": 4, "window": None}):
        with pytest.raises(BadCheckpoint, match="with window 3, which is not given now; give the same"):
            resumed(tmp_path / "work", **how)
    with pytest.raises(BadCheckpoint, match="was made with window 3, not 5"):
        resumed(tmp_path / "work", epochs=4, window=5)
    made = resumed(tmp_path / "work", window=3, epochs=4).provenance
    assert (made["settings"]["window"], made["settings"]["epochs"]) == (3, 4)
    assert set(made["chosen"]) == set(FITTED) - {"window", "epochs"}


def test_what_was_chosen_then_may_be_given_now_if_it_is_the_same(tmp_path):
    begun(tmp_path / "work", epochs=4)
    with pytest.raises(BadCheckpoint, match="was made with negative 5, not 6"):
        resumed(tmp_path / "work", epochs=4, negative=6)
    assert resumed(tmp_path / "work", epochs=4, negative=5).provenance["settings"]["negative"] == 5


def test_a_preset_is_a_setting_that_must_be_the_same(tmp_path):
    begun(tmp_path / "with", preset="word2vec", min_count=1)
    with pytest.raises(BadCheckpoint, match="was made with preset 'word2vec', which is not given now"):
        resumed(tmp_path / "with", min_count=1)
    made = resumed(tmp_path / "with", preset="word2vec", min_count=1).provenance
    assert (made["settings"]["epochs"], made["chosen"]) == (5, {})
    begun(tmp_path / "without", min_count=1)
    with pytest.raises(BadCheckpoint, match="was made with preset None, not 'word2vec'"):
        resumed(tmp_path / "without", preset="word2vec", min_count=1)


@pytest.mark.parametrize("objective", ["skip-gram", "cbow", "glove"])
@pytest.mark.parametrize("how", [{}, {"preset": "word2vec"}], ids=["no options", "preset"])
def test_a_checkpoint_of_before_goes_on_with_its_defaults(tmp_path, monkeypatch, objective, how):
    settings = {"objective": objective, "min_count": 1}
    whole = tovec.train(TEXTS, preset="word2vec", **settings, **COMMON)
    with monkeypatch.context() as patch:
        version_2(patch)
        begun(tmp_path / "work", preset="word2vec", **settings)
    assert checkpoint.saved_run(tmp_path / "work").chosen is None
    made = resumed(tmp_path / "work", **settings, **how)
    assert made.vectors.tobytes() == whole.vectors.tobytes()
    assert made.provenance["settings"]["epochs"] == 5
    again = resumed(tmp_path / "work", **settings, **how)
    assert again.vectors.tobytes() == whole.vectors.tobytes()


def test_a_checkpoint_of_before_is_refused_where_it_was_before(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        version_2(patch)
        begun(tmp_path / "work", preset="word2vec", min_count=1, window=7)
    with pytest.raises(BadCheckpoint, match="was made with window 7, not 5"):
        resumed(tmp_path / "work", min_count=1)
    assert resumed(tmp_path / "work", min_count=1, window=7).provenance["settings"]["window"] == 7


def test_a_checkpoint_that_lost_a_chosen_setting_is_refused(tmp_path, monkeypatch):
    written = Checkpoints._run

    def without(self, position):
        run = json.loads(written(self, position))
        del run["settings"]["sample"]
        return json.dumps(run)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "_run", without)
        begun(tmp_path / "work")
    with pytest.raises(BadCheckpoint, match="does not say which sample it was made with; train without"):
        resumed(tmp_path / "work")


def test_a_checkpoint_with_an_impossible_chosen_value_is_refused(tmp_path, monkeypatch):
    written = Checkpoints._run

    def forged(self, position):
        run = json.loads(written(self, position))
        run["settings"]["sample"] = "much"
        return json.dumps(run)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "_run", forged)
        begun(tmp_path / "work")
    with pytest.raises(BadCheckpoint, match="is of no run: sample must be a number, at least 0, not 'much'"):
        resumed(tmp_path / "work")


def test_a_finished_run_does_nothing_although_the_rule_has_changed(tmp_path, monkeypatch):
    first = train_into(tmp_path / "out", TEXTS, **COMMON)
    choose_otherwise(monkeypatch)
    again = train_into(tmp_path / "out", TEXTS, resume=True, **COMMON)
    assert (first.was_finished, again.was_finished) == (False, True)
    with pytest.raises(BadCheckpoint, match="was made with negative 5, not 3"):
        train_into(tmp_path / "out", TEXTS, resume=True, negative=3, **COMMON)


def test_a_finished_run_of_before_does_nothing(tmp_path):
    train_into(tmp_path / "out", TEXTS, preset="word2vec", min_count=1, **COMMON)
    saved_as_before(tmp_path / "out")
    for how in ({}, {"preset": "word2vec"}, {"epochs": 5}):
        assert train_into(tmp_path / "out", TEXTS, resume=True, min_count=1, **how, **COMMON).was_finished
    with pytest.raises(BadCheckpoint, match="was made with epochs 5, not 6"):
        train_into(tmp_path / "out", TEXTS, resume=True, min_count=1, epochs=6, **COMMON)


def test_a_run_that_continues_from_an_embedding_keeps_what_it_chose(tmp_path, monkeypatch):
    old = tovec.train(TEXTS, epochs=2, **COMMON)
    whole = tovec.train(TEXTS, continue_from=old, **COMMON)
    begun(tmp_path / "work", continue_from=old)
    choose_otherwise(monkeypatch)
    assert resumed(tmp_path / "work", continue_from=old).vectors.tobytes() == whole.vectors.tobytes()


def test_the_folder_of_a_resumed_run_says_what_was_chosen(tmp_path, monkeypatch):
    work = tmp_path / "out" / "work"
    with monkeypatch.context() as patch:
        patch.setattr(saved_folder, "save", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            train_into(tmp_path / "out", TEXTS, checkpoint_every=100, **COMMON)
    assert (work / CHECKPOINT).exists()
    choose_otherwise(monkeypatch)
    made = train_into(tmp_path / "out", TEXTS, resume=True, **COMMON).embedding.provenance
    assert made["chosen"]["negative"] == "any text" and made["settings"]["negative"] == 5
    assert re.fullmatch(r"[\d,]+ tokens, [\d,]+ different ones", made["chosen"]["epochs"])

"""Folders and checkpoints that were written before settings and n-grams had their present names."""

import hashlib
import json

import numpy as np
import pytest

import tovec
from tovec.errors import BadSetting
from tovec.storage.work_folder import CHECKPOINT
from tovec.training.run_folder import train_into
from tovec.training.settings import FORMER_NAMES, with_present_names

TEXTS = ["the cat sat on the mat", "the dog sat on the rug"] * 50
NGRAMS = {"ngrams": "characters", "ngram_min": 2, "ngram_max": 4, "ngram_buckets": 300}
SETTINGS = {"dim": 8, "min_count": 1, "epochs": 3, "threads": 1, **NGRAMS}


def with_former_names(settings):
    """Return settings as the versions before wrote them, in the same order."""
    former = {present: name for name, present in FORMER_NAMES.items()}
    return {former.get(name, name): value for name, value in settings.items()}


def as_written_before(folder):
    """Give the settings in a folder's tovec.json the names that they had."""
    path = folder / "tovec.json"
    saved = json.loads(path.read_text(encoding="utf-8"))
    saved["provenance"]["settings"] = with_former_names(saved["provenance"]["settings"])
    text = json.dumps(saved, ensure_ascii=False)
    assert '"ngram_least": 2' in text
    assert '"least": 2' in text  # the n-grams themselves keep the names that files had
    path.write_text(text, encoding="utf-8")


def checkpoint_as_written_before(path):
    """Give the settings in a checkpoint the names that they had, and it the checksum of that."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")  # safetensors: the length of a JSON header, it, the arrays
    header, arrays = json.loads(raw[8:start]), raw[start:]
    run = json.loads(header["__metadata__"]["run"])
    run["settings"] = with_former_names(run["settings"])
    assert run["settings"]["ngram_most"] == 4
    text = json.dumps(run)
    header["__metadata__"] = {"run": text, "checksum": hashlib.sha256(text.encode() + arrays).hexdigest()}
    new = json.dumps(header).encode()
    path.write_bytes(len(new).to_bytes(8, "little") + new + arrays)


@pytest.fixture(scope="module")
def whole():
    return tovec.train(TEXTS, **SETTINGS)


def test_folder_written_before_opens_and_can_be_continued_from(whole, tmp_path):
    folder = whole.save(tmp_path / "old")
    as_written_before(folder)
    old = tovec.open(folder)
    assert old.ngrams.rule == whole.ngrams.rule
    new = tovec.train(TEXTS, continue_from=old, min_count=1, epochs=1, threads=1)
    assert new.ngrams.rule == old.ngrams.rule
    assert new.provenance["settings"]["ngram_min"] == 2


class Ended(Exception):
    pass


def test_checkpoint_written_before_resumes_to_the_same_vectors(whole, tmp_path):
    def end(embedding, progress):
        if progress.epoch == 2:
            raise Ended

    with pytest.raises(Ended):
        tovec.train(TEXTS, work=tmp_path, checkpoint_every=1, on_epoch=end, **SETTINGS)
    checkpoint_as_written_before(tmp_path / CHECKPOINT)
    resumed = tovec.train(TEXTS, work=tmp_path, checkpoint_every=1, resume=True, **SETTINGS)
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.provenance["settings"] == whole.provenance["settings"]


def test_finished_run_written_before_has_nothing_to_do_and_other_settings_are_refused(tmp_path):
    train_into(tmp_path / "out", TEXTS, **SETTINGS)
    as_written_before(tmp_path / "out")
    assert train_into(tmp_path / "out", TEXTS, resume=True, **SETTINGS).was_finished
    with pytest.raises(tovec.TovecError, match="was made with ngram_min 2, not 3"):
        train_into(tmp_path / "out", TEXTS, resume=True, **{**SETTINGS, "ngram_min": 3})


def test_former_keywords_and_attributes_of_a_rule_of_ngrams_still_work():
    rule = tovec.NgramRule(least=2, most=4)
    assert rule == tovec.NgramRule(2, 4) == tovec.NgramRule(min_length=2, max_length=4)
    assert (rule.least, rule.most) == (2, 4)


def test_rule_of_ngrams_is_saved_under_the_names_of_files_and_read_under_both():
    rule = tovec.NgramRule(min_length=2, max_length=4)
    assert {"least": 2, "most": 4}.items() <= rule.as_json().items()
    present = {"min_length": 2, "max_length": 4, "buckets": 2_000_000, "unit": "characters", "syllables": 4}
    assert tovec.NgramRule.from_json(rule.as_json()) == tovec.NgramRule.from_json(present) == rule


def test_a_setting_under_both_names_is_refused():
    with pytest.raises(BadSetting, match="ngram_least must be left out beside `ngram_min`, its present name"):
        with_present_names({"ngram_least": 2, "ngram_min": 4})


def test_lengths_of_ngrams_in_the_wrong_order_name_their_settings():
    texts = ["a b c d e f"] * 50
    with pytest.raises(BadSetting, match="ngram_max must be at least `ngram_min`, 5, not 2"):
        tovec.train(texts, min_count=1, ngrams="characters", ngram_min=5, ngram_max=2)
    with pytest.raises(BadSetting, match="ngram_max must be at least `ngram_min`, 8, not 6"):
        tovec.train(texts, min_count=1, ngrams="characters", ngram_min=8)


def test_a_reporter_that_is_not_a_function_is_refused():
    with pytest.raises(BadSetting, match="reporter must be a function that is called with events, not 3"):
        tovec.train(["a b"] * 9, min_count=1, reporter=3)

"""`tovec.train` from text to embedding: run.py, request.py, result.py, and skipgram.py in it."""

import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from needs import needs
from texts import planted

import tovec
from tovec.errors import BadSetting, BadText, EmptyCorpus
from tovec.progress import Stage
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.events import Trained
from tovec.training.skipgram import SkipGram
from tovec.training.windows import generator_state

SMALL = {"dim": 20, "min_count": 1, "epochs": 2, "threads": 1}


def share_of_own_group(embedding, n_groups=8, per_group=6):
    hits = 0
    for group in range(n_groups):
        for word in range(per_group):
            near = embedding.neighbors(f"g{group}w{word}", per_group - 1)
            hits += sum(hit.token.startswith(f"g{group}w") for hit in near)
    return hits / (n_groups * per_group * (per_group - 1))


@pytest.mark.parametrize("threads", [1, 2])
def test_words_of_the_same_context_become_neighbors(threads):
    embedding = tovec.train(planted(), dim=30, min_count=1, epochs=5, threads=threads, sample=0)
    assert share_of_own_group(embedding) > 0.95


def test_planted_neighbors_are_found_as_well_as_by_gensim():
    word2vec = needs("gensim.models.word2vec")
    sentences = [text.split() for text in planted()]
    peer = word2vec.Word2Vec(
        sentences, sg=1, vector_size=30, min_count=1, epochs=5, sample=0, workers=1, seed=1
    )
    peers = tovec.Embedding(peer.wv.index_to_key, peer.wv.vectors)
    ours = tovec.train(planted(), dim=30, min_count=1, epochs=5, threads=1, sample=0)
    assert share_of_own_group(ours) >= share_of_own_group(peers) - 0.02


def test_the_loss_falls_and_is_a_mean_over_pairs():
    embedding = tovec.train(planted(), dim=30, min_count=1, epochs=4, threads=1, sample=0)
    losses = embedding.provenance["losses"]
    assert len(losses) == 4
    assert losses == sorted(losses, reverse=True)
    # Before anything is learned every score is 0: log 2 for the pair and for each noise token.
    assert losses[0] < 6 * np.log(2)


def test_equal_seeds_give_equal_bytes_on_one_thread_and_others_do_not():
    texts = planted(300)
    once, again, other = (tovec.train(texts, seed=seed, **SMALL).vectors for seed in (1, 1, 2))
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != other.tobytes()


def test_bytes_do_not_depend_on_hash_randomization():
    program = textwrap.dedent("""
        import hashlib, tovec
        embedding = tovec.train(["the cat sat on the mat", "the dog sat on the log"] * 20,
                                dim=8, min_count=1, threads=1)
        print(embedding.vocabulary.tokens, hashlib.sha256(embedding.vectors.tobytes()).hexdigest())
    """)
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_texts_a_path_and_paths_give_the_same(tmp_path):
    texts = planted(200)
    (tmp_path / "a.txt").write_text("\n".join(texts[:100]) + "\n")
    (tmp_path / "b.txt").write_text("\n".join(texts[100:]) + "\n")
    expected = tovec.train(texts, **SMALL).vectors
    for given in (iter(texts), tmp_path, str(tmp_path), [tmp_path / "a.txt", tmp_path / "b.txt"]):
        np.testing.assert_array_equal(tovec.train(given, **SMALL).vectors, expected)


def test_names_of_files_given_as_strings_are_not_taken_for_texts(tmp_path):
    (tmp_path / "a.txt").write_text("the cat\n")
    with pytest.raises(BadText, match=r"is the name of a file, .* give pathlib.Path objects"):
        tovec.train([str(tmp_path / "a.txt")])


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("dim", 0, "a whole number from 1 up"),
        ("window", 0, "a whole number from 1 up"),
        ("negative", 0, "a whole number from 1 up"),
        ("epochs", 1.5, "a whole number from 1 up"),
        ("threads", -1, "a whole number from 1 up"),
        ("min_count", True, "a whole number from 1 up"),
        ("seed", -1, "a whole number from 0 up"),
        ("sample", -1e-3, "a number, at least 0"),
        ("learning_rate", float("nan"), "a number, above 0"),
        ("document", "page", "one of line, file"),
        ("errors", "ignore", "one of strict, replace"),
        ("objective", "elmo", "one of skip-gram, cbow, position-weighted-cbow, glove, language-model"),
        ("ngrams", "words", "one of None, characters, jamo"),
        ("ngram_max", 4, "left out without ngrams"),
        ("phrases", -1, "a whole number from 0 up"),
        ("x_max", 0.0, "a number, above 0"),
    ],
)
def test_a_setting_outside_its_range_is_refused_before_work(setting, value, rule):
    with pytest.raises(BadSetting, match=f"{setting} must be {rule}, not"):
        TrainConfig(**{setting: value})


@pytest.mark.parametrize(
    "objective, setting, value, takers",
    [
        ("glove", "negative", 3, "skip-gram or cbow or position-weighted-cbow"),
        ("glove", "sample", 0.1, "skip-gram or cbow or position-weighted-cbow"),
        ("language-model", "window", 3, "skip-gram or cbow or position-weighted-cbow or glove"),
        ("skip-gram", "x_max", 3.0, "glove"),
    ],
)
def test_a_setting_that_the_objective_would_ignore_is_refused(objective, setting, value, takers):
    rule = f"{setting} must be left out without `objective` {takers}, not {value}"
    with pytest.raises(BadSetting, match=rule):
        TrainConfig(objective=objective, **{setting: value})
    saved = TrainConfig(objective=objective).as_json()
    TrainConfig(objective=objective, **{setting: saved[setting]})  # as a run before had it


def test_ngrams_and_validation_with_glove_are_refused():
    with pytest.raises(BadSetting, match=r"objective must be one that takes n-grams .*, not 'glove'"):
        TrainConfig(objective="glove", ngrams="jamo")
    with pytest.raises(tovec.TovecError, match="none on held-out text"):
        tovec.train(planted(10), objective="glove", validation=planted(10), **SMALL)


def test_ten_sentences_are_too_few_for_min_count_5_and_the_message_says_so():
    with pytest.raises(EmptyCorpus, match="use more text or a `min_count` of"):
        tovec.train(["every sentence has other words"] * 2, min_count=5)


def test_documents_of_one_token_have_no_contexts():
    with pytest.raises(EmptyCorpus, match="no document has two tokens"):
        tovec.train(["cat", "dog"] * 5, min_count=1)


def test_a_token_that_never_occurs_has_a_zero_vector():
    embedding = tovec.train(planted(100), special_tokens=("<pad>",), **SMALL)
    assert not embedding["<pad>"].any()
    assert embedding["g0w0"].any()


def test_provenance_says_how_it_was_made_but_not_where_or_when():
    provenance = tovec.train(planted(50), **SMALL).provenance
    assert provenance["settings"]["dim"] == 20
    assert provenance["documents"] == 50
    assert provenance["tokens_read"] == provenance["tokens_in_vocabulary"] == 500
    assert provenance["epochs"] == 2
    assert "threads" not in provenance["settings"]
    assert str(Path.cwd()) not in str(provenance)


def test_without_a_work_folder_nothing_is_left_when_the_run_ends_well_or_badly(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tovec.train(planted(50), **SMALL)
    with pytest.raises(EmptyCorpus):
        tovec.train(["cat"], min_count=9)
    assert list(tmp_path.iterdir()) == []


def test_progress_ends_where_the_corpus_ends():
    events = []
    texts = planted(2000)
    tovec.train(texts, reporter=events.append, **SMALL)
    reading = [event for event in events if isinstance(event, Stage) and event.name == "reading"]
    assert reading[-1].done == sum(map(len, texts))
    trained = [event for event in events if isinstance(event, Trained)]
    assert trained[-1].progress.done == trained[-1].progress.total == 2 * 20
    assert trained[-1].progress.epoch == 2
    assert trained[-1].done == trained[-1].total == 2 * 20_000
    assert [event.done for event in trained] == sorted(event.done for event in trained)


def test_ctrl_c_keeps_what_has_been_learned():
    def interrupt(event):
        is_main = threading.current_thread() is threading.main_thread()
        if isinstance(event, Trained) and event.progress.epoch > 1 and is_main:
            signal.raise_signal(signal.SIGINT)

    embedding = tovec.train(
        planted(), reporter=interrupt, dim=30, min_count=1, epochs=100_000, threads=2, sample=0
    )
    assert embedding.provenance["interrupted"]
    assert 1 < embedding.provenance["epochs"] < 100_000
    assert np.isfinite(embedding.vectors).all()


def test_ctrl_c_before_anything_is_learned_raises_keyboard_interrupt(monkeypatch):
    def interrupts(objective, first, stop, on_step, should_stop):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        while not should_stop():
            time.sleep(0.01)

    monkeypatch.setattr(SkipGram, "run", interrupts)
    with pytest.raises(KeyboardInterrupt):
        tovec.train(planted(50), **SMALL)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_programs_own_handler_of_ctrl_c_is_left_alone():
    def interrupt(event):
        if isinstance(event, Trained) and event.progress.epoch > 1:
            signal.raise_signal(signal.SIGINT)

    def handler(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handler)
    try:
        embedding = tovec.train(planted(), reporter=interrupt, **{**SMALL, "epochs": 100_000})
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert embedding.provenance["interrupted"]


def test_ctrl_c_while_a_snapshot_is_taken_waits_for_the_snapshot():
    taken = []

    def snapshot(embedding, progress):
        if progress.done:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        taken.append(progress.epoch)

    embedding = tovec.train(planted(300), snapshots=3, on_snapshot=snapshot, **SMALL)
    assert len(taken) == 2 and taken[0] == 0
    assert embedding.provenance["interrupted"]
    assert embedding.provenance["epochs"] == taken[1]


def test_ctrl_c_at_the_very_end_ends_nothing_early():
    taken = []

    def snapshot(embedding, progress):
        signal.raise_signal(signal.SIGINT)
        taken.append(progress.epoch)

    embedding = tovec.train(planted(300), snapshots=1, on_snapshot=snapshot, **SMALL)
    assert taken == [2.0]
    assert not embedding.provenance["interrupted"]


@pytest.mark.parametrize("deterministic", [False, True])
def test_a_failure_in_a_thread_reaches_the_caller(monkeypatch, deterministic):
    def fails(*arguments):
        raise MemoryError("no room")

    monkeypatch.setattr(SkipGram, "train_windows", fails)
    with pytest.raises(MemoryError, match="no room"):
        tovec.train(planted(50), deterministic=deterministic, **SMALL)


def test_an_error_in_a_callback_ends_the_threads():
    def fail(event):
        if isinstance(event, Trained):
            raise ValueError("cannot show that")

    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="cannot show that"):
        tovec.train(planted(50), reporter=fail, **{**SMALL, "epochs": 100_000})
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("tokenizer", ["whitespace", "characters", "bytes", "bpe:280", "unigram:60"])
def test_every_tokenizer_trains(tokenizer):
    embedding = tovec.train(planted(300), tokenizer=tokenizer, **SMALL)
    assert embedding.vectors.shape == (len(embedding.vocabulary), 20)
    text = "g0w1 g2w3"
    assert embedding.tokens(embedding.encode(text)) == embedding.tokenize(text)


def test_blocks_draw_from_generators_of_their_own():
    states = {int(generator_state(s, e, b)[0]) for s in range(3) for e in range(3) for b in range(50)}
    assert len(states) == 3 * 3 * 50
    assert 0 not in states


def test_the_learning_rate_falls_as_that_of_word2vec_c(tmp_path):
    """word2vec.c: alpha = starting_alpha * (1 - done / all), at least starting_alpha * 0.0001."""
    from tovec.text.corpus import build_corpus
    from tovec.text.in_memory import Texts
    from tovec.text.tokenizers import tokenizer_from_name

    config = RunConfig(preset="word2vec", epochs=3, min_count=1, threads=1, learning_rate=0.05)
    corpus = build_corpus(Texts(planted(3000)), tokenizer_from_name("words"), tmp_path, config.rules)
    objective = SkipGram(corpus, config)
    assert objective.n_steps == 30
    assert [objective.rate(step) for step in (0, 30, 60)] == pytest.approx([0.05, 0.05 * 2 / 3, 0.05 / 3])
    assert objective.rate(90) == pytest.approx(0.05 * 1e-4)


def test_the_provenance_says_which_version_made_it_and_when_except_in_a_run_of_equal_bytes(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    settings = {"dim": 4, "min_count": 1, "epochs": 1, "threads": 1}
    made = tovec.train(["a b a b"] * 20, **settings).provenance
    assert made["tovec"] == tovec.__version__
    age = datetime.now(UTC) - datetime.fromisoformat(made["date"])
    assert timedelta(0) <= age < timedelta(minutes=10)
    assert "date" not in tovec.train(["a b a b"] * 20, deterministic=True, **settings).provenance

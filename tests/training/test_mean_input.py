"""CBOW, positions and n-grams over whole runs; negative_sampling.py deterministic and with threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.ngrams import NgramRule
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import RunConfig
from tovec.training.mean_input import MeanInput, ngram_rows, rows_of_tokens
from tovec.training.negative_sampling import BATCH, VALIDATION_EPOCH
from tovec.training.thread_work import Shared, Work
from tovec.training.windows import Windows

RULE = NgramRule(buckets=5000)
MODELS = [
    ("cbow", None),
    ("position-weighted-cbow", None),
    ("skip-gram", RULE),
    ("cbow", RULE),
    ("position-weighted-cbow", RULE),
]
NAMES = ["cbow", "positions", "skip-gram-ngrams", "cbow-ngrams", "positions-ngrams"]
every_model = pytest.mark.parametrize(("objective", "rule"), MODELS, ids=NAMES)


def corpus_of(texts, tokens=None):
    """A corpus of texts cut at blanks; tokens that do not occur may be given besides."""
    documents = [text.split() for text in texts]
    tokens = list(dict.fromkeys([token for document in documents for token in document] + (tokens or [])))
    row = {token: i for i, token in enumerate(tokens)}
    ids = np.array([row[token] for document in documents for token in document], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, documents)])
    counts = np.bincount(ids, minlength=len(tokens))
    return Corpus(Vocabulary(tokens, counts), None, ids, offsets, len(ids), 0)


STEMS = ["forest", "harbor", "mirror", "pepper"]
ENDINGS = ["", "s", "ly", "ish", "ness", "ed"]


def planted(n_sentences=4000, seed=0):
    """Sentences each of which draws its words from those of one stem."""
    rng = np.random.default_rng(seed)
    stems = rng.integers(len(STEMS), size=n_sentences)
    return [" ".join(STEMS[s] + ENDINGS[e] for e in rng.integers(len(ENDINGS), size=8)) for s in stems]


def run(objective, rule=None, corpus=None, validation=None, **settings):
    settings = {"dim": 24, "epochs": 3, "threads": 1, "sample": 0.0, "window": 3} | settings
    model = MeanInput(
        corpus or corpus_of(planted(1000)),
        RunConfig(preset="word2vec", objective=objective, **settings),
        validation,
        rule,
    )
    losses = np.zeros((model.config.epochs, 2))

    def on_step(epoch, loss, n):
        losses[epoch] += loss, n

    model.run(0, model.config.epochs * model.n_steps, on_step, lambda: False)
    return model, losses[:, 0] / losses[:, 1]


def share_of_own_stem(model):
    embedding = Embedding(model.corpus.vocabulary, model.vectors())
    near = [(token, embedding.neighbors(token, len(ENDINGS) - 1)) for token in model.corpus.vocabulary.tokens]
    return np.mean([hit.token[:6] == token[:6] for token, hits in near for hit in hits])


@every_model
@pytest.mark.parametrize(("threads", "n_sentences", "epochs"), [(1, 4000, 5), (2, 25_000, 2)])
def test_words_of_the_same_context_become_neighbors(objective, rule, threads, n_sentences, epochs):
    texts = corpus_of(planted(n_sentences))
    # Two threads with so few tokens have copies of all rows: a low rate, or they run past each other.
    model, losses = run(objective, rule, texts, threads=threads, epochs=epochs, learning_rate=0.1 / threads)
    assert model.n_threads == threads
    assert share_of_own_stem(model) > 0.95
    # Before anything is learned every score is 0: log 2 for the positive and for each noise token, at most.
    assert losses[-1] < losses[0] < 6 * np.log(2)


@every_model
def test_deterministic_runs_give_equal_bytes_on_any_number_of_threads(objective, rule):
    texts = corpus_of(planted(150))  # in which tokens are crowded: threads wait for each other at each window
    made = [
        run(objective, rule, texts, dim=200, epochs=2, threads=threads, deterministic=True)
        for threads in (1, 3)
    ]
    for model, losses in made[1:]:
        for name, array in made[0][0].arrays.items():
            assert array.tobytes() == model.arrays[name].tobytes(), name
        assert losses.tolist() == made[0][1].tolist()


@every_model
def test_threads_that_share_out_the_columns_give_the_bytes_of_one(objective, rule):
    texts, made = corpus_of(planted(300)), []
    for n_threads in (1, 2, 4):
        config = RunConfig(preset="word2vec", objective=objective, dim=200, sample=0.0, deterministic=True)
        model = MeanInput(texts, config, rule=rule)
        windows, shared = Windows(config.window, model.n_targets), Shared(model.columns, BATCH, model.room)
        model.cut(windows, texts, 0, 0, model.rows, model.rows)
        n_each = model.n_groups // n_threads
        with ThreadPoolExecutor(n_threads) as pool:
            for done in [
                pool.submit(
                    model.train_windows,
                    Work(windows, (0, windows.n), 0.1, shared, (first, first + n_each), n_threads),
                )
                for first in range(0, model.n_groups, n_each)
            ]:
                done.result()
        made.append({"loss": shared.arrays.loss.sum(keepdims=True)} | model.arrays)
    for other in made[1:]:
        assert {name: array.tobytes() for name, array in other.items()} == {
            name: array.tobytes() for name, array in made[0].items()
        }


@every_model
def test_one_thread_gives_equal_bytes_for_equal_seeds_and_others_for_others(objective, rule):
    once, again, other = (run(objective, rule, seed=seed)[0].arrays for seed in (1, 1, 2))
    assert all(once[name].tobytes() == again[name].tobytes() for name in once)
    assert not any(once[name].tobytes() == other[name].tobytes() for name in once)


@every_model
def test_a_run_in_two_parts_is_the_run_in_one(objective, rule):
    whole, _ = run(objective, rule)
    parts = MeanInput(whole.corpus, whole.config, rule=rule)
    for first, stop in ((0, 1), (1, whole.n_steps + 1), (whole.n_steps + 1, 3 * whole.n_steps)):
        parts.run(first, stop, lambda epoch, loss, n: None, lambda: False)
    assert parts.vectors().tobytes() == whole.vectors().tobytes()


@every_model
def test_held_out_text_is_measured_but_not_learned(objective, rule):
    validation = corpus_of([*planted(100, seed=1), " ".join(s + e for s in STEMS for e in ENDINGS)])
    texts = corpus_of([" ".join(validation.vocabulary.tokens), *planted(3000)])
    validation = Corpus(texts.vocabulary, None, validation.ids, validation.offsets, len(validation.ids), 0)
    model = MeanInput(
        texts,
        RunConfig(preset="word2vec", objective=objective, dim=24, threads=1, sample=0.0),
        validation,
        rule,
    )
    first = model.validation_loss()
    model.run(0, model.n_steps, lambda epoch, loss, n: None, lambda: False)
    before = {name: array.copy() for name, array in model.arrays.items()}
    assert model.validation_loss() == model.validation_loss() < first
    for name, array in before.items():
        np.testing.assert_array_equal(model.arrays[name], array)


def test_without_held_out_text_there_is_no_validation_loss():
    assert run("cbow")[0].validation_loss() is None


def order_matters(n=6000, n_tokens=12, seed=0):
    """Documents of a number and the next: only its side says whether a context comes before or after."""
    first = np.random.default_rng(seed).integers(n_tokens, size=n)
    return [f"n{i} n{(i + 1) % n_tokens}" for i in first]


def test_position_weights_distinguish_contexts_before_and_after_the_center():
    settings = {"window": 1, "epochs": 20, "learning_rate": 0.2}
    plain, (*_, loss) = run("cbow", None, corpus_of(order_matters()), **settings)
    weighted, (*_, weighted_loss) = run(
        "position-weighted-cbow", None, corpus_of(order_matters()), **settings
    )
    assert weighted_loss < loss - 0.3
    before, after = weighted.arrays["positions"].reshape(2, -1)[:, : weighted.config.dim]
    assert np.corrcoef(before, after)[0, 1] < 0.5
    assert "positions" not in plain.arrays


def test_columns_of_vectors_are_scaled_as_in_the_model_with_the_same_products():
    model, _ = run("position-weighted-cbow", RULE, corpus_of(order_matters(2000)), window=2)
    table, positions = model.ngram_table(), model.state()["positions"]
    assert table is not None
    np.testing.assert_allclose((positions**2).mean(axis=0), 1.0, rtol=1e-5)
    raw = [model.arrays[name].reshape(-1, int(model.columns[-1])) for name in ("ngrams", "positions")]
    of_ngrams, of_positions = (rows[:, : model.config.dim] for rows in raw)
    for position in range(4):
        np.testing.assert_allclose(
            table.vectors * positions[position], of_ngrams * of_positions[position], rtol=1e-5, atol=1e-8
        )


@pytest.mark.parametrize("rule", [None, RULE], ids=["words", "ngrams"])
def test_a_run_that_continues_from_vectors_and_positions_starts_with_the_same_model(rule):
    validation = corpus_of(planted(200, seed=1))
    texts = corpus_of([" ".join(validation.vocabulary.tokens), *planted(2000)])
    validation = Corpus(texts.vocabulary, None, validation.ids, validation.offsets, len(validation.ids), 0)
    model, _ = run("position-weighted-cbow", rule, texts, validation)
    old = Embedding(
        texts.vocabulary,
        model.vectors(),
        ngrams=model.ngram_table(),
        outputs=model.outputs(),
        state=model.state(),
    )
    again = MeanInput(texts, model.config, validation, rule, old=old)
    assert again.validation_loss() == pytest.approx(model.validation_loss(), rel=1e-4)


def test_positions_of_two_threads_learn_together():
    texts = corpus_of(order_matters(100_000))
    model, _ = run("position-weighted-cbow", None, texts, threads=2, window=1)
    assert model.n_threads == 2
    before, after = model.arrays["positions"].reshape(2, -1)[:, : model.config.dim]
    assert np.abs(before - after).mean() > 0.1


@pytest.mark.parametrize(("objective", "rule"), MODELS[2:], ids=NAMES[2:])
def test_unknown_words_get_vectors_from_their_ngrams(objective, rule):
    model, _ = run(objective, rule, corpus_of(planted()), epochs=5)
    embedding = Embedding(model.corpus.vocabulary, model.vectors(), ngrams=model.ngram_table())
    for stem in STEMS:
        hits = embedding.neighbors(f"{stem}like", len(ENDINGS))
        assert {hit.token[:6] for hit in hits} == {stem}


def test_the_vector_of_a_token_is_the_mean_of_its_rows():
    model, _ = run("skip-gram", RULE)
    table, own = model.ngram_table(), model.arrays["inputs"].reshape(-1, int(model.columns[-1]))
    assert table is not None
    for row, token in enumerate(model.corpus.vocabulary.tokens):
        places = np.searchsorted(table.buckets, [RULE.bucket(ngram) for ngram in RULE.ngrams(token)])
        rows = np.vstack([own[row, : model.config.dim], table.vectors[places]])
        np.testing.assert_allclose(model.vectors()[row], rows.mean(axis=0), rtol=1e-5, atol=1e-7)


def test_ngrams_are_those_of_tokens_that_occur():
    rule = NgramRule(min_length=1, max_length=3, buckets=50)
    found = ngram_rows(rule, ["ab", "[MASK]", "", "cd"], np.array([True, False, False, True]))
    expected = [[rule.bucket(ngram) for ngram in rule.ngrams(token)] for token in ("ab", "cd")]
    assert np.diff(found.offsets).tolist() == [len(expected[0]), 0, 0, len(expected[1])]
    assert found.buckets[found.rows].tolist() == expected[0] + expected[1]


@every_model
def test_tokens_that_never_occur_are_zero_and_bring_no_ngrams(objective, rule):
    model, _ = run(objective, rule, corpus_of(planted(300), ["[MASK]"]))
    assert not model.vectors()[-1].any()
    assert model.vectors()[:-1].any(axis=1).all()
    if rule is not None:
        used = {rule.bucket(n) for token in model.corpus.vocabulary.tokens[:-1] for n in rule.ngrams(token)}
        assert set(model.ngram_table().buckets.tolist()) == used


def test_windows_count_the_contexts_before_the_center():
    texts = corpus_of(["a b c d e", "f g", "h"])
    model = MeanInput(
        texts, RunConfig(preset="word2vec", objective="cbow", sample=0.0, threads=1, window=2, dim=4)
    )
    windows = Windows(2, model.n_targets)
    model.cut(windows, texts, VALIDATION_EPOCH, 0, model.rows, model.rows)
    arrays = windows.arrays
    centers = arrays.targets[: windows.n, 0]
    assert centers.tolist() == list(range(7))
    for i, center in enumerate(centers):
        contexts = arrays.contexts[arrays.ends[i] :][: arrays.sizes[i]]
        assert arrays.left[i] == (contexts < center).sum()  # ids are in the order of the text here


def test_windows_are_whole_where_positions_are_weighted_and_random_elsewhere():
    texts = corpus_of(["a b c d e f g h"] * 50)
    reaches = {}
    for objective in ("cbow", "position-weighted-cbow"):
        model, _ = run(objective, None, texts, epochs=1, window=3)
        windows = model.block()
        model.cut(windows, texts, 0, 0, model.rows, model.rows)
        centers, before = windows.arrays.targets[: windows.n, 0], windows.arrays.left[: windows.n]
        reaches[objective] = set(before[centers == 4].tolist())
    assert reaches == {"cbow": {1, 2, 3}, "position-weighted-cbow": {3}}


@given(st.lists(st.text("ab", max_size=6), min_size=1, max_size=8), st.integers(1, 3), st.data())
def test_rows_of_tokens_are_their_own_and_those_of_their_ngrams_for_replicas_too(tokens, n_threads, data):
    rule = NgramRule(min_length=2, max_length=3, buckets=50)
    frequent = data.draw(st.lists(st.integers(0, len(tokens) - 1), unique=True))
    ngrams = ngram_rows(rule, tokens, np.ones(len(tokens), dtype=np.bool_))
    members, bounds = rows_of_tokens(ngrams, np.array(frequent, dtype=np.int32), n_threads)
    names = tokens + [tokens[i] for i in frequent] * n_threads
    assert len(bounds) == len(names) + 1
    for number, name in enumerate(names):
        own, *others = members[bounds[number] : bounds[number + 1]]
        assert own == number
        assert ngrams.buckets[np.array(others, dtype=np.int64) - len(names)].tolist() == [
            rule.bucket(ngram) for ngram in rule.ngrams(name)
        ]

"""Going on from an embedding: with what it has learned, under the ids and the tokenizer that it has."""

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.errors import BadSetting, TovecError
from tovec.progress import Note

SMALL = {"dim": 16, "min_count": 1, "threads": 1, "sample": 0, "window": 3}
KINDS = {
    "skip-gram": {},
    "cbow": {"objective": "cbow"},
    "weighted": {"objective": "position-weighted-cbow"},
    "n-grams": {"ngrams": "characters", "ngram_buckets": 500},
    "cbow with n-grams": {
        "objective": "cbow",
        "ngrams": "characters",
        "ngram_min": 2,
        "ngram_buckets": 500,
    },
    "weighted with jamo": {"objective": "position-weighted-cbow", "ngrams": "jamo", "ngram_buckets": 500},
    "glove": {"objective": "glove"},
}
NEW = {**SMALL, "threads": 1}
del NEW["dim"]


@pytest.fixture(scope="module", params=KINDS)
def old(request, tmp_path_factory):
    """An embedding of each kind, saved and opened, with the settings that it was made with."""
    made = tovec.train(planted(1000), epochs=2, **SMALL, **KINDS[request.param])
    return tovec.open(made.save(tmp_path_factory.mktemp("old") / "old")), KINDS[request.param]


def share_of_group(embedding):
    """Return how many of the five nearest of each token are of its own group, in [0, 1]."""
    found = embedding.neighbors_of_each(list(embedding), 5)
    same = [hit.token[:2] == token[:2] for token, hits in zip(embedding, found, strict=True) for hit in hits]
    return sum(same) / len(same)


def test_going_on_over_the_same_text_is_as_good_as_more_epochs(old):
    opened, settings = old
    goes_on = tovec.train(planted(1000), epochs=2, continue_from=opened, **NEW)
    whole = tovec.train(planted(1000), epochs=4, **SMALL, **settings)
    assert goes_on.vocabulary.tokens == opened.vocabulary.tokens == whole.vocabulary.tokens
    assert goes_on.provenance["losses"][0] < 0.9 * opened.provenance["losses"][0]  # it does not begin anew
    assert goes_on.provenance["losses"][-1] < 1.15 * whole.provenance["losses"][-1]
    assert share_of_group(goes_on) >= share_of_group(whole) - 0.02
    assert share_of_group(goes_on) > 0.9


def test_a_run_that_learns_nothing_leaves_everything_as_it_was(old):
    opened, _ = old
    still = tovec.train(planted(1000), epochs=1, continue_from=opened, learning_rate=1e-12, **NEW)
    np.testing.assert_allclose(still.vectors, opened[:], atol=1e-6)
    np.testing.assert_allclose(still.outputs, opened.outputs, atol=1e-6)
    assert still.state.keys() == opened.state.keys()
    for name, array in still.state.items():
        np.testing.assert_allclose(array, opened.state[name], atol=1e-6)
    if opened.ngrams is not None:
        np.testing.assert_allclose(still.ngrams.vector("g1w0x"), opened.ngrams.vector("g1w0x"), atol=1e-6)


def test_old_tokens_keep_their_ids_new_ones_are_appended_and_equal_runs_give_equal_bytes(old, tmp_path):
    opened, settings = old
    texts = [f"{text} new words" for text in planted(200, n_groups=1)]
    folders = []
    for name in ("one", "two"):
        made = tovec.train(
            texts, epochs=1, continue_from=opened, deterministic=True, learning_rate=0.01, **NEW
        )
        folders.append(made.save(tmp_path / name))
    new = tovec.open(folders[0])
    assert new.vocabulary.tokens[: len(opened)] == opened.vocabulary.tokens
    assert set(new.vocabulary.tokens[len(opened) :]) == {"new", "words"}
    for file in folders[0].iterdir():
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name
    assert new.provenance["settings"]["objective"] == settings.get("objective", "skip-gram")
    assert not np.allclose(new["g0w0"], opened["g0w0"], atol=1e-4)
    untouched = [token for token in opened if not token.startswith("g0")]
    if opened.ngrams is None:  # where n-grams are shared, so is what is learned
        np.testing.assert_allclose(new[untouched], opened[untouched], atol=1e-6)
    else:
        assert new.ngrams.rule == opened.ngrams.rule
        assert set(opened.ngrams.buckets) <= set(new.ngrams.buckets)
    assert np.isfinite(new[:]).all()
    assert new["new"].any()


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_tokens_that_no_run_has_met_learn_from_the_first_text_that_has_them(settings):
    texts, unmet = planted(1000), [f"g{group}w{word}" for group in range(2) for word in range(6)]
    first = [text for text in texts if text[:2] not in ("g0", "g1")]
    old = tovec.train(first, epochs=2, special_tokens=[*unmet, "never"], **SMALL, **settings)
    assert not old[unmet].any()
    second = [text for text in texts if text[:2] in ("g0", "g1")]
    new = tovec.train(second, epochs=20, continue_from=old, **NEW)
    found = new.neighbors_of_each(unmet, 5, among=unmet)
    same = [hit.token[:2] == token[:2] for token, hits in zip(unmet, found, strict=True) for hit in hits]
    assert np.mean(same) > 0.9
    assert not new["never"].any()
    if "ngrams" not in settings:  # whose rows tokens share
        np.testing.assert_allclose(new["g2w0"], old["g2w0"], atol=1e-6)  # not in this text


def test_outputs_of_a_token_whose_vector_is_zero_stay_where_it_does_not_occur(old):
    opened, settings = old
    if settings.get("objective") == "glove":  # whose rows are sums with those of its contexts
        return
    vectors, row = opened[:].copy(), opened.vocabulary.id("g0w0")
    vectors[row] = 0.0
    padded = tovec.Embedding(
        opened.vocabulary,
        vectors,
        opened.tokenizer,
        ngrams=opened.ngrams,
        outputs=opened.outputs,
        provenance=opened.provenance,
        state=opened.state,
    )
    texts = [text.replace("g0w0", "g0w1") for text in planted(50)]
    new = tovec.train(texts, epochs=1, continue_from=padded, **NEW)
    assert not new["g0w0"].any()
    np.testing.assert_allclose(new.outputs[row], opened.outputs[row], atol=1e-6)


def test_the_old_tokenizer_is_taken_over_and_another_is_refused(tmp_path):
    texts = ["New-York is big", "the cat sat"] * 9
    old = tovec.train(texts, epochs=1, tokenizer="whitespace", lowercase=True, **SMALL)
    old = tovec.open(old.save(tmp_path / "old"))
    new = tovec.train(["New-York has a cat"] * 9, epochs=1, continue_from=old, **NEW)
    assert new.tokenizer == old.tokenizer
    assert new.vocabulary.tokens[len(old) :] == ("a", "has")
    for given in ("whitespace", old.tokenizer):
        assert (
            tovec.train(texts, epochs=1, continue_from=old, tokenizer=given, **NEW).tokenizer == old.tokenizer
        )
    for other in (
        {"tokenizer": "words"},
        {"tokenizer": "bpe:275"},
        {"tokenizer": str.split},
        {"tokenizer": "whitespace", "lowercase": False},
    ):
        with pytest.raises(
            BadSetting, match="tokenizer must be left out, or whitespace, which has cut the tokens"
        ):
            tovec.train(texts, continue_from=old, **other, **NEW)
    with pytest.raises(BadSetting, match="lowercase must be left out, or whitespace"):
        tovec.train(texts, continue_from=old, lowercase=False, **NEW)
    with pytest.raises(BadSetting, match="phrases must be left out"):
        tovec.train(texts, continue_from=old, phrases=1, **NEW)


def test_closed_tokenizers_and_phrases_can_be_continued_from(tmp_path):
    texts = ["new york is big", "the cat sat in new york"] * 30
    for settings in (
        {"tokenizer": "bpe:270"},
        {"tokenizer": "bytes"},
        {"phrases": 1, "phrase_threshold": 0.5},
    ):
        old = tovec.train(texts, epochs=1, **settings, **SMALL)
        old = tovec.open(old.save(tmp_path / "old"))
        new = tovec.train([*texts, "new york"], epochs=1, continue_from=old, **NEW)
        assert new.vocabulary.tokens == old.vocabulary.tokens
        assert new.encode("new york cat").tolist() == old.encode("new york cat").tolist()
        assert new.provenance["losses"][0] < old.provenance["losses"][0]


def notes(events):
    return [event.text for event in events if isinstance(event, Note) and "continue_from" in event.text]


def test_tables_that_the_source_lacks_are_reported():
    vectors = tovec.Embedding(["g0w0", "g0w1"], np.eye(2, 16, dtype=np.float32))
    events = []
    settings = {"objective": "position-weighted-cbow", "epochs": 1, "reporter": events.append}
    tovec.train(planted(50), continue_from=vectors, **settings, **NEW)
    assert notes(events) == [
        "the source of `continue_from` has no output vectors, which start at zero",
        "the source of `continue_from` has no vectors of positions, which start at one",
    ]
    events = []
    old = tovec.train(planted(50), epochs=1, **SMALL)
    tovec.train(planted(50), epochs=1, continue_from=old, reporter=events.append, **NEW)
    assert notes(events) == []


def test_embedding_that_cannot_be_continued_from_is_refused_with_the_way_out():
    plain = tovec.train(planted(50), epochs=1, **SMALL)
    spelled = tovec.train(planted(50), epochs=1, ngrams="characters", ngram_buckets=50, **SMALL)
    weighted = tovec.train(planted(50), epochs=1, objective="position-weighted-cbow", **SMALL)
    counted = tovec.train(planted(50), epochs=1, objective="glove", **SMALL)
    old_folder = tovec.Embedding(counted.vocabulary, counted.vectors, provenance=counted.provenance)
    for old, settings, told in (
        (plain, {"dim": 17}, "dim must be 16, that of the embedding to continue from, not 17"),
        (
            plain,
            {"objective": "glove"},
            "glove goes on from context vectors and biases, which .* does not keep",
        ),
        (old_folder, {}, "train it again, or go on from its vectors with objective skip-gram"),
        (plain, {"ngrams": "jamo"}, "ngrams must be left out: the embedding to continue from has none"),
        (spelled, {"ngrams": "jamo"}, "ngrams must be characters, that of the embedding"),
        (spelled, {"ngrams": None}, "ngrams must be characters, that of the embedding"),
        (spelled, {"ngram_buckets": 60}, "ngram_buckets must be 50, that of the embedding"),
        (weighted, {"window": 4}, "window must be 3, that of the embedding to continue from, or left out"),
        (plain, {"special_tokens": ["x"]}, "special_tokens must be left out: the old tokens come first"),
    ):
        with pytest.raises(TovecError, match=told):
            tovec.train(planted(50), continue_from=old, **{**NEW, **settings})
    skip = tovec.train(planted(50), continue_from=old_folder, objective="skip-gram", epochs=1, **NEW)
    assert skip.provenance["settings"]["objective"] == "skip-gram"


def test_an_embedding_of_lists_of_tokens_goes_on_with_lists():
    old = tovec.train([["New York", "is"]] * 9, epochs=1, **SMALL)
    new = tovec.train([["New York", "was"]] * 9, epochs=1, continue_from=old, **NEW)
    assert new.vocabulary.tokens == ("New York", "is", "was")
    assert new.tokenizer is None


def test_a_table_with_a_row_for_every_bucket_can_be_continued_from():
    """As a fastText file holds them: output vectors, and rows for buckets that no word falls in."""
    rng = np.random.default_rng(0)
    texts = planted(300)
    words = tovec.train(texts, epochs=1, **SMALL).vocabulary
    rule = tovec.NgramRule(min_length=3, max_length=4, buckets=700)
    rows, own = rng.normal(0, 0.1, (2, 700, 16)).astype(np.float32)
    table = tovec.NgramTable(rule, rows)
    vectors = table.composed(words.tokens, own[: len(words)])
    old = tovec.Embedding(words, vectors, outputs=np.zeros_like(vectors), ngrams=table)
    still = tovec.train(texts, epochs=1, continue_from=old, learning_rate=1e-12, **NEW)
    np.testing.assert_allclose(still.vectors, vectors, atol=1e-6)
    assert len(still.ngrams.buckets) < 700
    np.testing.assert_allclose(still.ngrams.vectors, rows[still.ngrams.buckets], atol=1e-6)
    new = tovec.train(texts, epochs=2, continue_from=old, **NEW)
    assert new.provenance["losses"][-1] < 0.9 * still.provenance["losses"][0]


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_token_whose_vector_holds_nan_is_refused_before_it_spreads(number):
    old = tovec.Embedding(["a", "odd", "b"], np.array([[1, 0], [number, 1], [0, 1]], np.float32))
    with pytest.raises(TovecError, match="token 'odd' of the embedding to continue from holds NaN or inf"):
        tovec.train([["a", "odd", "b"]] * 20, continue_from=old, min_count=1, sample=0)
    trained = tovec.train([["a", "b", "c"]] * 20, continue_from=old, min_count=1, sample=0)  # not in the text
    assert np.isfinite(trained[["a", "b", "c"]]).all()

"""N-grams in a saved folder: round trips, bytes, damage, and what others make of the folder."""

import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec import sources
from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecError, UnknownToken
from tovec.formats.saved import tovec_json
from tovec.text.ngrams import NgramRule
from tovec.text.tokenizers import tokenizer_from_name
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.stored import StoredTable

TOKENS = ["cat", "dog", "mat", "sat", "먹었다"]
RULE = NgramRule(min_length=2, max_length=4, buckets=40, unit="jamo", syllables=3)


def random_rows(n_rows, dim=3):
    return np.random.default_rng(n_rows).standard_normal((n_rows, dim), dtype=np.float32)


def of_all_buckets():
    return NgramTable(RULE, random_rows(40))


def of_used_buckets():
    found = RULE.rows(TOKENS[:2])
    assert 0 < len(found.buckets) < 40
    return NgramTable(RULE, random_rows(len(found.buckets)), found.buckets)


def embedding_with(ngrams):
    return Embedding(TOKENS, random_rows(len(TOKENS)), tokenizer_from_name("words"), ngrams=ngrams)


@pytest.fixture
def saved(tmp_path):
    return embedding_with(of_used_buckets()).save(tmp_path / "saved")


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize("table", [of_all_buckets, of_used_buckets])
def test_ngrams_come_back(tmp_path, table):
    made = embedding_with(table())
    opened = sources.open(made.save(tmp_path / "saved"))
    assert opened.ngrams.rule == RULE
    assert isinstance(opened.ngrams.vectors, StoredTable)
    np.testing.assert_array_equal(opened.ngrams.vectors, made.ngrams.vectors)
    np.testing.assert_array_equal(opened.ngrams.buckets, made.ngrams.buckets)
    for token in ("cats", "먹었", "catalog"):
        np.testing.assert_array_equal(opened[token], made[token])
    assert opened.neighbors("cats") == made.neighbors("cats")


def test_a_table_without_a_row_comes_back(tmp_path):
    made = embedding_with(NgramTable(RULE, np.empty((0, 3), np.float32), np.empty(0, np.int32)))
    opened = sources.open(made.save(tmp_path / "saved"))
    assert opened.ngrams.vectors.shape == (0, 3)
    with pytest.raises(UnknownToken):
        opened["cats"]


def test_the_file_is_what_the_safetensors_library_writes(tmp_path):
    used = of_used_buckets()
    path = embedding_with(used).save(tmp_path / "used") / "ngrams.safetensors"
    assert path.read_bytes() == safetensors.numpy.save({"ngrams": used.vectors, "buckets": used.buckets})
    path = embedding_with(of_all_buckets()).save(tmp_path / "all") / "ngrams.safetensors"
    assert path.read_bytes() == safetensors.numpy.save({"ngrams": of_all_buckets().vectors})


def test_equal_embeddings_give_equal_bytes(saved, tmp_path):
    again = embedding_with(of_used_buckets()).save(tmp_path / "again")
    assert contents(again) == contents(saved)
    assert contents(sources.open(saved).save(tmp_path / "copy")) == contents(saved)


def test_float16_and_many_blocks_are_saved_as_float32(tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 7)
    half = NgramTable(RULE, random_rows(40).astype(np.float16))
    opened = sources.open(embedding_with(half).save(tmp_path / "saved"))
    assert opened.ngrams.vectors.dtype == np.float32
    np.testing.assert_array_equal(opened.ngrams.vectors, half.vectors.astype(np.float32))


def test_saving_without_ngrams_removes_the_old_file(saved):
    assert "ngrams.safetensors" in (saved / "README.md").read_text()
    embedding_with(None).save(saved)
    assert not (saved / "ngrams.safetensors").exists()
    assert "ngrams" not in (saved / "README.md").read_text()
    assert sources.open(saved).ngrams is None


# Versions


def test_folder_without_ngrams_has_version_1(saved, tmp_path):
    plain = json.loads((embedding_with(None).save(tmp_path / "plain") / "tovec.json").read_text())
    assert plain["format_version"] == 1 and "ngrams" not in plain
    assert json.loads((saved / "tovec.json").read_text())["format_version"] == 2


def test_version_1_reader_refuses_ngrams(saved, tmp_path, monkeypatch):
    plain = embedding_with(None).save(tmp_path / "plain")
    monkeypatch.setattr(tovec_json, "FORMAT_VERSION", 1)
    with pytest.raises(BadSource, match="its format is version 2, and 1 is the newest that this tovec reads"):
        sources.open(saved)
    assert sources.open(plain).vocabulary.tokens == tuple(TOKENS)


# Damage


def test_a_missing_file_is_named(saved):
    (saved / "ngrams.safetensors").unlink()
    with pytest.raises(BadSource, match=r"ngrams.safetensors is missing$"):
        sources.open(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "it has .* bytes of numbers, and its header says"),
        (lambda data: data + b"\0", "it has .* bytes of numbers, and its header says"),
        (lambda data: data[:5], "it has 5 bytes, fewer than its header needs"),
        (lambda data: b"", "it has 0 bytes, fewer than its header needs"),
        (lambda data: data.replace(b'"ngrams"', b'"engram"'), "'ngrams'; there are 'buckets', 'engram'"),
        (lambda data: data.replace(b'"buckets"', b'"baskets"'), "it holds no tensor 'buckets'"),
        (lambda data: data.replace(b'"I32"', b'"U32"'), "its numbers are 'U32'; here they can be I32"),
        (lambda data: data.replace(b'"F32"', b'"I32"'), "its numbers are 'I32'; here they can be F32"),
        (lambda data: data[:-4] + b"\0\0\0\0", "must be different, ascending and below 40"),
        (lambda data: data[:-4] + b"\x28\0\0\0", "must be different, ascending and below 40"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_in_one_line(saved, change, message):
    path = saved / "ngrams.safetensors"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BadSource, match=f"ngrams.safetensors is damaged: .*{message}") as error:
        sources.open(saved)
    assert "\n" not in str(error.value)


def test_rows_that_are_not_those_of_the_rule_or_of_the_tokens_are_refused(saved):
    path, used = saved / "ngrams.safetensors", of_used_buckets()
    path.write_bytes(safetensors.numpy.save({"ngrams": used.vectors[1:], "buckets": used.buckets}))
    with pytest.raises(
        BadSource, match=r"ngrams.safetensors is damaged: .* buckets of n-grams need a table of"
    ):
        sources.open(saved)
    other = random_rows(len(used.buckets), dim=4)
    path.write_bytes(safetensors.numpy.save({"ngrams": other, "buckets": used.buckets}))
    with pytest.raises(BadSource, match="vectors of 3 numbers need n-grams of as many, not of 4"):
        sources.open(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"least": 9}, "most must be a whole number from 9"),
        ({"unit": "bytes"}, "unit must be characters or jamo, not 'bytes'"),
        ({"hash": "murmur"}, "settings of n-grams must be exactly buckets, least, most, syllables, unit"),
        ({"every_bucket": None}, "its 'ngrams' do not say whether every bucket has a row"),
    ],
)
def test_a_damaged_rule_is_named_in_one_line(saved, changes, message):
    path = saved / "tovec.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "ngrams": {**fields["ngrams"], **changes}}))
    with pytest.raises(BadSource, match=f"tovec.json is damaged: {message}"):
        sources.open(saved)
    path.write_text(json.dumps({**fields, "ngrams": [1]}))
    with pytest.raises(BadSource, match=r"tovec.json is damaged: its field 'ngrams' is list"):
        sources.open(saved)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_an_embedding_or_one_line(saved, data):
    path = saved / data.draw(st.sampled_from(["ngrams.safetensors", "tovec.json"]))
    whole = path.read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(broken))
    try:
        opened = sources.open(saved)
        vector = None if opened.ngrams is None else opened.ngrams.vector("cats")
        assert vector is None or vector.shape == (3,)
    except TovecError as error:
        assert "\n" not in str(error)
    finally:
        path.write_bytes(whole)


# Others


@pytest.mark.slow
@pytest.mark.parametrize("library", ["model2vec", "sentence_transformers"])
def test_other_libraries_ignore_the_ngrams(saved, library):
    package = needs(library)
    if library == "model2vec":
        model = package.StaticModel.from_pretrained(saved)
    else:
        model = package.SentenceTransformer(str(saved), device="cpu")
    expected = sources.open(saved)[["cat", "mat"]].mean(axis=0)
    np.testing.assert_allclose(model.encode(["cat mat"])[0], expected, atol=1e-6)

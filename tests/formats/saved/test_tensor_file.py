"""One safetensors file: read back by the safetensors library and by tovec.open, and damaged."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec import sources
from tovec.embedding import Embedding
from tovec.errors import BadSource, CannotSave, TovecError
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary

TOKENS = ["Ġking", "New York", "", "\udcff", "한", "<s>", "\n"]


@pytest.fixture
def made():
    vocabulary = Vocabulary(
        TOKENS, np.arange(7) * 2**40, unknown="한", spelling=Spelling.BYTE_LEVEL, special=[5, 3]
    )
    return Embedding(vocabulary, np.random.default_rng(0).standard_normal((7, 4), dtype=np.float32))


@pytest.mark.parametrize(
    ("dtype", "worst"), [("f32", 0.0), ("f16", 2.0**-10), ("bf16", 2.0**-7), ("int8", 0.013)]
)
def test_everything_round_trips_except_rounding(made, tmp_path, dtype, worst, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 8)
    opened = sources.open(tovec.save(made, tmp_path / "a.safetensors", dtype=dtype))
    ours, theirs = made.vocabulary, opened.vocabulary
    assert theirs.tokens == ours.tokens
    assert (theirs.counts == ours.counts).all()
    assert (theirs.unknown, theirs.spelling, theirs.special) == (ours.unknown, ours.spelling, ours.special)
    np.testing.assert_allclose(opened[:], made.vectors, rtol=0 if dtype == "int8" else worst, atol=worst)


@pytest.mark.parametrize(("dtype", "theirs"), [("f32", "F32"), ("f16", "F16"), ("int8", "I8")])
def test_the_safetensors_library_reads_tensor_and_tokens(made, tmp_path, dtype, theirs):
    path = tovec.save(made, tmp_path / "a.safetensors", dtype=dtype)
    with needs("safetensors").safe_open(path, "np") as file:
        assert list(file.keys()) == ["embeddings"]
        assert file.get_slice("embeddings").get_dtype() == theirs
        numbers = file.get_tensor("embeddings").astype(np.float32)
        metadata = file.metadata()
    assert json.loads(metadata["tokens"]) == TOKENS
    numbers *= json.loads(metadata.get("scale", "1"))
    np.testing.assert_allclose(numbers, made.vectors, atol=0.013)


def test_metadata_has_only_tokens_by_default(tmp_path):
    path = tovec.save(Embedding.random(["a", "b"], 2), tmp_path / "a.safetensors")
    with needs("safetensors").safe_open(path, "np") as file:
        assert file.metadata() == {"tokens": '["a", "b"]'}


def test_an_empty_table_comes_back(tmp_path):
    for dtype in ("f32", "bf16", "int8"):
        path = tovec.save(
            Embedding([], np.empty((0, 3), np.float32)), tmp_path / "a.safetensors", dtype=dtype
        )
        assert sources.open(path).vectors.shape == (0, 3)


def test_half_of_a_surrogate_pair_is_refused_or_escaped(tmp_path):
    made = Embedding.random(["\ud800"], 2)
    with pytest.raises(CannotSave, match="a safetensors file cannot hold the token"):
        tovec.save(made, tmp_path / "a.safetensors")
    path = tovec.save(made, tmp_path / "a.safetensors", escape=True)
    assert sources.open(path).vocabulary.tokens == (r"\ud800",)


def test_a_header_longer_than_readers_take_is_refused(tmp_path, monkeypatch):
    from tovec.formats.saved import tensors

    monkeypatch.setattr(tensors, "MAX_HEADER", 100)
    with pytest.raises(CannotSave, match="the header of a safetensors file takes 100 bytes at most, not "):
        tovec.save(Embedding.random(map(str, range(100)), 2), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_file_mapped_by_an_embedding_can_be_replaced_by_it(made, tmp_path):
    path = tovec.save(made, tmp_path / "a.safetensors")
    opened = sources.open(path)
    tovec.save(opened, path, dtype="bf16")
    np.testing.assert_array_equal(opened[:], made.vectors)  # the old file lives on under no name
    np.testing.assert_allclose(sources.open(path)[:], made.vectors, rtol=2.0**-7)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"tokens": '["a"]'}, "it has 2 rows for 1 token"),
        ({"tokens": "[1, 2]"}, "its 'tokens' are not a list of strings"),
        ({"tokens": "{"}, "the field 'tokens' of its metadata is not JSON"),
        ({"tokens": '["a", "a"]'}, "token 'a' stands in the vocabulary more than once"),
        (
            {"tokens": '["a", "b"]', "spelling": '"runes"'},
            "its 'spelling' is 'runes', none of plain, byte-level",
        ),
        ({"tokens": '["a", "b"]', "special": "[2]"}, "its 'special' are not a list of ids"),
        ({"tokens": '["a", "b"]', "scale": "-1.0"}, "its 'scale' is -1.0, not a number above 0"),
        ({"tokens": '["a", "b"]', "unknown": '"c"'}, "token 'c' is not in the vocabulary"),
        ({"tokens": '["a", "b"]', "counts": "[1]"}, "2 tokens need as many counts, not 1"),
    ],
)
def test_wrong_metadata_is_named(tmp_path, metadata, message):
    from tovec.formats.saved import tensor_file
    from tovec.formats.saved.tensors import Tensor, write_tensors

    with (tmp_path / "a.safetensors").open("wb") as file:
        write_tensors(file, {"embeddings": Tensor((2, 2), [np.zeros((2, 2))])}, metadata)
    with pytest.raises(BadSource, match=r"a.safetensors is damaged: ") as error:
        tensor_file.load(tmp_path / "a.safetensors")
    assert message in str(error.value) and "\n" not in str(error.value)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_an_embedding_or_one_line(made, tmp_path, data):
    whole = tovec.save(made, tmp_path / "a.safetensors", dtype="int8").read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "b.safetensors"
    path.write_bytes(bytes(broken[: data.draw(st.just(len(whole)) | st.integers(0, len(whole)))]))
    from tovec.formats.saved import tensor_file

    try:
        opened = Embedding.from_parts(tensor_file.load(path))
        assert opened[:].shape == (len(opened), opened.dim)
    except TovecError as error:
        assert str(path) in str(error) and "\n" not in str(error)


def test_rows_without_a_token_are_saved_under_their_names(tmp_path):
    vectors = np.arange(20, dtype=np.float32).reshape(5, 4)
    padded = Embedding(Vocabulary(["cat", "dog"], n_rows=5), vectors)
    opened = sources.open(tovec.save(padded, tmp_path / "a.safetensors"))
    assert list(opened.vocabulary.tokens) == ["cat", "dog", "<id 2>", "<id 3>", "<id 4>"]
    assert set(opened.vocabulary.special) == {2, 3, 4}
    np.testing.assert_array_equal(opened[:], vectors)

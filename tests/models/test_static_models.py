"""Static models as model2vec and sentence-transformers save them, against what these give for each token."""

import numpy as np
import pytest
from needs import needs
from tokenizers import Tokenizer, models, pre_tokenizers

import tovec

NAMES = ["[UNK]", *(f"w{n}" for n in range(60))]
RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((61, 8)).astype(np.float32)
WEIGHTS = RNG.uniform(0.1, 2, 61)
MAPPING = RNG.integers(0, 20, 61)


@pytest.fixture
def tokenizer():
    made = Tokenizer(models.WordLevel({name: row for row, name in enumerate(NAMES)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made


@pytest.mark.parametrize("mapping", [None, MAPPING, MAPPING.astype(np.int32)], ids=["all", "i64", "i32"])
@pytest.mark.parametrize("weights", [None, WEIGHTS, WEIGHTS.astype(np.float32)], ids=["plain", "f64", "f32"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
def test_a_row_is_what_model2vec_makes_of_its_token(tmp_path, tokenizer, dtype, weights, mapping):
    model2vec = needs("model2vec")
    rows = (30 * ROWS if dtype == np.int8 else ROWS).astype(dtype)[: 61 if mapping is None else 20]
    config = {"normalize": False}
    made = model2vec.StaticModel(
        rows, tokenizer, config, normalize=False, weights=weights, token_mapping=mapping
    )
    made.save_pretrained(tmp_path)
    theirs = model2vec.StaticModel.from_pretrained(tmp_path).encode(
        NAMES[1:]
    )  # it leaves out what is unknown
    model = tovec.open_model(tmp_path)
    assert model.input.vocabulary.tokens == tuple(NAMES) and model.input.vocabulary.unknown == "[UNK]"
    assert (model.report.n_rows, model.report.n_ids, model.report.findings) == (len(rows), 61, ())
    # A mean of one row in the type it has: float16 rounds the product once more.
    exact = weights is None or (dtype, weights.dtype) in ((np.float32, np.float32), (np.int8, np.float32))
    np.testing.assert_allclose(
        model.input[1:], theirs, rtol=0 if exact else 2e-3 if theirs.dtype == np.float16 else 1e-6
    )
    assert model.input.tokenize("w3 other w59") == ["w3", "[UNK]", "w59"]


@pytest.mark.slow
def test_a_vocabulary_that_model2vec_quantized_is_opened(tmp_path, tokenizer):
    model2vec = needs("model2vec")
    quantize = needs("model2vec.model").quantize_model
    made = model2vec.StaticModel(ROWS, tokenizer, {"normalize": False}, normalize=False)
    small = quantize(made, vocabulary_quantization=16, quantize_to="int8")
    small.save_pretrained(tmp_path)
    model = tovec.open_model(tmp_path)
    assert model.report.n_rows == 16 and model.report.input.number_type == "I8"
    np.testing.assert_allclose(model.input[1:], small.encode(NAMES[1:]), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("normalized", [False, True])
def test_a_row_is_what_sentence_transformers_makes_of_its_token(tmp_path, tokenizer, normalized):
    library, parts = needs("sentence_transformers"), needs("sentence_transformers.models")
    modules = [parts.StaticEmbedding(tokenizer, embedding_weights=ROWS)]
    modules += [parts.Normalize()] if normalized else []
    library.SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(tmp_path))
    theirs = library.SentenceTransformer(str(tmp_path), device="cpu").encode(NAMES)
    ours = tovec.open(tmp_path)
    rows = ours[:]
    np.testing.assert_array_equal(rows, ROWS)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True) if normalized else 1
    np.testing.assert_allclose(rows / lengths, theirs, rtol=1e-5)
    assert ours.encode("w3 w5 other").tolist() == [4, 6, 0]


def test_a_mapping_of_another_length_than_the_tokenizer_is_reported(tmp_path, tokenizer):
    tensors = {"embeddings": ROWS[:20], "mapping": np.append(MAPPING, [1, 2])}
    needs("safetensors.numpy").save_file(tensors, tmp_path / "model.safetensors")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    model = tovec.open_model(tmp_path)
    assert model.report.findings == ("the counts differ: entries of mapping 63, tokenizer ids 61",)
    assert len(model.input) == 61

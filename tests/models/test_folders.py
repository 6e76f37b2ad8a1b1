"""Folders that hold a model's folder somewhere inside, laid out as their makers do."""

import json

import numpy as np
import pytest
from needs import needs
from safetensors.numpy import save_file
from small_models import NAMES, word_tokenizer

import tovec
from tovec.errors import BadSource

ROWS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
BERT = "embeddings.word_embeddings.weight"


def model_in(folder, name="model.safetensors"):
    folder.mkdir(parents=True)
    save_file({BERT: ROWS}, folder / name)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertModel"]}))
    word_tokenizer().save(str(folder / "tokenizer.json"))


def test_a_transformer_of_sentence_transformers_lies_in_a_folder_of_its_own(tmp_path):
    model_in(tmp_path / "0_Transformer")
    dense = tmp_path / "2_Dense"
    dense.mkdir()
    save_file({"linear.weight": ROWS, "linear.bias": ROWS[:, 0]}, dense / "model.safetensors")
    modules = [
        {"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    np.testing.assert_array_equal(tovec.open(tmp_path)["cat"], ROWS[1])
    with pytest.raises(BadSource, match="none of its tensors is known as a token table"):
        tovec.open(dense)


@pytest.mark.filterwarnings("ignore")
def test_word_vectors_of_sentence_transformers_have_their_words(tmp_path):
    needs("sentence_transformers")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, WordEmbeddings
    from sentence_transformers.models.tokenizer import WhitespaceTokenizer

    words = WordEmbeddings(WhitespaceTokenizer(NAMES, stop_words=["the"]), ROWS)
    SentenceTransformer(modules=[words, Pooling(4)], device="cpu").save(str(tmp_path / "glove"))
    opened = tovec.open(tmp_path / "glove")
    assert opened.vocabulary.tokens == tuple(NAMES)
    np.testing.assert_array_equal(opened["dog"], ROWS[2])
    assert opened.tokenizer is None


def test_a_model_in_the_cache_of_the_hub_is_that_of_its_main_branch(tmp_path):
    cached = tmp_path / "models--org--name"
    model_in(cached / "snapshots" / "aaa")
    np.testing.assert_array_equal(tovec.open(cached)["cat"], ROWS[1])  # the only one
    (cached / "snapshots" / "bbb").mkdir()
    with pytest.raises(BadSource, match=r"holds 2 versions of a model; name one: .*aaa, .*bbb"):
        tovec.open(cached)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("aaa")
    np.testing.assert_array_equal(tovec.open(cached)["cat"], ROWS[1])
    with pytest.raises(BadSource, match=r"is a cache of 1 models of the Hub; name one: .*models--org--name"):
        tovec.open(tmp_path)


def test_module_path_outside_the_folder_is_not_followed(tmp_path):
    model_in(tmp_path / "elsewhere")
    cached = tmp_path / "models--org--name"
    (cached / "snapshots" / "aaa").mkdir(parents=True)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("../../elsewhere")
    with pytest.raises(BadSource):
        tovec.open(cached)

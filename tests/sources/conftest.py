"""What several tests of sources share."""

import json

import numpy as np
import pytest

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import save

ROWS = np.random.default_rng(7).standard_normal((4, 6), dtype=np.float32)


@pytest.fixture
def vec(tmp_path):
    """A file of word2vec text."""
    return save(Embedding(["cat", "dog", "mat", "sat"], ROWS), tmp_path / "a.vec")


@pytest.fixture
def refused():
    """Return the message with which a source is refused."""

    def message(source):
        with pytest.raises(BadSource) as error:
            tovec.open(source)
        return str(error.value)

    return message


@pytest.fixture
def write_model():
    """Write a model's folder: tensors of these names, a configuration, a tokenizer."""

    def write_model(folder, names=("model.embed_tokens.weight",), config=None, tokenizer=None):
        from safetensors.numpy import save_file

        folder.mkdir()
        save_file({name: ROWS for name in names}, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(config or {}))
        if tokenizer is not None:
            (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        return folder

    return write_model


@pytest.fixture
def tokenizer_json():
    """Write a tokenizer.json of four words."""

    def tokenizer_json(folder):
        from tokenizers import Tokenizer, models, pre_tokenizers

        made = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2, "mat": 3}, "[UNK]"))
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        made.save(str(folder / "tokenizer.json"))
        return folder / "tokenizer.json"

    return tokenizer_json

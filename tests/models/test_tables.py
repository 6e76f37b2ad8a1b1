"""Which tensors are taken for token tables, with names and shapes as real models have them."""

from math import prod
from pathlib import Path

import pytest

from tovec.formats.damage import UnsupportedError
from tovec.formats.tensors.number_types import NUMBER_TYPES
from tovec.formats.tensors.stored import LazyTensors, StoredTensor, TensorStore
from tovec.models.architectures import HEAD, LLAMA_INPUT
from tovec.models.tables import find_tables, tensor_named


def store(shapes, origin="safetensors"):
    tensors = {
        name: StoredTensor(name, NUMBER_TYPES["BF16"], shape, Path("model"), 0, 2 * prod(shape))
        for name, shape in shapes.items()
    }
    return TensorStore(tensors, origin, (Path("model"),))


LAYER = {"model.layers.0.mlp.up_proj.weight": (64, 16), "model.norm.weight": (16,)}


def chosen(shapes, config, n_ids=None, origin="safetensors"):
    tables = find_tables(store(shapes, origin), config, n_ids)
    return tuple(table and table.tensor.name for table in (tables.input, tables.output))


@pytest.mark.parametrize(
    ("model_type", "given", "output"),
    [
        ("llama", "model.embed_tokens.weight", "lm_head.weight"),
        ("gpt2", "wte.weight", None),
        ("gpt_neox", "gpt_neox.embed_in.weight", "embed_out.weight"),
        ("bert", "embeddings.word_embeddings.weight", None),
        ("gemma3", "language_model.model.embed_tokens.weight", None),
        ("gemma3_text", "embed_tokens.weight", None),  # EmbeddingGemma
        ("xlm-roberta", "roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight"),
        ("t5", "shared.weight", "lm_head.weight"),
        ("modernbert", "model.embeddings.tok_embeddings.weight", "decoder.weight"),
    ],
)
def test_a_known_kind_of_model_names_its_tables(model_type, given, output):
    shapes = {**LAYER, given: (64, 16), **({output: (64, 16)} if output else {})}
    assert chosen(shapes, {"model_type": model_type}) == (given, output)


def test_names_behind_a_prefix_are_found_and_look_alikes_are_not_taken():
    shapes = {
        "model.language_model.embed_tokens_per_layer.weight": (64, 8),
        "model.vision_tower.embed_tokens.weight": (64, 16),
        "model.text.model.embed_tokens.weight": (64, 16),
    }
    assert chosen(shapes, {"model_type": "llama"}) == ("model.text.model.embed_tokens.weight", None)


def test_an_unknown_kind_is_opened_by_usual_names():
    shapes = {**LAYER, "model.embed_tokens.weight": (64, 16), "lm_head.weight": (64, 16)}
    assert chosen(shapes, {"model_type": "new"}) == ("model.embed_tokens.weight", "lm_head.weight")
    original = {"tok_embeddings.weight": (64, 16), "output.weight": (64, 16), "norm.weight": (16,)}
    assert chosen(original, {}) == ("tok_embeddings.weight", "output.weight")


def test_only_tensors_of_a_name_are_looked_at_so_that_files_of_others_need_not_be_there():
    real = store({**LAYER, "model.embed_tokens.weight": (64, 16), "lm_head.weight": (64, 16)}).tensors
    looked_at = []

    def find(name, _):
        looked_at.append(name)
        return real[name]

    lazy = TensorStore(LazyTensors(dict.fromkeys(real), find), "safetensors", (Path("model"),))
    tables = find_tables(lazy, {"model_type": "llama"}, 64)
    assert (tables.input.tensor, tables.output.tensor) == (real[LLAMA_INPUT], real[HEAD])
    assert set(looked_at) == {LLAMA_INPUT, HEAD}


def test_a_name_that_is_no_table_is_passed_over():
    shapes = {"model.embed_tokens.weight": (64,), "other.model.embed_tokens.weight": (64, 16)}
    assert chosen(shapes, {"model_type": "llama"}) == ("other.model.embed_tokens.weight", None)


def test_a_gguf_has_names_of_its_own():
    shapes = {
        "token_embd.weight": (64, 16),
        "output.weight": (64, 16),
        "per_layer_token_embd.weight": (64, 4),
    }
    assert chosen(shapes, {"model_type": "llama"}, origin="GGUF 3") == ("token_embd.weight", "output.weight")


def test_a_shape_decides_where_no_name_is_known():
    shapes = {"a.weight": (64, 16), "b.weight": (50, 16), "pos.weight": (50, 16)}
    assert chosen(shapes, {"vocab_size": 64}) == ("a.weight", None)
    assert chosen(shapes, {}, n_ids=64) == ("a.weight", None)
    shapes["my_head.weight"] = (64, 16)
    assert chosen(shapes, {"vocab_size": 64}) == ("a.weight", "my_head.weight")
    assert chosen({"x": (9, 3), "y": (9,)}, {}) == ("x", None)  # the only table


def test_nothing_is_guessed_where_several_could_be_meant():
    shapes = {"a.weight": (64, 16), "c.weight": (64, 8)}
    with pytest.raises(
        UnsupportedError, match=r"several .* SOURCE#TENSOR: a.weight \(64 x 16\), c.weight \(64 x 8\)"
    ):
        chosen(shapes, {"vocab_size": 64})
    with pytest.raises(UnsupportedError, match=r"none of its tensors is known"):
        chosen(shapes, {"vocab_size": 7})
    with pytest.raises(UnsupportedError, match=r"no tensor of two dimensions"):
        chosen({"v": (64,)}, {})


def test_a_bias_of_the_head_is_found():
    shapes = {"model.embed_tokens.weight": (64, 16), "lm_head.weight": (64, 16), "lm_head.bias": (64,)}
    bias = find_tables(store(shapes), {"model_type": "phi"}, None).bias
    assert bias is not None and bias.name == "lm_head.bias"


def test_a_tensor_that_is_not_there_is_told_with_those_that_are_alike():
    with pytest.raises(
        UnsupportedError, match=r"no tensor 'model.embed.weight'; there are model.embed_tokens.weight"
    ):
        tensor_named(store({"model.embed_tokens.weight": (4, 2), "x": (3,)}), "model.embed.weight")

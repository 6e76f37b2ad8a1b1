"""Which tensors are taken for token tables, with names and shapes as real models have them.

Covers table_choice.py, tables_by_name.py and tables_by_shape.py too.
"""

from math import prod
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tovec.formats.tensors.safetensors_file import read_safetensors
from tovec.models.architectures.families import HEAD, LLAMA_INPUT
from tovec.models.tables import find_tables, tensor_named
from tovec.storage.file_errors import UnsupportedFile
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import LazyTensors, TensorStore


def store(shapes, is_gguf=False):
    tensors = {
        name: StoredTensor(name, NUMBER_TYPES["BF16"], shape, Path("model"), 0, 2 * prod(shape))
        for name, shape in shapes.items()
    }
    return TensorStore(tensors, "safetensors", (Path("model"),), is_gguf=is_gguf)


LAYER = {"model.layers.0.mlp.up_proj.weight": (64, 16), "model.norm.weight": (16,)}


def chosen(shapes, config, n_ids=None, is_gguf=False):
    tables = find_tables(store(shapes, is_gguf), config, n_ids)
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


def test_prefixed_names_are_found_and_similar_ones_are_not():
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


def test_tensor_that_is_no_table_is_skipped():
    shapes = {"model.embed_tokens.weight": (64,), "other.model.embed_tokens.weight": (64, 16)}
    assert chosen(shapes, {"model_type": "llama"}) == ("other.model.embed_tokens.weight", None)


@pytest.mark.parametrize(
    ("shapes", "config", "found"),
    [
        # Qwen2.5-Omni: what thinks reads text, what talks has tokens of sound.
        (
            {
                "thinker.model.embed_tokens.weight": (64, 16),
                "thinker.lm_head.weight": (64, 16),
                "talker.model.embed_tokens.weight": (33, 16),
            },
            {"model_type": "qwen2_5_omni"},
            ("thinker.model.embed_tokens.weight", "thinker.lm_head.weight"),
        ),
        # DeepSeek-V3: a layer that drafts the token after the next has a copy of the table.
        (
            {
                "language_model.model.embed_tokens.weight": (64, 16),
                "language_model.model.layers.61.embed_tokens.weight": (64, 16),
            },
            {},
            ("language_model.model.embed_tokens.weight", None),
        ),
        # Two encoders and a decoder of an unknown kind: the encoder reads.
        (
            {"net.encoder.embed_tokens.weight": (64, 16), "net.decoder.embed_tokens.weight": (50, 16)},
            {},
            ("net.encoder.embed_tokens.weight", None),
        ),
        # One of them has a row for each token.
        (
            {"left.model.embed_tokens.weight": (64, 16), "right.model.embed_tokens.weight": (50, 16)},
            {"vocab_size": 50},
            ("right.model.embed_tokens.weight", None),
        ),
    ],
)
def test_text_table_wins_among_equal_names(shapes, config, found):
    assert chosen({**LAYER, **shapes}, config) == found


def test_two_tables_that_could_be_the_input_are_an_error_that_names_both(tmp_path):
    save_file(
        {
            f"{side}.model.embed_tokens.weight": np.full((4, 2), number, np.float32)
            for number, side in enumerate(("left", "right"))
        },
        tmp_path / "m.safetensors",
    )
    with pytest.raises(UnsupportedFile, match=r"several .*SOURCE#TENSOR: left\.model\.em.* right\.model\.em"):
        find_tables(read_safetensors(tmp_path / "m.safetensors"), {"model_type": "llama"}, None)


def test_one_table_under_two_names_is_one_table(tmp_path):
    table = np.ones((4, 2), np.float32)
    save_file({f"{side}.model.embed_tokens.weight": table for side in ("a", "b")}, tmp_path / "m.safetensors")
    found = find_tables(read_safetensors(tmp_path / "m.safetensors"), {}, None)
    assert found.input.tensor.name == "a.model.embed_tokens.weight"


@pytest.mark.parametrize(
    "shapes",
    [
        {"linear.weight": (16, 64), "linear.bias": (16,)},  # a dense layer of sentence-transformers
        {"v_head.summary.weight": (1, 64)},  # the value head of a reward model
        {"weight": (16, 64), "bias": (16,)},  # nn.Linear
        {"score.weight": (2, 64)},
        {"embeddings.position_embeddings.weight": (512, 64)},
    ],
)
def test_single_dense_layer_is_not_a_token_table(shapes):
    with pytest.raises(UnsupportedFile, match="none of its tensors is known as a token table"):
        chosen(shapes, {})


@pytest.mark.parametrize(
    "name",
    ["weight", "emb.weight", "tok_emb.weight", "embedding", "tensor", "emb_layer.weight", "wte.weight"],
)
def test_single_table_of_vectors_is_a_token_table(name):
    assert chosen({name: (64, 16)}, {}) == (name, None)


def test_a_table_with_fewer_rows_than_there_are_tokens_is_not_taken_because_it_is_alone():
    assert chosen({"prompt_embeddings": (5, 16)}, {}) == ("prompt_embeddings", None)
    with pytest.raises(UnsupportedFile, match="none of its tensors"):
        chosen({"prompt_embeddings": (5, 16)}, {}, n_ids=64)


def test_classification_head_is_not_an_output():
    shapes = {"model.embed_tokens.weight": (64, 16), "head.weight": (1000, 16)}
    assert chosen(shapes, {"model_type": "new"}) == ("model.embed_tokens.weight", None)


def test_ambiguous_output_leaves_the_input_open(tmp_path):
    tables = {"a.lm_head.weight": 1, "b.lm_head.weight": 2, "c.model.embed_tokens.weight": 3}
    save_file(
        {name: np.full((4, 2), n, np.float32) for name, n in tables.items()}, tmp_path / "m.safetensors"
    )
    found = find_tables(read_safetensors(tmp_path / "m.safetensors"), {}, None)
    assert (found.input.tensor.name, found.output) == ("c.model.embed_tokens.weight", None)
    assert "it is not clear which is the output table: several" in found.findings[0]


def test_a_gguf_has_names_of_its_own():
    shapes = {
        "token_embd.weight": (64, 16),
        "output.weight": (64, 16),
        "per_layer_token_embd.weight": (64, 4),
    }
    assert chosen(shapes, {"model_type": "llama"}, is_gguf=True) == ("token_embd.weight", "output.weight")


def test_a_shape_decides_where_no_name_is_known():
    shapes = {"a.weight": (64, 16), "b.weight": (50, 16), "pos.weight": (50, 16)}
    assert chosen(shapes, {"vocab_size": 64}) == ("a.weight", None)
    assert chosen(shapes, {}, n_ids=64) == ("a.weight", None)
    shapes["my_head.weight"] = (64, 16)
    assert chosen(shapes, {"vocab_size": 64}) == ("a.weight", "my_head.weight")
    assert chosen({"x": (9, 3), "y": (9,)}, {}) == ("x", None)  # the only table


def test_several_candidates_are_an_error():
    shapes = {"a.weight": (64, 16), "c.weight": (64, 8)}
    with pytest.raises(
        UnsupportedFile, match=r"several .* SOURCE#TENSOR: a.weight \(64 x 16\), c.weight \(64 x 8\)"
    ):
        chosen(shapes, {"vocab_size": 64})
    with pytest.raises(UnsupportedFile, match=r"none of its tensors is known"):
        chosen(shapes, {"vocab_size": 7})
    with pytest.raises(UnsupportedFile, match=r"no tensor of two dimensions"):
        chosen({"v": (64,)}, {})


def test_a_bias_of_the_head_is_found():
    shapes = {"model.embed_tokens.weight": (64, 16), "lm_head.weight": (64, 16), "lm_head.bias": (64,)}
    bias = find_tables(store(shapes), {"model_type": "phi"}, None).bias
    assert bias is not None and bias.name == "lm_head.bias"


def test_missing_tensor_lists_similar_names():
    with pytest.raises(
        UnsupportedFile, match=r"no tensor 'model.embed.weight'; there are model.embed_tokens.weight"
    ):
        tensor_named(store({"model.embed_tokens.weight": (4, 2), "x": (3,)}), "model.embed.weight")


@pytest.mark.parametrize("head", ["encoder.out", "classifier", "net.fc_out", "to_logits", "proj"])
def test_a_lone_layer_that_scores_tokens_is_an_output_table(head):
    """As models that write down speech have it: a layer of a bias, or of such a name, and no input table."""
    shapes = {**LAYER, f"{head}.weight": (64, 16), f"{head}.bias": (64,)}
    if head != "proj":
        assert chosen({**LAYER, f"{head}.weight": (64, 16)}, {"vocab_size": 64}) == (None, f"{head}.weight")
    assert chosen(shapes, {"vocab_size": 64}) == (None, f"{head}.weight")
    shapes["tokens.weight"] = (64, 16)
    assert chosen(shapes, {"vocab_size": 64}) == ("tokens.weight", f"{head}.weight")


def test_table_shaped_like_the_head_and_named_as_tokens_is_the_input():
    shapes = {
        **LAYER,
        "lm_head.weight": (64, 16),
        "lm_head.bias": (64,),
        "position_embeddings.weight": (64, 16),
    }
    assert chosen(shapes, {}) == (None, "lm_head.weight")
    for name in ("token_embedding_table.weight", "net.in_embed.weight", "lookup"):
        assert chosen({**shapes, name: (64, 16)}, {}) == (name, "lm_head.weight")
    with pytest.raises(UnsupportedFile, match=r"in_embed.*ctx_embed|ctx_embed.*in_embed"):
        chosen({**shapes, "in_embed.weight": (64, 16), "ctx_embed.weight": (64, 16)}, {})

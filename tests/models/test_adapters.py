"""Adapters of PEFT, with the names and the configuration that peft 0.21.2 writes."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from small_models import word_tokenizer

import tovec
from tovec.errors import BadSource
from tovec.models.adapters import plain_name

ROWS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
HEAD = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32)
PRE = "base_model.model."
IN, OUT = f"{PRE}model.embed_tokens.weight", f"{PRE}lm_head.weight"
LORA = {
    f"{PRE}model.layers.0.self_attn.q_proj.lora_{side}.weight": np.ones((2, 4), np.float32) for side in "AB"
}


@pytest.fixture
def make(tmp_path):
    def make(tensors, **config):
        save_file({**LORA, **tensors}, tmp_path / "adapter_model.safetensors")
        config = {"peft_type": "LORA", "base_model_name_or_path": "org/base", **config}
        (tmp_path / "adapter_config.json").write_text(json.dumps(config))
        word_tokenizer().save(str(tmp_path / "tokenizer.json"))
        return tmp_path

    return make


def test_an_adapter_opens_the_tables_that_it_saved_and_names_its_base(make):
    folder = make({IN: ROWS, OUT: HEAD}, modules_to_save=["embed_tokens", "lm_head"])
    model = tovec.open_model(folder)
    np.testing.assert_array_equal(model.input["cat"], ROWS[1])
    np.testing.assert_array_equal(model.output["cat"], HEAD[1])
    assert model.report.findings == ("an adapter (LORA) for org/base",)


@pytest.mark.parametrize("wrapper", ["modules_to_save", "modules_to_save.default", "base_layer"])
def test_table_is_found_inside_pefts_wrappers(make, wrapper):
    name = IN.replace(".weight", f".{wrapper}.weight")
    folder = make({name: ROWS, IN.replace(".weight", ".original_module.weight"): HEAD})
    np.testing.assert_array_equal(tovec.open(folder)[:], ROWS)
    assert plain_name(name) == IN


@pytest.mark.parametrize(
    ("name", "config"),
    [
        (
            f"{PRE}model.embed_tokens.token_adapter.trainable_tokens_delta",
            {"trainable_token_indices": [3, 1]},
        ),
        (
            f"{PRE}model.embed_tokens.token_adapter.trainable_tokens_delta",
            {"trainable_token_indices": {"embed_tokens": [3, 1], "lm_head": [0]}},
        ),
        (
            f"{PRE}model.embed_tokens.trainable_tokens_delta",
            {"peft_type": "TRAINABLE_TOKENS", "token_indices": [3, 1]},
        ),
    ],
)
def test_trained_rows_have_their_tokens_names(make, name, config):
    folder = make({name: ROWS[:2]}, **config)
    model = tovec.open_model(folder)
    assert model.input.vocabulary.tokens == ("mat", "cat")
    np.testing.assert_array_equal(model.input["cat"], ROWS[1])
    assert "only the rows of the 2 tokens that the adapter trained" in model.report.findings
    assert not any(
        "counts differ" in finding or "past the table" in finding for finding in model.report.findings
    )
    np.testing.assert_array_equal(tovec.open(f"{folder}#{name}")["mat"], ROWS[0])


def test_input_and_output_may_have_rows_of_different_tokens(make):
    delta = "token_adapter.trainable_tokens_delta"
    tensors = {f"{PRE}model.embed_tokens.{delta}": ROWS[:2], f"{PRE}lm_head.{delta}": HEAD[:2]}
    model = tovec.open_model(
        make(tensors, trainable_token_indices={"embed_tokens": [3, 1], "lm_head": [0, 4]})
    )
    assert model.input.vocabulary.tokens == ("mat", "cat")
    assert model.output.vocabulary.tokens == ("[UNK]", "sat")
    np.testing.assert_array_equal(model.output["sat"], HEAD[1])


def test_trained_rows_without_a_tokenizer_are_named_by_id(make):
    name = f"{PRE}model.embed_tokens.token_adapter.trainable_tokens_delta"
    folder = make({name: ROWS[:2]}, trainable_token_indices=[3, 900])
    (folder / "tokenizer.json").unlink()
    assert tovec.open(folder).vocabulary.tokens == ("<id 3>", "<id 900>")
    make({name: ROWS[:2]}, trainable_token_indices=[3])
    with pytest.raises(
        BadSource, match=r"has 2 rows in .*trainable_tokens_delta, and its config.* lists 1 tok"
    ):
        tovec.open(folder)
    make({name: ROWS[:2]}, trainable_token_indices=["cat", "dog"])
    with pytest.raises(BadSource, match="token indices are not lists of whole numbers"):
        tovec.open(folder)


def test_an_adapter_without_a_table_says_what_it_is_and_what_to_open(make):
    with pytest.raises(BadSource, match=r"it is an adapter \(LORA\) for org/base, .* open that: org/base"):
        tovec.open(make({}))


def test_table_with_low_rank_changes_is_refused(make):
    name = IN.replace(".weight", ".base_layer.weight")
    low_rank = {
        f"{PRE}model.embed_tokens.lora_embedding_{side}": np.ones((2, 5), np.float32) for side in "AB"
    }
    folder = make({name: ROWS, **low_rank}, target_modules=["embed_tokens"])
    with pytest.raises(BadSource, match=r"changes .*base_layer.weight by .*lora_embedding_A; merge it"):
        tovec.open(folder)
    np.testing.assert_array_equal(tovec.open(f"{folder}#{name}")[:], ROWS)


def test_a_whole_model_beside_an_adapter_is_what_opens(make):
    folder = make({IN: HEAD})
    save_file({"model.embed_tokens.weight": ROWS}, folder / "model.safetensors")
    np.testing.assert_array_equal(tovec.open(folder)[:], ROWS)


def test_an_adapter_beside_a_whole_model_is_said_not_to_be_applied(make, tmp_path):
    save_file({"model.embed_tokens.weight": ROWS}, make({IN: HEAD}) / "model.safetensors")
    model = tovec.open_model(tmp_path)
    np.testing.assert_array_equal(model.input[:], ROWS)
    assert "an adapter (LORA) for org/base is in the same folder and is not applied" in model.report.findings
    alone = tovec.open_model(tmp_path / "adapter_model.safetensors")
    np.testing.assert_array_equal(alone.input[:], HEAD)
    assert "an adapter (LORA) for org/base" in alone.report.findings
    (tmp_path / "adapter_model.safetensors").rename(tmp_path / "best.safetensors")
    assert "an adapter (LORA) for org/base" in tovec.open_model(tmp_path / "best.safetensors").report.findings
    save_file({"layer.norm": ROWS[0]}, tmp_path / "model.safetensors")
    with pytest.raises(BadSource, match="it holds no tensor of two dimensions"):
        tovec.open(tmp_path / "model.safetensors")

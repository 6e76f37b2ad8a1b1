"""Folders and files of models, written by safetensors and tokenizers, opened whole.

Covers load.py, model.py, tying.py and configuration.py too.
"""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from small_models import NAMES, word_tokenizer
from tokenizers import AddedToken

import tovec
from tovec.errors import BadSource, TovecError, UnknownToken

ROWS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
HEAD = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32)
BERT = "embeddings.word_embeddings.weight"
IN, OUT = "model.embed_tokens.weight", "lm_head.weight"


@pytest.fixture
def make(tmp_path):
    def make(tensors, config=None, tokenizer=None, name="model"):
        folder = tmp_path / name
        folder.mkdir()
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        (tokenizer or word_tokenizer()).save(str(folder / "tokenizer.json"))
        return folder

    return make


def test_an_untied_model_has_an_input_and_an_output_with_the_tokens_of_its_tokenizer(make):
    folder = make({IN: ROWS, OUT: HEAD}, {"model_type": "llama", "vocab_size": 5, "hidden_size": 4})
    model = tovec.open_model(folder)
    np.testing.assert_array_equal(model.input["cat"], ROWS[1])
    np.testing.assert_array_equal(model.output["cat"], HEAD[1])
    np.testing.assert_array_equal(tovec.open(folder)["sat"], ROWS[4])
    np.testing.assert_array_equal(tovec.open(f"{folder}#output")["sat"], HEAD[4])
    assert model.input.tokenize("the cat sat") == ["[UNK]", "cat", "sat"]
    report = model.report
    assert (report.tying, report.n_rows, report.n_ids, report.vocab_size) == ("untied", 5, 5, 5)
    assert report.input.tensor == IN and "llama" in report.input.why
    assert report.findings == ()


def test_only_two_tables_that_differ_and_can_be_read_can_be_switched(make):
    untied = tovec.open_model(make({IN: ROWS, OUT: HEAD}, {"model_type": "llama"}, name="untied"))
    assert untied.tables == {"input": untied.input, "output": untied.output}
    assert tovec.open_model(make({IN: ROWS}, {"model_type": "gemma"}, name="tied")).tables == {}
    assert tovec.open_model(make({IN: ROWS}, {"model_type": "llama"}, name="alone")).tables == {}


@pytest.mark.parametrize(
    ("config", "tensors", "tying", "finding"),
    [
        ({"model_type": "gemma"}, {IN: ROWS}, "tied", None),
        ({"model_type": "llama"}, {IN: ROWS}, None, "an output table of its own, and it is not in the file"),
        ({"model_type": "llama", "tie_word_embeddings": True}, {IN: ROWS}, "tied", None),
        ({"model_type": "gemma", "tie_word_embeddings": False}, {IN: ROWS}, None, "not in the file"),
        ({"model_type": "llama", "tie_word_embeddings": True}, {IN: ROWS, OUT: HEAD}, "untied", "says tied"),
        ({"model_type": "llama", "tie_word_embeddings": False}, {IN: ROWS, OUT: ROWS}, "tied", "says untied"),
        ({"model_type": "llama"}, {IN: ROWS, OUT: ROWS}, "tied", None),
        ({"model_type": "gemma"}, {OUT: ROWS}, "tied", None),
        ({"model_type": "whisper"}, {"model.decoder.embed_tokens.weight": ROWS}, "tied", None),
        ({"llm_config": {"model_type": "gemma"}}, {f"language_model.{IN}": ROWS}, "tied", None),
        ({"model_type": "bert", "architectures": ["BertModel"]}, {BERT: ROWS}, None, None),
        ({"model_type": "bert", "architectures": ["BertForMaskedLM"]}, {BERT: ROWS}, "tied", None),
        ({"model_type": "bert", "architectures": ["BertForTokenClassification"]}, {BERT: ROWS}, None, None),
        ({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}, {"wte.weight": ROWS}, "tied", None),
        ({"model_type": "gemma3", "text_config": {}}, {f"language_model.{IN}": ROWS}, "tied", None),
    ],
)  # fmt: skip
def test_tying_is_decided_by_tensors_then_configuration_then_kind(make, config, tensors, tying, finding):
    model = tovec.open_model(make(tensors, config))
    assert model.report.tying == tying
    if finding is None:
        assert model.report.findings == ()
    else:
        assert any(finding in told for told in model.report.findings)
    np.testing.assert_array_equal(model.input[:], ROWS)
    if tying == "tied":
        np.testing.assert_array_equal(model.output[:], ROWS)
    elif OUT in tensors:
        np.testing.assert_array_equal(model.output[:], HEAD)
    else:
        assert model.output is None


def nested(**text):
    """Return the configuration of a model of several parts, as InternVL writes it."""
    inner = {
        "model_type": "qwen2",
        "architectures": ["Qwen2ForCausalLM"],
        "tie_word_embeddings": True,
        **text,
    }
    return {"model_type": "internvl_chat", "architectures": ["InternVLChatModel"], "llm_config": inner}


def test_text_part_decides_whether_there_is_a_head(make):
    model = tovec.open_model(make({f"language_model.{IN}": ROWS}, nested(vocab_size=5, hidden_size=4)))
    assert (model.report.tying, model.report.vocab_size) == ("tied", 5)
    np.testing.assert_array_equal(model.output[:], ROWS)
    assert model.report.findings == ()


@pytest.mark.parametrize("kind", [{"hidden_size": 64}, [], 3, None])
def test_model_type_that_is_not_text_is_unknown(make, kind):
    folder = make({IN: ROWS}, {"model_type": kind, "architectures": ["BertModel"]})
    assert tovec.open_model(folder).report.tying_why == "the file has no output table"


def test_single_head_is_an_output_never_an_input(make):
    folder = make({OUT: HEAD}, {"model_type": "llama", "tie_word_embeddings": False})
    model = tovec.open_model(folder)
    assert (model.input, model.report.input, model.report.tying) == (None, None, None)
    assert model.report.output.tensor == OUT
    assert model.report.findings == ("only an output table: there is no input table",)
    opened = tovec.open(folder)  # all that is there
    np.testing.assert_array_equal(opened[:], HEAD)
    assert opened.provenance["tensor"] == OUT
    with pytest.raises(
        BadSource, match=r"has no input table: the file has an output table and no input table"
    ):
        tovec.open(f"{folder}#input")


def test_part_of_a_model_is_reported_as_a_part(make):
    folder = make(
        {OUT: HEAD, "model.norm.weight": ROWS[0]}, {"model_type": "llama", "tie_word_embeddings": True}
    )
    shard = (folder / "model.safetensors").rename(folder / "model-00002-of-00002.safetensors")
    report = tovec.open_model(shard).report
    assert (report.input, report.tying) == (None, None)
    assert report.findings == ("part 2 of 2 of a model", "only an output table: there is no input table")
    save_file({"model.layers.0.mlp.up_proj.weight": HEAD}, folder / "model-00001-of-00002.safetensors")
    with pytest.raises(
        BadSource,
        match=r"it is part 1 of 2 of a model, and none of its .* model.safetensors.index.json in it",
    ):
        tovec.open(folder / "model-00001-of-00002.safetensors")


@pytest.fixture
def sharded(make):
    """Return a model in two files, with its index."""
    folder = make({}, {"model_type": "llama", "tie_word_embeddings": False})
    (folder / "model.safetensors").unlink()
    places = {IN: ROWS, OUT: HEAD}
    files = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for file, (name, rows) in zip(files, places.items(), strict=True):
        save_file({name: rows}, folder / file)
    index = {"metadata": {}, "weight_map": dict(zip(places, files, strict=True))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_a_missing_file_closes_the_tables_in_it_and_no_other(sharded):
    (sharded / "model-00002-of-00002.safetensors").unlink()
    model = tovec.open_model(sharded)
    np.testing.assert_array_equal(model.input[:], ROWS)
    missing = (
        r"model-00002-of-00002.safetensors is missing; model.safetensors.index.json puts tensor 'lm_head"
    )
    assert any("00002-of-00002.safetensors is missing" in finding for finding in model.report.findings)
    assert (model.report.output, model.report.tying) == (None, None)
    with pytest.raises(BadSource, match=missing):
        _ = model.output
    with pytest.raises(BadSource, match=missing):
        tovec.open(f"{sharded}#output")


def test_the_output_opens_where_the_file_of_the_input_is_another_one(sharded):
    save_file({"other": ROWS}, sharded / "model-00001-of-00002.safetensors")
    np.testing.assert_array_equal(tovec.open(f"{sharded}#output")[:], HEAD)
    with pytest.raises(BadSource, match=r"00001-of-00002.safetensors holds no tensor 'model.embed_tokens"):
        tovec.open(sharded)


def test_parts_without_their_index_are_joined_by_their_headers(sharded):
    (sharded / "model.safetensors.index.json").unlink()
    model = tovec.open_model(sharded)
    np.testing.assert_array_equal(model.input[:], ROWS)
    np.testing.assert_array_equal(model.output[:], HEAD)
    assert model.report.kind == "safetensors in 2 files without an index"
    save_file({IN: HEAD}, sharded / "model-00002-of-00002.safetensors")
    with pytest.raises(
        BadSource, match=r"00002.safetensors holds tensor 'model.embed_tokens.weight', as does"
    ):
        tovec.open(sharded)


def test_missing_head_is_reported(make):
    folder = make({BERT: ROWS}, {"model_type": "bert", "architectures": ["BertModel"]})
    with pytest.raises(BadSource, match=r"no output table: the file holds a BertModel, which has no head"):
        tovec.open(f"{folder}#output")


def test_a_tied_head_may_have_a_bias(make):
    tensors = {BERT: ROWS, "cls.predictions.bias": ROWS[:, 0]}
    folder = make(tensors, {"model_type": "bert", "architectures": ["BertForMaskedLM"]})
    assert tovec.open_model(folder).report.bias == "cls.predictions.bias"


def test_norm_after_a_scale_is_reported(make):
    config = {"model_type": "bart", "d_model": 4, "scale_embedding": True}
    report = tovec.open_model(make({"shared.weight": ROWS}, config)).report
    assert (report.scale, report.scale_why) == (2.0, "the square root of d_model 4, before a LayerNorm")


def test_different_counts_are_reported(make):
    padded = np.concatenate([ROWS, np.zeros((3, 4), np.float32)])
    model = tovec.open_model(make({IN: padded, OUT: padded}, {"model_type": "qwen2", "vocab_size": 7}))
    assert (model.report.n_rows, model.report.n_ids, model.report.vocab_size) == (8, 5, 7)
    assert "the counts differ: rows 8, tokenizer ids 5, vocab_size 7" in model.report.findings
    assert "3 rows have no token in tokenizer.json: ids 5 to 7" in model.report.findings
    assert len(model.input) == 8 and model.input.vocabulary.tokens[7] == "<id 7>"


def test_ids_past_the_table_are_reported_and_left_out(make):
    tokenizer = word_tokenizer()
    tokenizer.add_special_tokens([AddedToken("<image>", special=True)])
    model = tovec.open_model(make({IN: ROWS, OUT: HEAD}, {"model_type": "llama"}, tokenizer))
    assert any("past the table and no vector: 5 <image>" in told for told in model.report.findings)
    with pytest.raises(UnknownToken):
        model.input["<image>"]


def test_raw_and_effective_rows_are_both_there(make):
    folder = make({IN: ROWS}, {"model_type": "gemma2", "hidden_size": 4})
    model = tovec.open_model(folder)
    assert model.report.scale == 2.0
    np.testing.assert_array_equal(model.input["dog"], ROWS[2])
    np.testing.assert_array_equal(model.effective["dog"], 2 * ROWS[2])
    np.testing.assert_array_equal(tovec.open(f"{folder}#effective")[["dog", "sat"]], 2 * ROWS[[2, 4]])


def test_any_tensor_of_two_dimensions_can_be_opened_by_its_name(make):
    other = np.arange(6, dtype=np.float32).reshape(2, 3)
    folder = make({IN: ROWS, "position.weight": other, "norm.weight": ROWS[0]}, {"model_type": "llama"})
    opened = tovec.open(f"{folder}#position.weight")
    assert opened.vocabulary.tokens == ("<id 0>", "<id 1>")
    np.testing.assert_array_equal(opened[:], other)
    np.testing.assert_array_equal(tovec.open(f"{folder}#{IN}")["cat"], ROWS[1])
    with pytest.raises(BadSource, match=r"'norm.weight' is of shape 4, not a table"):
        tovec.open(f"{folder}#norm.weight")
    with pytest.raises(BadSource, match=r"no tensor 'positions.weight'; there are position.weight"):
        tovec.open(f"{folder}#positions.weight")


def test_file_is_opened_with_configuration_and_tokenizer_beside_it(make):
    folder = make({IN: ROWS, OUT: HEAD}, {"model_type": "llama"})
    assert tovec.open(folder / "model.safetensors").vocabulary.tokens == tuple(NAMES)


def test_given_tokenizer_names_the_rows(make, tmp_path):
    folder = make({"embedding.weight": ROWS}, None)
    (folder / "tokenizer.json").rename(tmp_path / "elsewhere.json")
    assert tovec.open(folder).vocabulary.tokens[1] == "<id 1>"
    named = tovec.open(folder, tokenizer=tmp_path / "elsewhere.json")
    assert named.vocabulary.tokens == tuple(NAMES)
    assert named.tokenize("dog") == ["dog"]
    with pytest.raises(TovecError, match=r"there is no tokenizer 'nothing'"):
        tovec.open(folder, tokenizer="nothing")


def test_rows_of_a_model2vec_folder_are_mapped_and_weighted(make):
    mapping, weights = np.array([0, 1, 1, 2, 4]), np.array([1.0, 0.5, 2.0, 1.0, 3.0], dtype=np.float32)
    folder = make({"embeddings": ROWS, "mapping": mapping, "weights": weights}, {"model_type": "model2vec"})
    opened = tovec.open(folder)
    np.testing.assert_array_equal(opened[:], ROWS[mapping] * weights[:, None])
    np.testing.assert_array_equal(opened["dog"], 2 * ROWS[1])


@pytest.mark.parametrize("mapping", [[0, 1, 2, 3, 5], [0, -1, 2, 3, 4], [0, 1]])
def test_a_mapping_outside_the_table_is_damage(make, mapping):
    folder = make({"embeddings": ROWS, "mapping": np.array(mapping)}, {"model_type": "model2vec"})
    if len(mapping) == 2:
        assert tovec.open(folder).vocabulary.tokens == ("[UNK]", "cat")
        return
    with pytest.raises(BadSource, match=r"model.safetensors is damaged: tensor 'mapping' gives token"):
        tovec.open(folder)


def test_a_table_of_static_vectors_of_sentence_transformers_lies_in_a_folder_of_its_own(make):
    folder = make({"embedding.weight": ROWS}, None)
    outer = folder.parent / "outer"
    outer.mkdir()
    folder.rename(outer / "0_StaticEmbedding")
    module = {"idx": 0, "path": "0_StaticEmbedding", "type": "sentence_transformers.models.StaticEmbedding"}
    (outer / "modules.json").write_text(json.dumps([module]))
    np.testing.assert_array_equal(tovec.open(outer)["mat"], ROWS[3])
    (outer / "0_StaticEmbedding" / "model.safetensors").unlink()
    with pytest.raises(BadSource, match=r"0_StaticEmbedding holds no file of tensors"):
        tovec.open(outer)
    (outer / "modules.json").write_text(json.dumps([{**module, "path": "../model"}]))
    with pytest.raises(BadSource, match=r"neither an embedding nor a model"):
        tovec.open(outer)


def test_several_files_of_tensors_are_an_error_that_lists_them(make, tmp_path):
    for name in ("a.safetensors", "b.safetensors"):
        save_file({IN: ROWS}, tmp_path / name)
    with pytest.raises(
        BadSource, match=r"holds 2 files of tensors; name one of them: a.safetensors, b.safetensors"
    ):
        tovec.open(tmp_path)


def test_folder_that_is_no_source_is_one_line(tmp_path):
    (tmp_path / "prose").write_text("Once upon a time\n")
    (tmp_path / "empty").mkdir()
    for name, said in (
        ("prose", "is text, not vectors: line 1"),
        ("empty", "neither"),
        ("gone", "does not exist"),
    ):
        with pytest.raises(BadSource, match=said):
            tovec.open(tmp_path / name)

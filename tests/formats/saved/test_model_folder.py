"""The folder of a language model: what transformers makes of it, round trips, damage, change of layout."""

import functools
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from click.testing import CliRunner
from needs import needs
from tokenizers import Tokenizer

import tovec
from tovec.cli import cli
from tovec.embedding import Embedding
from tovec.errors import BadSource, CannotSave
from tovec.formats.saved import folder, model_folder, static_folder
from tovec.text.corpus import build_corpus
from tovec.text.detokenize import Detokenizer
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.tokenizers import END_OF_TEXT, tokenizer_from_name

TEXTS = [
    "The cat sat on the mat, didn't it?",
    "영화가 재미있다. 영화를 봤다 😀",
    "東京タワーは高い",
    "a\x00b\t c",
] * 8
NAMES = ("bpe:300", "unigram:60", "words", "whitespace", "characters", "bytes")
DIM, HIDDEN, HEADS = 8, 12, 2
FILES = {
    *("README.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json"),
    *("tokenizer_config.json", "tovec.json"),
}


@functools.cache
def corpus_of(name):
    lists = [text.split() for text in TEXTS] if name is None else None
    tokenizer = None if name is None else tokenizer_from_name(name)
    documents = Texts(TEXTS) if lists is None else TokenLists(lists)
    return build_corpus(documents, tokenizer, Path(tempfile.mkdtemp()), end_of_text=True)


def a_model(name="bpe:300", tied=False, seed=0):
    """A language model of one layer with random weights, as training gives it."""
    corpus, rng = corpus_of(name), np.random.default_rng(seed)
    n_tokens = len(corpus.vocabulary)

    def weight(*shape):
        return rng.standard_normal(shape, dtype=np.float32) / 4

    shapes = {
        **{f"self_attn.{part}_proj": (DIM, DIM) for part in "qkvo"},
        **{"mlp.gate_proj": (HIDDEN, DIM), "mlp.up_proj": (HIDDEN, DIM), "mlp.down_proj": (DIM, HIDDEN)},
        **{"input_layernorm": (DIM,), "post_attention_layernorm": (DIM,)},
    }
    state = {f"model.layers.0.{part}.weight": weight(*shape) for part, shape in shapes.items()}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": n_tokens,
        "hidden_size": DIM,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": 1,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": tied,
        "bos_token_id": corpus.end_of_text,
        "eos_token_id": corpus.end_of_text,
    }
    return Embedding(
        corpus.vocabulary,
        weight(n_tokens, DIM),
        corpus.tokenizer,
        outputs=None if tied else weight(n_tokens, DIM),
        state={**state, "model.norm.weight": weight(DIM)},
        provenance={"objective": "language model", "losses": [1.5], "model": config},
    )


@pytest.fixture
def saved(tmp_path):
    return a_model().save(tmp_path / "model")


def names_in(directory):
    return {path.name for path in directory.iterdir()}


def bytes_in(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def edited(path, **changes):
    fields = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(fields), encoding="utf-8")


# What others make of it


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_transformers_loads_every_tensor(tmp_path, dtype, tied):
    transformers, torch = needs("transformers"), needs("torch")
    made = a_model(tied=tied)
    tovec.save(made, tmp_path / "model", dtype=dtype)
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path / "model", output_loading_info=True, dtype="auto"
    )
    assert type(model).__name__ == "LlamaForCausalLM"
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert model.dtype == {"f32": torch.float32, "f16": torch.float16}[dtype]
    rounded = np.float32 if dtype == "f32" else np.float16
    tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    head = made.vectors if tied else made.outputs
    expected = {"model.embed_tokens.weight": made.vectors, "lm_head.weight": head, **made.state}
    assert set(tensors) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(tensors[name], np.asarray(array).astype(rounded))
    assert model.config.tie_word_embeddings is tied
    assert model.generation_config.eos_token_id == corpus_of("bpe:300").end_of_text


@pytest.mark.parametrize("name", NAMES)
def test_transformers_cuts_as_tovec_does_with_the_end_of_text_before(tmp_path, name):
    transformers = needs("transformers")
    path = a_model(name).save(tmp_path / "model")
    embedding, theirs = tovec.open(path), transformers.AutoTokenizer.from_pretrained(path)
    end = corpus_of(name).end_of_text
    library = Tokenizer.from_file(str(path / "tokenizer.json"))
    for text in [*TEXTS[:4], "", " ", "a zebra, 얼룩말 🦓\x01", "e\u0301"]:
        ids = theirs(text)["input_ids"]
        known = embedding.vocabulary.known_ids(embedding.tokenizer.tokens(text)).tolist()
        assert ids == [end, *known] == library.encode(text).ids
    assert (theirs.bos_token, theirs.eos_token) == (END_OF_TEXT, END_OF_TEXT)
    assert theirs.model_max_length == 64


@pytest.mark.parametrize("name", ["bpe:300", "characters", "bytes"])
def test_transformers_puts_the_text_together_again(tmp_path, name):
    transformers = needs("transformers")
    path = a_model(name).save(tmp_path / "model")
    embedding, theirs = tovec.open(path), transformers.AutoTokenizer.from_pretrained(path)
    ours = Detokenizer(embedding.tokenizer, embedding.vocabulary)
    for text in TEXTS[:4]:
        ids = theirs(text)["input_ids"]
        assert theirs.decode(ids, skip_special_tokens=True) == ours.text(ids) == text


# Round trips


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", [*NAMES, None])
def test_a_model_comes_back_whole(tmp_path, name, tied):
    made = a_model(name, tied)
    path = made.save(tmp_path / "model")
    assert names_in(path) == FILES
    opened = tovec.open(path)
    assert list(opened) == list(made)
    np.testing.assert_array_equal(opened[:], made[:])
    assert opened.vocabulary.counts.tolist() == made.vocabulary.counts.tolist()
    assert opened.vocabulary.spelling == made.vocabulary.spelling
    assert set(opened.vocabulary.special) == {corpus_of(name).end_of_text}
    assert opened.vocabulary.unknown == made.vocabulary.unknown
    config = {**made.provenance["model"], "dtype": "float32"}
    assert opened.provenance == {**made.provenance, "model": config}
    assert (opened.outputs is None) == tied
    if not tied:
        np.testing.assert_array_equal(opened.outputs[:], made.outputs)
    assert set(opened.state) == set(made.state)
    for part, array in made.state.items():
        np.testing.assert_array_equal(opened.state[part], array)
    again = opened.save(tmp_path / "again")
    assert bytes_in(again) == bytes_in(path)


def test_layers_are_read_when_they_are_asked_for(saved, monkeypatch):
    opened = tovec.open(saved)
    read = []
    monkeypatch.setattr("tovec.vectors.stored.StoredTensor.values", lambda tensor: read.append(tensor.name))
    assert "model.norm.weight" in opened.state and len(opened.state) == 10
    assert opened.dim == DIM and read == []
    opened.state["model.norm.weight"]
    assert read == ["model.norm.weight"]


def test_a_model_is_saved_over_itself(saved):
    before = bytes_in(saved)
    tovec.open(saved).save(saved)
    assert bytes_in(saved) == before


def test_one_layout_leaves_nothing_of_the_other(tmp_path, saved):
    static = Embedding.random(["a", "b"], 3)
    plain = bytes_in(static.save(tmp_path / "plain"))
    model = bytes_in(saved)
    (saved / "mine.txt").write_text("mine")
    static.save(saved)
    assert bytes_in(saved) == {**plain, "mine.txt": b"mine"}
    a_model().save(saved)
    assert bytes_in(saved) == {**model, "mine.txt": b"mine"}
    assert static_folder.OWN_NAMES | model_folder.OWN_NAMES | {"snapshots"} <= folder.OWN_NAMES


def test_int8_is_refused_and_nothing_changes(saved):
    before = bytes_in(saved)
    with pytest.raises(CannotSave, match="the folder of a language model cannot hold int8, only f32, f16"):
        tovec.save(a_model(seed=1), saved, dtype="int8")
    huge = a_model()
    huge.state["model.norm.weight"][3] = 1e6
    with pytest.raises(CannotSave, match=r"f16 cannot hold the number 1e\+06 of row 0 of model.norm.weight"):
        tovec.save(huge, saved, dtype="f16")
    assert bytes_in(saved) == before


def test_other_vectors_are_no_model_any_more(tmp_path):
    made = a_model()
    for number, other in enumerate(
        (
            made.without_components(1),
            made.with_vectors({"mat": np.ones(DIM)}),
            made.with_ngrams("characters"),
            Embedding(made.vocabulary, made.vectors, outputs=made.outputs, state=made.state),
        )
    ):
        path = other.save(tmp_path / str(number))
        assert (path / "modules.json").exists() and not (path / "generation_config.json").exists()
        np.testing.assert_array_equal(tovec.open(path)[:3], other[:3])


# Opening


def test_every_part_opens(saved):
    made = a_model()
    np.testing.assert_array_equal(tovec.open(f"{saved}#output")[:], made.outputs)
    np.testing.assert_array_equal(tovec.open(f"{saved}#effective")[:], made[:])
    assert tovec.open(f"{saved}#output").vocabulary.counts is not None
    part = "model.layers.0.mlp.up_proj.weight"
    np.testing.assert_array_equal(tovec.open(f"{saved}#{part}")[:], made.state[part])
    model = tovec.open_model(saved)
    report = model.report
    assert (report.model_type, report.tying, report.findings) == ("llama", "untied", ())
    assert (report.input.tensor, report.output.tensor) == ("model.embed_tokens.weight", "lm_head.weight")
    assert model.config["hidden_size"] == DIM
    assert set(model.tables) == {"input", "output"}
    assert tovec.open(saved, limit=4).vectors.shape == (4, DIM)
    assert tovec.open(saved, tokenizer="words").tokenizer.name == "words"
    with pytest.raises(BadSource, match="'nothing'"):
        tovec.open(f"{saved}#nothing")


def test_a_tied_model_has_one_table(tmp_path):
    path = a_model(tied=True).save(tmp_path / "model")
    model = tovec.open_model(path)
    assert model.report.tying == "tied"
    assert model.output is model.input and model.tables == {}


@pytest.mark.parametrize("option", [{}, {"top": 20}, {"dim": 3}, {"remove_components": 1}])
def test_converting_keeps_the_model_only_where_it_is_whole(saved, tmp_path, option):
    made = tovec.convert(saved, tmp_path / "made", **option)
    assert (tmp_path / "made" / "generation_config.json").exists() == (option == {})
    assert ("the layers of the language model" in made.dropped) == (option != {})
    made = tovec.convert(saved, tmp_path / "made.npy", **option)
    assert "the layers of the language model" in made.dropped
    assert np.load(tmp_path / "made.npy").shape == (made.n_tokens, made.dim)


@pytest.mark.parametrize(
    "command", [["inspect"], ["neighbors", "mat", "-k", "2"], ["tokens", "a cat"], ["vectors", "mat"]]
)
def test_commands_take_it(saved, command):
    result = CliRunner().invoke(cli, [command[0], str(saved), *command[1:]])
    assert result.exit_code == 0, result.output
    if command == ["inspect"]:
        assert "a llama model (model.safetensors)" in result.output
        assert "untied" in result.output


# Damage


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(BadSource, match=f"{name} is missing$"):
        tovec.open(saved)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "tovec.json"])
def test_half_a_file_is_named(saved, name):
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadSource, match=rf"{name} is (damaged|shorter|cut)") as error:
        tovec.open(saved)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("model.norm.weight"), "it holds no tensor 'model.norm.weight', so it is no whole"),
        (lambda t: t.pop("model.embed_tokens.weight"), "it holds no tensor 'model.embed_tokens.weight'"),
        (
            lambda t: t.update({"model.embed_tokens.weight": np.zeros((7, DIM), np.float32)}),
            "model.embed_tokens.weight has 7 rows for 300 tokens of tovec.json",
        ),
        (
            lambda t: t.update({"lm_head.weight": np.zeros((7, DIM), np.float32)}),
            r"lm_head.weight is a table of \(7, 8\) beside model.embed_tokens.weight of \(300, 8\)",
        ),
    ],
)
def test_a_wrong_tensor_is_named(saved, change, message):
    path = saved / "model.safetensors"
    tensors = safetensors.numpy.load_file(path)
    change(tensors)
    safetensors.numpy.save_file(tensors, path)
    with pytest.raises(BadSource, match=f"model.safetensors is damaged: {message}"):
        tovec.open(saved)


def test_other_tokens_than_those_of_the_tokenizer_are_named(saved):
    edited(saved / "tovec.json", tokens=["x"] * 300, layout="model")
    with pytest.raises(BadSource, match=r"tovec.json is damaged"):
        tovec.open(saved)


def test_a_tovec_json_in_other_words_is_read_too(saved):
    edited(saved / "tovec.json")
    np.testing.assert_array_equal(tovec.open(saved)[:], a_model()[:])

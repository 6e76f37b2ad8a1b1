"""Predictions of models that transformers has made, and computes itself."""

import json

import numpy as np
import pytest
from needs import needs
from small_llamas import CORPUS, TEXTS, embedding_with_network, saved_llama

import tovec
from tovec.errors import BadSetting, BadSource, BadText, TovecError
from tovec.language_model import TEMPERATURE
from tovec.language_model.decoding import streamed
from tovec.language_model.sampling import Sampler, probabilities

KINDS = {
    "plain": {},
    "grouped keys": {"num_key_value_heads": 2},
    "one head of keys": {"num_key_value_heads": 1},
    "tied": {"tie_word_embeddings": True},
    "heads of another width": {"head_dim": 10},
    "another base of turns": {"rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}},
    "another norm": {"rms_norm_eps": 0.1},
}
STORED = {
    "bfloat16": {"dtype": "bfloat16"},
    "float16": {"dtype": "float16"},
    "in shards": {"shard": "20KB"},
    "in shards of float16": {"dtype": "float16", "shard": "20KB", "tie_word_embeddings": True},
}


def loaded_by_transformers(folder):
    transformers = needs("transformers")
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()


@pytest.fixture(scope="module", params=KINDS | STORED)
def pair(request, tmp_path_factory):
    """A model opened here, and by transformers."""
    needs("torch")
    folder = tmp_path_factory.mktemp("llama")
    saved_llama(folder, **(KINDS | STORED)[request.param])
    return tovec.open_language_model(folder), loaded_by_transformers(folder)


@pytest.fixture
def model(llama_folder):
    return tovec.open_language_model(llama_folder)


def copied(folder, target, **changes):
    """Copy a model's folder with another config.json."""
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (target / "config.json").write_text(json.dumps({**config, **changes}))
    return target


@pytest.mark.parametrize("text", TEXTS)
def test_probabilities_are_those_of_transformers(pair, text):
    torch = needs("torch")
    ours, theirs = pair
    with torch.inference_mode():
        scores = theirs(torch.tensor([ours.read(text).ids])).logits[0, -1]
    expected = scores.double().softmax(0).numpy()
    found = ours.predict(text, k=1000)
    assert len(found) == ours.shape.n_tokens
    assert [hit.id for hit in found][:5] == np.argsort(-expected, kind="stable")[:5].tolist()
    np.testing.assert_allclose(
        [hit.probability for hit in found], expected[[hit.id for hit in found]], rtol=1e-4
    )


def test_the_most_likely_continuation_is_that_of_transformers(pair):
    torch = needs("torch")
    ours, theirs = pair
    ids = list(ours.read(TEXTS[1]).ids)
    given = torch.tensor([ids])
    expected = theirs.generate(
        given, attention_mask=torch.ones_like(given), do_sample=False, max_new_tokens=8, pad_token_id=1
    )[0, len(ids) :].tolist()
    found = [*ours._continuation(ids, 8, Sampler(0, None, 0))]
    assert found == [row for row in expected if row != ours.end_of_text]


def test_vectors_in_context_are_those_of_transformers(pair):
    torch = needs("torch")
    ours, theirs = pair
    with torch.inference_mode():
        expected = theirs.model(torch.tensor([ours.read(TEXTS[2]).ids])).last_hidden_state[0].numpy()
    found = ours.contextual(TEXTS[2])
    assert found.ids == ours.read(TEXTS[2]).ids[1:]
    assert found.vectors.dtype == np.float32
    np.testing.assert_allclose(found.vectors, expected[1:], rtol=1e-3, atol=1e-4)


def test_the_tokenizer_of_transformers_reads_the_same(model, llama_folder):
    transformers = needs("transformers")
    theirs = transformers.AutoTokenizer.from_pretrained(llama_folder)
    for text in TEXTS:
        assert model.read(text).ids[1:] == tuple(theirs(text, add_special_tokens=False)["input_ids"])


def test_of_a_text_longer_than_the_context_the_last_tokens_count(model):
    long = "the cat sat " * 40
    read = model.read(long)
    whole = model.embedding.encode(long)
    assert read.ids == tuple(whole[-model.context :])
    assert read.dropped == 1 + len(whole) - model.context
    assert len(model.contextual(long).ids) == model.context
    assert model.predict(long, 1)[0].probability > 0


def test_each_generated_token_is_the_one_predicted_also_beyond_the_context(model):
    """What is kept of earlier tokens gives what reading all anew gives."""
    ids = list(model.read("the cat").ids)
    continued = [*model._continuation(ids, 3 * model.context, Sampler(0, None, 0))]
    assert len(continued) == 3 * model.context or len(continued) > 5
    for row in continued:
        assert row == int(model._scores(ids[-model.context :]).argmax())
        ids.append(row)


def test_generated_text_is_that_of_its_tokens_and_arrives_in_whole_characters(model):
    pieces = [*model.stream("영화를", 40, seed=5)]
    assert "".join(pieces) == model.generate("영화를", 40, seed=5)
    ids = model.read("영화를").ids
    drawn = [*model._continuation(list(ids), 40, Sampler(TEMPERATURE, None, 5))]
    text = b"".join(model.embedding.vocabulary.text(row) for row in drawn).decode(errors="replace")
    assert "".join(pieces) == text
    assert len(pieces) > 1


def test_a_seed_decides_what_is_drawn(model):
    drawn = [model.generate("the", 20, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_one_token_to_draw_from_and_temperature_0_are_the_most_likely(model):
    expected = model.generate("the", 10, temperature=0)
    assert (
        expected == model.generate("the", 10, top_k=1, seed=3) == model.generate("the", 10, temperature=1e-9)
    )


def test_draws_come_as_often_as_they_are_likely():
    scores = np.log([0.5, 0.3, 0.15, 0.05])
    sampler = Sampler(1.0, 3, 0)
    drawn = np.bincount([sampler.draw(scores) for _ in range(4000)], minlength=4) / 4000
    np.testing.assert_allclose(drawn, np.array([0.5, 0.3, 0.15, 0]) / 0.95, atol=0.03)
    hot = Sampler(2.0, None, 0)
    drawn = np.bincount([hot.draw(scores) for _ in range(4000)], minlength=4) / 4000
    np.testing.assert_allclose(drawn, probabilities(scores / 2), atol=0.03)


def test_generation_ends_at_a_token_that_ends_a_text(model, llama_folder, tmp_path):
    first = model.predict("the cat", 1)[0].id
    ended = copied(llama_folder, tmp_path / "config", eos_token_id=[5, first])
    (ended / "generation_config.json").unlink(missing_ok=True)
    assert tovec.open_language_model(ended).generate("the cat", 5, temperature=0) == ""
    other = copied(llama_folder, tmp_path / "generation")
    (other / "generation_config.json").write_text(json.dumps({"eos_token_id": first}))
    assert tovec.open_language_model(other).generate("the cat", 5, temperature=0) == ""


@pytest.mark.parametrize("none", [None, -1])
def test_a_model_without_a_beginning_reads_the_text_alone(llama_folder, tmp_path, none):
    bare = copied(llama_folder, tmp_path / "bare", bos_token_id=none, eos_token_id=none)
    (bare / "generation_config.json").unlink(missing_ok=True)
    model = tovec.open_language_model(bare)
    assert model.end_of_text is None
    assert model.read("the cat").ids == tuple(model.embedding.encode("the cat"))
    with pytest.raises(TovecError, match="no token that begins a text"):
        model.predict("")


@pytest.mark.parametrize(
    "changes",
    [
        {"num_key_value_heads": None},
        {"head_dim": None},
        {"rope_parameters": None, "rope_theta": 10000.0, "rope_scaling": None},
        {"rope_scaling": {"rope_type": "default"}},
        {"rope_scaling": {"type": "default"}},
        {"pretraining_tp": 2},  # only says in how many parts transformers once multiplied
        {"tie_word_embeddings": True},  # and an output table of its own in the file, which counts
    ],
    ids=str,
)
def test_what_older_and_newer_files_say_otherwise_means_the_same(model, llama_folder, tmp_path, changes):
    other = tovec.open_language_model(copied(llama_folder, tmp_path / "other", **changes))
    expected, found = model.predict("the cat"), other.predict("the cat")
    assert [hit.id for hit in found] == [hit.id for hit in expected]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, "rope_scaling"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "yarn"),
        ({"attention_bias": True}, "attention_bias"),
        ({"hidden_act": "gelu"}, "hidden_act"),
        ({"model_type": "mistral"}, "model_type 'mistral'"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "quantized \\(gptq\\)"),
        ({"quantization": {"group_size": 64, "bits": 4}}, "quantized \\(MLX\\)"),
        ({"num_key_value_heads": 3}, "multiple"),
        ({"hidden_size": "wide"}, "hidden_size 'wide'"),
        ({"rms_norm_eps": None}, "rms_norm_eps None, which is not a number above 0"),
        ({"rope_parameters": None, "rope_theta": "far"}, "rope_theta 'far', which is not a number above 0"),
    ],
    ids=str,
)
def test_what_is_not_computed_here_is_refused_by_name(llama_folder, tmp_path, changes, why):
    with pytest.raises(BadSource, match=why):
        tovec.open_language_model(copied(llama_folder, tmp_path / "other", **changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"num_hidden_layers": 3}, "no tensor model.layers.2.input_layernorm.weight"),
        ({"intermediate_size": 50}, "mlp.gate_proj.weight is \\(48, 32\\)"),
        ({"vocab_size": 299}, "embed_tokens.weight is"),
    ],
    ids=str,
)
def test_tensors_that_do_not_fit_are_named_at_the_first_question(llama_folder, tmp_path, changes, why):
    model = tovec.open_language_model(copied(llama_folder, tmp_path / "other", **changes))
    for _ in range(2):
        with pytest.raises(BadSource, match=f"/other cannot predict: .*{why}"):
            model.predict("the cat")


def test_an_embedding_that_holds_its_network_is_a_model(model, llama_folder):
    opened = tovec.open_language_model(embedding_with_network(llama_folder))
    assert opened.predict("the cat") == model.predict("the cat")
    with pytest.raises(BadSource, match="a table without a network"):
        tovec.open_language_model(model.embedding)


def test_a_file_of_tensors_is_a_model_with_what_lies_beside_it(model, llama_folder):
    assert tovec.open_language_model(llama_folder / "model.safetensors").predict("a") == model.predict("a")


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (lambda model: model.predict("a", k=0), "k must be a whole number from 1 up"),
        (lambda model: model.generate("a", -1), "n_tokens must be"),
        (lambda model: model.generate("a", 1, temperature=-1), "temperature must be"),
        (lambda model: model.generate("a", 1, temperature=float("nan")), "temperature must be"),
        (lambda model: model.generate("a", 1, temperature="hot"), "temperature must be"),
        (lambda model: model.generate("a", 1, top_k=0), "top_k must be"),
        (lambda model: model.step("a", target=10**6), "target must be an id below"),
        (lambda model: model.step("a", learning_rate=0), "learning_rate must be"),
        (lambda model: model.step("a", learning_rate="high"), "learning_rate must be"),
    ],
)
def test_settings_are_checked(model, question, why):
    with pytest.raises(BadSetting, match=why):
        question(model)


def test_several_texts_at_once_are_refused(model):
    with pytest.raises(BadText, match="one text is read at a time"):
        model.predict(["a", "b"])


def test_too_little_memory_is_said_before_it_is_taken(model, monkeypatch):
    monkeypatch.setattr("tovec.language_model.model.available_bytes", lambda: 1000)
    with pytest.raises(BadSource, match="MB are free"):
        model.predict("a")


def test_without_torch_the_extra_is_named(model, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    for question in (model.predict, model.step, lambda text: model.generate(text, 1)):
        with pytest.raises(TovecError, match=r"pip install 'tovec\[torch\]'"):
            question("the cat")


DECODERS = {
    "pieces": {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    },
    "of_patterns": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
}


@pytest.mark.parametrize("kind", DECODERS)
def test_text_of_foreign_tokenizers_is_that_of_transformers(tmp_path, kind):
    """Of Llama 2, whose tokens begin with ▁, and of Llama 3, whose tokens are bytes."""
    transformers = needs("transformers")
    import foreign_tokenizers

    definitions = {
        "pieces": lambda: foreign_tokenizers.pieces(CORPUS),
        "of_patterns": lambda: foreign_tokenizers.of_patterns(CORPUS, "llama-bpe"),
    }
    definition = json.loads(definitions[kind]())
    definition["decoder"] = DECODERS[kind]
    ids = definition["model"]["vocab"].values()
    n_tokens = max([*ids, *(added["id"] for added in definition["added_tokens"])]) + 1
    saved_llama(tmp_path, vocab_size=n_tokens + 5, bos_token_id=1, eos_token_id=2)
    (tmp_path / "tokenizer.json").write_text(json.dumps(definition))
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    model = tovec.open_language_model(tmp_path)
    text = "the cat sat 영화를"
    ids = list(model.read(text).ids)
    assert ids[1:] == theirs(text, add_special_tokens=False)["input_ids"]
    drawn = model.read(" on the mat, 🐈 naïve 사람은\n").ids[1:]
    whole, before = (
        theirs.decode(some, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        for some in ([*ids, *drawn], ids)
    )
    assert whole.startswith(before)
    pieces = [*streamed(model._detokenizer, ids, drawn)]
    assert "".join(pieces) == whole[len(before) :]
    assert "🐈" in "".join(pieces)
    assert len(pieces) > 5

"""Models that were trained here: in memory, saved and opened again, and in transformers."""

import pickle

import numpy as np
import pytest
from needs import needs

import tovec

TEXT = [
    "the cat sat on the mat .",
    "the dog sat on the cat .",
    "영화를 보는 사람 .",
    "(a cat) sat , so .",
] * 4
SETTINGS = {
    "objective": "language-model",
    "dim": 16,
    "context": 16,
    "epochs": 1,
    "min_count": 1,
    "threads": 1,
}


@pytest.fixture(
    scope="module",
    params=[("words", False), ("bpe:280", True), ("bytes", False), ("characters", False)],
    ids=lambda given: given[0],
)
def trained(request):
    needs("torch")
    tokenizer, tied = request.param
    return tovec.train(TEXT, tokenizer=tokenizer, tied=tied, **SETTINGS)


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    return trained.save(tmp_path_factory.mktemp("model") / "saved")


def test_a_saved_model_answers_as_the_trained_one(trained, folder):
    in_memory, saved = tovec.open_language_model(trained), tovec.open_language_model(folder)
    for text in ("", "the cat", "영화를"):
        assert saved.predict(text) == in_memory.predict(text)
    assert saved.generate("the", 20, seed=1) == in_memory.generate("the", 20, seed=1)


def test_a_pickle_holds_the_network(trained, folder):
    opened = pickle.loads(pickle.dumps(tovec.open(folder)))
    assert tovec.open_language_model(opened).predict("the cat") == tovec.open_language_model(trained).predict(
        "the cat"
    )


def test_transformers_reads_the_same_tokens_and_predicts_the_same(folder):
    torch, transformers = needs("torch"), needs("transformers")
    ours = tovec.open_language_model(folder)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for text in ("", "the cat sat", "the unknown cat"):
        ids = tokenizer(text)["input_ids"]
        assert tuple(ids) == ours.read(text).ids
        with torch.inference_mode():
            expected = theirs(torch.tensor([ids])).logits[0, -1].double().softmax(0).numpy()
        found = ours.predict(text, len(expected))
        np.testing.assert_allclose(
            [hit.probability for hit in found], expected[[hit.id for hit in found]], rtol=1e-4
        )


def test_what_is_generated_reads_on_after_the_text(folder):
    model = tovec.open_language_model(folder)
    text, added = "the cat", model.generate("the cat", 20, seed=1)
    assert added
    ids = model.read(text + added).ids
    if model.embedding.tokenizer.name == "words":
        assert added[0] in " .,)"  # a word is apart from the one before
    else:
        assert "\ufffd" in added or len(ids) > len(model.read(text).ids)


def test_an_embedding_made_of_it_is_a_table_alone(trained):
    with pytest.raises(tovec.TovecError, match="a table without a network"):
        tovec.open_language_model(trained.without_components(1))

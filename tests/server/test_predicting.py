"""A page of a language model: next tokens, a worked step and one token in two texts, over HTTP."""

import json
import sys
import urllib.parse

import numpy as np
import pytest
from exported_page import Reader
from page_client import Client
from small_llamas import TEXTS, embedding_with_network

import tovec
from tovec.server import predicting
from tovec.server.export import export
from tovec.server.open_page import Page
from tovec.server.page_data import page_data

TEXT = "the cat sat on the mat"


@pytest.fixture(scope="module")
def model(llama_folder):
    return tovec.open_language_model(llama_folder)


@pytest.fixture(scope="module")
def data(model, llama_folder):
    opened = tovec.open_model(llama_folder)
    return page_data(opened.input, tables=opened.tables, language_model=model)


@pytest.fixture(scope="module")
def client(data, static):
    with Page(data, port=0, static=static) as page:
        yield Client(page)


def asked(client, path, **parameters):
    return client.json(f"{path}?{urllib.parse.urlencode(parameters)}")


def refused(client, path, **parameters):
    """Return the line of an answer with status 400."""
    status, line = client.wrong(f"{path}?{urllib.parse.urlencode(parameters)}")
    assert status == 400
    return line


def test_the_manifest_says_what_the_model_reads(client, model):
    for place in ("", "/output"):
        manifest = client.json(f"{place}/data/manifest.json")
        assert manifest["languageModel"] == {"context": 64, "endOfText": 0}


@pytest.mark.parametrize("text", TEXTS)
def test_next_tokens_are_those_of_the_model(client, model, text):
    found = asked(client, "/api/predict", text=text, k=5)
    assert [(hit["id"], hit["probability"]) for hit in found["results"]] == [
        (hit.id, pytest.approx(hit.probability)) for hit in model.predict(text, 5)
    ]
    assert [token["id"] for token in found["tokens"]] == list(model.read(text).ids)
    assert found["tokens"][0] == {"id": 0, "token": "<|endoftext|>"}
    assert found["dropped"] == 0
    for hit in asked(client, "/api/predict", text=text, k=300)["results"]:
        text_of_token = (model.embedding.vocabulary.text(hit["id"]) or b"").decode(errors="replace")
        assert hit["text"] == (text_of_token if text_of_token and "\ufffd" not in text_of_token else None)
    vocabulary = model.embedding.vocabulary
    assert all(hit["token"] == vocabulary.readable(hit["id"]) for hit in found["results"])


def test_the_output_table_of_the_model_predicts_alike(client):
    one, other = (asked(client, f"{place}/api/predict", text=TEXT) for place in ("", "/output"))
    assert one == other
    assert len(one["results"]) == 10


def test_what_does_not_fit_into_the_context_is_dropped_and_counted(client, model):
    text = "the cat sat " * 100
    found = asked(client, "/api/predict", text=text)
    assert len(found["tokens"]) == model.context
    assert found["dropped"] == 1 + len(model.embedding.encode(text)) - model.context


def test_a_long_text_is_posted(client):
    text = "영화를 " * 5000
    status, _, body = client.ask("/api/predict?k=3", "POST", text.encode())
    assert (status, len(json.loads(body)["results"])) == (200, 3)


@pytest.mark.parametrize(
    ("path", "parameters", "why"),
    [
        ("/api/predict", {}, "text must be given"),
        ("/api/predict", {"text": "a", "k": 0}, "k must be from 1 to 1000, not 0"),
        ("/api/predict", {"text": "a", "k": 1001}, "k must be from 1 to 1000"),
        ("/api/predict", {"text": "a", "k": "x"}, "k must be a whole number"),
        ("/api/predict", {"text": "a", "moment": 0}, "a parameter must be one of text, k"),
        ("/api/lesson-step", {}, "text must be given"),
        ("/api/lesson-step", {"text": "a", "target": 300}, "target must be an id below 300"),
        ("/api/lesson-step", {"text": "a", "target": "cat"}, "target must be a whole number"),
        ("/api/context", {"a": "x"}, "b must be given"),
        ("/api/context", {"a": "the cat", "b": "the cat", "token": "dog"}, "token must be one that both"),
        ("/api/context", {"a": "", "b": "the cat"}, "the two texts share no token"),
        ("/api/context", {"a": "cat", "b": "the cat", "token": "cat"}, "token must be cut alike"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_one_line(client, path, parameters, why):
    assert why in refused(client, path, **parameters)


def test_a_text_that_is_too_long_is_one_line(client, monkeypatch):
    monkeypatch.setattr(predicting, "MAX_TEXT", 10)
    for path, name in (("predict", "text"), ("lesson-step", "text"), ("context", "a"), ("context", "b")):
        given = {"a": "x", "b": "x"} if path == "context" else {}
        line = refused(client, f"/api/{path}", **{**given, name: "x" * 11})
        assert "at most 10 characters long" in line


@pytest.mark.parametrize(("text", "target"), [(TEXT, None), (TEXT, 7), ("", None)])
def test_a_worked_step_is_that_of_the_model(client, model, text, target):
    given = {} if target is None else {"target": target}
    found = asked(client, "/api/lesson-step", text=text, **given)
    step = model.step(text, target)
    assert [token["id"] for token in found["tokens"]] == list(step.ids)
    assert found["target"] == {"id": step.target, "token": model.embedding.vocabulary.readable(step.target)}
    assert (found["loss"], found["lossAfter"]) == pytest.approx((step.loss, step.loss_after), rel=1e-5)
    assert found["lossAfter"] < found["loss"]
    assert found["learningRate"] == pytest.approx(step.learning_rate)
    assert len(found["hidden"]) == model.shape.dim
    ids = [row["id"] for row in found["scores"]]
    assert ids[:8] == np.argsort(-step.scores, kind="stable")[:8].tolist()
    assert step.target in ids
    assert len(ids) in (8, 9)
    # what the page shows adds up: a score is the product of two vectors that it has
    by_id = {row["id"]: row for row in found["scores"]}
    for row in found["rows"]:
        assert set(row) == {"table", "id", "token", "before", "after"}
        if row["table"] == "output" and row["id"] in by_id:
            assert np.dot(row["before"], found["hidden"]) == pytest.approx(
                by_id[row["id"]]["score"], rel=1e-3
            )
            assert by_id[row["id"]]["probability"] == pytest.approx(step.probabilities[row["id"]], rel=1e-4)


def test_a_token_in_two_texts_is_one_row_and_two_vectors(client, model):
    a, b = "the cat sat on the mat", "the dog sat on the cat"
    found = asked(client, "/api/context", a=a, b=b, token="cat")
    one, other = model.contextual(a), model.contextual(b)
    i, j = found["positions"]
    assert one.ids[i] == other.ids[j] == found["token"]["id"]
    u, v = one.vectors[i], other.vectors[j]
    cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    assert found["contextCosine"] == pytest.approx(float(cosine), rel=1e-4)
    assert found["rowCosine"] == 1
    assert asked(client, "/api/context", a=a, b=b, token=found["token"]["id"]) == found


def test_a_token_after_the_same_tokens_is_the_same_vector(client):
    found = asked(client, "/api/context", a="the cat sat", b="the cat ran", token="cat")
    assert found["contextCosine"] == pytest.approx(1, abs=1e-5)


def test_without_a_token_the_longest_of_both_texts_is_taken(client, model):
    found = asked(client, "/api/context", a="the 영화를 보는", b="cat 영화를")
    shared = set(model.contextual("the 영화를 보는").ids) & set(model.contextual("cat 영화를").ids)
    lengths = {row: len(model.embedding.vocabulary.tokens[row]) for row in shared}
    assert lengths[found["token"]["id"]] == max(lengths.values())


def test_a_page_without_a_language_model_says_so(static):
    table = tovec.Embedding.random(["the", "cat"], 3)
    with Page(page_data(table), port=0, static=static) as page:
        client = Client(page)
        assert client.json("/data/manifest.json")["languageModel"] is None
        for path in ("/api/predict?text=a", "/api/lesson-step?text=a", "/api/context?a=a&b=a"):
            status, line = client.wrong(path)
            assert (status, line.count("--objective language-model")) == (400, 1)


def test_without_torch_the_answer_names_the_extra(llama_folder, static, monkeypatch):
    opened = tovec.open_model(llama_folder)
    data = page_data(opened.input, language_model=tovec.open_language_model(llama_folder))
    monkeypatch.setitem(sys.modules, "torch", None)
    with Page(data, port=0, static=static) as page:
        client = Client(page)
        assert client.json("/data/manifest.json")["languageModel"] is not None
        assert "pip install 'tovec[torch]'" in refused(client, "/api/predict", text="a")


def test_the_model_is_opened_at_the_first_question_and_once(llama_folder, static, monkeypatch):
    opened = []
    from tovec.language_model import model as module

    load = module._loaded
    monkeypatch.setattr(module, "_loaded", lambda *given: opened.append(1) or load(*given))
    data = page_data(tovec.open(llama_folder), language_model=tovec.open_language_model(llama_folder))
    with Page(data, port=0, static=static) as page:
        client = Client(page)
        client.json("/data/manifest.json")
        assert opened == []
        asked(client, "/api/predict", text="a")
        asked(client, "/api/lesson-step", text="a")
        assert opened == [1]


def test_some_rows_of_a_model_do_not_predict(llama_folder):
    data = page_data(
        tovec.open(llama_folder, limit=100), language_model=tovec.open_language_model(llama_folder)
    )
    assert data.manifest["languageModel"] is None


def test_a_file_says_that_it_predicts_with_a_server(llama_folder, static, tmp_path):
    model = tovec.open_language_model(llama_folder)
    for given, expected in ((model, True), (None, False)):
        path = export(
            tovec.open(llama_folder),
            tmp_path / "a.html",
            methods=["pca"],
            static=static,
            language_model=given,
        )
        manifest = Reader(path).manifest
        assert manifest["languageModel"] is None
        assert manifest["predictsWithServer"] is expected


def test_an_embedding_with_its_network_predicts_in_its_page(llama_folder):
    trained = embedding_with_network(llama_folder)
    assert page_data(trained).manifest["languageModel"] == {"context": 64, "endOfText": 0}
    assert page_data(trained.with_tokenizer(None)).manifest["languageModel"] is not None

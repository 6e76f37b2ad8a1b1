"""tovec predict: next tokens and continuations, as people and programs read them."""

import json
import sys

import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli


@pytest.fixture(scope="module")
def model(llama_folder):
    return tovec.open_language_model(llama_folder)


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["predict", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_next_tokens_are_printed_as_people_read_them(llama_folder, model):
    lines = run(llama_folder, "the cat", "-k", 300).stdout.splitlines()
    found = model.predict("the cat", 300)
    assert [float(line.split()[0]) for line in lines] == [round(hit.probability, 4) for hit in found]
    names = [line.split(maxsplit=1)[1] for line in lines]
    assert "▁cat" in names
    assert "영화를" in names
    assert len(run(llama_folder, "").stdout.splitlines()) == 10


def test_json_has_tokens_ids_and_probabilities(llama_folder, model):
    found = json.loads(run(llama_folder, "the cat", "-k", 2, "--json").stdout)
    expected = [
        {"token": hit.token, "id": hit.id, "probability": hit.probability}
        for hit in model.predict("the cat", 2)
    ]
    assert found == {"results": expected, "dropped": 0}


def test_a_continuation_is_printed_after_the_text(llama_folder, model):
    options = ("--generate", 20, "--seed", 3, "--temperature", 0.7, "--top-k", 50)
    text = model.generate("the cat", 20, seed=3, temperature=0.7, top_k=50)
    printed = run(llama_folder, "the cat", *options).stdout
    assert printed.startswith("the cat")
    assert all(c.isprintable() or c == "\n" for c in printed)
    found = json.loads(run(llama_folder, "the cat", *options, "--json").stdout)
    assert found["text"] == text
    assert len(found["results"]) == 10


def test_control_characters_of_a_continuation_do_not_reach_the_terminal(llama_folder, monkeypatch):
    monkeypatch.setattr(
        "tovec.language_model.model.LanguageModel.stream", lambda *_, **__: iter(["\x1b[2J a", "\nb\r"])
    )
    assert run(llama_folder, "the", "--generate", 1).stdout == "the\\x1b[2J a\nb\\r\n"


def test_a_text_longer_than_the_context_is_noted(llama_folder):
    result = run(llama_folder, "the cat sat " * 50, "--json")
    assert json.loads(result.stdout)["dropped"] > 0
    assert "of which the model reads the last 64" in result.stderr


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("saved", "is a folder of tovec's, not a language model"),
        ("glove", "is GloVe text, not a language model"),
        ("bert", "model_type 'bert'"),
    ],
)
def test_what_is_no_language_model_says_what_it_is_and_how_to_get_one(tmp_path, kind, why):
    path = tmp_path / "source"
    if kind == "glove":
        path.write_text("cat 1 2 3\ndog 4 5 6\n")
    elif kind == "saved":
        tovec.Embedding.random(["cat", "dog"], 3).save(path)
    else:
        path.mkdir()
        needs("safetensors.numpy").save_file(
            {"embeddings.word_embeddings.weight": __import__("numpy").ones((2, 3), "float32")},
            path / "model.safetensors",
        )
        (path / "config.json").write_text(json.dumps({"model_type": "bert"}))
        (path / "vocab.txt").write_text("cat\ndog\n")
    (line,) = run(path, "x", status=1).stderr.splitlines()
    assert why in line
    assert "tovec train TEXT --objective language-model --out DIR" in line


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("nowhere", "nowhere does not exist"),
        ("hf:org/name", "is on the Hub"),
        ("{folder}#output", "is one table of a model"),
    ],
)
def test_a_source_that_is_no_folder_is_one_line(llama_folder, source, why):
    (line,) = run(source.format(folder=llama_folder), "x", status=1).stderr.splitlines()
    assert why in line


@pytest.mark.parametrize("options", [("--seed", 1), ("--temperature", 0.5), ("--top-k", 3)])
def test_options_of_generation_go_with_generate(llama_folder, options):
    assert f"{options[0]} goes with --generate" in run(llama_folder, "x", *options, status=2).stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("-k", 0), "-k must be a whole number from 1 up"),
        (("--generate", 2, "--temperature", -1), "--temperature must be a number from 0 up"),
        (("--generate", 2, "--top-k", 0), "--top-k must be a whole number from 1 up"),
    ],
)
def test_a_wrong_setting_is_named_as_its_option(llama_folder, options, why):
    assert why in run(llama_folder, "x", *options, status=1).stderr


def test_without_torch_the_extra_is_named(llama_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (line,) = run(llama_folder, "x", status=1).stderr.splitlines()
    assert "pip install 'tovec[torch]'" in line

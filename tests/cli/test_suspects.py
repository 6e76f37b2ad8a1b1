"""tovec suspects: the JSON that a program reads, the lines for people."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

import tovec
from tovec.cli import cli
from tovec.server.metadata import read_metadata

N, DEAD = 10_000, np.arange(50) * 199 + 3


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    vectors = np.random.default_rng(0).standard_normal((N, 16)).astype(np.float32)
    vectors[DEAD] *= 0.01
    names = [f"word{n}" for n in range(N)]
    names[DEAD[4]] = "<unused0>"
    folder = tmp_path_factory.mktemp("suspects")
    embedding = tovec.Embedding(names, vectors).with_tokenizer("whitespace")
    return str(embedding.save(folder / "table"))


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["suspects", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_50_dead_rows_planted_among_10000_are_found_exactly(source):
    found = json.loads(run(source, "--json").stdout)
    assert sorted(entry["id"] for entry in found["results"]) == DEAD.tolist()
    values = [entry["value"] for entry in found["results"]]
    assert values == sorted(values)
    (reference,) = (entry for entry in found["results"] if entry["is_reference"])
    assert (reference["token"], reference["id"]) == ("<unused0>", DEAD[4])
    assert found["indicator"] == "input_norm"


def test_lines_say_suspects_and_how_they_were_found(source):
    lines = run(source, "-k", 3).stdout.splitlines()
    assert lines[0] == "50 suspects among 10,000 tokens, 1 of them reference rows; none is verified"
    assert lines[1].startswith("ranked by input_norm, the length of the row; 75% of the way")
    assert lines[-1] == "… and 47 more; -k 50 prints all"
    marked = run(source, "-k", 1, "--markdown").stdout.splitlines()
    assert "| token | id | input_norm |  |" in marked


def test_text_keeps_what_occurs_in_it(source, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text(f"word1 word{DEAD[0]} word{DEAD[0]} word2", encoding="utf-8")
    found = json.loads(run(source, "--text", text, "--json").stdout)["results"]
    assert [(entry["token"], entry["count"]) for entry in found] == [(f"word{DEAD[0]}", 2)]


def test_text_without_suspects_says_that_it_is_the_text_that_has_none(source, tmp_path):
    (tmp_path / "text.txt").write_text("word1 word2")
    found = run(source, "--text", tmp_path / "text.txt").stdout
    assert found.startswith("0 suspects in the text among 10,000 tokens; none is verified\n")


def test_figure_beyond_a_bound_is_exit_status_3(source):
    failed = run(source, "--fail-over", "suspects=49", "--fail-under", "reference_suspects=2", status=3)
    assert "failed: suspects is 50, over 49" in failed.stderr and "reference_suspects is 1" in failed.stderr
    run(source, "--fail-over", "suspects=50", "--json")
    figures = json.loads(run(source, "--compare", source, "--json").stdout)["figures"]
    assert figures["compared.input_norm.correlation"] == figures["compared.input_norm.shared"] == 1


def test_copy_whose_indicators_are_unknown_is_not_compared_by_them(source, tmp_path):
    """It has no reference rows, so its distances to them are NaN, which no rank correlation has."""
    other = tovec.Embedding([f"word{n}" for n in range(N)], tovec.open(source).vectors[:])
    other.save(tmp_path / "other.vec")
    lines = run(source, "--compare", tmp_path / "other.vec").stdout
    assert "the other copy, input_norm: rank" in lines and "nan" not in lines


def test_an_indicator_with_one_value_for_all_tokens_is_said_to_be_so(tmp_path):
    """Rows of zeros are at cosine distance 1 from all others."""
    vectors = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    vectors[:20] = 0
    names = [f"<unused{n}>" if n < 20 else f"word{n}" for n in range(200)]
    folder = tovec.Embedding(names, vectors).save(tmp_path / "zeros")
    lines = run(folder).stdout
    assert "input_cosine: no rank correlation over 180 ordinary tokens, which all have one value" in lines
    assert "nan" not in lines


def test_another_copy_is_compared(source, tmp_path):
    half = tovec.save(tovec.open(source), tmp_path / "half", dtype="f16")
    found = json.loads(run(source, "--compare", half, "--json").stdout)
    lengths = found["compared"][0]
    assert lengths["indicator"] == "input_norm" and lengths["correlation"] > 0.9999
    assert "the other copy, input_norm: rank correlation 1.00" in run(source, "--compare", half).stdout


def test_an_indicator_without_its_table_is_one_line(source):
    result = run(source, "--indicator", "output_cosine", status=1)
    assert result.stderr.startswith(
        "Error: --indicator output_cosine needs an output table, and there is none"
    )
    assert result.stderr.count("\n") == 1


def test_a_page_gets_the_suspicion_of_every_token_and_what_suspects_are(source, tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(
        "tovec.server.export.export",
        lambda shown, out, **options: (tmp_path / "page.html", given.update(options))[0],
    )
    (tmp_path / "page.html").write_text("page", encoding="utf-8")
    command = ["export", source, "--suspects", "-o", str(tmp_path / "page.html")]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    assert "50 suspects among 10,000 tokens" in result.stderr
    columns = read_metadata(given["metadata"], tovec.open(source).vocabulary).columns
    suspicion, kinds, ranks = columns
    assert (suspicion.name, suspicion.kind, kinds.name) == ("suspicion", "number", "suspects")
    assert (np.flatnonzero(suspicion.values >= 0.75) == DEAD).all()
    assert (np.flatnonzero(kinds.values) == DEAD).all() and set(kinds.labels) == {"suspect", "reference row"}
    ranked = [suspect["id"] for suspect in json.loads(run(source, "--json").stdout)["results"]]
    assert ranks.name == "suspect rank" and np.argsort(ranks.values)[:50].tolist() == ranked != DEAD.tolist()
    assert np.isnan(np.delete(ranks.values, DEAD)).all()
    result = CliRunner().invoke(cli, [*command, "--metadata", "other.tsv"])
    assert result.exit_code == 2 and "--suspects is for one table, and without --metadata" in result.stderr


def test_output_of_a_model_is_looked_at_as_an_output(tmp_path):
    generator = np.random.default_rng(3)
    given, output = generator.standard_normal((2, 400, 16)).astype(np.float32)
    output[:20] = generator.standard_normal(16) + 0.01 * generator.standard_normal((20, 16))
    save_file({"model.embed_tokens.weight": given, "lm_head.weight": output}, tmp_path / "model.safetensors")
    config = {"model_type": "llama", "vocab_size": 400, "hidden_size": 16, "tie_word_embeddings": False}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "vocab.txt").write_text(
        "\n".join([*(f"[unused{n}]" for n in range(20)), *map(str, range(380))])
    )
    found = json.loads(run(f"{tmp_path}#output", "--json").stdout)
    assert found["indicator"] == "output_cosine" and len(found["results"]) == 20
    chosen = run(f"{tmp_path}#input", "--indicator", "input_cosine").stdout
    assert "input_cosine is blind in this table, so only rows of zeros are suspects" in chosen

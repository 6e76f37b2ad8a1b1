"""Every command as a person calls it. Each has more tests in a file of its name, plot in tests/figures/."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli
from tovec.escapes import one_line

WORDS = ["cat", "dog", "mat", "sat"]
TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 20


def run(*arguments, status=0, **how):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], **how)
    assert result.exit_code == status, result.output
    return result


def fails(*arguments, **how):
    """Run a command that a user got wrong; return the one line it prints on standard error."""
    result = run(*arguments, status=1, **how)
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("Error: ").rstrip("\n")


@pytest.fixture
def four(tmp_path):
    run("init", *WORDS, "--dim", 3, "--seed", 0, "--out", tmp_path / "four")
    return tmp_path / "four"


@pytest.fixture
def trained(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    run("train", tmp_path / "text.txt", "--out", tmp_path / "trained", "--dim", 8, "--min-count", 1)
    return tmp_path / "trained"


def test_init_saves_the_table_of_embedding_random(four):
    opened = tovec.open(four)
    assert opened.vocabulary.tokens == tuple(WORDS)
    assert (opened.vectors == tovec.Embedding.random(WORDS, 3, 0).vectors).all()


def test_init_prints_the_vectors(tmp_path):
    output = run("init", *WORDS, "--out", tmp_path / "x").stdout
    assert [line.split()[0] for line in output.splitlines()] == [*WORDS, "saved"]
    facts = json.loads(run("init", *WORDS, "--out", tmp_path / "x", "--json").stdout)
    assert facts == {"out": str(tmp_path / "x"), "n_tokens": 4, "dim": 3, "seed": 0}


def test_vectors_prints_the_rows(four):
    results = json.loads(run("vectors", four, "sat", "cat", "--json").stdout)["results"]
    opened = tovec.open(four)
    assert [(r["token"], r["id"]) for r in results] == [("sat", 3), ("cat", 0)]
    assert results[0]["vector"] == opened["sat"].tolist()
    assert "sat (id 3)" in run("vectors", four, "sat").stdout


def test_neighbors_similarity_and_analogy_print_the_results_of_the_library(four):
    opened = tovec.open(four)
    results = json.loads(run("neighbors", four, "cat", "-k", 2, "--json").stdout)["results"]
    assert [(r["token"], r["similarity"]) for r in results] == [
        (hit.token, hit.similarity) for hit in opened.neighbors("cat", 2)
    ]
    similarity = json.loads(run("similarity", four, "cat", "dog", "--json").stdout)["similarity"]
    assert similarity == opened.similarity("cat", "dog")
    assert float(run("similarity", four, "cat", "dog").stdout) == pytest.approx(similarity, abs=1e-4)
    results = json.loads(run("analogy", four, "cat", "dog", "mat", "--json").stdout)["results"]
    assert [r["token"] for r in results] == ["sat"]
    assert len(run("neighbors", four, "cat").stdout.splitlines()) == 3


def test_tokens_shows_the_steps_from_text_to_vectors(four):
    facts = json.loads(run("tokens", four, "The cat sat", "--json").stdout)
    opened = tovec.open(four)
    assert facts == {
        "text": "The cat sat",
        "tokens": ["the", "cat", "sat"],
        "ids": [None, 0, 3],
        "vectors": [None, opened["cat"].tolist(), opened["sat"].tolist()],
        "n_tokens": 4,
        "dim": 3,
        "one_hot_numbers": 8,
        "embedding_numbers": 6,
    }
    output = run("tokens", four, "The cat sat").stdout
    assert "the · cat · sat" in output
    assert "unknown · 0 · 3" in output
    assert "2 × 4 numbers" in output
    assert "the  no vector" in output
    (line,) = [line for line in output.splitlines() if line.split()[:1] == ["cat"]]
    assert line.split()[1:] == [f"{number:.4f}" for number in opened["cat"]]
    assert "1 of 3 tokens is not in the vocabulary and has no vector" in output


def test_numbers_stand_below_each_other_beside_hangul(tmp_path):
    from tovec.cli.tables import display_width

    made = run("init", "a", "고양이", "우유", "--out", tmp_path / "x").stdout.splitlines()[:3]
    tokens = run("tokens", tmp_path / "x", "a 고양이 우유").stdout.splitlines()[-3:]
    for lines in (made, tokens):
        assert len({display_width(line) for line in lines}) == 1, lines


def test_tokens_shows_no_vector_for_an_unknown_word(four, tmp_path):
    output = run("tokens", four, "zzz").stdout
    assert "0 × 3 numbers" in output
    assert "zzz  no vector" in output
    vocabulary = tovec.Vocabulary(["[UNK]", "cat"], unknown="[UNK]")
    embedding = tovec.Embedding(vocabulary, [[1, 2], [3, 4]]).with_tokenizer("words")
    embedding.save(tmp_path / "unknown")
    output = run("tokens", tmp_path / "unknown", "zzz cat").stdout
    assert "0 · 1" in output  # as encode gives them
    assert "1 of 2 tokens is not in the vocabulary; [UNK] stands for it" in output


def test_tokens_of_a_trained_table_have_the_ids_of_training(trained):
    opened = tovec.open(trained)
    facts = json.loads(run("tokens", trained, TEXT.splitlines()[0], "--json").stdout)
    assert facts["ids"] == opened.encode(TEXT.splitlines()[0]).tolist()


def test_train_prints_where_it_saved_and_the_facts_as_json(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    out = tmp_path / "out"
    options = ("--dim", 8, "--min-count", 1, "--epochs", 5, "--threads", 1)
    assert f"saved 7 × 8 in {out}" in run("train", tmp_path / "text.txt", "--out", out, *options).stdout
    facts = json.loads(run("train", tmp_path / "text.txt", "--out", out, *options, "--json").stdout)
    assert facts["n_tokens"] == 7
    assert facts["tokens_read"] == 240
    assert len(facts["losses"]) == 5
    assert {path.name for path in out.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "modules.json",
        "outputs.safetensors",
        "tokenizer.json",
        "tovec.json",
    }


def test_train_gives_equal_bytes_for_a_file_and_standard_input(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    options = ("--dim", 8, "--min-count", 1, "--threads", 1)
    run("train", tmp_path / "text.txt", "--out", tmp_path / "a", *options)
    run("train", "-", "--out", tmp_path / "b", *options, input=TEXT)
    for name in ("model.safetensors", "tokenizer.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_settings_reach_the_run(tmp_path):
    (tmp_path / "text.txt").write_bytes("영화 영화 봤다 Cat\n".encode("cp949") * 9)
    out = tmp_path / "out"
    run(
        "train", tmp_path / "text.txt", "--out", out, "--encoding", "cp949", "--no-lowercase", "--dim", 5,
        "--window", 2, "--negative", 2, "--epochs", 2, "--min-count", 2, "--sample", 0, "--seed", 7,
        "--document", "file", "--max-size", 4, "--special-token", "<s>", "--unknown", "<unk>",
    )  # fmt: skip
    opened = tovec.open(out)
    assert opened.vocabulary.tokens == ("<s>", "<unk>", "영화", "Cat")
    settings = opened.provenance["settings"]
    assert (settings["window"], settings["negative"], settings["seed"]) == (2, 2, 7)
    assert opened.provenance["documents"] == 1
    assert opened.encode("영화 Dog").tolist() == [2, 1]


def test_inspect_shows_size_type_and_tokenizer(trained):
    facts = json.loads(run("inspect", trained, "--json").stdout)
    assert (facts["n_tokens"], facts["dim"], facts["dtype"]) == (7, 8, "float32")
    assert facts["tokenizer"] == {"name": "words", "lowercase": True}
    assert facts["tokens_counted"] == 240
    output = run("inspect", trained).stdout
    assert "words, lower case" in output
    assert "240 tokens" in output


@pytest.mark.parametrize(("suffix", "binary"), [(".vec", False), (".bin", True)])
def test_convert_writes_what_gensim_reads(trained, tmp_path, suffix, binary):
    keyedvectors = needs("gensim.models.keyedvectors")
    run("convert", trained, tmp_path / f"x{suffix}")
    read = keyedvectors.KeyedVectors.load_word2vec_format(str(tmp_path / f"x{suffix}"), binary=binary)
    opened = tovec.open(trained)
    assert tuple(read.index_to_key) == opened.vocabulary.tokens
    assert (read.vectors == opened.vectors).all()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_plot_writes_a_figure(four, tmp_path, suffix):
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    run("plot", four, "-o", tmp_path / f"four{suffix}")
    assert (tmp_path / f"four{suffix}").read_bytes().startswith(starts[suffix])


def test_another_tokenizer_can_be_given_for_any_source(four):
    facts = json.loads(run("tokens", four, "cat", "--tokenizer", "characters", "--json").stdout)
    assert facts["tokens"] == ["c", "a", "t"]
    assert "is trained together with vectors" in fails("tokens", four, "cat", "--tokenizer", "bpe:275")


def test_a_users_mistake_is_one_line_and_exit_status_1(four, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("one sentence\nanother one\n")
    out = tmp_path / "out"
    cases = {
        "token 'cow' is not in the vocabulary": ("neighbors", four, "cow"),
        "nearest spellings: 'cat'": ("vectors", four, "cta"),
        "does not exist": ("inspect", tmp_path / "nowhere"),
        "a folder without a model of its own; name the one in it: four": ("inspect", tmp_path),
        "no such file or folder": ("train", tmp_path / "missing.txt", "--out", out),
        "use more text or a --min-count of 2 or less": ("train", text, "--out", out, "--min-count", 5),
        "--dim must be a whole number from 1 up, not 0": ("train", text, "--out", out, "--dim", 0),
        "--window must be a whole number from 1 up, not 0": ("train", text, "--out", out, "--window", 0),
        "--dim must be": ("init", "a", "--dim", 0, "--out", out),
        "stands in the vocabulary more than once": ("init", "a", "a", "--out", out),
        "there is no tokenizer 'wrods'": ("train", text, "--out", out, "--tokenizer", "wrods"),
        "-k must be": ("neighbors", four, "cat", "-k", 0),
    }
    for message, arguments in cases.items():
        assert message in fails(*arguments)
    assert not out.exists()


def test_a_folder_that_tovec_did_not_make_is_not_changed(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "text.txt").write_text(TEXT)
    for arguments in (("init", "a", "b"), ("train", tmp_path / "text.txt")):
        fails(*arguments, "--out", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_damaged_folder_is_an_error_that_names_the_file(four):
    (four / "model.safetensors").write_bytes(b"\x00" * 5)
    assert "model.safetensors" in fails("inspect", four)


def test_wrong_usage_is_exit_status_2():
    run("neighbors", status=2)
    run("train", "x", "--out", "y", "--document", "page", status=2)
    run("nonsense", status=2)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_and_json(name):
    output = " ".join(run(name, "--help").stdout.split())
    assert "--json" in output
    first = cli.commands[name].help.split("\n\n")[0]
    assert len(first.split()) >= 4 and " ".join(first.split()) in output


def test_python_m_tovec_is_the_command_line():
    command = [sys.executable, "-m", "tovec", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith(
        "tovec, version"
    )


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [("ascii", "영화".encode()), ("latin-1", rb"\uc601\ud654"), ("cp949", "영화".encode("cp949"))],
)
def test_tokens_are_printed_in_the_encoding_of_the_terminal_or_escaped(four, encoding, printed):
    """click takes ascii for a terminal that is not set up, and prints UTF-8 there."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "tovec", "tokens", str(four), "영화 cat"]
    output = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    assert printed in output and b"cat" in output


def test_ctrl_c_saves_what_has_been_learned(tmp_path):
    """Two signals at once, as coreutils' timeout sends them: to the process and to its group."""
    (tmp_path / "text.txt").write_text(TEXT * 200)
    run("train", tmp_path / "text.txt", "--out", tmp_path / "compiled")  # so that no compiler is in the way
    command = [sys.executable, "-m", "tovec", "train", "text.txt", "--out", "out", "--epochs", "100000"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for line in process.stderr:
            if line.startswith(b"read "):
                break
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130, errors.decode()
    assert b"keeping what has been learned" in errors and b"--continue-from out" in errors
    assert b"saved 7" in output
    assert tovec.open(tmp_path / "out").provenance["interrupted"]
    assert not (tmp_path / "out" / "work").exists()


def test_an_unknown_token_gets_its_vector_from_its_ngrams(four, tmp_path):
    rule = tovec.NgramRule(min_length=2, max_length=3, buckets=50)
    table = tovec.NgramTable(rule, np.random.default_rng(0).standard_normal((50, 3), dtype=np.float32))
    opened = tovec.open(four)
    made = tovec.Embedding(opened.vocabulary, opened.vectors, opened.tokenizer, ngrams=table)
    saved = made.save(tmp_path / "ngrams")
    for options in ((), ("--tokenizer", "whitespace")):
        results = json.loads(run("vectors", saved, "cat", "cats", "--json", *options).stdout)["results"]
        assert [(r["token"], r["id"]) for r in results] == [("cat", 0), ("cats", None)]
        assert results[1]["vector"] == made["cats"].tolist()
        results = json.loads(run("neighbors", saved, "cats", "--json", *options).stdout)["results"]
        assert [r["token"] for r in results] == [hit.token for hit in made.neighbors("cats")]
        similarity = json.loads(run("similarity", saved, "cats", "dog", "--json", *options).stdout)
        assert similarity == {"similarity": made.similarity("cats", "dog")}
    assert "cats (unknown, made from its n-grams)" in run("vectors", saved, "cats").stdout
    output = run("tokens", saved, "cats sat").stdout
    assert "1 of 2 tokens is not in the vocabulary; its vector is made from n-grams" in output


def test_convert_warns_that_ngrams_are_dropped(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    trained = tmp_path / "trained"
    run(
        "train",
        tmp_path / "text.txt",
        "--out",
        trained,
        "--dim",
        8,
        "--min-count",
        1,
        "--ngrams",
        "characters",
    )
    assert "cannot hold n-grams" in run("convert", trained, tmp_path / "x.vec").stderr
    assert run("convert", trained, tmp_path / "folder").stderr == ""
    assert tovec.open(tmp_path / "folder").ngrams is not None


def test_inspect_shows_ngrams(four, tmp_path):
    assert json.loads(run("inspect", four, "--json").stdout)["ngrams"] is None
    assert "n-grams" not in run("inspect", four).stdout
    rule = tovec.NgramRule(min_length=3, max_length=5, buckets=1000, unit="jamo")
    buckets = np.arange(20, dtype=np.int32)
    table = tovec.NgramTable(rule, np.zeros((20, 3), dtype=np.float32), buckets)
    saved = tovec.Embedding(WORDS, np.eye(4, 3), ngrams=table).save(tmp_path / "ngrams")
    facts = json.loads(run("inspect", saved, "--json").stdout)["ngrams"]
    assert facts == {**rule.as_json(), "rows": 20, "dtype": "float32", "bytes": 240}
    line = "n-grams     of 3 to 5 jamo, 20 rows for 1,000 buckets, float32, 240 bytes"
    assert line in run("inspect", saved).stdout


ESCAPES = "a\x1b[2Jb\x9b31m\u202ec\x07"


def test_names_and_tokens_are_escaped_on_the_terminal(tmp_path):
    out = tmp_path / ESCAPES
    made = tovec.Embedding([ESCAPES, "cat"], [[1.0, 2.0], [3.0, 4.0]], provenance={ESCAPES: ESCAPES})
    made.save(out)
    for arguments in (
        ["inspect", out],
        ["vectors", out, ESCAPES],
        ["neighbors", out, "cat"],
        ["tokens", out, ESCAPES, "--tokenizer", "whitespace"],
        ["convert", out, tmp_path / f"{ESCAPES}.npy"],
        ["plot", out, "-o", tmp_path / f"{ESCAPES}.svg", "--dims", "2"],
        ["init", ESCAPES, "--dim", "2", "--out", tmp_path / f"i{ESCAPES}"],
        ["neighbors", out, f"{ESCAPES}?"],
        ["inspect", tmp_path / f"gone{ESCAPES}"],
        ["inspect", out, "--json"],
        ["neighbors", out, "cat", "--json"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "tovec", *map(str, arguments)], capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        assert "b" in said and not set(said) & set("\x1b\x9b\u202e\x07"), arguments


def test_joiners_and_blanks_of_scripts_are_not_escaped():
    assert one_line("می\u200cخواهم 👩\u200d👧 a\u00a0b") == "می\u200cخواهم 👩\u200d👧 a\u00a0b"

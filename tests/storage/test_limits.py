"""Small files that would take much memory are refused first, in one line that names the limit."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from bounded import run_bounded, run_tovec
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec.errors import BadSource
from tovec.formats.vectors.parquet_footer import column_parts
from tovec.storage.file_errors import UnsupportedFile
from tovec.storage.limits import MAX_NAME, contents

LONG = "x" * (100 << 20)
ROWS = np.ones((2, 3), np.float32)


def parquet(path, tokens, vectors, **how):
    needs("pyarrow.parquet").write_table(
        needs("pyarrow").table({"token": tokens, "vector": vectors}), path, **how
    )


def zeros(n):
    """Two vectors of `n` zeros."""
    arrow = needs("pyarrow")
    offsets = arrow.array([0, n, 2 * n], arrow.int32())
    return arrow.ListArray.from_arrays(offsets, arrow.array(np.zeros(2 * n, np.float32)))


def sparse(path, n_rows, dim=5):
    """Write a safetensors file whose numbers are a hole."""
    n_bytes = n_rows * dim * 2
    entry = {"dtype": "F16", "shape": [n_rows, dim], "data_offsets": [0, n_bytes]}
    header = json.dumps({"model.embed_tokens.weight": entry}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + n_bytes)


def dictionary(path):
    """4000 rows of one token of 2 million characters."""
    arrow = needs("pyarrow")
    places = arrow.array([0] * 4000, arrow.int32())
    tokens = arrow.DictionaryArray.from_arrays(places, arrow.array(["x" * 2_000_000]))
    parquet(path, tokens, arrow.FixedSizeListArray.from_arrays(arrow.array(np.ones(8000)), 2))


def feather(path, compression, tokens, vectors):
    table = needs("pyarrow").table({"token": tokens, "vector": vectors})
    needs("pyarrow.feather").write_feather(table, path, compression=compression)


def with_config(path, config):
    path.mkdir()
    sparse(path / "model.safetensors", 3)
    (path / "config.json").write_text(config)


def index_of_many(path):
    path.mkdir()
    weights = {f"t{i}": f"m-{i}.safetensors" for i in range(20_000)}
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))


def strings_of_nothing(path):
    """Write a GGUF file whose hundred million tokens are a hole, so each is empty."""
    key = b"tokenizer.ggml.tokens"
    head = b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IIQ", 9, 8, 100_000_000)
    before_a_hole(path, head, 900 << 20)


def text(path, content):
    path.write_text(content)


def before_a_hole(path, content, n_bytes):
    with path.open("wb") as file:
        file.write(content)
        file.truncate(n_bytes)


TWO = LONG[: 2 << 20]
PROPORTION = "more than 1000 times its size"
BOMBS = {
    "token.parquet": (lambda p: parquet(p, [LONG, "b"], [[1.0], [2.0]], compression="zstd"), PROPORTION),
    "dictionary.parquet": (dictionary, "the token in row 1 has 2,000,000 characters"),
    "zeros.parquet": (lambda p: parquet(p, ["a", "b"], zeros(30 << 20), compression="zstd"), PROPORTION),
    "token.feather": (lambda p: feather(p, "zstd", [LONG, "b"], [[1.0], [2.0]]), PROPORTION),
    "plain.feather": (lambda p: feather(p, "uncompressed", [LONG, "b"], [[1.0], [2.0]]), "26,214,400 char"),
    "zeros.feather": (lambda p: feather(p, "zstd", ["a", "b"], zeros(30 << 20)), PROPORTION),
    "tokens.npz": (
        lambda p: np.savez_compressed(p, v=ROWS, tokens=np.array([TWO, "b"])),
        "the token that is the longest of its array 'tokens' has 2,097,152 characters",
    ),
    "line.txt": (lambda p: text(p, f"a 1 2\n{TWO} 3 4\n"), "in line 2 has 2,097,152 characters"),
    "hole.txt": (
        lambda p: before_a_hole(p, b"a 1 2\nb 3 4\n" * 1000, 400 << 20),
        "of its lines has more than",
    ),
    "line.vec.gz": (
        lambda p: p.write_bytes(gzip.compress(f"a 1 2\n{LONG}".encode())),
        "line 2 has 0 numbers",
    ),
    "token.csv": (lambda p: text(p, f"token,x,y\na,1,2\n{TWO},3,4\n"), "larger than field limit"),
    "w.bin": (
        lambda p: p.write_bytes(b"2 1\na " + bytes(4) + TWO.encode() + b" " + bytes(4)),
        "the token at byte 10 has 2,097,152 characters, and 1,048,576 are the most",
    ),
    "deep": (lambda p: with_config(p, "[" * 5_000_000), "is not JSON"),
    "deeper": (lambda p: with_config(p, '{"a":' * 200_000 + "1" + "}" * 200_000), "is not JSON"),
    "digits": (lambda p: with_config(p, '{"vocab_size":' + "9" * 5_000_000 + "}"), "is not JSON"),
    "hole": (
        lambda p: (with_config(p, "{"), before_a_hole(p / "config.json", b"{", 20 << 30)),
        "it has 21,474,836,480 bytes, and 268,435,456 are the most allowed",
    ),
    "names.npy": (
        lambda p: (np.save(p, ROWS), before_a_hole(p.with_name("names.txt"), b"a\n", 5 << 30)),
        "names.txt cannot be read: it has 5,368,709,120 bytes, and 2,147,483,648 are the most allowed",
    ),
    "hole.gguf": (
        strings_of_nothing,
        "it has an array of 100,000,000 strings, and 16,777,216 are the most allowed",
    ),
    "index": (index_of_many, "names 20,000 files, and at most 16,384 are allowed"),
}
OPEN_ALL = """
import sys
import tovec
for source in sys.argv[1:]:
    try:
        tovec.open(source)
    except tovec.TovecError as error:
        print(error)
"""
RUN_ALL = """
import json, sys
from tovec.cli import cli
from tovec.errors import TovecError
import click
for line in sys.argv[1:]:
    try:
        cli.main(json.loads(line), standalone_mode=False)
    except click.ClickException as error:
        print(error.message)
    print("-" * 9)
"""


def run_all(*commands):
    """Run commands in one process; return what each printed, and the memory that they had at most."""
    ran = run_bounded(
        RUN_ALL,
        *(json.dumps(list(map(str, command)), ensure_ascii=False) for command in commands),
        seconds=120,
    )
    return ran.output.split("---------\n")[:-1], ran.peak


def test_small_file_with_a_huge_promised_size_takes_little_memory(tmp_path):
    for name, (write, _) in BOMBS.items():
        write(tmp_path / name)
    ran = run_bounded(OPEN_ALL, *(tmp_path / name for name in BOMBS), seconds=120)
    assert ran.peak < 1 << 30
    assert len(ran.output.splitlines()) == len(BOMBS)
    for (name, (_, why)), line in zip(BOMBS.items(), ran.output.splitlines(), strict=True):
        assert why in line and str(tmp_path / name.removesuffix(".npy")) in line


def test_a_table_of_a_hundred_million_rows_without_names_costs_nothing_by_the_row(tmp_path):
    sparse(tmp_path / "model.safetensors", 100_000_000)
    (tmp_path / "config.json").write_text('{"model_type": "llama", "vocab_size": 1000000000000}')
    model = {"type": "WordLevel", "vocab": {"the": 0, "[UNK]": 1, "<id 99999999>": 2}, "unk_token": "[UNK]"}
    definition = {"version": "1.0", "added_tokens": [], "model": model}
    (tmp_path / "tokenizer.json").write_text(json.dumps(definition))
    (inspected, vectors, neighbors, view, tokens, by_id), peak = run_all(
        ["inspect", "--json", tmp_path],
        ["vectors", tmp_path, "<<id 99999999>>"],
        ["neighbors", tmp_path, "<id 7>"],
        ["view", "--no-open", tmp_path],
        ["tokens", tmp_path, "the"],
        ["vectors", tmp_path / "model.safetensors", "--tokenizer", "words", "<id 99999999>"],
    )
    assert peak < 600 << 20
    facts = json.loads(inspected)
    assert (facts["n_tokens"], facts["first_tokens"][-1]) == (100_000_000, "<id 9>")
    assert facts["row_check"] is None and any("--rows" in line for line in facts["report"]["findings"])
    assert "(id 99999999)" in vectors and "(id 2)" in by_id
    assert "its row is all zeros" in neighbors
    assert "a page shows at most 16,777,216 tokens" in view
    assert "1 × 5 numbers: each id one row of the 100,000,000 × 5 table" in tokens


def test_long_token_is_shortened_for_people_and_complete_in_json(tmp_path):
    token = "한" * 30_000
    tovec.Embedding([token, "b", "c"], np.eye(3)).save(tmp_path / "x")
    commands = [
        ["inspect", tmp_path / "x"],
        ["neighbors", tmp_path / "x", "b"],
        ["vectors", tmp_path / "x", token],
    ]
    shown, _ = run_all(*commands)
    assert all(len(output) < 3000 and "… (30,000 characters)" in output for output in shown)
    whole, _ = run_all(*([*command, "--json"] for command in commands))
    assert all(token in output for output in whole)


def test_long_quote_in_a_message_is_shortened(tmp_path):
    tovec.Embedding(["a"], [[1.0, 2.0]]).save(tmp_path / "x")
    said = run_tovec("neighbors", tmp_path / "x", "z" * 100_000).said
    assert (
        len(said) < 2500 and said.startswith("Error: token 'zzz") and said.endswith("not in the vocabulary")
    )


def test_token_longer_than_the_limit_is_refused(tmp_path):
    np.save(tmp_path / "t.npy", ROWS)
    for length in (MAX_NAME, MAX_NAME + 1):
        (tmp_path / "t.txt").write_text("x" * length + "\nb\n")
        if length == MAX_NAME:
            assert len(tovec.open(tmp_path / "t.npy").vocabulary.tokens[0]) == MAX_NAME
        else:
            with pytest.raises(
                BadSource, match=r"t\.txt cannot be read: the token in line 1 has 1,048,577 char"
            ):
                tovec.open(tmp_path / "t.npy")


@pytest.mark.parametrize("file", ["tokenizer.json", "vocab.txt", "vocab.json"])
def test_token_of_a_tokenizer_has_the_same_length_limit(file, tmp_path):
    sparse(tmp_path / "model.safetensors", 3)
    token = "x" * (MAX_NAME + 1)
    texts = {
        "tokenizer.json": json.dumps({"model": {"type": "WordLevel", "vocab": {"a": 0, token: 1}}}),
        "vocab.txt": f"a\n{token}\n",
        "vocab.json": json.dumps({"a": 0, token: 1}),
    }
    (tmp_path / file).write_text(texts[file])
    with pytest.raises(BadSource, match=f"{file} cannot be read: the token of id 1 has 1,048,577 characters"):
        tovec.open(tmp_path)


def test_file_is_read_up_to_a_limit_on_its_size(tmp_path):
    (tmp_path / "x").write_bytes(b"12345")
    assert contents(tmp_path / "x", 5) == b"12345"
    with pytest.raises(UnsupportedFile, match="it has 5 bytes, and 4 are the most allowed"):
        contents(tmp_path / "x", 4)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=40),
    st.integers(1, 40),
    st.sampled_from(["none", "zstd", "snappy"]),
    st.integers(1, 20),
)
def test_real_tables_of_arrow_open_with_any_compression(tmp_path_factory, rows, dim, compression, group):
    arrow = needs("pyarrow")
    vectors = np.array(rows, np.float32)[:, None].repeat(dim, 1)
    path = tmp_path_factory.mktemp("arrow") / "a.parquet"
    tokens = [f"토큰{row}" for row in range(len(rows))]
    encoded = arrow.array(tokens).dictionary_encode() if dim % 2 else tokens
    parquet(path, encoded, list(vectors), compression=compression, row_group_size=group)
    made = tovec.open(path)
    assert made.vocabulary.tokens == tuple(tokens)
    np.testing.assert_array_equal(made[:], vectors)


def replaced_once_it_is_open(monkeypatch, path, by):
    """Let another file take the place of `path` between its opening and what comes next."""
    opened = Path.open

    def then_replaced(self, *arguments, **options):
        file = opened(self, *arguments, **options)
        if self == path and by.exists():
            by.replace(path)
        return file

    monkeypatch.setattr(Path, "open", then_replaced)


def test_contents_are_those_of_the_opened_file_while_another_replaces_it(tmp_path, monkeypatch):
    path, by = tmp_path / "a.json", tmp_path / "b.json"
    path.write_bytes(b"a" * 100)
    by.write_bytes(b"b")
    replaced_once_it_is_open(monkeypatch, path, by)
    assert contents(path) == b"a" * 100 and path.read_bytes() == b"b"


def test_footer_of_parquet_is_that_of_the_opened_file_while_another_replaces_it(tmp_path, monkeypatch):
    needs("pyarrow")
    path, by = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for each, n_rows in ((path, 1), (by, 50)):
        tovec.save(tovec.Embedding([f"t{i}" for i in range(n_rows)], np.ones((n_rows, 3))), each)
    whole = column_parts(path)
    replaced_once_it_is_open(monkeypatch, path, by)
    assert column_parts(path) == whole and column_parts(path) != whole

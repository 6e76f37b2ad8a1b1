"""Repairs and limits, the same for every format: what gensim reads, what is reported, what is not read.

Covers not_numbers.py and file_vocabulary.py too.
"""

import gzip
import json
import warnings

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from needs import needs, package_file

import tovec
from tovec.cli import cli
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadSource, TovecWarning
from tovec.formats import save
from tovec.formats.vectors import vector_lines
from tovec.text.vocabulary import Vocabulary

TOKENS = ["the", "dog", "the", "cat", "dog", "mat"]
ROWS = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
FIRST = [0, 1, 3, 5]  # the rows that are the first of their token
KINDS = ["w.vec", "w.txt", "w.bin", "w.vec.gz", "w.bin.gz", "w.csv", "w.tsv", "w.npy", "w.npz", "z.npz",
         "w.parquet", "w.arrow", "p_vectors.tsv"]  # fmt: skip


def lines(tokens, rows, sign=" "):
    return "".join(
        f"{t}{sign}{sign.join(map(repr, row.tolist()))}\n" for t, row in zip(tokens, rows, strict=True)
    )


def binary(tokens, rows):
    return b"%d %d\n" % rows.shape + b"".join(
        token.encode() + b" " + row.tobytes() + b"\n" for token, row in zip(tokens, rows, strict=True)
    )


def written(folder, kind, tokens=TOKENS, rows=ROWS):
    """Write a file whose tokens may be there twice, which tovec itself never writes."""
    path = folder / kind
    text = lines(tokens, rows)
    counted = f"{len(rows)} {rows.shape[1]}\n{text}"
    if kind == "w.txt":
        path.write_text(text)
    elif kind.startswith("w.vec"):
        path.write_bytes(gzip.compress(counted.encode()) if kind.endswith("gz") else counted.encode())
    elif kind.startswith("w.bin"):
        data = binary(tokens, rows)
        path.write_bytes(gzip.compress(data) if kind.endswith("gz") else data)
    elif kind == "w.csv":
        path.write_text("token,a,b,c\n" + lines(tokens, rows, ","))
    elif kind == "w.tsv":
        path.write_text("token\ta\tb\tc\n" + lines(tokens, rows, "\t"))
    elif kind == "w.npy":
        np.save(path, rows)
        path.with_suffix(".txt").write_text("".join(f"{token}\n" for token in tokens))
    elif kind.endswith(".npz"):
        (np.savez if kind == "w.npz" else np.savez_compressed)(path, vectors=rows, words=np.array(tokens))
    elif kind == "p_vectors.tsv":
        path.write_text("".join("\t".join(map(repr, row)) + "\n" for row in rows.tolist()))
        (folder / "p_metadata.tsv").write_text("".join(f"{token}\n" for token in tokens))
    else:
        arrow = needs("pyarrow")
        table = arrow.table(
            {"token": tokens, "vector": arrow.array(list(rows), arrow.list_(arrow.float32()))}
        )
        if kind == "w.parquet":
            needs("pyarrow.parquet").write_table(table, path, row_group_size=2)
        else:
            with arrow.OSFile(str(path), "wb") as sink, arrow.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table, max_chunksize=2)
    return path


@pytest.fixture(params=["plain", "compiled"])
def reader(request, monkeypatch):
    if request.param == "compiled":
        monkeypatch.setattr(vector_lines, "FAST_FROM", 0)
        monkeypatch.setattr(vector_lines, "_PART", 40)


@pytest.mark.parametrize("kind", KINDS)
def test_repeated_token_keeps_its_first_row_and_is_reported(reader, tmp_path, kind):
    path = written(tmp_path, kind)
    with pytest.warns(
        TovecWarning, match=r"2 of 6 rows left out, whose token an earlier row has: 'the' \w+ "
    ) as told:
        made = tovec.open(path)
    assert len(told) == 1 and str(told[0].message).startswith(f"{path}: ") and told[0].filename == __file__
    assert list(made) == ["the", "dog", "cat", "mat"]
    np.testing.assert_array_equal(made[:], ROWS[FIRST])
    np.testing.assert_array_equal(made["mat"], ROWS[5])
    with pytest.raises(BadSource, match=r"is irregular: token 'the' is .*; each token must have one row"):
        tovec.open(path, strict=True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim leaves a file open
@pytest.mark.parametrize("limit", [None, 1, 2, 3, 5, 6, 99])
@pytest.mark.parametrize("kind", ["w.vec", "w.txt", "w.bin", "w.vec.gz", "w.bin.gz"])
def test_repeats_and_limit_equal_gensims(reader, tmp_path, kind, limit):
    path = written(tmp_path, kind)
    theirs = needs("gensim.models").KeyedVectors.load_word2vec_format(
        str(path), binary=".bin" in kind, no_header=kind == "w.txt", limit=limit
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TovecWarning)
        made = tovec.open(path, limit=limit)
    names = [name for name in theirs.index_to_key if name is not None]  # what occurs twice leaves a hole
    assert list(made) == names
    np.testing.assert_array_equal(made[:], theirs[names])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 2, 4, 6, 7])
def test_limit_reads_the_first_rows(reader, tmp_path, kind, limit):
    names = [f"w{i}" for i in range(6)]
    path = written(tmp_path, kind, names)
    made = tovec.open(path, limit=limit)
    assert list(made) == names[:limit]
    np.testing.assert_array_equal(made[:], ROWS[:limit])


@pytest.mark.parametrize("name", ["saved", "a.safetensors", "a.npy", "a.vec"])
def test_a_limit_of_what_tovec_saved_is_a_view(tmp_path, name):
    whole = Embedding(Vocabulary(["</s>", "a", "b"], [3, 2, 1], unknown="b", special=[0]), ROWS[:3])
    path = save(whole, tmp_path / name)
    made = tovec.open(path, limit=2)
    assert list(made) == ["</s>", "a"] and made.vocabulary.unknown is None
    np.testing.assert_array_equal(made[:], ROWS[:2])
    if name in ("saved", "a.safetensors"):
        assert made.vocabulary.counts.tolist() == [3, 2] and made.vocabulary.special == {0}


def test_a_limit_of_a_fasttext_file_keeps_the_vectors_of_its_words():
    for name in ("lee_fasttext_new.bin", "cp852_fasttext.bin"):
        path = package_file("gensim", f"test/test_data/{name}")
        whole, part = tovec.open(path), tovec.open(path, limit=7)
        assert list(part) == list(whole)[:7] and part.outputs.shape == (7, whole.dim)
        np.testing.assert_array_equal(part[:], whole[:7])
        np.testing.assert_array_equal(part["unheardof"], whole["unheardof"])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_bytes_after_the_limit_are_not_read(reader, tmp_path, suffix):
    names = [f"w{i}" for i in range(2000)]
    rows = np.random.default_rng(1).standard_normal((2000, 20)).astype(np.float32)
    text = f"9999 20\n{lines(names, rows)}".encode()
    place = text.index(b"\nw100 ") + 1
    for name, data, end in (
        ("a.vec", text, place),
        ("a.txt", text[text.index(b"\n") + 1 :], place - text.index(b"\n") - 1),
        ("a.bin", binary(names, rows), binary(names, rows).index(b"w100 ")),
    ):
        path = tmp_path / (name + suffix)
        packed = gzip.compress(data)
        cut = packed[: len(packed) * 2 // 3] + b"no archive any more"
        path.write_bytes(cut if suffix else data[:end] + b"x y z\n\xff\n")
        made = tovec.open(path, limit=100)
        assert list(made) == names[:100]
        np.testing.assert_array_equal(made[:], rows[:100])
        with pytest.raises(BadSource):
            tovec.open(path)


def test_rows_after_the_limit_are_not_parsed(tmp_path):
    (tmp_path / "a.csv").write_text('word,x,y\na,1,2\nb,3,4\nc,5\n"d')
    (tmp_path / "b_vectors.tsv").write_text("1\t2\n3\t4\nx\n")
    (tmp_path / "b_metadata.tsv").write_text("word\tn\na\t1\nb\t2\nc\n")
    for name in ("a.csv", "b_vectors.tsv"):
        made = tovec.open(tmp_path / name, limit=2)
        assert list(made) == ["a", "b"] and made[:].tolist() == [[1, 2], [3, 4]]


def test_limit_1_reads_a_row_followed_by_garbage(reader, tmp_path):
    (tmp_path / "a.vec").write_text("9 2\nthe 1 2\nno row")
    assert tovec.open(tmp_path / "a.vec", limit=1)[:].tolist() == [[1, 2]]


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "3"])
def test_a_limit_below_one_row_is_a_bad_setting(tmp_path, limit):
    with pytest.raises(BadSetting, match="limit must be a whole number from 1 up, not"):
        tovec.open(written(tmp_path, "w.vec"), limit=limit)


COUNTED = "the 1 2\ncat 3 4\n"


@pytest.mark.parametrize("n", [1, 3, 10**12])
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", " ", "\n\n"])
def test_wrong_count_in_the_first_line_is_reported(reader, tmp_path, n, end):
    path = tmp_path / "a.vec"
    path.write_bytes(f"{n} 2\n{COUNTED}".rstrip("\n").encode() + end.encode())
    with pytest.warns(TovecWarning, match=f"line 1 says {counted(n, 'row')}, and there are 2"):
        model = tovec.open_model(path)
    assert list(model.input) == ["the", "cat"] and model.input[:].tolist() == [[1, 2], [3, 4]]
    assert (
        model.report.findings
        == model.report.repairs
        == (f"line 1 says {counted(n, 'row')}, and there are 2",)
    )
    with pytest.raises(BadSource, match="is irregular: line 1 says"):
        tovec.open(path, strict=True)


@pytest.mark.parametrize("n", [1, 3, 10**15])
def test_wrong_count_in_a_binary_file_is_reported(tmp_path, n):
    path = tmp_path / "a.bin"
    path.write_bytes(binary(TOKENS[:2], ROWS[:2]).replace(b"2 3", b"%d 3" % n, 1))
    with pytest.warns(TovecWarning, match=f"its first line says {counted(n, 'word')}, and there are 2"):
        made = tovec.open(path)
    assert list(made) == TOKENS[:2]
    np.testing.assert_array_equal(made[:], ROWS[:2])


@pytest.mark.parametrize("cut", ["the 1 2\ncat 3 4", "the 1 2\ncat 3", "the 1 2\ncat", "the 1 2\ncat 3 4."])
def test_a_file_that_ends_inside_a_row_is_refused_as_cut_short(reader, tmp_path, cut):
    path = tmp_path / "a.vec"
    path.write_text(f"9 2\n{cut}")
    with pytest.raises(BadSource, match="it is cut short: line 1 says 9 rows, and it ends in line 3"):
        tovec.open(path)
    path.write_text(f"2 2\n{COUNTED}".rstrip("\n"))  # as many as it says: only its last line feed is missing
    assert len(tovec.open(path)) == 2


def test_a_binary_file_that_ends_inside_a_row_is_refused_as_cut_short(tmp_path):
    data, path = binary(TOKENS[:2], ROWS[:2]), tmp_path / "a.bin"
    for n_bytes in range(1, 16):
        path.write_bytes(data[:-1][:-n_bytes])
        with pytest.raises(BadSource, match="it is cut short: it ends in word 2 of 2"):
            tovec.open(path)


ODD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n \t\0")
    | st.sampled_from("\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u2028\u3000"),
    min_size=1,
    max_size=5,
).filter(lambda token: token != "\ufeff")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.lists(ODD, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=6, unique=True),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example(tokens=["0 \r"], end="\n", with_counts=False)
def test_only_spaces_and_tabs_separate_fields_in_both_readers(tmp_path, tokens, end, with_counts):
    """Independent reading: a token is what stands before the last two fields, whatever it holds."""
    tokens = [
        "the",
        *(
            token
            for token in tokens
            if token != "the" and not vector_lines.is_number(token.split(" ")[-1].encode())
        ),
    ]
    rows = [[n, n + 0.5] for n in range(len(tokens))]
    first = f"{len(tokens)} 2{end}" if with_counts else ""
    path = tmp_path / "a.vec"
    path.write_bytes(
        (first + "".join(f"{t} {a} {b}{end}" for t, (a, b) in zip(tokens, rows, strict=True))).encode()
    )
    for fast_from in (1 << 30, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vector_lines, "FAST_FROM", fast_from)
            patch.setattr(vector_lines, "_PART", 16)
            made = tovec.open(path)
        assert list(made) == tokens and made[:].tolist() == rows


@pytest.mark.parametrize("number", ["1\x0c", "\x0b1", "1\r", "\x1c1", "1\x85", "1\xa0"])
def test_number_with_other_white_space_is_refused(reader, tmp_path, number):
    (tmp_path / "a.vec").write_text(f"2 2\nthe 1 2\ncat {number} 2\n", newline="")
    with pytest.raises(BadSource, match=r"line 3: .* is not a number"):
        tovec.open(tmp_path / "a.vec")


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("0,1", "has a decimal comma; write numbers with a decimal point"),
        ("-,5e3", "has a decimal comma"),
        ("1.234,5", "has a decimal comma"),
        ("1,234.5", "has commas between thousands"),
        ("1.0f", "ends in a letter"),
        ("0x1.8p+0", "is a hexadecimal number"),
        ("1d-3", "has an exponent as in Fortran"),
        ("[0.1,", "belongs to a list in brackets"),
        ('"0.1"', "is in quotes"),
        ("0.1,", "is followed by a comma; name the file .csv"),
        ("9:0.02", "is a column and its number, as in sparse vectors"),
    ],
)
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("token", ["the", "caf\xe9"])
def test_unsupported_number_notations_are_named(tmp_path, number, what, dim, token):
    row = f" {number}" * dim
    for name, text in (
        ("a.vec", f"2 {dim}\n{token}{row}\ncat{row}\n"),
        ("a.bin", f"2 {dim}\n{token}{row} \ncat{row} \n"),
    ):
        for encoding in ("utf-8", "latin-1"):
            (tmp_path / name).write_bytes(text.encode(encoding))
            with pytest.raises(BadSource, match=f"{name} cannot be read: line 2: .* {what}"):
                tovec.open(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        '{"the": [0.1, 0.2]}',
        '[{"token": "the", "vector": [1, 2]}]',
        '{"the": [1]}\n{"cat": [2]}\n',
        '[["the", [1, 2]]]',
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.txt"])
def test_json_file_is_named_as_json(tmp_path, text, name):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadSource, match=f"{name} is JSON, not vectors; save vectors as"):
        tovec.open(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "0 1 0 1\n0 0 1 1\n1 1 1 0\n"),
        ("a.tsv", "0\t1\t0.5\n0\t0\t1\n"),
        ("a.csv", "label,x,y\n1,0.5,2\n0,1,3\n1,2,2\n"),
    ],
)
def test_table_of_numbers_is_not_read_as_repeated_tokens(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadSource, match=f"{name} cannot be read: its tokens would all be numbers, '[01]' in"):
        tovec.open(tmp_path / name)


def test_tokens_that_are_not_utf_8_are_counted(tmp_path):
    (tmp_path / "a.vec").write_text("3 1\nthe 1\ncaf\xe9 2\nm\xfcde 3\n", encoding="cp1252")
    model = tovec.open_model(tmp_path / "a.vec", strict=True)
    assert model.report.findings[0].startswith(
        "2 of 3 tokens are not UTF-8, the first in line 3; their bytes are"
    )
    assert model.report.repairs == ()


def test_content_decides_between_text_and_binary(tmp_path):
    (tmp_path / "a.bin").write_text(lines(TOKENS[:2], ROWS[:2]))
    (tmp_path / "b.vec").write_bytes(binary(TOKENS[:2], ROWS[:2]))
    for name in ("a.bin", "b.vec"):
        np.testing.assert_array_equal(tovec.open(tmp_path / name)[:], ROWS[:2])


# The command line


def test_command_line_prints_repairs_on_stderr(tmp_path):
    path = written(tmp_path, "w.vec")
    result = CliRunner().invoke(cli, ["inspect", str(path), "--json"])
    assert result.exit_code == 0
    assert result.stderr == (
        f"warning: {path}: 2 of 6 rows left out, whose token an earlier row has: "
        "'the' in line 4, 'dog' in line 6\n"
    )
    assert json.loads(result.stdout)["report"]["findings"] == [result.stderr[len(f"warning: {path}: ") : -1]]
    result = CliRunner().invoke(cli, ["inspect", str(path)])
    assert "note        2 of 6 rows left out" in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["inspect"], ["vectors", "@", "the"], ["neighbors", "@", "the"], ["similarity", "@", "the", "dog"],
        ["analogy", "@", "the", "dog", "cat"], ["plot", "@", "-o", "a.png"], ["export", "@", "-o", "a.html"],
        ["convert", "@", "b.vec"], ["tokens", "@", "the"], ["view", "@"],
    ],
)  # fmt: skip
def test_every_command_that_takes_a_source_refuses_with_strict(tmp_path, command):
    path = str(written(tmp_path, "w.vec"))
    arguments = [path if word == "@" else word for word in command] + ([path] if "@" not in command else [])
    result = CliRunner().invoke(cli, [*arguments, "--strict"])
    assert result.exit_code == 1 and "is irregular: token 'the' is in line 2 and in line 4" in result.stderr
    assert result.stderr.count("\n") == 1 and result.stdout == ""


def test_the_command_line_reads_no_further_than_the_limit(tmp_path):
    path = written(tmp_path, "w.vec")
    result = CliRunner().invoke(cli, ["convert", str(path), str(tmp_path / "b.vec"), "--limit", "2"])
    assert (
        result.exit_code == 0 and "warning" not in result.stderr and len(tovec.open(tmp_path / "b.vec")) == 2
    )
    assert CliRunner().invoke(cli, ["inspect", str(path), "--limit", "0"]).exit_code == 2

"""The pair of tables that TensorBoard's projector reads."""

import numpy as np
import pytest
from needs import needs

from tovec import Embedding
from tovec.errors import BadSource
from tovec.formats import save
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import projector_files, vector_lines
from tovec.formats.vectors.projector_files import recognizes
from tovec.text.vocabulary import Vocabulary


def load(path, **options):
    return Embedding.from_parts(projector_files.load(path, ReadOptions(**options)))


VECTORS = "0.5\t-1.25\n3\t4\n"


@pytest.fixture
def folder(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.tsv").write_bytes(text.encode())
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("names", "metadata"),
    [
        (("vectors", "metadata"), "cat\n개\n"),
        (("tensors", "metadata"), "cat\n개"),
        (("vecs", "meta"), "cat\r\n개\r\n"),
        (("vectors", "metadata"), "count\tlabel\n5\tcat\n3\t개\n"),
        (("run_vectors", "run_metadata"), "word\tcount\ncat\t5\n개\t3\n"),
        (("run_vectors", "metadata"), "cat\n개\n"),
        (("run", "run_metadata"), "cat\n개\n"),
    ],
)
def test_a_pair_is_read_by_its_folder_or_its_vectors(folder, names, metadata):
    path = folder(**{names[0]: VECTORS, names[1]: metadata})
    file = path / f"{names[0]}.tsv"
    for source in (path, file):
        assert recognizes(source, b"" if source.is_dir() else VECTORS.encode())
        made = load(source)
        assert made.vocabulary.tokens == ("cat", "개")
        assert made.vectors.dtype == np.float32 and made.vectors.tolist() == [[0.5, -1.25], [3, 4]]
        assert made.provenance == {"format": "projector TSV", "file": file.name, "tokens": f"{names[1]}.tsv"}


def test_what_gensim_writes_reads_back(tmp_path):
    module = needs("gensim.scripts.word2vec2tensor")
    vectors = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    keyed = needs("gensim.models").KeyedVectors(4)
    keyed.add_vectors([f"w{i}" for i in range(50)], vectors)
    keyed.save_word2vec_format(str(tmp_path / "a.vec"))
    module.word2vec2tensor(str(tmp_path / "a.vec"), str(tmp_path / "x"))
    made = load(tmp_path)
    assert made.vocabulary.tokens == tuple(keyed.index_to_key)
    assert made.vectors.tobytes() == vectors.tobytes()


@pytest.mark.parametrize("name", ["x.tsv", "x_tensor.tsv", "vectors.tsv", "folder"])
@pytest.mark.parametrize("counts", [None, [9, 4, 1]])
def test_what_tovec_writes_reads_back(tmp_path, name, counts):
    tokens = Vocabulary(["cat", " 개", "new york"], counts)
    made = Embedding(tokens, np.random.default_rng(2).standard_normal((3, 4)).astype(np.float32))
    read = load(save(made, tmp_path / name, format="projector"))
    assert read.vocabulary.tokens == tokens.tokens and read.vectors.tobytes() == made.vectors.tobytes()
    found = read.vocabulary.counts
    assert (None if found is None else found.tolist()) == counts


@pytest.mark.parametrize("cell", ["", "1.5", "-1", "many", "9" * 30])
def test_a_column_count_that_holds_anything_else_is_no_counts(folder, cell):
    metadata = f"word\tcount\ncat\t5\n개\t{cell}\n"
    assert load(folder(vectors=VECTORS, metadata=metadata)).vocabulary.counts is None


def test_a_large_table_is_read_by_the_compiled_loops(folder, monkeypatch):
    monkeypatch.setattr(vector_lines, "FAST_FROM", 0)
    monkeypatch.setattr(vector_lines, "_PART", 100)
    rows = np.random.default_rng(1).standard_normal((300, 5))
    rows[7, 2] = np.nan
    text = "".join("\t".join(map(repr, row)) + "\n" for row in rows.tolist())
    made = load(folder(vectors=f"\ufeff{text}", metadata="".join(f"w{i}\n" for i in range(300))))
    assert np.array_equal(made.vectors, rows.astype(np.float32), equal_nan=True)


@pytest.mark.parametrize(
    ("vectors", "metadata", "message"),
    [
        ("1\t2\n3\n", "a\nb\n", r"vectors\.tsv is damaged: line 2 has 1 number instead of 2"),
        ("1\t2\n3\t4\t5\n", "a\nb\n", r"vectors\.tsv is damaged: line 2 has 3 numbers instead of 2"),
        ("1\t2\n\n3\t4\n", "a\nb\n", r"vectors\.tsv is damaged: line 2 has 0 numbers instead of 2"),
        ("1\t2\n3\tx\n", "a\nb\n", r"vectors\.tsv is damaged: line 2: 'x' is not a number"),
        ("", "a\nb\n", r"vectors\.tsv is damaged: line 1 is empty"),
        (
            VECTORS,
            "word\na\nb\n",
            r"metadata\.tsv cannot be read: it lists 3 tokens, and the table has 2 rows",
        ),
        (VECTORS, "w\tn\na\nb\t1\n", r"metadata\.tsv is damaged: line 2 has 1 column, and line 1 has 2"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(folder, vectors, metadata, message):
    path = folder(vectors=vectors, metadata=metadata)
    with pytest.raises(BadSource, match=message):
        load(path)


def test_of_several_pairs_one_must_be_named(folder):
    path = folder(a_vectors=VECTORS, b_vectors="1\n2\n", metadata="cat\n개\n")
    assert recognizes(path, b"")
    with pytest.raises(BadSource, match=r"several tables, name one: a_vectors\.tsv, b_vectors\.tsv"):
        load(path)
    assert load(path / "b_vectors.tsv").dim == 1


def test_projector_vectors_without_metadata_are_not_recognized(folder):
    path = folder(vectors=VECTORS, other="a\nb\n")
    assert not recognizes(path, b"") and not recognizes(path / "vectors.tsv", VECTORS.encode())
    with pytest.raises(BadSource, match="no such pair"):
        load(path)

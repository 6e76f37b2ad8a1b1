"""What a notebook shows of a table: HTML that is safe and small, with a map of its first tokens."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import tovec
from tovec.display import HEIGHT, WIDTH, _first_axes

SVG = "{http://www.w3.org/2000/svg}"


def parsed(html):
    """Return the whole as a tree, which no unescaped text of tokens may break, and its text."""
    tree = ET.fromstring(f"<all>{html}</all>")
    return tree, "".join(tree.itertext())


def test_it_says_size_source_type_and_the_most_frequent_tokens():
    tokens = [f"w{row}" for row in range(50)]
    vocabulary = tovec.Vocabulary(tokens, np.arange(50))
    vectors = np.random.default_rng(0).standard_normal((50, 7)).astype(np.float16)
    embedding = tovec.Embedding(
        vocabulary, vectors, provenance={"format": "word2vec text", "file": "some.vec"}
    )
    _, text = parsed(embedding._repr_html_())
    for part in (
        "Embedding: 50 tokens × 7 dimensions",
        "source word2vec text, some.vec",
        "float16, in memory",
    ):
        assert part in text
    assert "most frequent w49 · w48 · w47" in text
    assert "w38 …" in text
    assert repr(embedding).startswith("Embedding(50 tokens")


def test_foreign_text_is_escaped_wherever_it_stands():
    tokens = ["<script>alert(1)</script>", "&amp;", 'a"b', "line\nend", "\u202eturned", "\x00", "x" * 500]
    embedding = tovec.Embedding.random(tovec.Vocabulary(tokens), 4)
    embedding.provenance["file"] = "<img src=x onerror=alert(1)>\x1b[31m"
    tree, text = parsed(embedding._repr_html_())
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} == {
        *("all", "div", "strong", "span", "svg", "title", "g", "circle", "text"),
    }
    assert "<script>alert(1)</scrip…" in text
    assert "\u202e" not in text and "\x1b" not in text and "\n" not in text
    assert "x" * 500 not in text


def test_points_and_labels_lie_on_the_map_and_labels_do_not_overlap():
    tokens = [f"word{row}" for row in range(2000)]
    tree, _ = parsed(tovec.Embedding.random(tokens, 20)._repr_html_())
    circles = [(float(each.get("cx")), float(each.get("cy"))) for each in tree.iter(f"{SVG}circle")]
    assert len(circles) == 300
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in circles)
    labels = [(float(each.get("x")), float(each.get("y"))) for each in tree.iter(f"{SVG}text")]
    assert 10 < len(labels) <= 40
    for number, (x, y) in enumerate(labels):
        others = labels[:number]
        assert all(abs(y - b) >= 12 or abs(x - a) >= 6 * len("word1") for a, b in others)


def test_the_map_is_that_of_principal_components():
    generator = np.random.default_rng(1)
    rows = generator.standard_normal((300, 40)) * np.r_[8.0, 5.0, np.ones(38)]
    expected = rows - rows.mean(axis=0)
    left, sizes, _ = np.linalg.svd(expected, full_matrices=False)
    found = _first_axes(rows)
    for axis in range(2):
        ours, theirs = found[:, axis], left[:, axis] * sizes[axis]
        assert abs(np.corrcoef(ours, theirs)[0, 1]) > 0.99999
        assert np.linalg.norm(ours) == pytest.approx(np.linalg.norm(theirs))


@pytest.mark.parametrize(
    "vectors",
    [
        [[1.0]],
        [[0.0, 0], [0, 0]],
        [[np.nan, 1], [np.inf, 2], [1, 2]],
        [[1, 2], [1, 2], [2, 4]],
        np.ones((3, 1)),
    ],
)
def test_tables_of_any_kind_are_shown(vectors):
    tokens = [f"t{row}" for row in range(len(vectors))]
    _, text = parsed(tovec.Embedding(tokens, np.asarray(vectors, np.float32))._repr_html_())
    assert "nan" not in text.lower()
    assert f"{len(tokens)} token" in text


class Lazy:
    """A table whose rows are read on demand; counts them."""

    def __init__(self, n, dim):
        self.shape, self.dtype, self.n_read = (n, dim), np.dtype(np.float32), 0

    def __getitem__(self, rows):
        assert not isinstance(rows, slice)
        self.n_read += len(rows)
        return np.random.default_rng(0).standard_normal((len(rows), self.shape[1])).astype(np.float32)


@pytest.mark.parametrize("counts", [None, np.arange(262_144)])
def test_of_a_large_table_a_few_hundred_rows_are_read(counts):
    vocabulary = tovec.Vocabulary([f"▁w{row}" for row in range(262_144)], counts)
    table = Lazy(262_144, 640)
    html = tovec.Embedding(vocabulary, table)._repr_html_()
    assert table.n_read == 300
    assert len(html) < 40_000


def test_rows_that_are_costly_are_not_read():
    table = Lazy(10, 4)
    table.rows_are_costly = True
    html = tovec.Embedding([f"w{row}" for row in range(10)], table)._repr_html_()
    assert table.n_read == 0
    assert "<svg" not in html


def test_a_timeline_shows_its_moments_and_a_model_its_tables(tmp_path):
    tables = [tovec.Embedding.random(["cat", "dog", "<i>"], 4, seed=seed) for seed in range(3)]
    _, text = parsed(tovec.Timeline.from_embeddings(tables, ["start", "middle", "end"])._repr_html_())
    assert "Timeline: 3 tokens × 4 dimensions" in text
    assert "moments 3, start to end" in text
    _, text = parsed(tovec.open_model(tables[0].save(tmp_path / "three"))._repr_html_())
    assert "Model, input: 3 tokens × 4 dimensions" in text
    assert "source random" in text


def test_a_comparison_names_both_tables_and_what_moved():
    tokens = [f"w{row}" for row in range(8)]
    before = np.random.default_rng(0).standard_normal((8, 4))
    after = before.copy()
    after[3] += 9
    tables = [tovec.Embedding(tokens, rows) for rows in (before, after)]
    _, text = parsed(tovec.compare(*tables, names=("old<", "new"))._repr_html_())
    assert "Comparison: 8 tokens × 4 dimensions" in text
    assert "first old<, 8 tokens" in text
    assert "moved 1: w3" in text
    _, text = parsed(tovec.compare(tables[0], tables[0])._repr_html_())
    assert "in both the same numbers" in text


def test_where_a_notebook_removes_the_drawing_no_text_of_it_is_seen():
    tree, _ = parsed(tovec.Embedding.random(["cat", "dog", "mat"], 4)._repr_html_())
    (around,) = [each for each in tree.iter("div") if each.find(f"{SVG}svg") is not None]
    assert around.get("style") == "font-size:0px"
    labels = [each.get("font-size") for each in tree.iter(f"{SVG}g") if each.find(f"{SVG}text") is not None]
    assert labels == ["10.5"]

import base64
import hashlib
import re

import numpy as np
import pytest
from exported_page import Reader
from tokenizers import Tokenizer

from tovec.embedding import Embedding
from tovec.errors import CannotSave, TovecError
from tovec.server import export as export_module
from tovec.server.export import export
from tovec.server.page_data import page_data
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary


@pytest.fixture
def embedding():
    tokens = ["cat", "고양이", "</script>", "😀", *(f"w{row}" for row in range(36))]
    vectors = np.random.default_rng(0).standard_normal((len(tokens), 5)).astype(np.float32)
    return Embedding(Vocabulary(tokens, range(len(tokens))), vectors, tokenizer_from_name("words"))


METADATA = {"token": ["cat", "😀"], "kind": ["animal", "</script><b>"]}


def test_the_file_holds_the_bytes_of_the_page_data(embedding, static, tmp_path):
    path = export(embedding, tmp_path / "page.html", metadata=METADATA, methods=["pca"], static=static)
    read = Reader(path)
    data = page_data(embedding, metadata=METADATA)
    for name, content in data.items():
        if name != "manifest.json":
            assert read.part(name) == content
    assert read.part("vectors.f32") == embedding[:].tobytes()
    library = Tokenizer.from_str(read.part("tokenizer.json").decode())
    assert library.encode("Cat 고양이").ids == [0, 1]
    header, payload = read.frame("project-pca-3.frame")
    assert (header["stage"], header["dims"], len(payload)) == ("done", 3, 40 * 3 * 4)
    header, payload = read.frame("clusters.frame")
    assert header["stage"] == "done"
    assert len(payload) == 40
    assert {"project-pca-2.frame", "column-0.u16", "counts.f64"} <= read.parts.keys()


def test_no_request_can_leave_the_file(embedding, static, tmp_path):
    path = export(embedding, tmp_path / "page.html", title="<cats> & dogs", methods=["pca"], static=static)
    read = Reader(path)
    assert read.fetched == []
    places = [place.strip("\"' ") for style in read.styles for place in re.findall(r"url\(([^)]*)\)", style)]
    assert places == ["data:font/woff2;base64," + base64.b64encode(b"wOF2 font").decode()]
    assert not re.search("https?://", path.read_text())
    assert read.title == "<cats> & dogs"
    ((attributes, script),) = read.scripts
    assert attributes == {"type": "module"}
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert read.policy == {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "font-src": "data:",
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_a_script_tag_inside_the_script_does_not_end_it(embedding, static, tmp_path):
    """HTML ends a script at `</script`, whatever JavaScript means by it; an escaped letter is that letter."""
    read = Reader(export(embedding, tmp_path / "page.html", methods=["pca"], static=static))
    ((_, script),) = read.scripts
    assert "<script" not in script.lower()
    assert "</script" not in script.lower()
    plain = re.sub(r"\\u00([57]3)", lambda found: chr(int(found[1], 16)), script)
    assert plain == (static / "page.js").read_text()
    assert "</style" not in read.styles[0]


def test_equal_tables_give_equal_bytes(embedding, static, tmp_path):
    first = export(embedding, tmp_path / "a.html", methods=["pca"], static=static)
    second = export(embedding, tmp_path / "b.html", methods=["pca"], static=static)
    assert first.read_bytes() == second.read_bytes()


def test_the_manifest_describes_the_file(embedding, static, tmp_path):
    read = Reader(export(embedding, tmp_path / "a.html", methods=["pca"], vectors="none", static=static))
    manifest = read.manifest
    assert manifest["start"] == {"method": "pca", "dims": 3}
    assert not manifest["hasVectors"]
    missing = {info["method"]: info["missing"] for info in manifest["methods"]}
    assert missing["pca"] is None
    assert "tovec export --method none" in missing["none"]
    assert "without vectors" in missing["axes"]
    assert not {"vectors.f32", "vectors.f16"} & read.parts.keys()
    with_vectors = Reader(export(embedding, tmp_path / "a.html", methods=["pca"], static=static)).manifest
    of_vectors = [info for info in with_vectors["methods"] if info["method"] in ("none", "axes")]
    assert [info["missing"] for info in of_vectors] == [None, None]


def test_default_projections(static, tmp_path, monkeypatch):
    def pictures(table):
        read = Reader(export(table, tmp_path / "a.html", static=static))
        return {name for name in read.parts if name.startswith("project-")}, read.manifest["start"]["method"]

    monkeypatch.setattr(export_module, "MANY", 40)
    names, start = pictures(Embedding.random([f"w{row}" for row in range(41)], 4))
    assert (names, start) == ({"project-pca-2.frame", "project-pca-3.frame"}, "pca")
    names, start = pictures(Embedding.random([f"w{row}" for row in range(40)], 4))
    assert names == {f"project-{method}-{dims}.frame" for method in ("pca", "umap") for dims in (2, 3)}
    names, start = pictures(Embedding.random(["a", "b", "c", "d"], 2))
    assert {"project-none-2.frame", "project-pca-2.frame"} <= names
    assert start == "none"
    assert not [name for name in names if "-3" in name]
    assert pictures(Embedding.random(["a", "b"], 1)) == ({"project-none-2.frame"}, "none")


def test_large_vectors_are_narrowed_or_left_out_with_a_note(embedding, static, tmp_path, monkeypatch):
    for most, name, said in [
        (800, "vectors.f32", None),
        (799, "vectors.f16", "narrowed"),
        (399, None, "left out"),
    ]:
        monkeypatch.setattr(export_module, "MAX_VECTOR_BYTES", most)
        notes = []
        path = export(embedding, tmp_path / "a.html", methods=["pca"], report=notes.append, static=static)
        names = {name for name in Reader(path).parts if name.startswith("vectors")}
        assert names == ({name} if name else set())
        lines = [note.line for note in notes]
        assert [line for line in lines if "vectors" in line] == [
            line for line in lines if said and said in line
        ]
    half = Reader(export(embedding, tmp_path / "a.html", methods=["pca"], vectors="float16", static=static))
    assert half.part("vectors.f16") == embedding[:].astype("<f2").tobytes()
    odd = np.array([[np.nan, 0], [0, -np.inf], [1, 2], [2, 1]], np.float32)
    path = export(Embedding(list("abcd"), odd), tmp_path / "c.html", vectors="float16", static=static)
    assert Reader(path).part("vectors.f16") == odd.astype("<f2").tobytes()
    huge = Embedding(["a", "b"], np.array([[1e5, 0], [0, 1]], np.float32))
    with pytest.raises(TovecError, match="beyond float16"):
        export(huge, tmp_path / "b.html", vectors="float16", static=static)


def test_a_tokenizer_that_no_file_can_hold_is_left_out_with_a_note(static, tmp_path):
    class Own:
        name, settings, vocabulary = "own", {"name": "own"}, None

        def tokens(self, text):
            return text.split("-")

        def to_json(self, tokens, unknown=None):
            return None

    notes = []
    table = Embedding(["a", "b"], np.eye(2), Own())
    read = Reader(export(table, tmp_path / "a.html", methods=["pca"], report=notes.append, static=static))
    assert "tokenizer.json" not in read.parts
    assert read.manifest["tokenizer"] is None
    assert "the file cannot cut text: no tokenizer.json can hold the tokenizer 'own'" in [
        note.line for note in notes
    ]
    table = Embedding(["a", "\ud800"], np.eye(2), tokenizer_from_name("words"))
    read = Reader(export(table, tmp_path / "a.html", methods=["pca"], report=notes.append, static=static))
    assert read.manifest["tokenizer"] is None
    assert any("the file cannot cut text: token" in note.line and "surrogate" in note.line for note in notes)


def test_a_failed_export_is_one_line_and_leaves_no_file(embedding, static, tmp_path):
    for error, message, options in [
        (
            TovecError,
            "method must be one of none, pca, umap, tsne, not 'magic'",
            {"methods": ["magic"]},
        ),
        (TovecError, "method must be one or more of", {"methods": []}),
        (TovecError, "vectors must be float32, float16 or none, not 'int8'", {"vectors": "int8"}),
        (TovecError, "the page has not been built", {"static": tmp_path}),
    ]:
        with pytest.raises(error, match=message):
            export(embedding, tmp_path / "page.html", **{"static": static, **options})
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotSave, match="there is a folder of that name"):
        export(embedding, tmp_path / "folder", methods=["pca"], static=static)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]

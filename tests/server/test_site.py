"""The page as a folder for a static server: the bytes of the file, in files, with exact neighbors."""

import json

import numpy as np
import pytest
from exported_page import Reader

from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.progress import Note
from tovec.server import site
from tovec.server.export import export
from tovec.server.site import export_site


@pytest.fixture
def embedding():
    rows = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    rows[7] = 0
    return Embedding([f"w{row}" for row in range(39)] + ["고양이"], rows)


def part(folder, name):
    sizes = json.loads((folder / "data" / "parts.json").read_bytes())["files"][name]
    names = [name] if len(sizes) == 1 else [f"{name}.{number}" for number in range(len(sizes))]
    contents = [(folder / "data" / each).read_bytes() for each in names]
    assert list(map(len, contents)) == sizes
    return b"".join(contents)


def test_its_parts_are_those_of_the_file(embedding, static, tmp_path):
    options = {"methods": ["pca"], "static": static}
    folder = export_site(embedding, tmp_path / "site", vectors="float32", **options)
    file = Reader(export(embedding, tmp_path / "page.html", vectors="float32", **options))
    for name in file.parts:
        if name != "manifest.json":
            assert part(folder, name) == file.part(name), name
    assert json.loads(part(folder, "manifest.json")) == {**file.manifest, "neighbors": 25}
    page = Reader(folder / "index.html")
    assert page.policy["connect-src"] == "'self'" and not page.parts
    assert '<meta name="tovec-data" content="data/">' in (folder / "index.html").read_text()


def test_a_large_part_is_several_files_of_whole_rows(embedding, static, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "FILE_BYTES", 3 * 25 * 4)
    monkeypatch.setattr(site, "_ROWS", 2)
    folder = export_site(embedding, tmp_path / "site", methods=["pca"], static=static)
    sizes = json.loads((folder / "data" / "parts.json").read_bytes())["files"]
    assert sizes["neighbors.u32"] == [2 * 25 * 4] * 20
    assert len(part(folder, "neighbors.u32")) == 40 * 25 * 4
    assert part(folder, "vectors.f16") == embedding[:].astype(np.float16).tobytes()


def test_the_neighbors_are_the_exact_ones(embedding, static, tmp_path):
    folder = export_site(embedding, tmp_path / "site", methods=["pca"], neighbors=4, static=static)
    ids = np.frombuffer(part(folder, "neighbors.u32"), "<u4").reshape(40, 4)
    similarities = np.frombuffer(part(folder, "similarities.f32"), "<f4").reshape(40, 4)
    for row in (0, 20, 39):
        found = embedding.neighbors(row, k=4)
        assert ids[row].tolist() == [hit.id for hit in found]
        np.testing.assert_allclose(similarities[row], [hit.similarity for hit in found], atol=1e-6)


def test_without_vectors_there_are_no_neighbors(embedding, static, tmp_path):
    folder = export_site(embedding, tmp_path / "site", methods=["pca"], vectors="none", static=static)
    assert not list((folder / "data").glob("neighbors*")) and not list((folder / "data").glob("vectors*"))
    manifest = json.loads(part(folder, "manifest.json"))
    assert (manifest["neighbors"], manifest["hasVectors"]) == (0, False)


def test_its_size_is_said_before_anything_is_computed(embedding, static, tmp_path):
    lines = []

    def report(event):
        if isinstance(event, Note):
            lines.append(event.text)

    export_site(embedding, tmp_path / "site", methods=["pca"], static=static, report=report)
    assert next(line for line in lines if "MB" in line or "computing" in line).startswith(
        "the folder will take about "
    )


def test_a_site_is_replaced_and_nothing_else_is(embedding, static, tmp_path):
    folder = export_site(embedding, tmp_path / "site", methods=["pca"], static=static)
    (folder / "CNAME").write_text("words.example")
    (folder / "data" / "old.f32").write_text("of an older table")
    export_site(embedding, folder, methods=["pca"], static=static)
    assert (folder / "CNAME").read_text() == "words.example"
    assert not (folder / "data" / "old.f32").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    with pytest.raises(CannotSave, match="other is a folder that holds other files; name a new one"):
        export_site(embedding, other, methods=["pca"], static=static)
    with pytest.raises(CannotSave, match="is a file; name a folder"):
        export_site(embedding, other / "thesis.tex", methods=["pca"], static=static)


def test_its_version_is_that_of_its_data(embedding, static, tmp_path):
    def version(table):
        folder = export_site(table, tmp_path / "site", methods=["pca"], static=static)
        return json.loads((folder / "data" / "parts.json").read_bytes())["version"]

    rows = embedding[:].copy()
    rows[3, 0] += 1
    assert version(embedding) == version(embedding) != version(Embedding(list(embedding), rows))


@pytest.mark.slow
def test_the_size_said_is_that_of_the_folder(embedding, static, tmp_path):
    rows = np.random.default_rng(0).standard_normal((20_000, 100)).astype(np.float32)
    lines = []
    folder = export_site(
        Embedding([f"w{row}" for row in range(20_000)], rows),
        tmp_path / "site",
        methods=["pca"],
        neighbors=5,
        static=static,
        report=lambda event: lines.append(event.text) if isinstance(event, Note) else None,
    )
    (line,) = (line for line in lines if line.startswith("the folder will take about "))
    said = float(line.split()[-2])
    assert abs(said - sum(each.stat().st_size for each in folder.rglob("*.*")) / 1e6) < 0.1 * said + 1

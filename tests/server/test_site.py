"""The page as a folder for a static server: the bytes of the file, in files, with exact neighbors."""

import json

import numpy as np
import pytest
from exported_page import Reader

import tovec
from tovec import progress
from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.progress import Note, Stage
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
    assert json.loads(part(folder, "manifest.json")) == {
        **file.manifest,
        "neighbors": 25,
        "neighborRecall": 1.0,
    }
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


def large(n_tokens, dim):
    return tovec.Embedding.random([f"w{row}" for row in range(n_tokens)], dim)


def notes_of(table, folder, static, **options):
    """Return what is said of the time, before anything is computed."""
    lines = []

    def report(event):
        if isinstance(event, Note):
            lines.append(event.text)

    export_site(table, folder, methods=["pca"], static=static, report=report, **options)
    before = lines[: next(at for at, line in enumerate(lines) if "finding" in line)]
    return [line for line in before if "nearest of every" in line]


def test_how_long_neighbors_take_is_said_before_where_that_is_long(embedding, static, tmp_path, monkeypatch):
    assert notes_of(embedding, tmp_path / "small", static) == []
    monkeypatch.setattr(site, "LONG_S", 0.001)
    (said,) = notes_of(large(2000, 8), tmp_path / "site", static)
    assert said == "the 25 nearest of every token take about 0 s"
    seconds = {True: 440.4, False: 100.0}  # of 262,144 x 640
    monkeypatch.setattr(site, "neighbor_seconds", lambda *_, exact: {"neighbors": seconds[exact]})
    (said,) = notes_of(embedding, tmp_path / "a", static)
    assert (
        said
        == "the 25 nearest of every token take about 7:20 min, most of them by `approximate` about 1:40 min"
    )
    (said,) = notes_of(embedding, tmp_path / "b", static, approximate=True)
    assert said == "the 25 nearest of every token take about 1:40 min"


def test_most_neighbors_are_stored_with_their_share_where_that_is_asked_for(static, tmp_path):
    table = large(3000, 24)
    exact = export_site(table, tmp_path / "exact", methods=["pca"], neighbors=5, static=static)
    most = export_site(
        table, tmp_path / "most", methods=["pca"], neighbors=5, static=static, approximate=True
    )
    ids = [np.frombuffer(part(folder, "neighbors.u32"), "<u4").reshape(-1, 5) for folder in (exact, most)]
    found = np.mean(
        [len({*one} & {*other}) / 5 for one, other in zip(*map(np.ndarray.tolist, ids), strict=True)]
    )
    said = [json.loads(part(folder, "manifest.json"))["neighborRecall"] for folder in (exact, most)]
    assert said[0] == 1.0 and 0.5 < said[1] < 1.0
    assert said[1] == pytest.approx(found, abs=0.03)  # it is measured on 256 rows


@pytest.mark.parametrize("approximate", [False, True])
def test_an_interruption_while_neighbors_are_found_leaves_nothing(static, tmp_path, monkeypatch, approximate):
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)

    def report(event):
        if isinstance(event, Stage) and event.name == "neighbors" and event.fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_site(large(3000, 24), tmp_path / "site", static=static, report=report, approximate=approximate)
    assert not any(tmp_path.iterdir())

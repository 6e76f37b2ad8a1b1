"""The exported file of a timeline: points of all moments, and their vectors where they fit."""

import numpy as np
import pytest
from exported_page import Reader
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.projection import project_moments
from tovec.server import export as export_module
from tovec.server.export import export
from tovec.server.quantized_points import quantized
from tovec.timeline import Timeline

N, DIM, M = 50, 4, 3


@pytest.fixture
def timeline():
    tables = [Embedding.random([f"w{row}" for row in range(N)], DIM, seed=seed) for seed in range(M)]
    return Timeline.from_embeddings(tables, names=["a", "b", "c"], progress=[0, 10, 20], unit="steps")


def read_points(header, payload, dims):
    """As page_data.py says: middle + step x q, and -32768 is NaN."""
    numbers = np.frombuffer(payload, "<i2").reshape(header["moments"], -1, dims)
    points = np.asarray(header["quantized"]["middle"]) + np.asarray(header["quantized"]["step"]) * numbers
    return np.where(numbers == -32768, np.nan, points)


def test_the_file_holds_the_points_of_all_moments(timeline, static, tmp_path):
    read = Reader(export(timeline, tmp_path / "page.html", static=static))
    assert {name for name in read.parts if name.startswith("project")} == {
        "project-pca-2.frame",
        "project-pca-3.frame",
    }
    for dims in (2, 3):
        header, payload = read.frame(f"project-pca-{dims}.frame")
        expected = project_moments([each.vectors for each in timeline], dims, "pca").points
        found = read_points(header, payload, dims)
        step = np.asarray(header["quantized"]["step"])
        assert (np.abs(found - expected) <= step * 0.51).all()
        assert (step < np.ptp(expected, axis=(0, 1)) / 65_000).all()
        assert (header["stage"], header["moments"], header["dims"]) == ("done", M, dims)
    assert read.manifest["start"] == {"method": "pca", "dims": 3}
    assert len(read.part("clusters.frame")) > N


def test_the_file_holds_the_vectors_of_all_moments(timeline, static, tmp_path):
    read = Reader(export(timeline, tmp_path / "page.html", static=static))
    parts = {name: read.part(name) for name in read.parts if name.startswith("vectors")}
    assert parts == {
        "vectors.f32": timeline["c"][:].tobytes(),
        "vectors-0.f32": timeline["a"][:].tobytes(),
        "vectors-1.f32": timeline["b"][:].tobytes(),
    }
    manifest = read.manifest
    assert manifest["hasVectors"]
    assert manifest["timeline"]["hasVectors"]
    assert [moment["name"] for moment in manifest["timeline"]["moments"]] == ["a", "b", "c"]
    missing = {info["method"]: info["missing"] for info in manifest["methods"]}
    assert missing["pca"] is None
    assert "tovec export --method umap --timeline includes it" in missing["umap"]
    assert "tovec export --method none --timeline includes it" in missing["none"]
    assert "lays out all together" in missing["tsne"]
    assert "one table" in missing["axes"]


@pytest.mark.parametrize(
    ("most", "names", "said"),
    [
        (4 * M * N * DIM, ["vectors-0.f32", "vectors-1.f32", "vectors.f32"], None),
        (4 * M * N * DIM - 1, ["vectors-0.f16", "vectors-1.f16", "vectors.f16"], "narrowed"),
        (2 * M * N * DIM - 1, ["vectors.f32"], "only the vectors of the last moment"),
        (2 * N * DIM, ["vectors.f16"], "only the vectors of the last moment"),
        (2 * N * DIM - 1, [], "left out"),
    ],
)
def test_vectors_that_take_too_much_are_narrowed_then_those_of_the_last_moment_alone(
    timeline, static, tmp_path, monkeypatch, most, names, said
):
    monkeypatch.setattr(export_module, "MAX_VECTOR_BYTES", most)
    lines = []
    path = export(
        timeline, tmp_path / "page.html", static=static, report=lambda event: lines.append(event.line)
    )
    read = Reader(path)
    assert sorted(name for name in read.parts if name.startswith("vectors")) == names
    assert read.manifest["timeline"]["hasVectors"] == (len(names) == M)
    assert read.manifest["hasVectors"] == (len(names) > 0)
    about_vectors = [line for line in lines if "vectors" in line]
    assert len(about_vectors) == (said is not None)
    assert said is None or said in about_vectors[0]


def test_vectors_that_are_stored_in_float16_are_written_so_without_a_word(timeline, static, tmp_path):
    lines = []
    half = Timeline.from_embeddings(
        [Embedding(each.vocabulary, each[:].astype(np.float16)) for each in timeline]
    )
    path = export(half, tmp_path / "page.html", static=static, report=lambda event: lines.append(event.line))
    assert Reader(path).part("vectors-0.f16") == half[0][:].astype("<f2").tobytes()
    assert not [line for line in lines if "vectors" in line]


def test_vectors_of_all_moments_can_be_asked_for(timeline, static, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "MAX_VECTOR_BYTES", 0)
    for wanted, suffix, size in (("float16", "f16", 2), ("float32", "f32", 4)):
        read = Reader(export(timeline, tmp_path / "page.html", vectors=wanted, static=static))
        assert len(read.part(f"vectors-1.{suffix}")) == size * N * DIM
    none = Reader(export(timeline, tmp_path / "page.html", vectors="none", static=static))
    assert not none.manifest["hasVectors"]
    assert not none.manifest["timeline"]["hasVectors"]
    huge = Timeline.from_embeddings(
        [Embedding(["x", "y"], [[1e5, 0], [0, 1]]), Embedding(["x", "y"], np.eye(2))]
    )
    with pytest.raises(TovecError, match="beyond float16"):
        export(huge, tmp_path / "huge.html", vectors="float16", static=static)


def test_tsne_of_a_timeline_is_refused_before_anything_is_written(timeline, static, tmp_path):
    with pytest.raises(TovecError, match="t-SNE lays out one table at a time"):
        export(timeline, tmp_path / "page.html", methods=["tsne"], static=static)
    assert not list(tmp_path.iterdir())


def test_the_size_of_a_large_file_is_said_before_it_is_written(static, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "LARGE_BYTES", 1 << 20)
    tokens = [f"w{row}" for row in range(2000)]
    large = Timeline.from_embeddings([Embedding.random(tokens, 16, seed=seed) for seed in range(10)])
    path, said = tmp_path / "page.html", []

    def report(event):
        if "will take" in event.line:
            assert not list(tmp_path.glob("*.html"))
            said.append(event.line)

    export(large, path, report=report, static=static)
    n_megabytes = int(said[0].removeprefix("the file will take about ").removesuffix(" MB"))
    assert n_megabytes == pytest.approx(path.stat().st_size / 1e6, rel=0.2, abs=1)
    monkeypatch.setattr(export_module, "LARGE_BYTES", 1 << 25)
    export(large, path, report=report, static=static)
    assert len(said) == 1


def test_the_file_of_a_timeline_of_one_moment(timeline, static, tmp_path):
    read = Reader(export(Timeline.from_embeddings([timeline[0]]), tmp_path / "page.html", static=static))
    header, payload = read.frame("project-pca-2.frame")
    assert read_points(header, payload, 2).shape == (1, N, 2)
    assert len(read.manifest["timeline"]["moments"]) == 1
    assert "vectors.f32" in read.parts


# Points in two bytes a number


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=3, max_dims=3, max_side=5),
        elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan),
    )
)
def test_quantized_points_are_off_by_half_a_step_at_most(points):
    numbers, read_with = quantized(points)
    step = np.asarray(read_with["step"])
    found = np.asarray(read_with["middle"]) + step * numbers
    has_place = np.isfinite(points).all(axis=-1)
    assert (np.abs(found - points)[has_place] <= step * 0.5001).all()
    assert (numbers[~has_place] == -32768).all()
    assert (numbers[has_place] >= -32767).all()

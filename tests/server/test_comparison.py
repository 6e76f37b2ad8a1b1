"""The page of two tables that are compared: both as moments of one picture, and what moved as columns."""

import functools

import numpy as np
import pytest
from exported_page import Reader
from page_client import Client

import tovec
from tovec.comparison.comparison import compare
from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.server.comparison_page import BOTH, FIRST, SECOND, comparison_page
from tovec.server.export import export
from tovec.server.moment_projections import MomentsProjector
from tovec.server.open_page import Page
from tovec.server.page_data import page_data
from tovec.server.projections import ProjectionRequest
from tovec.server.site import export_site
from tovec.text.vocabulary import Vocabulary

N, DIM = 60, 6
MOVED = ["w7", "w20"]
ADDED = ["new", "newer"]
REMOVED = ["w3", "w50"]


@functools.cache
def comparison():
    """Two tokens moved, two are new, two are gone; the second table has another order."""
    generator = np.random.default_rng(0)
    tokens = [f"w{row}" for row in range(N)]
    rows = generator.standard_normal((N, DIM)).astype(np.float32)
    kept = [token for token in reversed(tokens) if token not in REMOVED]
    after = {token: row.copy() for token, row in zip(tokens, rows, strict=True)}
    for token in MOVED:
        after[token] += 1.0 + generator.standard_normal(DIM).astype(np.float32)
    new = generator.standard_normal((len(ADDED), DIM)).astype(np.float32)
    a = Embedding(Vocabulary(tokens, range(N, 0, -1)), rows)
    b_tokens = [*kept, *ADDED]
    b = Embedding(
        Vocabulary(b_tokens, range(100, 100 - len(b_tokens), -1)),
        np.concatenate([[after[token] for token in kept], new]),
    )
    return compare(a, b, names=("before", "after"))


@pytest.fixture(scope="module")
def client(static):
    with Page(page_data(comparison(), report=lambda event: None), port=0, static=static) as page:
        yield Client(page)


@functools.cache
def tokens():
    return list(comparison().union().vocabulary.tokens)


def column(client, number, dtype):
    suffix = {"<f4": "f32", "<u2": "u16"}[dtype]
    return np.frombuffer(client.get(f"/data/column-{number}.{suffix}"), dtype)


def test_the_manifest_says_what_was_compared_and_what_came_out(client):
    manifest = client.json("/data/manifest.json")
    info = manifest["comparison"]
    assert info["names"] == ["before", "after"]
    assert info["coordinates"] == "shared"
    assert info["cosineAsIs"] > 0.9
    assert (info["nCommon"], info["nMoved"], info["nAdded"], info["nRemoved"]) == (N - 2, 2, 2, 2)
    assert (info["scale"], info["isEqual"], info["matched"]) == (1.0, False, "by name")
    assert info["noise"] == "half a step of float32"
    assert manifest["title"] == "before → after"
    assert [moment["name"] for moment in manifest["timeline"]["moments"]] == ["before", "after"]
    assert manifest["start"]["method"] == "pca"
    assert manifest["nTokens"] == N + 2


def test_a_page_of_one_table_compares_nothing():
    assert page_data(comparison().a).manifest["comparison"] is None


def test_columns_say_of_each_token_how_far_it_moved_and_where_it_is(client):
    of = client.json("/data/manifest.json")["comparison"]["columns"]
    where = column(client, of["where"], "<u2")
    at = {token: where[number] for number, token in enumerate(tokens())}
    assert {at[token] for token in REMOVED} == {FIRST}
    assert {at[token] for token in ADDED} == {SECOND}
    assert set(where) == {BOTH, FIRST, SECOND}
    movement, cosine, noise = (column(client, of[name], "<f4") for name in ("movement", "cosine", "noise"))
    assert {tokens()[number] for number in np.flatnonzero(movement > noise)} == set(MOVED)
    assert np.array_equal(np.isnan(noise), where != BOTH)
    assert np.array_equal(np.isnan(movement), where != BOTH)
    a, b = comparison().a, comparison().b
    common = [token for token in b.vocabulary.tokens if token not in ADDED]
    mean_length = np.mean([np.linalg.norm(b[token]) for token in common])
    for token in MOVED:
        number = tokens().index(token)
        x, y = a[token].astype(float), b[token].astype(float)
        assert movement[number] == pytest.approx(np.linalg.norm(x - y) / mean_length, rel=1e-4)
        assert cosine[number] == pytest.approx(x @ y / np.linalg.norm(x) / np.linalg.norm(y), abs=1e-5)


def test_columns_hold_the_counts_of_both_tables(client):
    first, second = client.json("/data/manifest.json")["comparison"]["columns"]["counts"]
    counts = [dict(zip(tokens(), column(client, each, "<f4"), strict=True)) for each in (first, second)]
    assert counts[0]["w7"] == comparison().a.vocabulary.counts[7]
    assert counts[1]["w7"] == comparison().b.vocabulary.counts[comparison().b.vocabulary.id("w7")]
    assert np.isnan(counts[0]["new"])
    assert np.isnan(counts[1]["w3"])


def test_columns_of_counts_are_left_out_where_nothing_is_counted():
    first = Embedding.random(["cat", "dog"], 3, seed=0)
    second = Embedding(Vocabulary(["cat", "cow"], [5, 3]), Embedding.random(["cat", "cow"], 3, seed=1)[:])
    assert comparison_page(compare(first, second)).info["columns"]["counts"] == [None, 4]


def test_metadata_comes_after_the_columns_of_the_comparison():
    data = page_data(comparison(), metadata={"token": ["w7"], "kind": ["noun"]}, report=lambda event: None)
    assert [each["name"] for each in data.manifest["columns"]][-1] == "kind"


def test_equal_names_are_told_apart():
    same = compare(comparison().a, comparison().b, names=("model", "model"))
    assert page_data(same).manifest["comparison"]["names"] == ["model (1)", "model (2)"]


def test_a_token_of_one_table_alone_is_no_broken_row(client):
    assert client.json("/data/undirected.json") == []


def test_tables_cannot_be_switched_beside_a_comparison():
    with pytest.raises(BadSetting, match="left out for a comparison"):
        page_data(comparison(), tables={"input": comparison().a})


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_both_tables_lie_in_one_picture_where_a_missing_token_has_no_place(method):
    noted = []
    page = comparison_page(comparison())
    projector = MomentsProjector(page.timeline, noted.append, is_comparison=True)
    step = projector.project(ProjectionRequest(method, 2), lambda step: None, lambda: None)
    points = step.payload
    ids = {token: number for number, token in enumerate(tokens())}
    assert points.shape == (2, N + 2, 2)
    assert np.isnan(points[0, [ids[token] for token in ADDED]]).all()
    assert np.isnan(points[1, [ids[token] for token in REMOVED]]).all()
    assert np.isnan(points).any(axis=2).sum() == 4
    assert step.header["rotated"] is False
    assert noted == []
    if method == "pca":  # on common axes: what did not move lies where it lay
        still = [ids[token] for token in comparison().a.vocabulary.tokens if token not in (*MOVED, *REMOVED)]
        np.testing.assert_allclose(points[0, still], points[1, still], atol=1e-5)


def test_neighbors_are_those_in_each_table(client):
    number = tokens().index("w7")
    for moment, table in enumerate((comparison().a, comparison().b)):
        found = client.json(f"/api/nearest?positive={number}&k=5&moment={moment}")["results"]
        assert [tokens()[each["id"]] for each in found] == [each.token for each in table.neighbors("w7", 5)]


def test_a_file_holds_the_vectors_of_both_tables(static, tmp_path):
    read = Reader(export(comparison(), tmp_path / "page.html", static=static, methods=["pca"]))
    first, second = (
        np.frombuffer(read.part(name), "<f4").reshape(-1, DIM) for name in ("vectors-0.f32", "vectors.f32")
    )
    assert np.array_equal(first[tokens().index("w3")], comparison().a["w3"])
    assert np.array_equal(second[tokens().index("new")], comparison().b["new"])
    assert np.isnan(first[tokens().index("new")]).all()
    assert read.manifest["comparison"]["names"] == ["before", "after"]
    assert read.manifest["timeline"]["hasVectors"] is True


def test_view_shows_a_comparison(static):
    with tovec.view(comparison(), port=0, open_browser=False, block=False) as page:
        assert page.url


def test_a_folder_for_a_server_holds_the_vectors_of_both_tables(static, tmp_path):
    folder = export_site(comparison(), tmp_path / "site", static=static, methods=["pca"], neighbors=3)
    held = {path.name for path in (folder / "data").iterdir()}
    assert {"vectors-0.f16", "vectors.f16", "column-0.f32", "neighbors.u32"} <= held
    near = np.frombuffer((folder / "data" / "neighbors.u32").read_bytes(), "<u4").reshape(-1, 3)
    expected = [each.token for each in comparison().b.neighbors("w7", 3)]
    assert [tokens()[number] for number in near[tokens().index("w7")]] == expected

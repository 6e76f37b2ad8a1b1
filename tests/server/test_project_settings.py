"""Projections with other numbers than the default ones, and of some tokens alone, over HTTP."""

import json

import numpy as np
import pytest
from page_client import Client, frames

import tovec.projection
from tovec.embedding import Embedding
from tovec.projection import Settings, project
from tovec.projection.umap import umap
from tovec.server.open_page import Page
from tovec.server.page_data import page_data
from tovec.server.projections import ProjectionRequest, Projector
from tovec.text.vocabulary import Vocabulary

N, DIM = 90, 8
ROWS = np.arange(1, N, 2, dtype=np.uint32)


@pytest.fixture(scope="module")
def embedding():
    vectors = np.random.default_rng(0).standard_normal((N, DIM)) * np.geomspace(4, 0.3, DIM)
    return Embedding(Vocabulary([f"w{row}" for row in range(N)]), vectors.astype(np.float32))


@pytest.fixture(scope="module")
def client(embedding, static):
    with Page(page_data(embedding), port=0, static=static) as page:
        yield Client(page)


def last(steps, dims=2):
    payload = [payload for _, payload in steps if len(payload)][-1]
    return steps[-1][0], payload.view("<f4").reshape(-1, dims)


def posted(client, target, ids):
    status, _, body = client.ask(target, "POST", np.asarray(ids, "<u4").tobytes())
    assert status == 200, body
    return list(frames(body))


def test_components_are_chosen_in_the_address(client, embedding):
    header, points = last(client.frames("/api/project?method=pca&dims=3&components=4,5,6"), 3)
    expected = project(embedding.vectors, 3, "pca", settings=Settings(components=(4, 5, 6)))
    np.testing.assert_allclose(points, expected.points, atol=1e-5)
    assert header["axisNames"] == list(expected.axis_names)


def test_umap_with_other_numbers(client, embedding):
    _, points = last(client.frames("/api/project?method=umap&dims=2&neighbors=30&min_dist=0.5"))
    expected = umap(embedding.vectors, 2, n_neighbors=30, min_dist=0.5)
    np.testing.assert_allclose(points, expected.points, atol=1e-4)


def test_each_set_of_numbers_is_cached_by_itself(client, monkeypatch):
    made = []
    whole = tovec.projection.project
    monkeypatch.setattr(
        tovec.projection, "project", lambda *given, **named: (made.append(1), whole(*given, **named))[1]
    )
    for target in ("components=7,8", "components=6,8", "components=7,8"):
        client.frames(f"/api/project?method=pca&dims=2&{target}")
    assert len(made) == 2


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ("method=umap&neighbors=1", "neighbors must be from 2 to 200, not 1"),
        ("method=umap&neighbors=x", "neighbors must be a whole number from 0 up, not 'x'"),
        ("method=umap&min_dist=2", "min_dist must be from 0 to 1, not 2.0"),
        ("method=umap&min_dist=-1", "min_dist must be a number from 0 up, such as 0.5, not '-1'"),
        ("method=umap&min_dist=nan", "min_dist must be a number from 0 up, such as 0.5, not 'nan'"),
        ("method=umap&min_dist=1e0", "min_dist must be a number from 0 up, such as 0.5, not '1e0'"),
        ("method=pca&perplexity=5", "perplexity must be left out, since only tsne has it, not 5.0"),
        (
            "method=pca&components=1,9",
            "components must be from 1 to 8, the length of the vectors, not (1, 9)",
        ),
        ("method=pca&components=1", "components must be 2 different ones, one for each axis, not (1,)"),
    ],
)
def test_numbers_out_of_range_are_refused_in_one_line(client, parameters, line):
    assert client.wrong(f"/api/project?dims=2&{parameters}") == (400, line)


@pytest.mark.parametrize("method", ["pca", "none", "umap"])
def test_some_tokens_are_projected_as_if_there_were_no_others(client, embedding, method):
    header, points = last(posted(client, f"/api/project?method={method}&dims=2", ROWS))
    alone = Embedding([f"w{row}" for row in ROWS], embedding[ROWS])
    steps = []
    expected = Projector(alone).project(ProjectionRequest(method, 2), steps.append, lambda: None)
    np.testing.assert_allclose(points, expected.payload, atol=1e-4)
    assert header["axisNames"] == expected.header["axisNames"]
    assert header["trust"] == pytest.approx(expected.header["trust"])


def test_custom_axes_of_some_tokens_lead_between_tokens_of_the_whole_table(client):
    axes = json.dumps([{"from": [0], "to": [2]}, {"from": [4], "to": [6]}]).replace(" ", "")
    target = f"/api/project?method=axes&dims=2&axes={axes}".replace('"', "%22")
    header, points = last(posted(client, target, ROWS))
    _, everywhere = last(client.frames(target))
    np.testing.assert_allclose(points, everywhere[ROWS], atol=1e-6)
    assert header["axisNames"] == ["w0 → w2", "w4 → w6"]


def test_one_token_alone_has_a_point(client):
    for method in ("pca", "umap"):
        _, points = last(posted(client, f"/api/project?method={method}&dims=2", [3]))
        assert points.shape == (1, 2)
        assert np.isfinite(points).all()


def test_ids_outside_the_table_are_refused(client):
    target = "/api/project?method=pca&dims=2"
    assert client.wrong(target, "POST", np.uint32([N]).tobytes())[0] == 400
    line = "the body must be ids of 4 bytes each, not '3 bytes'"
    assert client.wrong(target, "POST", b"abc") == (400, line)


def test_the_neighbors_of_the_last_tokens_alone_are_found_once(embedding):
    projector = Projector(embedding)

    def stages(settings, rows):
        steps = []
        request = ProjectionRequest("umap", 2, settings=settings, rows=rows.tobytes())
        projector.project(request, steps.append, lambda: None)
        return {step.header["stage"] for step in steps}

    assert "neighbors" in stages(Settings(min_dist=0.2), ROWS)
    assert "neighbors" not in stages(Settings(min_dist=0.6), ROWS)
    assert "neighbors" in stages(Settings(min_dist=0.6), ROWS[1:])

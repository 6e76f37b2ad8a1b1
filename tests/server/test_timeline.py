"""The server with a timeline: every moment in one picture, and answers as they were at each."""

import functools
import threading

import numpy as np
import pytest
from page_client import Client, frames

from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.projection import Settings, jitter, project_moments, trust
from tovec.server import session as sessions
from tovec.server.moment_projections import MomentsProjector
from tovec.server.open_page import Page, view
from tovec.server.page_data import page_data
from tovec.server.projections import ProjectionRequest
from tovec.server.session import Session
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary
from tovec.timeline import Moment, Timeline

N, DIM, M = 60, 5, 4


@functools.cache
def timeline():
    """Noise that becomes a table, which grows on the way."""
    generator = np.random.default_rng(0)
    start, end = generator.standard_normal((2, N, DIM)) * np.geomspace(3, 0.3, DIM)
    vocabulary = Vocabulary([f"w{row}" for row in range(N)], range(N, 0, -1))
    tables = [(0.01 + t) * ((1 - t) * start + t * end) for t in np.linspace(0, 1, M)]
    return Timeline(
        [Embedding(vocabulary, each.astype(np.float32), tokenizer_from_name("words")) for each in tables],
        [
            Moment("0", 0, 0, None, 2.5),
            Moment("\u202e1k", 1000, 0.5, 2.25),
            Moment("2", 2000, loss=float("nan")),
            Moment("3"),
        ],
        unit="ids",
        findings=["2 moments are damaged\x07"],
    )


@pytest.fixture(scope="module")
def client(static):
    with Page(page_data(timeline(), report=lambda event: None), port=0, static=static) as page:
        yield Client(page)


@pytest.fixture(scope="module")
def alone(static):
    """The page of the last table without the others."""
    with Page(page_data(timeline()[-1]), port=0, static=static) as page:
        yield Client(page)


def numbers(body):
    return np.frombuffer(body, "<f4")


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


# The manifest


def test_the_manifest_has_the_moments_and_what_is_known_of_each(client):
    manifest = client.json("/data/manifest.json")
    unknown = {"progress": None, "epoch": None, "loss": None, "validationLoss": None}
    assert manifest["timeline"] == {
        "unit": "ids",
        "moments": [
            {"name": "0", "progress": 0, "epoch": 0, "loss": None, "validationLoss": 2.5},
            {"name": r"\u202e1k", "progress": 1000, "epoch": 0.5, "loss": 2.25, "validationLoss": None},
            {**unknown, "name": "2", "progress": 2000},
            {**unknown, "name": "3"},
        ],
        "findings": [r"2 moments are damaged\x07"],
        "live": False,
        "hasVectors": True,
        "familiar": [],
    }
    assert (manifest["nTokens"], manifest["dim"], manifest["title"]) == (N, DIM, "60 tokens in 5 dimensions")


def test_a_table_alone_has_no_timeline(alone):
    assert alone.json("/data/manifest.json")["timeline"] is None


def test_findings_are_reported():
    said = []
    page_data(timeline(), report=lambda event: said.append(event.line))
    assert said == list(timeline().findings)


def test_a_timeline_offers_the_methods_that_draw_all_moments_and_starts_with_components():
    manifest = page_data(timeline(), report=print).manifest
    missing = {info["method"]: info["missing"] for info in manifest["methods"]}
    assert [method for method, why in missing.items() if why is None] == ["none", "pca", "umap"]
    assert "UMAP lays out all together" in missing["tsne"]
    assert "one table" in missing["axes"]
    assert manifest["start"] == {"method": "pca", "dims": 3}
    flat = Timeline.from_embeddings([Embedding.random(["a", "b"], 3, seed=seed) for seed in (0, 1)])
    assert page_data(flat).manifest["start"] == {"method": "none", "dims": 3}


def test_the_tables_of_a_model_do_not_go_with_a_timeline():
    with pytest.raises(BadSetting, match="tables must be left out for a timeline"):
        page_data(timeline(), report=print, tables={"input": timeline()[0]})


def test_one_moment_is_a_timeline_of_one_moment(static):
    one = Timeline.from_embeddings([timeline()[-1]])
    with Page(page_data(one), port=0, static=static) as page:
        client = Client(page)
        assert len(client.json("/data/manifest.json")["timeline"]["moments"]) == 1
        steps = client.frames("/api/project?method=pca&dims=2")
        header = steps[-1][0]
        assert (header["stage"], header["moments"], header["jitter"]) == ("done", 1, None)
        assert all_points(steps, 2).shape == (1, N, 2)
        assert len(numbers(client.get("/api/over-time?a=1&b=2"))) == 1


def test_a_timeline_can_be_viewed_from_python(static, monkeypatch):
    monkeypatch.setattr("tovec.server.open_page.page_files", lambda folder: {"index.html": b"<p>page</p>"})
    two = Timeline.from_embeddings([timeline()[0], timeline()[-1]], names=["before", "after"])
    with view(two, port=0, open_browser=False, block=False) as page:
        moments = Client(page).json("/data/manifest.json")["timeline"]["moments"]
    assert [moment["name"] for moment in moments] == ["before", "after"]


# Answers at a moment


@pytest.mark.parametrize("moment", range(M))
def test_a_vector_is_that_of_the_moment(client, moment):
    np.testing.assert_array_equal(
        numbers(client.get(f"/api/vector?id=7&moment={moment}")), timeline()[moment][7]
    )
    status, _, body = client.ask(f"/api/vectors?moment={moment}", "POST", np.array([5, 2], "<u4").tobytes())
    (_, payload), (header, _) = frames(body)
    assert (status, header["stage"]) == (200, "done")
    np.testing.assert_array_equal(payload.view("<f4").reshape(2, DIM), timeline()[moment][[5, 2]])


@pytest.mark.parametrize("moment", range(M))
def test_neighbors_are_those_of_the_moment(client, moment):
    table = timeline()[moment]
    for target, hits in (
        (f"positive=7&k=4&moment={moment}", table.neighbors(7, 4)),
        (f"positive=7,8&negative=9&k=4&moment={moment}", table.analogy([7, 8], [9], 4)),
    ):
        found = client.json(f"/api/nearest?{target}")["results"]
        assert [hit["id"] for hit in found] == [hit.id for hit in hits]
        assert [hit["score"] for hit in found] == pytest.approx([hit.similarity for hit in hits], abs=1e-6)
    (first,) = client.json(f"/api/nearest?positive=7&k=1&metric=euclidean&moment={moment}")["results"]
    distances = np.linalg.norm(table[:] - table[7], axis=1)
    distances[7] = np.inf
    assert first == {"id": int(distances.argmin()), "score": pytest.approx(-distances.min())}


@pytest.mark.parametrize("moment", range(M))
def test_similarities_are_those_of_the_moment(client, moment):
    table = timeline()[moment]
    expected = [cosine(table[row], table[7]) for row in range(N)]
    found = numbers(client.get(f"/api/similarities?id=7&moment={moment}"))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("target", ["vector?id=7", "nearest?positive=7&k=3", "similarities?id=7"])
def test_without_a_moment_answers_are_of_the_last(client, target):
    assert client.get(f"/api/{target}") == client.get(f"/api/{target}&moment={M - 1}")
    assert client.get(f"/api/{target}") != client.get(f"/api/{target}&moment=0")


def test_a_token_without_direction_at_a_moment_has_no_neighbors_there(static):
    before = np.eye(4, 3, dtype=np.float32)  # the last row is zeros
    later = Timeline.from_embeddings([Embedding(list("abcd"), rows) for rows in (before, before + 1)])
    with Page(page_data(later), port=0, static=static) as page:
        client = Client(page)
        line = "token 'd' has no direction: its row is all zeros"
        assert client.wrong("/api/nearest?positive=3&moment=0") == (400, line)
        assert len(client.json("/api/nearest?positive=3&moment=1")["results"]) == 3
        assert np.isnan(numbers(client.get("/api/similarities?id=3&moment=0"))).all()
        cosines = numbers(client.get("/api/over-time?a=3&b=0"))
        assert np.isnan(cosines[0])
        assert cosines[1] == pytest.approx(4 / np.sqrt(18))
        assert numbers(client.get("/api/over-time?a=3")).tolist() == pytest.approx([0, np.sqrt(3)])


def test_no_index_is_kept_of_a_moment_that_is_passed():
    """One for each of 50 moments would take as much memory as the tables."""
    unasked = Timeline.from_embeddings([Embedding.from_parts(each.parts) for each in timeline()])
    session = Session(page_data(unasked))
    try:
        session.nearest([3], [], 5, "cosine", 1).result()
        session.nearest([3, 4], [5], 5, "cosine", 2).result()
        session.similarities(3, 1).result()
    finally:
        session.close()
    assert [each._table_search for each in session.data.moments] == [None] * M


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("vector?id=0&moment=4", "moment must be from 0 to 3, not 4"),
        ("nearest?positive=0&moment=4", "moment must be from 0 to 3, not 4"),
        ("similarities?id=0&moment=-1", "moment must be a whole number from 0 up, not '-1'"),
        ("over-time?a=60", "id 60 is out of range; ids run from 0 to 59"),
        ("over-time?a=0&b=60", "id 60 is out of range; ids run from 0 to 59"),
        ("over-time?b=0", "a must be given, not None"),
        ("project?method=tsne&dims=2", "t-SNE lays out one table at a time"),
        ("project?method=axes&dims=2", "custom axes are for one table"),
        ("project?method=pca&dims=4", "dims must be 2 or 3, not 4"),
        ("project?method=magic&dims=2", "method must be one of none, pca, umap, tsne, axes, not 'magic'"),
        ("project?method=pca&dims=2&axesOf=second", "axesOf must be last or first, not 'second'"),
        ("project?method=pca&dims=2&directions=yes", "directions must be 0 or 1, not 'yes'"),
        ("project?method=umap&dims=2&neighbors=1", "neighbors must be from 2 to 200, not 1"),
        ("project?method=pca&dims=2&components=1,9", "components must be from 1 to 5"),
    ],
)
def test_wrong_requests_are_one_line(client, target, line):
    status, said = client.wrong(f"/api/{target}")
    assert status == 400
    assert said.startswith(line)


def test_a_table_alone_is_its_own_only_moment(alone):
    assert alone.get("/api/vector?id=7&moment=0") == alone.get("/api/vector?id=7")
    assert alone.wrong("/api/vector?id=7&moment=1") == (400, "moment must be 0, the only one, not 1")
    for more in ("directions=0", "axesOf=first"):
        status, line = alone.wrong(f"/api/project?method=pca&dims=2&{more}")
        assert status == 400
        assert "only a timeline has it" in line
    assert len(numbers(alone.get("/api/over-time?a=0&b=1"))) == 1


# Over time


def test_the_similarity_of_two_tokens_at_each_moment(client):
    found = numbers(client.get("/api/over-time?a=3&b=9"))
    np.testing.assert_allclose(found, [cosine(each[3], each[9]) for each in timeline()], atol=1e-6)
    np.testing.assert_allclose(found, timeline().similarity(3, 9), atol=1e-6)


def test_the_length_of_a_vector_at_each_moment(client):
    found = numbers(client.get("/api/over-time?a=3"))
    np.testing.assert_allclose(found, [np.linalg.norm(each[3]) for each in timeline()], rtol=1e-6)
    assert found[0] < found[-1] / 10


# Projections


def all_points(steps, dims):
    return [payload for _, payload in steps if len(payload)][-1].view("<f4").reshape(-1, N, dims)


@pytest.mark.parametrize("dims", [2, 3])
def test_a_projection_has_the_points_of_all_moments(client, dims):
    steps = client.frames(f"/api/project?method=pca&dims={dims}")
    header, points = steps[-1][0], all_points(steps, dims)
    expected = project_moments([each.vectors for each in timeline()], dims, "pca")
    np.testing.assert_allclose(points, expected.points, atol=1e-5)
    assert (header["stage"], header["moments"], header["dims"]) == ("done", M, dims)
    assert header["axisNames"] == list(expected.axis_names)
    assert header["explained"] == pytest.approx(expected.explained_variance_ratio)
    assert header["rotated"] is False


def test_trust_is_that_of_the_last_moment_and_jitter_that_of_all(client):
    header, _ = client.frames("/api/project?method=pca&dims=2")[-1]
    tables = [each.vectors for each in timeline()]
    points = project_moments(tables, 2, "pca").points
    measured = trust(points[-1], tables[-1])
    assert header["trust"] == pytest.approx(
        {
            "trustworthiness": measured.trustworthiness,
            "kept": measured.kept,
        }
    )
    expected = jitter(points, tables)
    assert header["jitter"] == (None if np.isnan(expected) else pytest.approx(expected))


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("method=pca&directions=0", {"directions": False}),
        ("method=pca&axesOf=first", {"axes_of": "first"}),
        ("method=umap&neighbors=5", {"method": "umap", "settings": Settings(neighbors=5)}),
        ("method=none", {"method": "none"}),
        ("method=none&directions=1", {"method": "none", "directions": True}),
    ],
)
def test_lengths_and_the_moment_of_the_axes_are_chosen_in_the_address(client, address, options):
    points = all_points(client.frames(f"/api/project?dims=2&{address}"), 2)
    expected = project_moments([each.vectors for each in timeline()], 2, **options)
    np.testing.assert_allclose(points, expected.points, atol=1e-5)


@pytest.mark.parametrize("method", ["none", "pca", "umap"])
def test_every_payload_has_as_many_moments_as_its_header_says(method):
    steps = []
    request = ProjectionRequest(method, 2)
    last = MomentsProjector(timeline()).project(request, steps.append, lambda: None)
    for step in (*steps, last):
        if step.payload is not None:
            assert step.payload.size == step.header["moments"] * N * 2
    layout = max(at for at, step in enumerate(steps) if step.header["stage"] == "layout")
    assert {step.header["moments"] for step in steps[:layout]} == {1}
    assert {step.header["moments"] for step in (*steps[layout:], last)} == {M}
    overall = [step.header["overall"] for step in (*steps, last)]
    assert overall == sorted(overall)


def test_some_tokens_are_projected_alone_at_all_moments(client):
    rows = np.arange(0, N, 3, dtype="<u4")
    _, _, body = client.ask("/api/project?method=pca&dims=2", "POST", rows.tobytes())
    payload = [payload for _, payload in frames(body) if len(payload)][-1]
    expected = project_moments([each[rows.astype(int)] for each in timeline()], 2, "pca")
    np.testing.assert_allclose(payload.view("<f4").reshape(M, -1, 2), expected.points, atol=1e-5)


def test_vectors_of_one_dimension_are_a_line_in_a_plane():
    tables = [Embedding.random(["a", "b", "c"], 1, seed=seed) for seed in (0, 1)]
    line = Timeline.from_embeddings(tables)
    projector = MomentsProjector(line)
    projector.check(ProjectionRequest("none", 2))
    points = projector.project(ProjectionRequest("none", 2), lambda step: None, lambda: None).payload
    np.testing.assert_array_equal(points[..., 0], [each[:][:, 0] for each in tables])
    assert not points[..., 1].any()


def test_a_token_has_no_place_at_the_moments_at_which_its_row_is_not_finite():
    rows = np.random.default_rng(0).standard_normal((2, 40, 4)).astype(np.float32)
    rows[0, 3], rows[1, 5] = np.nan, 0
    said = []
    tables = Timeline.from_embeddings([Embedding([f"w{i}" for i in range(40)], each) for each in rows])
    projector = MomentsProjector(tables, lambda event: said.append(event.line))
    for _ in range(2):
        done = projector.project(ProjectionRequest("pca", 2), lambda step: None, lambda: None)
    assert [np.flatnonzero(np.isnan(each).any(axis=1)).tolist() for each in done.payload] == [[3], [5]]
    assert said == ["tokens without a place in the last moment, 1: 'w5'"]
    assert 0 < done.header["trust"]["kept"] < 1


def test_work_that_nobody_waits_for_stops_at_the_next_read():
    class Left(Exception):
        pass

    def check():
        raise Left

    with pytest.raises(Left):
        MomentsProjector(timeline()).project(ProjectionRequest("pca", 2), lambda step: None, check)


def test_headers_of_a_table_alone_say_one_moment(alone):
    header, _ = alone.frames("/api/project?method=pca&dims=2")[-1]
    assert (header["moments"], header["jitter"], header["rotated"]) == (1, None, False)


def test_clusters_are_those_of_the_last_moment(client, alone):
    (header, codes), (expected, expected_codes) = (
        each.frames("/api/clusters")[-1] for each in (client, alone)
    )
    np.testing.assert_array_equal(codes, expected_codes)
    assert header["typical"] == expected["typical"]


# Memory


def finished(session, request):
    changed = threading.Event()
    subscriber = session.project(request, changed.set)
    while not subscriber.has_ended:
        subscriber.next()
        changed.wait(0.01)
        changed.clear()
    subscriber.leave()


def test_finished_projections_are_cached_up_to_a_number_of_bytes(monkeypatch):
    monkeypatch.setattr(sessions, "CACHED_BYTES", 3 * M * N * 2 * 4)
    session = Session(page_data(timeline(), report=lambda event: None))
    requests = [ProjectionRequest("pca", 2, seed) for seed in range(6)]
    try:
        for request in requests:
            finished(session, request)
        finished(session, requests[5])
        assert list(session._jobs) == requests[3:]
        monkeypatch.setattr(sessions, "CACHED_BYTES", 1)
        finished(session, requests[4])
        assert list(session._jobs) == [requests[4]], "the last one is cached whatever it takes"
    finally:
        session.close()

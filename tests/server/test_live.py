"""A table in training over HTTP: the stream of its pictures, what is answered meanwhile, and the end."""

import itertools
import json
import signal
import threading

import numpy as np
import pytest
from page_client import Client, one_frame

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.server import live_progress, open_page
from tovec.server.live import FINISHED, LiveStream
from tovec.server.live_picture import components_of_directions, turned
from tovec.server.live_progress import MAX_LOSSES, LossCurve, RunProgress
from tovec.server.page_data import page_data
from tovec.server.page_files import page_files
from tovec.watching import Watch

WORDS = [f"w{number}" for number in range(40)]
DIM, EPOCHS = 8, 3
SETTINGS = {"dim": DIM, "epochs": EPOCHS, "min_count": 1, "threads": 1, "snapshots": 5}
TIMEOUT_S = 60


def texts():
    generator = np.random.default_rng(0)
    return [" ".join(generator.choice(WORDS, 12)) for _ in range(200)]


@pytest.fixture
def watch(static, monkeypatch):
    monkeypatch.setattr(open_page, "page_files", lambda folder: page_files(static))
    with Watch("a run", port=0, open_browser=False) as watch:
        yield watch


@pytest.fixture
def at_rest(watch, tmp_path):
    """A function that trains, and calls another one after each epoch, while training waits."""

    def train(do, **more):
        def on_epoch(embedding, progress):
            do(embedding, Client(watch.page))

        return watch.train(texts(), tmp_path, {**SETTINGS, "on_epoch": on_epoch, **more})

    return train


class Reader:
    """Reads a stream up to its end in a thread of its own."""

    def __init__(self, client, dims=2):
        self.frames, self.dims = [], dims
        self.has_begun = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(client,), daemon=True)
        self._thread.start()
        assert self.has_begun.wait(TIMEOUT_S)

    def _read(self, client):
        with client.stream(f"/api/live?dims={self.dims}") as answer:
            while not self.frames or self.frames[-1][0]["state"] == "training":
                header, payload = one_frame(answer)
                self.frames.append((header, np.frombuffer(payload, "<f4").reshape(-1, self.dims)))
                self.has_begun.set()
            assert answer.read() == b""

    def all(self):
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()
        return self.frames


def components(rows, dims):
    """Return the components of the directions by a singular value decomposition."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    units = units - units.mean(axis=0)
    left, sizes, _ = np.linalg.svd(units.astype(np.float64), full_matrices=False)
    return left[:, :dims] * sizes[:dims]


def distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


# The picture


@pytest.mark.parametrize("dims", [2, 3])
def test_frames_are_the_principal_components_of_the_present_table_turned(at_rest, dims):
    def look(embedding, client):
        with client.stream(f"/api/live?dims={dims}") as answer:
            for _ in range(3):  # two of them may have been drawn before
                header, payload = one_frame(answer)
        points = np.frombuffer(payload, "<f4").reshape(-1, dims)
        assert header["state"] == "training"
        np.testing.assert_allclose(
            distances(points), distances(components(embedding[:], dims)), rtol=1e-3, atol=1e-3
        )

    at_rest(look)


def test_the_last_frame_is_of_the_final_rows_and_each_is_turned_as_the_one_before(at_rest):
    readers = []
    embedding = at_rest(lambda embedding, client: readers or readers.append(Reader(client)))
    frames = readers[0].all()
    header, _ = frames[-1]
    assert header["state"] == "finished" and header["message"] == ""
    assert (header["progress"], header["epoch"]) == (header["total"], EPOCHS)
    pictures = [points for _, points in frames if len(points)]
    for points in pictures:
        assert points.shape == (len(WORDS), 2) and np.isfinite(points).all()
    np.testing.assert_allclose(
        distances(pictures[-1]), distances(components(embedding[:], 2)), rtol=1e-3, atol=1e-3
    )
    for before, after in itertools.pairwise(pictures):
        left, _, right = np.linalg.svd(after.T.astype(float) @ before)
        np.testing.assert_allclose(left @ right, np.eye(2), atol=1e-3)


@pytest.mark.parametrize("n_columns", [1, 2, 30])
def test_components_are_those_of_the_directions_and_rows_without_one_have_no_place(n_columns):
    rows = np.random.default_rng(0).standard_normal((50, n_columns)).astype(np.float32)
    n = min(3, n_columns)
    expected = components(rows[:47], n)
    rows[47:] = [[0.0], [np.nan], [np.inf]]
    points = components_of_directions(rows, 3)
    assert points.dtype == np.float32 and np.isnan(points[47:]).all()
    np.testing.assert_allclose(np.abs(points[:47]), np.abs(expected), atol=1e-4)


def test_a_table_without_any_direction_has_points_nowhere():
    assert np.isnan(components_of_directions(np.zeros((4, 3), np.float32), 2)).all()
    nowhere = np.full((4, 2), np.nan, np.float32)
    assert np.isnan(turned(nowhere, 2, nowhere)).all()


@pytest.mark.parametrize("dims", [2, 3])
def test_a_picture_that_was_turned_and_mirrored_is_turned_back(dims):
    generator = np.random.default_rng(0)
    before = generator.standard_normal((30, dims)).astype(np.float32)
    matrix, _ = np.linalg.qr(generator.standard_normal((dims, dims)))
    matrix[0] *= -np.sign(np.linalg.det(matrix))  # a reflection
    after = (before @ matrix).astype(np.float32)
    before[3], after[7] = np.nan, np.nan
    found = turned(after, dims, before)
    seen = np.isfinite(before[:, 0]) & np.isfinite(after[:, 0])
    np.testing.assert_allclose(found[seen], before[seen], atol=1e-5)
    assert np.isnan(found[7]).all() and np.isfinite(found[3]).all()


# What the headers say


def test_losses_come_once_for_each_connection(at_rest):
    readers = []
    at_rest(lambda embedding, client: readers.append(Reader(client)), epochs=2)
    for reader in readers:
        told = [at for header, _ in reader.all() for at, _ in header["losses"]]
        assert told == sorted(set(told)) and told[-1] == reader.frames[-1][0]["total"]
    early, late = ([at for header, _ in reader.frames for at, _ in header["losses"]] for reader in readers)
    assert early == late


def test_validation_loss_is_that_of_the_last_epoch(at_rest):
    readers = []
    embedding = at_rest(
        lambda embedding, client: readers or readers.append(Reader(client)), validation=texts()[:5]
    )
    header, _ = readers[0].all()[-1]
    assert header["validationLoss"] == embedding.provenance["validation_losses"][-1]


def test_a_long_curve_keeps_its_course_in_few_points():
    curve = LossCurve()
    for progress in range(1, 20 * MAX_LOSSES + 1):
        curve.add(progress, float(progress))
    points = curve.after(0)
    assert MAX_LOSSES / 2 <= len(points) <= MAX_LOSSES
    step = points[0][0]
    assert [at for at, _ in points] == [step * number for number in range(1, len(points) + 1)]
    for at, loss in points:
        assert loss == at - (step - 1) / 2
    assert curve.after(points[9][0]) == points[10:] and curve.after(points[-1][0]) == []


def test_speed_leaves_out_the_time_before_the_first_step(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(live_progress.time, "monotonic", lambda: now[0])
    progress = RunProgress(n_ids=1000, epochs=4, progress=500)
    assert (progress.header()["wordsPerS"], progress.header()["leftS"]) == (0.0, None)
    for seconds, done in ((20, 500), (30, 500), (32, 700), (35, 1000)):
        now[0] = 100.0 + seconds
        progress.advance(done, None)
    header = progress.header()
    assert (header["wordsPerS"], header["leftS"]) == (100.0, 30.0)
    assert (header["progress"], header["total"], header["epoch"], header["loss"]) == (1000, 4000, 1.0, None)


# What is answered meanwhile, and the end


def test_answers_are_of_the_present_rows(at_rest):
    def look(embedding, client):
        np.testing.assert_array_equal(np.frombuffer(client.get("/api/vector?id=3"), "<f4"), embedding[3])
        found = client.json("/api/nearest?positive=3&k=4")["results"]
        assert [hit["id"] for hit in found] == [hit.id for hit in embedding.neighbors(3, 4)]
        by_sum = client.json("/api/nearest?positive=3,5&negative=7&k=4")["results"]
        assert [hit["id"] for hit in by_sum] == [hit.id for hit in embedding.analogy([3, 5], [7], 4)]
        cosines = np.frombuffer(client.get("/api/similarities?id=3"), "<f4")
        np.testing.assert_allclose(cosines[5], embedding.similarity(3, 5), atol=1e-6)

    at_rest(look)


def test_the_manifest_says_that_the_table_is_live_and_which_pictures_there_are(at_rest):
    def look(embedding, client):
        manifest = client.json("/data/manifest.json")
        assert manifest["title"] == "a run" and manifest["nTokens"] == len(WORDS)
        assert manifest["timeline"] == {
            "unit": "ids", "moments": [], "findings": [], "live": True, "hasVectors": True, "familiar": [],
        }  # fmt: skip
        missing = {info["method"]: info["missing"] for info in manifest["methods"]}
        assert missing.pop("pca") is None and all(missing.values())
        assert manifest["start"]["method"] == "pca"
        for target in ("/api/project?method=umap&dims=2", "/api/clusters"):
            assert client.wrong(target) == (400, missing["umap"])
        assert client.wrong("/api/live?dims=4") == (400, "dims must be 2 or 3, not 4")

    at_rest(look, epochs=1)


def test_at_the_end_the_same_session_shows_the_timeline(at_rest, watch):
    seen = {}

    def look(embedding, client):
        seen["client"], seen["reader"] = client, Reader(client)
        seen["before"] = [client.get(name) for name in ("/api/alive", "/data/tokens.txt", "/data/counts.f64")]

    embedding = at_rest(look, epochs=1)
    client = seen["client"]
    seen["reader"].all()
    assert [client.get(name) for name in ("/api/alive", "/data/tokens.txt", "/data/counts.f64")] == seen[
        "before"
    ]
    manifest = client.json("/data/manifest.json")
    moments = manifest["timeline"]["moments"]
    assert not manifest["timeline"]["live"] and manifest["title"] == "a run"
    assert len(moments) == len(client.json("/data/manifest.json")["timeline"]["moments"]) > 1
    np.testing.assert_allclose(
        np.frombuffer(client.get("/api/vector?id=3"), "<f4"), embedding[3], rtol=1e-3, atol=1e-4
    )
    assert client.frames("/api/project?method=pca&dims=2")[-1][0]["moments"] == len(moments)
    (header, _), *none = client.frames("/api/live?dims=2")
    assert header["state"] == "finished" and not none, "also for a page that was away"


def test_two_clients_see_the_same_run_and_one_that_leaves_ends_nothing(at_rest):
    readers = []

    def look(embedding, client):
        if not readers:
            readers.extend([Reader(client, 2), Reader(client, 3)])
            with client.stream("/api/live?dims=2") as answer:
                one_frame(answer)

    at_rest(look)
    for reader in readers:
        frames = reader.all()
        assert [header["dims"] for header, _ in frames] == [reader.dims] * len(frames)
        assert frames[-1][0]["state"] == "finished"


def test_a_failure_is_said_in_one_line_and_raised(watch, tmp_path):
    readers = []

    def fail(embedding, progress):
        readers.append(Reader(Client(watch.page)))
        raise TovecError("the disk is full\nand more")

    with pytest.raises(TovecError, match="the disk is full"):
        watch.train(texts(), tmp_path, {**SETTINGS, "on_epoch": fail})
    header, _ = readers[0].all()[-1]
    assert (header["state"], header["message"]) == ("failed", "the disk is full\\nand more")


def test_an_interrupted_run_says_so(watch, tmp_path, monkeypatch):
    readers = []

    def interrupt(embedding, progress):
        if not readers:
            readers.append(Reader(Client(watch.page)))
            signal.raise_signal(signal.SIGINT)

    embedding = watch.train(texts(), tmp_path, {**SETTINGS, "on_epoch": interrupt})
    assert embedding.provenance["interrupted"]
    header, _ = readers[0].all()[-1]
    assert (header["state"], header["epoch"]) == ("interrupted", 1.0)
    assert not Client(watch.page).json("/data/manifest.json")["timeline"]["live"]


def test_other_tables_have_no_stream(static):
    data = page_data(Embedding.random(["a", "b"], 3))
    with open_page.Page(data, port=0, static=static) as page:
        assert Client(page).wrong("/api/live?dims=2")[0] == 404


# Readers of the stream


class CountedTable:
    """An embedding whose rows count how often they are read."""

    dim = 3

    def __init__(self):
        self.n_read, self.vectors = 0, self

    def __getitem__(self, rows):
        self.n_read += 1
        return np.random.default_rng(self.n_read).standard_normal((10, 3)).astype(np.float32)


@pytest.fixture
def table():
    return CountedTable()


@pytest.fixture
def stream(table):
    return LiveStream(table, RunProgress(n_ids=100, epochs=2, progress=0))


def follow(stream, dims=2):
    """Return a subscriber, and a function that waits for its next step."""
    changed = threading.Event()
    subscriber = stream.subscribe(dims, changed.set)

    def step():
        while (found := subscriber.next()) is None:
            assert changed.wait(TIMEOUT_S)
            changed.clear()
        return found

    return subscriber, step


def test_nothing_is_drawn_without_a_reader(stream, table):
    stream.advance(10, 1.5)
    stream.end(FINISHED)
    assert table.n_read == 0
    subscriber, step = follow(stream)
    found = step()
    assert (found.header["state"], found.header["losses"], found.payload) == (FINISHED, [(10, 1.5)], None)
    assert subscriber.has_ended and subscriber.next() is None and table.n_read == 0


def test_a_picture_is_drawn_once_for_all_readers(stream, table):
    (_, step), (_, other) = follow(stream), follow(stream, 3)
    for _ in range(2):
        step(), other()
    n_read = table.n_read
    assert n_read <= 3
    stream.end(FINISHED)
    while step().header["state"] != FINISHED or other().header["state"] != FINISHED:
        pass
    assert table.n_read <= n_read + 2


def test_when_the_last_reader_leaves_drawing_ends_and_begins_again_with_another(stream, table):
    subscriber, step = follow(stream)
    step()
    thread = stream._thread
    subscriber.leave()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    n_read = table.n_read
    _, step = follow(stream)
    step(), step()
    assert table.n_read > n_read


def test_one_who_does_not_read_holds_nobody_back_and_gets_the_newest(stream):
    idle, _ = follow(stream)
    _, step = follow(stream)
    for _ in range(3):
        step()
    stream.end(FINISHED)
    while (last := step()).header["state"] != FINISHED:
        pass
    found = idle.next()
    assert found.header["state"] == FINISHED and found.payload is not None
    assert idle.has_ended and idle.next() is None
    assert last.payload is None or np.array_equal(last.payload, found.payload)


def test_a_picture_that_cannot_be_made_is_left_out_and_the_numbers_go_on(table, caplog):
    def broken(rows):
        raise MemoryError("no room")

    table.__class__ = type("Broken", (CountedTable,), {"__getitem__": lambda self, rows: broken(rows)})
    stream = LiveStream(table, RunProgress(n_ids=100, epochs=2, progress=0))
    _, step = follow(stream)
    for _ in range(2):
        found = step()
        assert found.payload is None and found.header["state"] == "training"
    assert len([record for record in caplog.records if "a picture of the run" in record.message]) == 1
    stream.close()


def test_dims_are_those_that_the_vectors_have(stream):
    with pytest.raises(BadSetting, match="dims must be 2 or 3, not 1"):
        stream.subscribe(1, lambda: None)


def test_headers_are_json_without_nan(stream):
    stream.validated(None)
    _, step = follow(stream)
    json.dumps(step().header, allow_nan=False)
    stream.close()

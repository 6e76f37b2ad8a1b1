"""`tovec.train(watch=True)` and the page of a run, from Python."""

import gc
import inspect
import itertools
import tempfile
import threading
import urllib.parse
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from page_client import Client, one_frame

import tovec
from tovec import watching
from tovec.errors import BadSetting, Diverged, TovecError
from tovec.server import open_page
from tovec.training.run import train as train_unwatched
from tovec.training.run_folder import train_into
from tovec.watching import TrainArguments, Watch

TEXTS = ["the cat sat on the mat", "the dog sat on the rug"] * 50
SETTINGS = {"dim": 8, "min_count": 1, "threads": 1, "epochs": 3}
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def page_of_one_line(monkeypatch):
    monkeypatch.setattr(open_page, "page_files", lambda folder: {"index.html": b"<title></title>"})
    monkeypatch.setattr(open_page.Page, "open_browser", lambda page: False)
    yield
    watching._shown.close()


def client_of(printed):
    """Return a client of the page whose address was printed last."""
    url = printed.rpartition("http://")[2].split()[0]
    return Client(SimpleNamespace(url=f"http://{url}", port=urllib.parse.urlsplit(f"http://{url}").port))


def test_a_watched_run_gives_the_same_bytes_and_its_page_stays(capsys):
    watched = tovec.train(TEXTS, watch=True, port=0, **SETTINGS)
    alone = tovec.train(TEXTS, **SETTINGS)
    assert watched[:].tobytes() == alone[:].tobytes() and watched.outputs.tobytes() == alone.outputs.tobytes()
    assert watched.provenance == alone.provenance
    printed = capsys.readouterr().out
    assert printed.startswith("the page is at http://127.0.0.1:") and printed.endswith("until Python ends\n")
    client = client_of(printed)
    timeline = client.json("/data/manifest.json")["timeline"]
    assert not timeline["live"] and len(timeline["moments"]) == 4, "each of the three steps and the start"
    tovec.train(TEXTS, watch=True, port=0, **SETTINGS)
    with pytest.raises(ConnectionRefusedError):
        client.get("/api/alive")


def test_a_terminal_has_the_address_before_the_first_step_and_once(capsys):
    seen = []

    def running(_):
        seen.append(capsys.readouterr().out)
        client_of(seen[0]).json("/data/manifest.json")

    tovec.train(TEXTS, watch=True, port=0, on_running=running, **SETTINGS)
    assert seen[0].startswith("the page is at http://127.0.0.1:") and seen[0].count("\n") == 1
    assert capsys.readouterr() == ("", "")


def test_snapshots_of_a_run_with_a_folder_lie_there(tmp_path, capsys):
    tovec.train(TEXTS, watch=True, port=0, work=tmp_path, snapshots=2, **SETTINGS)
    assert len(tovec.open_timeline(tmp_path)) == 2
    assert len(client_of(capsys.readouterr().out).json("/data/manifest.json")["timeline"]["moments"]) == 2


def test_what_a_caller_follows_a_run_by_is_called_as_well(tmp_path):
    events, running = [], []
    tovec.train(TEXTS, watch=True, port=0, reporter=events.append, on_running=running.append, **SETTINGS)
    assert [event.line for event in events if event.line.startswith("watch it: http://127.0.0.1:")]
    assert running[0].embedding.vocabulary.tokens[0] == "the"


def test_a_run_that_fails_leaves_neither_page_nor_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Diverged):
        tovec.train(TEXTS, watch=True, port=0, **{**SETTINGS, "learning_rate": 1e30})
    assert not any(tmp_path.iterdir())
    assert not any(thread.name == "tovec page" for thread in threading.enumerate())
    tovec.train(TEXTS, watch=True, port=0, **SETTINGS)
    assert any(tmp_path.iterdir())
    watching._shown.close()
    assert not any(tmp_path.iterdir())


def test_the_first_step_waits_for_the_browser_that_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "BROWSER_S", TIMEOUT_S)
    states = []

    def browse(page):
        with Client(page).stream("/api/live?dims=2") as answer:
            states.append(one_frame(answer)[0])
            while states[-1]["state"] == "training":
                states.append(one_frame(answer)[0])

    def open_browser(page):
        thread.append(threading.Thread(target=browse, args=(page,), daemon=True))
        thread[0].start()
        return True

    thread = []
    monkeypatch.setattr(open_page.Page, "open_browser", open_browser)
    with Watch(port=0) as watch:
        watch.train(TEXTS, tmp_path, SETTINGS)
        thread[0].join(TIMEOUT_S)
    assert states[0]["progress"] == 0 and states[-1]["state"] == "finished"
    assert all(before["progress"] <= after["progress"] for before, after in itertools.pairwise(states))


def test_the_page_of_a_run_goes_to_the_next_port_where_one_is_taken(tmp_path):
    with Watch(port=0, open_browser=False) as first:
        first.train(TEXTS, tmp_path / "first", SETTINGS)
        with Watch(port=first.page.port, open_browser=False) as second:
            second.train(TEXTS, tmp_path / "second", SETTINGS)
            assert second.page.port != first.page.port


def test_a_page_that_cannot_be_served_is_an_error_before_the_text_is_read(tmp_path, monkeypatch):
    def unread():
        raise AssertionError("read")
        yield

    with pytest.raises(BadSetting, match="port must be from 0 to 65535"):
        tovec.train(unread(), watch=True, port=65536, **SETTINGS)
    monkeypatch.undo()
    monkeypatch.setattr(open_page, "STATIC", tmp_path)
    with pytest.raises(TovecError, match="the page has not been built"):
        tovec.train(unread(), watch=True, port=0, **SETTINGS)


@pytest.mark.parametrize("snapshots", [0, 2])
def test_a_run_that_had_ended_before_is_shown_with_or_without_snapshots(tmp_path, snapshots):
    train_into(tmp_path, TEXTS, snapshots=snapshots, **SETTINGS)
    events = []
    with Watch(port=0, open_browser=False) as watch:
        run = watch.train_into(tmp_path, TEXTS, resume=True, reporter=events.append, **SETTINGS)
        manifest = Client(watch.page).json("/data/manifest.json")
    assert run.was_finished and manifest["nTokens"] == run.embedding.n_tokens
    assert len((manifest["timeline"] or {"moments": []})["moments"]) == snapshots
    assert any("holds no snapshots" in event.line for event in events) == (not snapshots)


def test_text_is_split_as_the_run_splits_it_while_it_goes_on_and_when_it_has_ended(tmp_path):
    found = []

    def ask(*_):
        pieces = Client(watch.page).json("/api/tokens?text=The+cat")["pieces"]
        found.append([(piece["token"], piece["known"]) for piece in pieces])

    with Watch(port=0, open_browser=False) as watch:
        watch.train(TEXTS, tmp_path, {**SETTINGS, "epochs": 1, "on_epoch": ask})
        ask()
    assert found == 2 * [[("the", True), ("cat", True)]]


def test_the_tables_of_a_run_are_let_go_at_its_end(tmp_path):
    tables = []

    def on_running(running):
        tables.append(weakref.ref(running.embedding.vectors))

    with Watch(port=0, open_browser=False) as watch:
        watch.train(TEXTS, tmp_path, {**SETTINGS, "on_running": on_running})
        gc.collect()
        assert tables[0]() is None and watch.page is not None


def test_snapshots_that_were_all_lost_leave_the_last_moment(tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.timeline.moment_file.MomentFiles.save", lambda *arguments: None)
    with Watch(port=0, open_browser=False) as watch:
        embedding = watch.train(TEXTS, tmp_path, SETTINGS)
        client = Client(watch.page)
        timeline = client.json("/data/manifest.json")["timeline"]
        assert len(timeline["moments"]) == 1 and "holds no snapshots" in timeline["findings"][0]
        np.testing.assert_array_equal(np.frombuffer(client.get("/api/vector?id=1"), "<f4"), embedding[1])


def test_a_run_that_goes_on_with_other_snapshot_tokens_keeps_the_ids_of_its_page(tmp_path):
    for n_tokens in (3, 0):
        with Watch(port=0, open_browser=False) as watch:
            more = {"resume": True, "checkpoint_every": 1, "snapshot_tokens": n_tokens}
            watch.train(TEXTS, tmp_path, {**SETTINGS, **more})
            manifest = Client(watch.page).json("/data/manifest.json")
            assert manifest["nTokens"] == (n_tokens or 7)
    assert len(manifest["timeline"]["moments"]) == 1 and "other tokens" in manifest["timeline"]["findings"][0]


@pytest.mark.parametrize(
    "objective",
    [
        {},
        {"objective": "cbow"},
        {"objective": "position-weighted-cbow"},
        {"objective": "glove"},
        {"ngrams": "characters"},
        {"deterministic": True},
    ],
)
def test_the_rows_of_a_run_are_those_of_now_whatever_is_trained(objective):
    seen = []

    def on_running(running):
        table = running.embedding.vectors
        seen.append((running, table[:], table[1], table[[2, 0]], table[1:3]))

    embedding = tovec.train(TEXTS, on_running=on_running, snapshot_tokens=5, **SETTINGS, **objective)
    running, start, one, some, part = seen[0]
    assert (running.n_ids, running.epochs) == (600, 3)
    assert running.position.step == running.position.n_steps * 3
    assert start.shape == (5, 8)
    np.testing.assert_array_equal(one, start[1])
    np.testing.assert_array_equal(some, start[[2, 0]])
    np.testing.assert_array_equal(part, start[1:3])
    tokens = running.embedding.vocabulary.tokens
    end = np.stack([embedding[token] for token in tokens])
    np.testing.assert_allclose(running.embedding.vectors[:], end, rtol=1e-5, atol=1e-7)
    assert not np.allclose(start, end)


def test_train_takes_what_the_run_takes():
    parameters = inspect.signature(train_unwatched).parameters
    names = {name for name in parameters if name != "texts_or_paths"}
    assert set(TrainArguments.__annotations__) == names
    assert set(inspect.signature(tovec.train).parameters) == {*parameters, "watch", "port"}
    assert "watch: a page in the browser" in inspect.getdoc(tovec.train)

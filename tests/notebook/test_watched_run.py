"""`tovec.train(watch=True)` in a notebook: the widget of the table in training, then of its timeline."""

import json
import re
import threading
import urllib.request

import pytest
from needs import needs

import tovec
from tovec import watching
from tovec.errors import Diverged, TovecError
from tovec.server import open_page

needs("anywidget")
Widget = needs("tovec.notebook.widget").Widget
display = needs("IPython.display")
TEXTS = ["the cat sat on the mat", "the dog sat on the rug"] * 50
SETTINGS = {"dim": 8, "min_count": 1, "threads": 1, "epochs": 3}


@pytest.fixture
def displayed(monkeypatch):
    """A notebook whose frontend shows nothing; what it was given."""
    given = []

    def show(value, *, update=False, **_):
        if isinstance(value, Widget):
            value._ipython_display_()
        given.append((value, update))

    monkeypatch.setattr(watching, "is_in_notebook", lambda: True)
    monkeypatch.setattr(watching, "BROWSER_S", 0.0)
    monkeypatch.setattr(display, "display", show)
    monkeypatch.setattr("tovec.notebook.widget.widget_files", lambda: {"loader.js": b"export default {}"})
    yield given
    Widget.close_all()
    watching._shown_in_cells.close()
    watching._shown.close()


def widgets(displayed):
    return [value for value, _ in displayed if isinstance(value, Widget)]


def manifest(shown, page):
    """Return what a page of the widget that asks now reads first."""
    parts, ended = [], threading.Event()

    def send(message, bodies):
        parts.extend(bodies)
        ended.set() if message["isLast"] else shown._received(shown, {"took": message["part"]}, [])

    shown.send = send
    shown._received(shown, {"ask": f"{page} 0", "path": "/data/manifest.json", "method": "GET"}, [])
    assert ended.wait(60)
    return json.loads(b"".join(parts))


def test_the_widget_shows_the_table_in_training_and_then_its_timeline(displayed):
    states = []

    def on_epoch(*_):
        (shown,) = widgets(displayed)
        timeline = manifest(shown, f"page{len(states)}")["timeline"]
        states.append((timeline["live"], len(timeline["moments"]), shown.moment))

    watched = tovec.train(TEXTS, watch=True, on_epoch=on_epoch, **SETTINGS)
    assert states == [(True, 0, 0)] * 3
    (shown,) = widgets(displayed)
    timeline = manifest(shown, "after")["timeline"]
    assert (timeline["live"], len(timeline["moments"]), shown.moment) == (False, 4, 3)
    assert watched[:].tobytes() == tovec.train(TEXTS, **SETTINGS)[:].tobytes()
    shown.moment = 0
    shown.picture = {"method": "umap"}  # which there was not until the end


def test_the_picture_that_the_notebook_keeps_is_that_of_the_end(displayed):
    tovec.train(TEXTS, watch=True, **SETTINGS)
    stills = [
        (value["text/html"], update)
        for value, update in displayed
        if isinstance(value, dict) and "text/html" in value
    ]
    assert [update for _, update in stills] == [False, True]
    assert "Timeline: " in stills[-1][0]


def test_a_page_that_has_left_for_long_finds_the_run_as_it_is(displayed, monkeypatch):
    monkeypatch.setattr("tovec.notebook.messages.DESERTED_S", 0.0)
    states = []

    def on_epoch(*_):
        (shown,) = widgets(displayed)
        states.append(manifest(shown, f"page{len(states)}")["timeline"]["live"])
        shown._received(shown, {"leave": f"page{len(states) - 1} "}, [])

    tovec.train(TEXTS, watch=True, on_epoch=on_epoch, **SETTINGS)
    (shown,) = widgets(displayed)
    assert states == [True] * 3
    assert shown._live._state == "finished"
    assert not manifest(shown, "after")["timeline"]["live"]


def test_a_second_run_leaves_the_widget_of_the_first_its_snapshots(displayed):
    first, second = (tovec.train(TEXTS, watch=True, seed=seed, **SETTINGS) for seed in (1, 2))
    shown = widgets(displayed)
    assert len(shown) == 2
    assert (shown[0]._data.moments[-1][:] - first[:]).max() < 0.01  # snapshots are of 16 bits
    assert (shown[1]._data.moments[-1][:] - second[:]).max() < 0.01


def test_a_run_that_fails_takes_its_widget_away(displayed):
    with pytest.raises(Diverged):
        tovec.train(TEXTS, watch=True, **{**SETTINGS, "learning_rate": 1e30})
    (shown,) = widgets(displayed)
    assert shown.comm is None


def test_a_notebook_without_widgets_gets_the_link_and_the_way_to_the_widget(displayed, monkeypatch, capsys):
    monkeypatch.setattr(watching, "is_installed", lambda package: False)
    monkeypatch.setattr(open_page, "page_files", lambda folder: {"index.html": b"<title></title>"})
    monkeypatch.setattr(open_page.Page, "open_browser", lambda page: False)
    seen = []
    tovec.train(TEXTS, watch=True, port=0, on_running=lambda _: seen.extend(displayed), **SETTINGS)
    ((link, _),) = seen  # before the first step
    assert displayed == seen and not widgets(displayed) and not capsys.readouterr().out
    url = re.search(r"http://127\.0\.0\.1:[0-9]+/\S+", repr(link))[0]
    with urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(url) as answer:
        assert answer.status == 200
    way = "until Python ends; pip install 'tovec[notebook]' shows it in the cell"
    assert repr(link) == f"the page is at {url} {way}"
    assert f'the page is at <a href="{url}" target="_blank"' in link._repr_html_()
    assert way in link._repr_html_()


def test_that_the_page_is_built_is_checked_before_the_text_is_read(displayed, monkeypatch):
    def missing():
        raise TovecError("the page has not been built")

    monkeypatch.setattr("tovec.notebook.widget.widget_files", missing)
    with pytest.raises(TovecError, match="the page has not been built"):
        tovec.train("no-such-file.txt", watch=True, **SETTINGS)

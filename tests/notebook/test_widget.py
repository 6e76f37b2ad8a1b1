"""The widget's traits as Python reads and sets them, and what a notebook keeps of it."""

import json
import re

import numpy as np
import pytest
from needs import needs
from waiting import until

import tovec
from tovec.errors import BadSetting, MissingExtra, TovecError, UnknownToken
from tovec.notebook import traits

needs("anywidget")
WORDS = ["cat", "dog", "mat", "<b>sat</b>"]


@pytest.fixture
def files(monkeypatch):
    """A page in place of the built one."""
    monkeypatch.setattr("tovec.notebook.widget.widget_files", lambda: {"loader.js": b"export default {}"})


@pytest.fixture
def shown(files):
    shown = tovec.widget(tovec.Embedding.random(WORDS, 5), height=300)
    yield shown
    shown.close()


def test_tokens_are_set_by_name_or_id_and_read_by_name(shown):
    shown.selection = ["mat", 0, np.int64(1), "cat"]
    assert shown.selection == ["mat", "cat", "dog"]
    shown.selection = np.array([3, 1])
    assert shown.selection == ["<b>sat</b>", "dog"]
    shown.chosen = 2
    shown.hovered = "dog"
    assert (shown.chosen, shown.hovered) == ("mat", "dog")
    shown.chosen = None
    assert shown.chosen is None


def test_the_page_gets_ids_and_what_it_sends_is_read_as_tokens(shown):
    shown.selection, shown.chosen = ["mat", "cat"], "dog"
    state = shown.get_state(["selection", "chosen", "hovered"])
    assert state == {"selection": [2, 0], "chosen": 1, "hovered": None}
    heard = []
    shown.observe(lambda change: heard.append(change["new"]), "selection")
    shown.set_state({"selection": [1, 3], "hovered": 0})
    assert shown.selection == ["dog", "<b>sat</b>"]
    assert shown.hovered == "cat"
    assert heard == [["dog", "<b>sat</b>"]]


def test_a_picture_is_completed_by_what_the_page_begins_with(shown):
    assert (shown.picture["method"], shown.picture["dims"]) == ("umap", 3)
    shown.picture = {"method": "umap", "dims": 2, "settings": {"neighbors": 5}}
    assert shown.picture == {
        "method": "umap",
        "dims": 2,
        "seed": 0,
        "settings": {"neighbors": 5},
        "components": [],
        "axes": [],
    }
    shown.camera = {"target": (0, 0.5, 0), "distance": 2, "azimuth": 0, "elevation": 0.1}
    assert shown.camera == {"target": [0.0, 0.5, 0.0], "distance": 2.0, "azimuth": 0.0, "elevation": 0.1}


def test_numbers_of_numpy_are_sent_as_json_has_them(shown):
    shown.picture = {"dims": np.int64(2), "settings": {"neighbors": np.int32(5), "min_dist": np.float32(0.5)}}
    assert json.loads(json.dumps(shown.get_state("picture")))["picture"]["settings"] == {
        "neighbors": 5,
        "min_dist": 0.5,
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("selection", "cat", "selection must be a list of tokens or ids"),
        ("selection", ["cow"], "'cow' is not in the vocabulary"),
        ("chosen", 4, "4"),
        ("picture", {"method": "pcaa"}, "method must be one of none, pca, umap"),
        ("picture", {"dim": 2}, "picture must be a dict of method, dims, seed"),
        ("picture", {"method": "pca", "dims": 4}, "dims must be 2 or 3"),
        (
            "picture",
            {"method": "pca", "settings": {"neighbors": 5}},
            "settings must be left out for this method",
        ),
        ("picture", {"settings": {"neighbors": 0}}, "neighbors must be from 2 to"),
        ("camera", {"distance": 1}, "camera must be a dict with target"),
        ("camera", {"target": [0, 0, 0], "distance": 0, "azimuth": 0, "elevation": 0}, "camera must be"),
        ("moment", 1, "moment must be 0 without a timeline"),
        ("height", 10, "height must be a whole number from 200 up"),
        ("height", 100_000, "height must be up to 10,000 pixels"),
        ("height", None, "height must be a whole number"),
        ("selection", None, "selection must be a list of tokens or ids"),
        ("moment", None, "moment must be a whole number"),
        ("picture", None, "picture must be a dict of method"),
        ("picture", "pca", "dims, seed, settings, components, axes, not 'pca'"),
        ("picture", {"settings": None}, "settings must be a dict of names and numbers"),
        ("picture", {"settings": {"neighbors": 5.5}}, "neighbors must be a whole number"),
        ("picture", {"settings": {"min_dist": float("nan")}}, "min_dist must be from 0 to 1"),
        ("picture", {"dims": 2.0}, "dims must be 2 or 3"),
        ("picture", {"axes": [{"from": "cat"}]}, 'axes must be a list of {"from": words, "to": words}'),
        ("picture", {"axes": 5}, "axes must be a list"),
        ("picture", {"method": "pca", "components": 1}, "components must be a list of numbers"),
        ("picture", {"method": "pca", "components": [1, 2, 9]}, "components must be from 1 to 5"),
        ("picture", {"method": "pca", "dims": 2, "components": [1]}, "components must be 2 different ones"),
    ],
)
def test_a_value_that_is_none_is_one_line_and_changes_nothing(shown, name, value, message):
    before = getattr(shown, name)
    with pytest.raises(TovecError, match=re.escape(message)) as raised:
        setattr(shown, name, value)
    assert "\n" not in str(raised.value)
    assert getattr(shown, name) == before


def test_a_timeline_has_moments_to_set(files):
    tables = [tovec.Embedding.random(WORDS, 5, seed=seed) for seed in range(3)]
    shown = tovec.widget(tovec.Timeline.from_embeddings(tables))
    assert shown.moment == 2
    shown.moment = 0
    with pytest.raises(BadSetting, match="moment must be from 0 to 2, not 3"):
        shown.moment = 3
    shown.close()


def test_a_notebook_keeps_a_still_picture_and_no_page(shown, monkeypatch):
    display = needs("IPython.display")
    kept = []
    monkeypatch.setattr(display, "display", lambda data, **_: kept.append(data))
    shown._ipython_display_()
    still, view = kept
    assert "<svg" in still["text/html"]
    assert "&lt;b&gt;sat" in still["text/html"]
    assert "<b>sat" not in still["text/html"]
    assert "<script" not in still["text/html"]
    assert still["text/plain"] == "Widget(4 tokens in 5 dimensions)"
    assert view["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    assert len(shown.get_state()["_esm"]) < 10_000


def test_a_comparison_is_kept_as_one(files, monkeypatch):
    display = needs("IPython.display")
    kept = []
    monkeypatch.setattr(display, "display", lambda data, **_: kept.append(data))
    table = tovec.Embedding.random(WORDS, 5)
    tovec.widget(tovec.compare(table, table))._ipython_display_()
    assert "Comparison: 4 tokens" in kept[0]["text/html"]


def test_a_title_that_is_no_text_is_one_line(files):
    with pytest.raises(BadSetting, match="title must be a string, not 5"):
        tovec.widget(tovec.Embedding.random(WORDS, 5), title=5)


def test_messages_come_to_the_thread_that_the_notebook_chooses(shown):
    # ipykernel from 7.4 on asks this of a comm, and hands messages to a cell that runs where it answers.
    assert shown.comm._reply_subshell_for is None


def test_a_closed_widget_has_ended_its_computations(files):
    shown = tovec.widget(tovec.Embedding.random(WORDS, 5))
    shown._received(shown, {"ask": "page 0", "path": "/api/alive", "method": "GET"}, [])
    session = shown._session
    shown.close()
    until(lambda: session._closed)
    with pytest.raises(TovecError, match="closed"):
        session.clusters(lambda: None)


def test_a_widget_that_nothing_shows_has_no_threads_until_something_shows_it_again(shown, monkeypatch):
    monkeypatch.setattr("tovec.notebook.messages.DESERTED_S", 0.1)
    ask = {"ask": "page 0", "path": "/api/alive", "method": "GET"}
    shown._received(shown, ask, [])
    first = shown._session
    shown._received(shown, {"leave": "page "}, [])
    until(lambda: shown._session is None and first._closed)
    answers = []
    monkeypatch.setattr(shown, "send", lambda message, parts: answers.append(message))
    shown._received(shown, {**ask, "ask": "next 0"}, [])
    until(lambda: any(answer["isLast"] for answer in answers))
    assert {answer["status"] for answer in answers} == {200}


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setattr("tovec.notebook.show.is_installed", lambda package: False)
    with pytest.raises(
        MissingExtra, match=r"widget needs an optional package: pip install 'tovec\[notebook\]'"
    ):
        tovec.widget(tovec.Embedding.random(WORDS, 5))


def test_a_token_is_found_in_its_other_spelling():
    embedding = tovec.Embedding.random(tovec.Vocabulary(["한국"]), 2)
    assert traits.token(embedding, "한국") == "한국"
    with pytest.raises(UnknownToken):
        traits.token(embedding, "일본")

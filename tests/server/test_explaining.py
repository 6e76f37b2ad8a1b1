"""Why two tokens are near, as the page asks for it over HTTP."""

import json
import urllib.parse

import numpy as np
import pytest
from exported_page import Reader
from page_client import Client, frames

import tovec
from tovec.measures.independent_axes import independent_axes
from tovec.progress import Stage
from tovec.server.explaining import SharedAxes
from tovec.server.export import export
from tovec.server.jobs import Stopped
from tovec.server.open_page import Page
from tovec.server.page_data import page_data
from tovec.server.session import CACHED

LINES = [
    "the old king rules the land",
    "the old queen rules the land",
    "a king, and the queen, sat",
    "a dog sat on the mat",
    "the wise king rules the sea",
    "the wise queen rules the sea",
]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return tovec.Embedding([f"w{row}" for row in range(300)], rng.laplace(size=(300, 6)).astype(np.float32))


@pytest.fixture(scope="module")
def client(table, static):
    with Page(page_data(table), port=0, static=static) as page:
        yield Client(page)


@pytest.fixture
def trained(tmp_path):
    text = tmp_path / "lines.txt"
    text.write_text("\n".join(LINES), encoding="utf-8")
    settings = {"dim": 4, "min_count": 1, "epochs": 1, "threads": 1, "window": 2}
    return text, tovec.train(text, **settings)


def last(client, target):
    return client.frames(target)[-1][0]


def drawn(steps):
    """Return the points of the last step that has some, in 2-D."""
    return np.frombuffer(next(payload for _, payload in reversed(steps) if len(payload)), "<f4").reshape(
        -1, 2
    )


def test_the_sum_is_that_of_tovec_why(client, table):
    header = last(client, "/api/why?a=3&b=7")
    expected = tovec.why(table, "w3", "w7")
    assert header["stage"] == "done" and header["converged"]
    assert header["similarity"] == pytest.approx(table.similarity("w3", "w7"))
    total = sum(share["contribution"] for share in header["shares"]) + header["mean"] + header["outside"]
    assert total == pytest.approx(header["similarity"])
    for share, other in zip(header["shares"], expected, strict=True):
        assert (share["axis"], share["p"], share["isSignificant"]) == (
            other.axis,
            pytest.approx(other.p),
            other.is_significant,
        )
        assert table.tokens(share["tokens"]) == list(other.tokens)


def test_axes_of_the_map_are_cosines_with_the_independent_axes_which_are_computed_once(
    table, static, monkeypatch
):
    calls = []

    def counted(*args, **more):
        calls.append(1)
        return independent_axes(*args, **more)

    monkeypatch.setattr("tovec.server.explaining.independent_axes", counted)
    axes = independent_axes(table)
    given = urllib.parse.quote(json.dumps([{"independent": 2}, {"from": [0], "to": [1]}]))
    with Page(page_data(table), port=0, static=static) as page:
        client = Client(page)
        assert last(client, "/api/axes")["axes"][1] == axes.farthest(1, 5).tolist()
        last(client, "/api/why?a=3&b=7")
        answer = client.frames(f"/api/project?method=axes&dims=2&axes={given}")
        rows = np.array([5, 9], "<u4").tobytes()
        _, _, alone = client.ask(f"/api/project?method=axes&dims=2&axes={given}", "POST", rows)
    name = ", ".join(table.tokens(axes.farthest(1, 3)))
    assert answer[-1][0]["axisNames"] == [f"2: {name}", "w0 → w1"]
    units = table[:] / np.linalg.norm(table[:], axis=1, keepdims=True)
    along = units @ axes.directions[:, 1]
    np.testing.assert_allclose(drawn(answer)[:, 0], along, atol=1e-5)
    np.testing.assert_allclose(drawn(list(frames(alone)))[:, 0], along[[5, 9]], atol=1e-5)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("why?a=3&b=300", "300"),
        ("why?a=3", "b must be given"),
        ("why?a=3&b=x", "b must be a whole number"),
        ("axes?a=1", "a parameter must be left out here"),
        ("evidence?a=3&b=7", "no text is known for this table; `tovec view SOURCE --text FILE` names"),
        ("project?method=axes&dims=2&axes=[{%22independent%22:%221%22}]", "axes must be JSON such as"),
        ("project?method=axes&dims=2&axes=[3,4]", "axes must be JSON such as"),
    ],
)
def test_wrong_questions_are_answered_with_one_line(client, target, message):
    status, line = client.wrong(f"/api/{target}")
    assert status == 400 and message in line


def test_an_axis_that_the_table_does_not_have_is_the_error_of_the_last_frame(client):
    given = urllib.parse.quote(json.dumps([{"independent": 1}, {"independent": 7}]))
    header = last(client, f"/api/project?method=axes&dims=2&axes={given}")
    assert header["error"] == "axes must be from 1 to 6, the number of independent axes, not 7"


def test_the_text_that_a_table_records_is_read_while_it_is_the_same(trained, static):
    text, embedding = trained
    king, queen = map(embedding.vocabulary.id, ("king", "queen"))
    with Page(page_data(embedding), port=0, static=static) as page:
        client = Client(page)
        assert client.json("/data/manifest.json")["explains"] == {"text": "lines.txt"}
        header = last(client, f"/api/evidence?a={king}&b={queen}")
        assert (header["counts"], header["together"], header["note"]) == ([3, 3], 0, None)
        contexts = {embedding.tokens([each["id"]])[0]: each["counts"] for each in header["contexts"]}
        assert contexts["rules"] == [2, 2]
        assert LINES[4] in [line["before"] + line["word"] + line["after"] for line in header["lines"]]
        text.write_text("\n".join(LINES).replace("old king", "old dogs"), encoding="utf-8")
        header = last(client, f"/api/evidence?a={king}&b={embedding.vocabulary.id('sat')}")
        assert header["error"].startswith("lines.txt is not the text of this table anymore")
    with_other = page_data(embedding, text=[*LINES, LINES[0]])  # given, so shown with a note
    with Page(with_other, port=0, static=static) as page:
        header = last(Client(page), f"/api/evidence?a={king}&b={queen}")
        assert header["counts"] == [4, 3] and "not 4" in header["note"]


def test_a_file_explains_nothing(trained, tmp_path, static):
    page = export(trained[1], tmp_path / "page.html", methods=["pca"], static=static)
    assert Reader(page).manifest["explains"] is None


def test_who_leaves_stops_the_axes_and_the_next_one_begins_anew(table):
    shared = SharedAxes(table)

    def leave(event):
        if isinstance(event, Stage):
            raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tovec.progress, "INTERVAL_S", 0)
        with pytest.raises(Stopped):
            shared.get(leave)
    assert shared.get(lambda event: None) is shared.get(leave)


def test_answers_about_pairs_do_not_push_out_finished_projections(client, monkeypatch):
    target = "/api/project?method=pca&dims=2"
    client.get(target)
    for b in range(4, 4 + CACHED + 2):
        last(client, f"/api/why?a=3&b={b}")
    monkeypatch.setattr(tovec.projection, "project", None)
    assert last(client, target)["stage"] == "done"

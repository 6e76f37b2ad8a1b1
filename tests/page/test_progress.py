"""What the page says while it computes: how far, how long, from how many neighbors; clusters come later."""

import json
import threading

import pytest

import tovec
from tovec.search import neighbor_graph
from tovec.server.jobs import Step
from tovec.server.projections import Projector

APP = "document.getElementById('page').page.app"


@pytest.fixture
def held(monkeypatch):
    """Let projections report a step and wait; give what lets them go, and what clusters saw of it."""
    gate, met = threading.Event(), []
    project, cluster = Projector.project, Projector.cluster

    def projected(self, request, emit, check):
        emit(Step({"stage": "layout", "overall": 0.4, "leftS": 76.0, "recall": 0.934, "dims": 3}))
        while not gate.wait(0.01):
            check()
        return project(self, request, emit, check)

    def clustered(self, emit, check):
        met.append(gate.is_set())
        return cluster(self, emit, check)

    monkeypatch.setattr(Projector, "project", projected)
    monkeypatch.setattr(Projector, "cluster", clustered)
    yield gate, met
    gate.set()


@pytest.mark.parametrize(
    ("language", "told", "found"),
    [
        (
            "en-US",
            "Computing the layout40%about 75 s left · from 93.4% of the true neighbors",
            "Computed from 92.5% of the true neighbors: comparing all pairs of tokens would take too long.",
        ),
        (
            "ko-KR",
            "배치 계산 중40%약 75초 남음 · 실제 이웃의 93.4% 사용",
            "모든 토큰 쌍을 비교하면 너무 오래 걸려서, 실제 이웃의 92.5%만 찾아 계산했어요.",
        ),
    ],
)
def test_progress_and_recall_are_told_and_clusters_wait_for_the_first_picture(
    open_url, serve, words, held, monkeypatch, language, told, found
):
    gate, met = held
    monkeypatch.setattr(neighbor_graph, "EXACT_PRODUCTS", 0)
    monkeypatch.setattr(neighbor_graph, "_recall", lambda *_: 0.925)
    page = open_url(serve(words), hash="#method=umap&color=cluster", language=language, wait=False)
    page.wait_for_function(
        f"() => document.querySelector('.progress-line')?.textContent === {json.dumps(told)}", timeout=60_000
    )
    assert met == []
    gate.set()
    page.wait_for_function(f"() => {APP}.session.get().legend !== null", timeout=60_000)
    page.settled()
    assert met == [True]
    assert page.locator(".trust").get_by_text(found, exact=True).is_visible()


@pytest.mark.parametrize(
    ("language", "told"),
    [("en-US", "Splitting the text into tokens…"), ("ko-KR", "텍스트를 토큰으로 나누는 중이에요…")],
)
def test_the_text_pane_says_that_it_is_working_until_it_has_the_tokens(
    open_url, words, tmp_path, language, told
):
    path = tovec.export(words, tmp_path / "page.html", methods=["pca"])
    page = open_url(path.as_uri(), language=language)
    page.evaluate(
        f"() => {{ const {{ source }} = {APP}; const {{ tokenize }} = source; "
        "const held = new Promise((go) => (window.go = go)); "
        "source.tokenize = async (text) => { await held; return tokenize(text); } }"
    )
    page.locator(".text-field").fill("cat")
    line = page.get_by_text(told, exact=True)
    line.wait_for()
    page.evaluate("() => window.go()")
    page.get_by_role("button", name="cat").first.wait_for()
    assert not line.is_visible()

"""Rows without direction, the order of tokens where nothing is counted, and the two tables of a model."""

import re

import numpy as np
import pytest

import tovec

APP = "document.getElementById('page').page.app"


@pytest.fixture(scope="module")
def damaged(words):
    """Three rows of the words have no direction, each for another reason, and one is too large."""
    vectors = words[:]
    vectors[words.vocabulary.id("dog"), 0] = np.nan
    vectors[words.vocabulary.id("red"), 1] = np.inf
    vectors[words.vocabulary.id("six")] = 0
    vectors[words.vocabulary.id("two")] *= np.float32(1e30)
    return tovec.Embedding(words.vocabulary, vectors)


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_rows_that_are_not_finite_are_listed_and_the_others_drawn_and_measured(
    open_url, serve, damaged, method
):
    page = open_url(serve(damaged), hash=f"#method={method}")
    page.wait_for_selector(".undirected summary")
    said = page.locator(".undirected summary").all_inner_texts()
    assert said == [
        "Not on the map, NaN in the vector: 1",
        "Not on the map, infinity in the vector: 1",
        "All zeros, so without neighbors: 1",
        "Not on the map, numbers too large: 1",
    ]
    listed = page.locator(".undirected button").all_text_contents()
    assert listed == ["dog", "red", "six", "two"]
    assert "hold NaN, infinity or numbers too large: 3" in page.locator(".notices").inner_text()
    labels = {label["text"] for label in page.app("app.map.stats().labels")}
    assert len(labels) > 20 and not {"dog", "red", "two"} & labels
    assert 0 < page.app("app.session.get().trust.kept") <= 1


def test_neighbors_of_a_row_that_is_too_large_are_those_of_its_direction(open_url, serve, damaged, words):
    page = open_url(serve(damaged), hash=f"#method=pca&token={words.vocabulary.id('two')}")
    page.wait_for_selector(".neighbors .ranked button")
    shown = page.app("app.session.get().neighbors.map(({ id, score }) => [app.tokens.token(id), score])")
    lost = {"dog", "red", "six"}
    expected = [hit for hit in words.neighbors("two", 15) if hit.token not in lost][:5]
    assert [token for token, _ in shown[:5]] == [hit.token for hit in expected]
    np.testing.assert_allclose(
        [score for _, score in shown[:5]], [hit.similarity for hit in expected], atol=1e-6
    )


def test_choosing_a_row_without_a_place_leaves_the_view(open_url, serve, damaged):
    page = open_url(serve(damaged), hash="#method=pca")
    before = page.app("app.map.getCamera()")
    page.click(".undirected summary >> nth=0")
    page.click(".undirected button >> nth=0")
    page.settled()
    page.app("app.choose(app.tokens.id('red'), true)")
    page.keyboard.press("c")
    page.settled()
    assert page.app("app.map.getCamera()") == before
    assert page.app("app.map.stats().labels.length") > 20
    shown = page.locator(".inspector").inner_text()
    assert "points nowhere" in shown and "rank" not in shown


def test_korean_readers_read_of_rows_without_direction_in_korean(open_url, serve, damaged):
    page = open_url(serve(damaged), language="ko-KR", hash="#method=pca")
    page.wait_for_selector(".undirected summary")
    assert page.locator(".undirected summary").first.inner_text() == "벡터에 NaN이 있어 지도에 없음: 1개"


def test_a_table_of_nan_alone_is_one_clear_line(open_url, serve):
    nothing = tovec.Embedding(["cat", "dog", "mat"], np.full((3, 4), np.nan, np.float32))
    page = open_url(serve(nothing))
    assert page.state("progress.error") == "every row holds NaN or infinity, so there is nothing to draw"
    assert page.app("app.map.stats().labels") == []


@pytest.mark.parametrize("rows", [np.ones((6, 5)), np.zeros((6, 5)), np.outer(np.ones(6), np.arange(5))])
def test_rows_that_are_all_alike_are_drawn_at_one_place(open_url, serve, rows):
    page = open_url(serve(tovec.Embedding(list("abcdef"), rows.astype(np.float32))), hash="#method=pca")
    assert page.state("progress.error") is None
    assert page.app("new Set(app.map.coordinates()).size") <= 3
    assert page.app("app.map.stats().labels.length") > 0


def test_rows_that_are_all_alike_have_no_trust_to_measure(open_url, serve):
    alike = tovec.Embedding([f"t{row}" for row in range(40)], np.ones((40, 5), np.float32))
    page = open_url(serve(alike), hash="#method=umap&dims=2")
    said = page.locator(".trust").inner_text()
    assert "There is nothing to measure: all vectors point the same way" in said
    assert "On average" not in said and "Trustworthiness" not in said
    for kept, expected in [(0.006, "fewer than 0.1 of"), (0.007, "0.1 of"), (0, "0.0 of")]:
        page.app(f"app.session.set({{ trust: {{ trustworthiness: 0.5, kept: {kept} }} }})")
        assert f"On average, {expected} a token’s 15" in page.locator(".trust").inner_text()


def test_no_label_stands_before_its_point(open_url, serve, words, monkeypatch):
    """The first projection takes its time: the page is at rest without one, and names no token on the map."""
    from tovec.server.projections import Projector

    project = Projector.project
    is_free = []

    def late(self, request, emit, check):
        import time

        while not is_free:
            check()
            time.sleep(0.02)
        return project(self, request, emit, check)

    monkeypatch.setattr(Projector, "project", late)
    page = open_url(serve(words), hash="#token=3", wait=False)
    page.wait_for_function(f"() => document.getElementById('page').page && {APP}.map.stats().settled")
    page.wait_for_timeout(400)
    assert page.app("app.map.stats().labels") == []
    is_free.append(True)
    page.wait_for_function(f"() => {APP}.map.stats().labels.length > 0")


@pytest.fixture(scope="module")
def uncounted():
    """What models begin with, before the words; nothing is counted."""
    names = ["[unused0]", "[unused1]", "<0x0A>", "\n", "!", "b", "2026", "▁the", "ing", "▁영화", "▁movie"]
    return tovec.Embedding.random([*names, *(f"▁word{letter}" for letter in "abcdefgh"), "▁배우"], 8)


def test_where_nothing_is_counted_words_of_the_readers_language_come_first(open_url, serve, uncounted):
    page = open_url(serve(uncounted), hash="#color=none")
    first = ".inspector .token"
    assert page.locator(first).all_text_contents()[:2] == ["▁the", "▁movie"]
    assert "frequent" not in page.locator("body").inner_text()
    page.app("app.store.set({ lang: 'ko' })")
    page.wait_for_function(f"() => document.querySelector('{first}').textContent === '▁영화'")
    assert page.locator(first).all_text_contents()[:3] == ["▁영화", "▁배우", "▁the"]
    assert "자주" not in page.locator("body").inner_text()


def test_parts_of_hangul_syllables_are_shown_as_letters(open_url, serve):
    endings = tovec.Embedding.random(["\u11ab다", "\u11af", "영화"], 3)
    page = open_url(serve(endings), hash="#token=0")
    assert {label["text"] for label in page.app("app.map.stats().labels")} == {"ㄴ다", "ㄹ", "영화"}
    assert page.locator(".inspector-token").inner_text() == "ㄴ다"


def test_input_and_output_are_switched_and_the_chosen_token_stays(open_url, serve, words):
    head = tovec.Embedding(words.vocabulary, words[::-1].copy(), words.tokenizer)
    page = open_url(serve(words, tables={"input": words, "output": head}))
    page.app("app.choose(app.tokens.id('cat'))")
    assert page.locator(".tables a[aria-current]").inner_text() == "Input"
    page.click(".tables a >> text=Output")
    page.wait_for_function("() => location.pathname === '/output/' && document.getElementById('page').page")
    page.settled()
    assert page.locator(".tables a[aria-current]").inner_text() == "Output"
    assert page.tokens("[app.store.get().chosen]") == ["cat"]
    vector = page.app("Array.from(await app.source.vector(app.store.get().chosen))")
    np.testing.assert_array_equal(vector, head["cat"])
    page.click(".tables a >> text=Input")
    page.wait_for_function("() => location.pathname === '/' && document.getElementById('page').page")
    assert page.tokens("[app.store.get().chosen]") == ["cat"]


def test_a_single_table_has_nothing_to_switch(open_url, serve, words):
    assert not open_url(serve(words)).locator(".tables").is_visible()


def test_neither_the_lesson_nor_the_first_offers_show_a_huge_token_or_a_row_of_nan(open_url, serve):
    tokens = ["x" * 10_000, "lost", "kim", "ada"]
    vectors = np.array([[1, 2], [np.nan, 0], [2, 1], [0, 1]], np.float32)
    page = open_url(serve(tovec.Embedding(tokens, vectors)))
    page.wait_for_function("() => document.querySelectorAll('.inspector .token').length === 2")
    assert page.locator(".inspector .token").all_text_contents() == ["kim", "ada"]
    page.app("app.store.set({ lesson: 1 })")
    page.wait_for_selector(".lesson-text")
    assert set(page.locator(".lesson-text").inner_text().split()) == {"kim", "ada"}
    page.app("app.store.set({ lesson: 3 })")
    assert "This table of four words needs 4" in page.locator(".lesson-card").inner_text()


def test_one_row_of_one_number_is_in_the_singular(open_url, serve):
    page = open_url(serve(tovec.Embedding(["only"], np.ones((1, 1), np.float32))), hash="#token=0&lesson=3")
    page.wait_for_selector(".one-hot")
    said = page.locator("body").inner_text()
    assert "becomes a list of 1 number:" in said and "needs 1 number per token" in said
    assert "1 dimension" in said
    assert not re.search(r"\b1 (tokens|dimensions|numbers|others)\b", said)

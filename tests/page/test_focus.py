"""A chosen token or an analogy is a focus of the map, compared with Python, in a real browser."""

import io
import json

import numpy as np
import pytest
from needs import needs

import tovec

APP = "document.getElementById('page').page.app"
NAMED = "app.map.stats().labels.filter(({note}) => note).map(({text, note}) => [text, note])"


@pytest.fixture(scope="session")
def clusters():
    """Six hundred tokens in four groups, with counts."""
    generator = np.random.default_rng(1)
    centers = 4 * np.eye(4, 12)
    vectors = (centers[np.arange(600) % 4] + generator.standard_normal((600, 12))).astype(np.float32)
    tokens = [f"{'abcd'[row % 4]}{row}" for row in range(600)]
    tokens[8], tokens[12], tokens[300] = "kingdom", "thinking", "king"
    return tovec.Embedding(tovec.Vocabulary(tokens, 1000 // np.arange(1, 601)), vectors)


def choose(page, token):
    page.app(f"app.choose(app.tokens.id({json.dumps(token)}))")
    page.wait_for_function(f"() => {APP}.session.get().neighbors")
    return page.settled()


def pixels_of(page):
    image = needs("PIL.Image")
    return np.asarray(image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


@pytest.mark.parametrize("dims", [2, 3])
def test_the_ten_neighbors_are_named_with_their_similarities(open_url, serve, words, dims):
    page = choose(open_url(serve(words), hash=f"#dims={dims}&method=pca"), "cat")
    expected = [[hit.token, f"{hit.similarity:.2f}".replace("-", "−")] for hit in words.neighbors("cat", 10)]
    assert sorted(page.app(NAMED)) == sorted(expected)
    boxes = page.app("app.map.stats().labels.map(({x, y, width, height}) => [x, y, x + width, y + height])")
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, "two labels overlap"


def test_all_else_fades_and_escape_brings_it_back(open_url, serve, clusters):
    page = open_url(serve(clusters), hash="#dims=2&method=pca&color=script&labels=0")
    background = pixels_of(page)[200, 300]
    strength = lambda: np.abs(pixels_of(page)[60:600, 270:970] - background).sum()  # noqa: E731
    before = strength()
    choose(page, "a40")
    faded = strength()
    assert faded < 0.6 * before
    page.wait_for_function("() => location.hash.includes('token=40')")
    page.keyboard.press("Escape")
    page.app("app.map.settle()")
    assert page.state("chosen") is None
    assert strength() > 0.9 * before


def test_the_name_of_a_neighbor_is_pressed_as_its_point_is(open_url, serve, clusters):
    page = choose(open_url(serve(clusters), hash="#dims=2&method=pca"), "a40")
    label = page.app("app.map.stats().labels.find(({note}) => note)")
    box = page.app("(({x, y}) => ({x, y}))(app.map.element.getBoundingClientRect())")
    page.mouse.click(box["x"] + label["x"] + label["width"] / 2, box["y"] + label["y"] + label["height"] / 2)
    assert page.tokens("[app.store.get().chosen]") == [label["text"]]
    page.wait_for_function(f"() => {APP}.session.get().neighbors")


def test_colors_by_similarity_follow_the_cosines(open_url, serve, words):
    page = open_url(serve(words), hash="#color=similarity&method=pca")
    assert "Choose a token" in page.locator(".panel.color").inner_text()
    choose(page, "red")
    page.wait_for_function(f"() => {APP}.session.get().legend")
    row = words.vocabulary.id("red")
    units = words[:] / np.linalg.norm(words[:], axis=1, keepdims=True)
    cosines = np.delete(units @ units[row], row)
    legend = page.app("app.session.get().legend.range")
    assert [legend["from"], legend["to"]] == pytest.approx([cosines.min(), cosines.max()], abs=1e-6)
    similar = page.locator(".neighbors button", has_text="Color by similarity")
    assert similar.get_attribute("aria-pressed") == "true"
    similar.click()
    assert page.state("colorBy") == "none"


def test_an_analogy_draws_its_arrows_until_escape(open_url, serve, words):
    page = open_url(serve(words), hash="#dims=2&method=pca&color=none&labels=0")
    a, b, c = (words.vocabulary.id(token) for token in ("cat", "red", "dog"))
    [answer] = words.analogy([b, c], [a], 1)

    def along(start, end):
        """Return the least difference from the background on the way between two points."""
        pixels = pixels_of(page)
        background = pixels[200, 300]
        ends = np.array([page.place(start), page.place(end)])
        places = [ends[0] + part * (ends[1] - ends[0]) for part in np.linspace(0.3, 0.7, 9)]
        return min(np.abs(pixels[round(y), round(x)] - background).max() for x, y in places)

    assert along("cat", "red") < 60
    page.app(f"app.store.set({{analogy: [{a}, {b}, {c}]}})")
    page.wait_for_function(f"() => {APP}.session.get().answer !== null")
    page.app("app.map.settle()")
    assert page.app("app.session.get().answer") == answer.id
    assert along("cat", "red") > 60
    assert along("dog", answer.token) > 60
    page.app("app.map.setCamera({...app.map.getCamera(), distance: 4.5, target: [0.2, 0.1, 0]}, false)")
    page.app("app.map.settle()")
    assert along("cat", "red") > 60
    page.keyboard.press("Escape")
    page.app("app.map.settle()")
    assert page.state("analogy") == [None, None, None]
    assert along("cat", "red") < 60


def test_isolation_leaves_the_labels_of_what_is_drawn(open_url, serve, clusters):
    page = open_url(serve(clusters), hash="#dims=2&method=pca&color=cluster")
    page.wait_for_function(f"() => {APP}.session.get().legend")
    page.app("app.store.set({selected: Uint32Array.of(0, 4, 8, 12), isolated: true})")
    page.settled()
    page.wait_for_timeout(300)
    page.app("app.map.settle()")
    shown = page.app("app.map.stats().labels.map(({id}) => id)")
    assert shown
    assert set(shown) <= {0, 4, 8, 12}
    choose(page, "d3")
    assert page.app(NAMED) == []


def test_the_token_that_was_typed_comes_first_and_is_named(open_url, serve, clusters):
    page = open_url(serve(clusters), hash="#dims=2&method=pca&color=cluster&search=king")
    page.wait_for_function(f"() => {APP}.store.get().found?.length === 3")
    assert page.tokens("app.store.get().found") == ["king", "kingdom", "thinking"]
    page.settled()
    assert page.locator(".token-row").first.inner_text().startswith("king")
    assert "king" in page.app("app.map.stats().labels.map(({text}) => text)")

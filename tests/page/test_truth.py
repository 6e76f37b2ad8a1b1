"""What the page says is so: the numbers of vectors, sentences about them, points that the camera shows."""

import json
import re

import numpy as np
import pytest

import tovec

APP = "document.getElementById('page').page.app"
FOUR = ["cat", "dog", "mat", "sat"]


def table(vectors, tokens=None):
    vectors = np.asarray(vectors, dtype=np.float32)
    return tovec.Embedding(tovec.Vocabulary(tokens or [f"w{row}" for row in range(len(vectors))]), vectors)


def numbers(text):
    return [float(found.replace("−", "-").replace(",", "")) for found in re.findall(r"−?[\d,]*\.?\d+", text)]


def places(page, tokens):
    return np.array([page.place(token) for token in tokens])


def map_box(page):
    return page.app(
        "(({x, y, width, height}) => [x, y, x + width, y + height])(app.map.element.getBoundingClientRect())"
    )


def is_inside(box, points, margin=0):
    left, top, right, bottom = box
    x, y = np.asarray(points).T
    return bool(
        (x > left + margin).all() and (x < right - margin).all() and (y > top + margin).all()
    ) and bool((y < bottom - margin).all())


# Numbers


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
def test_the_lesson_the_map_and_the_vectors_have_the_same_numbers(open_url, serve, dim, language):
    embedding = tovec.Embedding.random(FOUR, dim, seed=0)
    page = open_url(serve(embedding), language=language, hash="#lesson=4")
    page.wait_for_selector(".lesson-product")
    for index, token in enumerate(FOUR):
        expected = embedding[token].round(2).tolist()
        page.app("app.store.set({lesson: 4})")
        page.locator(".lesson-content .lesson-chip").nth(index).click()
        assert numbers(page.locator(".lesson-product tfoot").inner_text())[-dim:] == pytest.approx(expected)
        page.mouse.move(5, 5)
        page.app("app.store.set({lesson: 5})")
        assert numbers(page.locator(".lesson-points tr.picked").inner_text()) == pytest.approx(expected)
        assert numbers(page.locator(".coordinates").inner_text()) == pytest.approx(expected)
        assert page.locator(".inspector-token").inner_text() == token
        assert page.locator(".inspector-token").evaluate(
            "e => e.getBoundingClientRect().top >= e.closest('.column').getBoundingClientRect().top"
        )
    page.wait_for_load_state("networkidle")


def test_a_number_on_an_axis_stands_where_a_vector_has_it(open_url, serve):
    embedding = table([[-30, 2], [50, 12], [20, -4], [0, 0]])
    page = open_url(serve(embedding))
    ticks = page.app("app.map.stats().ticks")
    values = {tick["text"] for tick in ticks}
    assert {"0", "20"} <= values
    tick = next(tick for tick in ticks if tick["text"] == "20")
    x = page.place("w2")[0] - map_box(page)[0]  # the token at 20
    assert abs(tick["x"] + 8 - x) < 8  # the number is centered below its mark


def test_a_projection_shows_its_own_coordinates(open_url, serve, words):
    expected = tovec.projection.project(words[:], 2, "pca").points
    page = open_url(serve(words), hash="#method=pca&dims=2&token=3")
    np.testing.assert_allclose(page.app("Array.from(app.session.get().points.coordinates)"), expected.ravel())
    assert numbers(page.locator(".coordinates .number").inner_text()) == pytest.approx(expected[3], abs=0.006)


def test_pointing_at_a_token_shows_its_numbers(open_url, serve):
    embedding = tovec.Embedding.random(FOUR, 2, seed=0)
    page = open_url(serve(embedding))
    assert page.locator(".coordinates").is_hidden()
    for token in FOUR:
        page.mouse.move(*page.place(token))
        page.wait_for_function(f"() => {APP}.store.get().hovered === {embedding.vocabulary.id(token)}")
        shown = page.locator(".coordinates").inner_text()
        assert shown.startswith(token)
        assert numbers(shown) == pytest.approx(embedding[token].round(2).tolist())


def test_vectors_of_one_dimension_are_a_number_line(open_url, serve):
    embedding = tovec.Embedding.random(FOUR, 1, seed=0)
    page = open_url(serve(embedding))
    at = places(page, FOUR)
    assert np.ptp(at[:, 1]) < 0.01
    order = np.argsort(embedding[:][:, 0])
    assert (np.diff(at[order, 0]) > 0).all()
    assert len(page.app("app.map.stats().ticks")) >= 3
    assert is_inside(map_box(page), at, 12)
    assert page.app("app.session.get().axisNames") == ["dimension 1"]


def test_what_is_exported_has_the_coordinates_of_the_projection(open_url, serve):
    embedding = tovec.Embedding.random(FOUR, 3, seed=0)
    page = open_url(serve(embedding))
    page.app("app.store.set({selected: Uint32Array.of(0, 2)})")
    page.evaluate("() => navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.locator(".selection").get_by_text("JSON").click()
    page.locator(".selection").get_by_role("button", name="Copy").click()
    page.wait_for_function("() => window.copied")
    row = json.loads(page.evaluate("window.copied"))["results"][1]
    assert [row[axis] for axis in "xyz"] == pytest.approx(embedding["mat"].tolist(), rel=1e-6)


# The opening camera


def test_the_mark_of_an_outlier_keeps_clear_of_the_lesson(open_url, serve):
    near = tovec.Embedding.random(FOUR, 2, seed=0)[:]
    page = open_url(serve(table([*near, [-1e6, -1e6]], [*FOUR, "far"])))
    box = map_box(page)
    (before,) = page.app("app.map.stats().edgeMarks")
    page.app("app.store.set({lesson: 1})")
    card = page.locator(".lesson-card")
    card.wait_for()
    page.app("app.map.settle()")
    over = card.bounding_box()

    def is_under_card(mark):
        return over["x"] < box[0] + mark["x"] < over["x"] + over["width"] and (
            over["y"] < box[1] + mark["y"] < over["y"] + over["height"]
        )

    (mark,) = page.app("app.map.stats().edgeMarks")
    assert is_under_card(before)
    assert not is_under_card(mark)
    page.app("app.store.set({lesson: null})")
    page.wait_for_function("() => !document.querySelector('.lesson-card:not([hidden])')")
    page.app("app.map.settle()")
    assert [is_under_card(one) for one in page.app("app.map.stats().edgeMarks")] == [True]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize("dim", [2, 3])
def test_an_outlier_does_not_hide_the_others_and_can_be_reached(open_url, serve, dim, size):
    near = tovec.Embedding.random(FOUR, dim, seed=0)[:]
    far = np.full((1, dim), 1e6, np.float32)
    page = open_url(serve(table([*near, *far], [*FOUR, "far"])), size=size)
    at = places(page, FOUR)
    box = map_box(page)
    assert is_inside(box, at, 8)
    assert max(np.ptp(at, axis=0)) > 0.45 * min(box[2] - box[0], box[3] - box[1])
    (mark,) = page.app("app.map.stats().edgeMarks")
    assert mark["text"] == "far"
    page.mouse.click(box[0] + mark["x"] + 6, box[1] + mark["y"] + 8)
    assert page.tokens("[app.store.get().chosen]") == ["far"]
    page.app("app.map.settle()")
    assert is_inside(box, [page.place("far")], 20)
    assert page.app("app.map.stats().edgeMarks") == []
    page.keyboard.press("r")
    page.app("app.map.settle()")
    np.testing.assert_allclose(places(page, FOUR), at, atol=0.5)
    page.wait_for_load_state("networkidle")


def test_the_arrow_keys_reach_an_outlier(open_url, serve):
    near = [[0, 0], [1, 0.3], [0.2, 1], [-1, -0.4]]
    page = open_url(serve(table([*near, [1e6, 0]], [*FOUR, "far"])))
    page.app("app.choose(app.tokens.id('dog'))")  # the rightmost
    page.wait_for_function(f"() => {APP}.session.get().neighbors")
    page.app("app.session.set({neighbors: []})")
    page.evaluate("document.querySelector('.map').focus()")
    page.keyboard.press("ArrowRight")
    assert page.tokens("[app.store.get().cursor]") == ["far"]
    page.keyboard.press("Enter")
    assert page.tokens("[app.store.get().chosen]") == ["far"]
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(
    "vectors",
    [
        [[3, 4, 5]],
        [[3, 4, 5], [1, 2, 900]],
        [[3, 4, 5]] * 5,
        [[0, 0, 0]] * 2,
        (np.random.default_rng(0).normal(size=(6, 3)) * 1e-30).tolist(),
        (np.random.default_rng(0).normal(size=(6, 3)) * 1e30).tolist(),
        (np.random.default_rng(0).normal(size=(300, 3)) * [9, 1, 0.1]).tolist(),
    ],
    ids=["one", "two", "identical", "zero", "tiny", "huge", "flat"],
)
def test_the_opening_camera_shows_all_points(open_url, serve, vectors):
    embedding = table(vectors)
    page = open_url(serve(embedding), hash="#color=none")
    assert is_inside(map_box(page), places(page, list(embedding)), 5)
    assert page.app("app.map.stats().edgeMarks") == []
    text = page.locator(".tovec").inner_text()
    assert not re.search(r"\d{16}|NaN|Infinity|undefined", text)


def test_the_camera_follows_the_size_of_the_map(open_url, serve, words):
    page = open_url(serve(words), hash="#dims=2&method=pca")
    page.set_viewport_size({"width": 1000, "height": 500})
    page.app("app.map.settle()")
    page.wait_for_timeout(300)
    assert is_inside(map_box(page), places(page, list(words)), 5)
    assert page.state("camera") is None
    assert "camera" not in page.url


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_lesson_hides_none_of_its_points(open_url, serve, size):
    embedding = tovec.Embedding.random(FOUR, 3, seed=0)
    page = open_url(serve(embedding), hash="#lesson=5", size=size)
    page.wait_for_selector(".lesson-points")
    page.wait_for_timeout(500)
    page.app("app.map.settle()")
    at = places(page, FOUR)
    assert is_inside(map_box(page), at, 15)
    for selector in (".lesson-card", ".above > *"):
        for cover in page.locator(selector).all():
            box = cover.bounding_box()
            if box is None:
                continue
            hidden = (
                (at[:, 0] > box["x"])
                & (at[:, 0] < box["x"] + box["width"])
                & (at[:, 1] > box["y"])
                & (at[:, 1] < box["y"] + box["height"])
            )
            assert not hidden.any(), selector


# Sentences


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", ["rank 2 of 4", "longer than 2 of the 3 others"]),
        ("ko-KR", ["4개 중 2위", "나머지 3개 중 2개보다 길어요"]),
    ],
)
def test_the_length_of_a_vector_is_compared_with_the_others(open_url, serve, language, said):
    page = open_url(serve(table([[3, 0], [2, 0], [1, 0], [1, 0]])), language=language, hash="#token=1")
    facts = page.locator(".facts").first.inner_text()
    assert all(line in facts for line in said)


def test_equal_lengths_and_one_row_are_said_truly(open_url, serve):
    page = open_url(serve(table(np.eye(3))), hash="#token=1")
    assert "longer than 0 of the 2 others" in page.locator(".facts").first.inner_text()
    alone = open_url(serve(table([[1, 2]])), hash="#token=0")
    assert "rank" not in alone.locator(".facts").first.inner_text()


def test_a_picture_of_all_dimensions_is_exact_and_others_say_what_was_measured(open_url, serve, words):
    rows = np.random.default_rng(0).normal(size=(60, 3))
    page = open_url(serve(table(rows)), hash="#color=none")
    trust = page.locator(".trust")
    assert "This picture is exact" in trust.inner_text()
    assert "Why not all of them?" not in trust.inner_text()
    few = open_url(serve(table(np.random.default_rng(0).normal(size=(20, 9)))), hash="#method=pca&color=none")
    assert "Not measured: there are only 20 tokens, so most" in few.locator(".trust").inner_text()
    assert "Why not" not in few.locator(".trust").inner_text()
    many = open_url(serve(words), hash="#method=pca&dims=2&color=none")
    assert re.search(r"On average, \d+\.\d of a token’s 15", many.locator(".trust").inner_text())
    assert "Why not all of them?" in many.locator(".trust").inner_text()


# Examples


@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
def test_examples_and_the_lesson_use_known_words_alone(open_url, serve, language):
    """A table of letters and some words: a word is not known because its letters are."""
    text = "the king and the queen said that it was a good day for the cat"
    tokens = [*dict.fromkeys(text.split()), *"abcdefghijklmnopqrstuvwxyz"]
    tokens = list(dict.fromkeys(tokens))
    embedding = tovec.Embedding.random(tokens, 4)
    page = open_url(serve(embedding), language=language)
    page.wait_for_selector(".text-example")
    offers = page.locator(".text-example").all_inner_texts()
    assert offers == ["the king and the queen", "it was a good day"]
    page.app("app.store.set({lesson: 0})")
    page.wait_for_selector(".lesson-text")
    assert page.locator(".lesson-text").inner_text() == "the king and the queen"

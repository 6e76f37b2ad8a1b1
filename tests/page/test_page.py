"""What a reader does with the page, in a real browser, compared with Python."""

import io
import json
import re
import threading

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.server import session
from tovec.server.export import export
from tovec.server.jobs import MAX_RUNNING, Step
from tovec.server.open_page import view

APP = "document.getElementById('page').page.app"
FOUR = ["cat", "dog", "mat", "sat"]


@pytest.fixture(scope="session")
def four():
    return tovec.Embedding.random(FOUR, 3, seed=0)


def test_a_small_table_is_first_drawn_with_its_own_numbers(open_url, serve, four):
    page = open_url(serve(four))
    drawn = np.array(page.app("Array.from(app.map.coordinates())")).reshape(4, 3)
    between = np.linalg.norm(drawn[:, None] - drawn[None], axis=-1)
    expected = np.linalg.norm(four[:][:, None] - four[:][None], axis=-1)
    np.testing.assert_allclose(between / between.max(), expected / expected.max(), atol=1e-5)
    assert page.app("app.session.get().axisNames") == ["dimension 1", "dimension 2", "dimension 3"]
    assert sorted(label["text"] for label in page.app("app.map.stats().labels")) == sorted(FOUR)


def test_the_points_are_really_drawn(open_url, serve, words):
    page = open_url(serve(words), hash="#color=none&labels=0")
    pixels = pixels_of(page)
    x, y = page.place("cat")
    assert np.abs(pixels[round(y), round(x)] - pixels[5, 300]).max() > 60, (
        "there is nothing where cat should be"
    )


def test_a_vector_that_is_not_finite_leaves_the_others_drawn(open_url, serve, words):
    vectors = words[:]
    vectors[words.vocabulary.id("dog"), 0] = np.nan
    page = open_url(serve(tovec.Embedding(words.vocabulary, vectors)), hash="#color=none&labels=0")
    pixels = pixels_of(page)
    x, y = page.place("cat")
    assert np.abs(pixels[round(y), round(x)] - pixels[5, 300]).max() > 60
    lost = np.isnan(points(page)).any(axis=1)
    assert lost.nonzero()[0].tolist() == [words.vocabulary.id("dog")]
    page.keyboard.press("2")
    page.settled()
    assert page.state("progress.error") is None
    with page.page.expect_response("**/api/nearest*"):
        page.mouse.click(*page.place("cat"))
    assert page.state("chosen") == words.vocabulary.id("cat")


def test_every_point_is_drawn_when_the_map_is_at_rest(open_url, serve, words):
    stats = open_url(serve(words)).app("app.map.stats()")
    assert (stats["drawn"], stats["total"], stats["settled"]) == (len(words), len(words), True)


def test_two_and_three_dimensions(open_url, serve, words):
    page = open_url(serve(words))
    assert page.state("dims") == 3
    assert np.ptp(points(page)[:, 2]) > 0
    page.keyboard.press("2")
    page.settled()
    assert page.state("dims") == 2
    assert np.ptp(points(page)[:, 2]) == 0
    page.keyboard.press("3")
    page.settled()
    assert np.ptp(points(page)[:, 2]) > 0


@pytest.mark.parametrize("method", ["none", "pca", "umap"])
def test_every_projection_gives_points_with_names(open_url, serve, words, method):
    page = open_url(serve(words), hash=f"#method={method}")
    assert page.state("method") == method
    assert len(set(map(tuple, points(page).round(4)))) == len(words)
    assert len(page.app("app.session.get().axisNames")) == 3
    assert page.state("progress.error") is None


def test_the_axes_of_words_are_cosines_with_them(open_url, serve, words):
    page = open_url(serve(words), hash="#method=axes&dims=2&axes=cat~red~one~red~~")
    assert page.app("app.session.get().axisNames") == ["cat → red", "one → red"]
    drawn = points(page)[:, :2]
    expected = np.stack([coordinate(words, "cat", "red"), coordinate(words, "one", "red")], axis=1)
    scale = np.ptp(drawn) / np.ptp(expected)
    np.testing.assert_allclose(np.diff(drawn, axis=0), np.diff(expected, axis=0) * scale, atol=1e-4)


def test_search_by_part_and_by_pattern(open_url, serve, words):
    page = open_url(serve(words))
    page.keyboard.press("/")
    page.keyboard.type("OW")
    page.wait_for_function("() => document.getElementById('page').page.app.store.get().found?.length === 2")
    assert page.tokens("app.store.get().found") == ["cow", "brown"]
    page.app("app.store.set({search: '^t..$', regex: true})")
    page.wait_for_function("() => document.getElementById('page').page.app.store.get().found?.length === 3")
    assert page.tokens("app.store.get().found") == ["two", "ten", "the"]


def test_neighbors_are_those_of_python(open_url, serve, words):
    page = open_url(serve(words))
    # One that no other lies in front of.
    in_front = "(id) => { const p = app.map.place(id); return app.map.pick(p.x, p.y) === id; }"
    token = page.tokens(f"app.importance.filter({in_front})")[-1]
    page.mouse.click(*page.place(token))
    assert page.tokens("[app.store.get().chosen]") == [token]
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().neighbors")
    near = page.app("app.session.get().neighbors")
    expected = words.neighbors(token, 10)
    assert [hit["id"] for hit in near] == [hit.id for hit in expected]
    np.testing.assert_allclose(
        [hit["score"] for hit in near], [hit.similarity for hit in expected], atol=1e-6
    )
    shown = page.locator(".inspector").inner_text()
    assert all(hit.token in shown for hit in expected)


def test_a_lasso_selects_the_points_inside_it(open_url, serve, words):
    page = open_url(serve(words), hash="#dims=2&method=pca&tool=lasso")
    places = np.array([page.place(token) for token in words])
    middle = np.median(places, axis=0)
    left, top = places.min(axis=0) - 15
    corners = [
        (left, top),
        (middle[0], top),
        (middle[0], places[:, 1].max() + 15),
        (left, places[:, 1].max() + 15),
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()
    inside = np.flatnonzero(places[:, 0] < middle[0])
    assert 3 < len(inside) < len(words)
    assert page.app("Array.from(app.store.get().selected)") == inside.tolist()


def test_a_sentence_becomes_tokens_ids_and_points(open_url, serve, four):
    page = open_url(serve(four))
    page.app("app.store.set({text: 'The cat sat on the mat'})")
    page.wait_for_function("() => document.getElementById('page').page.app.store.get().path.length === 3")
    assert page.tokens("app.store.get().path") == ["cat", "sat", "mat"]
    pane = page.locator(".text-pane")
    assert [pane.get_by_text(word, exact=True).first.is_visible() for word in ("cat", "sat", "mat")] == [
        True
    ] * 3


def test_hangul_is_drawn_in_the_bundled_font(open_url, serve, words):
    page = open_url(serve(words), language="ko-KR")
    assert page.app("document.fonts.ready.then(() => document.fonts.check('13px Pretendard', '한글'))")
    # A font without a letter draws its box for it: every missing letter alike.
    differ = page.app("""(() => {
      const draw = (text) => {
        const canvas = document.createElement('canvas');
        const context = canvas.getContext('2d');
        context.font = '40px Pretendard';
        context.fillText(text, 5, 60);
        return canvas.toDataURL();
      };
      return draw('가') !== draw('힣') && draw('가') !== draw('\\u{10fffd}');
    })()""")
    assert differ
    assert page.evaluate("getComputedStyle(document.querySelector('.tovec')).fontFamily").count("Pretendard")


def test_korean_readers_get_korean(open_url, serve, words):
    page = open_url(serve(words), language="ko-KR")
    assert page.state("lang") == "ko"
    assert re.search("[가-힣]", page.locator(".tovec").inner_text())
    assert page.evaluate("document.querySelector('.tovec').closest('[lang]').lang") == "ko"


def test_the_address_restores_the_view(open_url, serve, words):
    url = serve(words)
    page = open_url(url)
    page.app("app.store.set({dims: 2, method: 'pca', search: 'w', colorBy: 'script', lang: 'ko'})")
    page.app("app.store.set({k: 25, metric: 'euclidean', analogy: [0, 1, 14]})")
    page.settled()
    page.app("app.choose(3)")
    page.app("app.store.set({selected: Uint32Array.of(1, 2, 9)})")
    page.mouse.move(600, 300)
    page.mouse.wheel(0, -300)
    page.app("app.map.settle()")
    page.wait_for_timeout(600)
    camera = page.app("app.map.getCamera()")
    assert "key=" not in page.url, "the secret must not be in an address that is shared"
    hash = page.url.partition("#")[2]
    again = open_url(url, hash=f"#{hash}")
    for name in ("dims", "method", "search", "colorBy", "lang", "chosen", "k", "metric", "analogy"):
        assert again.state(name) == page.state(name), name
    assert again.app("Array.from(app.store.get().selected)") == [1, 2, 9]
    assert [again.locator(".analogy input").nth(at).input_value() for at in range(3)] == ["cat", "dog", "red"]
    assert flat(again.app("app.map.getCamera()")) == pytest.approx(flat(camera), abs=1e-3)


def test_everything_can_be_reached_by_keyboard(open_url, serve, words):
    page = open_url(serve(words))
    names = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => {
          const at = document.activeElement;
          return at === document.body ? null : at.getAttribute('aria-label') || at.labels?.[0]?.textContent
            || at.textContent.trim() || at.title || at.placeholder;
        }""")
        assert name != "", page.evaluate("document.activeElement.outerHTML")
        if name is not None:
            names.add(name)
    controls = page.evaluate("""() => [...document.querySelectorAll('button, input, select, textarea')]
      .filter((e) => !e.disabled && e.checkVisibility() && e.tabIndex >= 0).length""")
    assert len(names) >= min(20, controls // 2)


def test_arrow_keys_move_between_neighbors(open_url, serve, words):
    page = open_url(serve(words), hash="#dims=2&method=pca")
    page.app("app.choose(app.tokens.id('cat'))")
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().neighbors")
    start = page.place("cat")
    page.evaluate("document.querySelector('.tovec').focus()")
    for key, axis, sign in (
        ("ArrowRight", 0, 1),
        ("ArrowUp", 1, -1),
        ("ArrowLeft", 0, -1),
        ("ArrowDown", 1, 1),
    ):
        page.app("app.choose(app.tokens.id('cat'))")
        page.wait_for_function("() => document.getElementById('page').page.app.session.get().neighbors")
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        token = page.tokens("[app.store.get().chosen]")[0]
        if token != "cat":  # there is nobody on that side
            assert sign * (page.place(token)[axis] - start[axis]) > 0, key
    assert page.locator("[aria-live]").count() >= 1


def test_an_exported_file_works_from_disk(open_url, four, words, tmp_path):
    path = export(words, tmp_path / "page.html")
    page = open_url(path.as_uri(), offline=True)
    page.app("app.choose(app.tokens.id('red'))")
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().neighbors")
    assert [hit["id"] for hit in page.app("app.session.get().neighbors")] == [
        hit.id for hit in words.neighbors("red", 10)
    ]
    page.app("app.store.set({text: 'one red 고양이 zebra'})")
    page.wait_for_function("() => document.getElementById('page').page.app.store.get().path.length === 3")
    assert page.tokens("app.store.get().path") == ["one", "red", "고양이"]
    page.keyboard.press("2")
    page.settled()
    assert page.state("progress.error") is None
    axes = [{"from": "cat", "to": "red"}, {"from": "one", "to": "red"}, {"from": "", "to": ""}]
    page.app(f"app.store.set({{method: 'axes', axes: {json.dumps(axes)}}})")
    page.settled()
    drawn = points(page)[:, 0]
    expected = coordinate(words, "cat", "red")
    assert np.corrcoef(drawn, expected)[0, 1] > 0.999999


def test_a_saved_png_has_twice_the_pixels(open_url, serve, words):
    image = needs("PIL.Image")
    page = open_url(serve(words))
    data = page.app(
        """app.map.png(2).then((blob) => blob.arrayBuffer()).then((b) => Array.from(new Uint8Array(b)))"""
    )
    png = image.open(io.BytesIO(bytes(data)))
    size = page.app("[app.map.element.clientWidth, app.map.element.clientHeight]")
    assert list(png.size) == [2 * side for side in size]
    assert len(png.convert("RGB").getcolors(1 << 20)) > 50


def test_a_table_with_metadata_is_colored_by_it(open_url, serve, words):
    kinds = {"token": list(words)[:-1], "kind": ["animal"] * 14 + ["color"] * 13 + ["number"] * 12}
    page = open_url(serve(words, metadata=kinds), hash="#color=column:0")
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().legend")
    entries = page.app("app.session.get().legend.entries.map(({label, n}) => [label, n])")
    assert entries == [["animal", 14], ["color", 13], ["number", 12], ["no value", 1]]


def test_two_pages_live_in_one_document(open_url, serve, four):
    """The page keeps nothing outside its element, as a notebook needs."""
    page = open_url(serve(four))
    before = page.evaluate("Object.keys(window).length")
    assert page.evaluate("Object.keys(window).length") == before
    page.evaluate("document.getElementById('page').page.destroy()")
    assert page.evaluate("document.getElementById('page').children.length") == 0


def points(page):
    return np.array(page.app("Array.from(app.map.coordinates())")).reshape(-1, 3)


def coordinate(embedding, start, end):
    """Return the cosine of every row with the direction from one token to another."""
    units = embedding[:] / np.linalg.norm(embedding[:], axis=1, keepdims=True)
    direction = units[embedding.vocabulary.id(end)] - units[embedding.vocabulary.id(start)]
    return units @ (direction / np.linalg.norm(direction))


def pixels_of(page):
    image = needs("PIL.Image")
    return np.asarray(image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def flat(camera):
    return [*camera["target"], camera["distance"], camera["azimuth"], camera["elevation"]]


# A crowd


@pytest.fixture
def busy(words):
    """Serve words while as many computations as may run are held; give the page and what lets them go."""
    with view(words, open_browser=False, block=False, port=0) as page:
        gate = threading.Event()

        def held(emit, check):
            while not gate.wait(0.01):
                check()
            return Step({"stage": "done"})

        for number in range(MAX_RUNNING):
            page._session._subscribe(number, held, None, lambda: None)
        yield page, gate
        gate.set()


@pytest.mark.parametrize(
    ("language", "said"), [("en-US", "Waiting, {} ahead in the queue"), ("ko-KR", "대기 중, 앞에 {}개")]
)
def test_a_waiting_projection_says_how_many_are_ahead_of_it(open_url, busy, language, said):
    served, gate = busy
    page = open_url(served.url, language=language, wait=False)
    text = said.format(MAX_RUNNING)
    page.wait_for_function(
        f"() => document.querySelector('.progress-line')?.textContent === {json.dumps(text)}", timeout=30_000
    )
    assert page.locator(".projection-running").inner_text().startswith(text)
    gate.set()
    page.wait_for_function("() => document.getElementById('page').page?.app.map.stats().total > 0")
    page.settled()
    assert page.state("progress.stage") == "done"


def test_repeated_new_seeds_leave_one_projection_in_the_queue(open_url, busy):
    served, gate = busy
    page = open_url(served.url, hash="#method=umap&color=none", wait=False)
    page.wait_for_function(
        "() => document.getElementById('page').page?.app.store.get().progress.before > 0", timeout=30_000
    )
    for _ in range(20):
        page.app("app.store.set({ seed: app.store.get().seed + 1 })")
    queue = served._session._queue
    page.wait_for_function(
        f"() => {APP}.store.get().progress.before === {MAX_RUNNING} && {APP}.store.get().seed === 20",
        timeout=30_000,
    )
    assert len(queue._waiting) == 1
    gate.set()
    page.settled()
    assert page.state("progress.stage") == "done"


def test_a_very_long_text_says_how_much_of_it_is_split(open_url, serve, words, monkeypatch):
    monkeypatch.setattr(session, "MAX_CUT", 40)
    monkeypatch.setattr(session, "WORD_END", 10)
    page = open_url(serve(words))
    page.app("app.store.set({ text: 'cat dog '.repeat(100) })")
    message = page.locator(".text-right .message.warn")
    message.wait_for(state="visible")
    assert message.inner_text() == (
        "The text is very long: only its first 39 characters are split into tokens (10)."
    )

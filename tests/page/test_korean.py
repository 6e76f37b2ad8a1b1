"""The page in Korean: nothing of it is in English, and Hangul is found however it is typed."""

import json
import re
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import tovec
from tovec.errors import MissingExtra, NotEnoughMemory, TovecError
from tovec.projection.tsne import MAX_ROWS_3D, tsne
from tovec.server.app import MAX_TEXT
from tovec.server.export import export
from tovec.server.guard import REFUSED
from tovec.server.projections import Projector

APP = "document.getElementById('page').page.app"
FOUR = ["cat", "dog", "mat", "sat"]
WORDS = "영화 배우 감독 음악 영향 이영호 영화관 연기 대본 서울 부산 바다 하늘 나무 사람 친구 학교 책 노래 별"
# Names, abbreviations and keys that Korean writes in Latin letters, and letters that stand for themselves.
LATIN = "tovec PCA UMAP t SNE ID PNG TSV JSON CSV WebGL NaN a b c x y z Shift Enter Esc English"
LATIN_KEYS = "A B D F L M O R S W"
COMMANDS = "train my txt out mine view snapshots timeline"
ALLOWED = {*LATIN.split(), *LATIN_KEYS.split(), *COMMANDS.split()}
SHOWN = """() => {
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.parentElement.checkVisibility()) said.push(node.data);
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility()) continue;
    for (const name of ["aria-label", "aria-roledescription", "title", "placeholder", "alt", "label"])
      said.push(element.getAttribute(name) ?? "");
    if (element.tagName === "OPTION" || element.tagName === "OPTGROUP") said.push(element.textContent);
    if (element.matches("textarea, input:not([type=radio], [type=checkbox])")) said.push(element.value);
  }
  return [...said, ...window.drawn];
}"""
# What is written on canvases, such as the names of axes.
RECORD = """() => {
  window.drawn = new Set();
  for (const Context of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
    const fillText = Context.prototype.fillText;
    Context.prototype.fillText = function (text, ...rest) {
      window.drawn.add(text);
      return fillText.call(this, text, ...rest);
    };
  }
}"""


def english_in(page, *, beside=()):
    """Return the Latin words that the page shows or says, without the tokens and those of `beside`."""
    tokens = set(page.app("Array.from(app.importance, (id) => app.tokens.token(id))"))
    found = {}
    for said in page.page.evaluate(SHOWN):
        text = re.sub(r"pip install '\S+'", "", said)  # a command to type, where an extra is missing
        for word in re.findall(r"[A-Za-z]+", text):
            if word not in ALLOWED and word not in tokens and word not in beside:
                found.setdefault(text.strip(), []).append(word)
    return found


@pytest.fixture
def korean(open_url, chromium):
    """Open a page for a reader of Korean whose canvases tell what is written on them."""

    def open_one(url, **options):
        page = open_url(url, language="ko-KR", wait=False, **options)
        page.page.context.add_init_script(f"({RECORD})()")
        page.reload()
        return page.begun().settled()

    return open_one


@pytest.fixture(scope="session")
def films():
    """Twenty Korean words with counts in sixteen dimensions."""
    tokens = WORDS.split()
    vectors = np.random.default_rng(0).standard_normal((len(tokens), 16)).astype(np.float32)
    counts = 1000 // np.arange(1, len(tokens) + 1)
    return tovec.Embedding(
        tovec.Vocabulary(tokens, counts), vectors, tovec.Embedding.random(tokens, 2).tokenizer
    )


def settle(page, changes):
    """Set a part of the state, and wait for what follows."""
    page.app(f"app.store.set({json.dumps(changes)})")
    page.wait_for_timeout(400)
    page.settled()
    page.page.evaluate(f"() => {APP}.map.settle()")


def test_four_words_and_the_lesson_are_in_korean(korean, serve):
    page = korean(serve(tovec.Embedding.random(FOUR, 3, seed=0)))
    assert page.page.evaluate("() => document.documentElement.lang") == "ko"
    seen = {"first": english_in(page)}
    for step in range(6):
        settle(page, {"lesson": step})
        seen[f"lesson {step}"] = english_in(page)
    settle(page, {"lesson": None, "method": "pca"})
    seen["pca"] = english_in(page)
    page.keyboard.press("?")
    seen["help"] = english_in(page)
    assert {state: found for state, found in seen.items() if found} == {}


def never_done(projector, request, emit, check):
    """Project until the page stops it."""
    while True:
        check()
        time.sleep(0.02)


def test_a_trained_table_is_in_korean(korean, serve, films, monkeypatch):
    metadata = {"token": list(films), "품사": ["명사"] * 10 + ["대명사"] * 10, "길이": np.arange(20.0)}
    page = korean(serve(films, metadata=metadata))
    states = {
        "umap": {"method": "umap"},
        "first axes": {"method": "none", "dims": 2},
        "chosen": {"method": "pca", "dims": 3, "chosen": 0},
        "euclidean": {"metric": "euclidean", "k": 25},
        "no hits": {"search": "없는말"},
        "bad pattern": {"search": "(", "regex": True},
        "hits": {"search": "영", "regex": False},
        "colors": {"search": "", "colorBy": "frequency"},
        "scripts": {"colorBy": "script"},
        "clusters": {"colorBy": "cluster"},
        "column": {"colorBy": "column:0"},
        "numbers": {"colorBy": "column:1"},
        "text": {"text": "영화 감독은 모르는 말"},
        "axes": {"method": "axes", "axes": [{"from": "영화", "to": "모름"}, *[{"from": "", "to": ""}] * 2]},
        "no direction": {"axes": [{"from": "영화", "to": "영화"}] * 3},
    }
    seen = {"first": english_in(page)}
    for name, changes in states.items():
        settle(page, changes)
        seen[name] = english_in(page)
    assert "방향을 정할 수 없어요" in page.locator(".progress [role=alert]").inner_text()
    monkeypatch.setattr(Projector, "project", never_done)
    page.app("app.store.set({ method: 'umap', dims: 2 })")
    page.locator(".projection-running").wait_for()
    seen["computing"] = english_in(page)
    page.locator(".projection-running .row button").click()
    seen["stopped"] = english_in(page)
    page.app("app.store.set({ selected: new Uint32Array([1, 2, 3]), isolated: true })")
    page.locator(".analogy input").first.fill("모름")
    page.locator(".analogy input").first.blur()
    seen["analogy"] = english_in(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for place in ("left", "right", "text"):
        page.locator(f".tabs [data-opens={place}]").click()
        seen[f"phone, {place}"] = english_in(page)
    assert {state: found for state, found in seen.items() if found} == {}


def test_what_fails_is_said_in_korean(korean, serve, films, monkeypatch):
    def fail(*_):
        raise RuntimeError("boom")

    page = korean(serve(films))
    monkeypatch.setattr(Projector, "project", fail)
    page.app("app.store.set({ method: 'umap', dims: 2 })")
    page.wait_for_function(f"() => {APP}.store.get().progress.error !== null")
    assert "오류가 발생했어요" in page.locator(".progress [role=alert]").inner_text()
    assert english_in(page, beside=["RuntimeError", "boom"]) == {}
    page.page.route("**/api/**", lambda route: route.abort())
    page.app("app.store.set({ chosen: 1 })")
    page.locator(".connection").wait_for()
    assert english_in(page, beside=["RuntimeError", "boom"]) == {}
    page.errors.clear()  # requests that were let fail


def test_a_table_without_finite_rows_and_one_without_directions_are_in_korean(korean, serve):
    empty = np.full((20, 4), np.nan, np.float32)
    empty[:2] = 0
    empty[2:] = np.eye(18, 4)
    page = korean(serve(tovec.Embedding(WORDS.split(), empty)))
    page.app("app.store.set({ chosen: 0 })")
    page.locator(".neighbors").get_by_text("방향이 없는").wait_for()
    assert english_in(page) == {}


def test_an_exported_page_is_in_korean(korean, films, tmp_path):
    page = korean(export(films, tmp_path / "films.html", methods=["pca"]).as_uri())
    settle(page, {"chosen": 3, "text": "영화", "method": "axes"})
    assert english_in(page, beside=["export", "method", "none", "umap", "tsne"]) == {}


def test_hangul_is_found_as_it_is_typed(open_url, serve, films):
    page = open_url(serve(films), language="ko-KR")
    typed = {"영화": "영화", "여": "영화", "영ㅎ": "영화", "영호": "이영호", "ㅇㅎ": "영화", "ㅎㄱ": "학교"}
    typed[unicodedata.normalize("NFD", "바다")] = "바다"
    search, field = page.locator(".search-input"), page.locator(".analogy input").first
    for text, first in typed.items():
        page.app("app.store.set({ search: '', chosen: null })")
        page.wait_for_function(f"() => {APP}.store.get().found === null")
        search.fill(text)
        page.wait_for_function(f"() => {APP}.store.get().found?.length > 0")
        search.press("Enter")
        assert page.tokens("[app.store.get().chosen]") == [first]
        field.click()
        field.press("Control+a")
        page.keyboard.insert_text(text)
        assert first in page.locator(".analogy [role=option]").all_inner_texts()


def test_errors_that_python_raises_are_known_to_the_page(tmp_path):
    """The page knows an error by its English text, so that text and the page's must be the same."""
    source = Path(__file__).parents[2] / "page/src/ui/i18n/en.ts"
    texts = re.findall(r'"error\.\w+":\s*("(?:[^"\\]|\\.)*")', source.read_text())
    known = [re.sub(r"\\\{\w+\\\}", ".+", re.escape(json.loads(text))) for text in texts]
    known.remove(".+")
    for raised in python_errors(tmp_path):
        assert any(re.fullmatch(pattern, raised) for pattern in known), raised


def python_errors(folder):
    """Return the texts of errors that a reader of the page can meet."""
    rows = np.eye(4, 3, dtype=np.float32)
    rows[3] = [0, 0, 0]
    plain = tovec.Embedding(FOUR, rows)
    path = folder / "rows.safetensors"
    tovec.save(tovec.Embedding(FOUR, rows), path)
    stored = tovec.open(path)
    path.write_bytes(path.read_bytes()[:-4])
    broken = [rows.copy(), rows.copy()]
    broken[0][3, 0], broken[1][3, 0] = np.nan, np.inf
    calls = [
        lambda: tovec.projection.project(rows, 2, "axes", axes=[(rows[:1], rows[:1], "a → a")] * 2),
        lambda: tovec.projection.project(np.full((4, 3), np.nan, np.float32), 2),
        lambda: tovec.projection.project(np.full((4, 3), 1e30, np.float32) * rows, 2, "pca"),
        lambda: tsne(np.zeros((MAX_ROWS_3D + 1, 3), np.float32), 3),
        lambda: plain.neighbors("sat"),
        *[lambda table=table: tovec.Embedding(FOUR, table).neighbors("sat") for table in broken],
        lambda: plain.analogy(["cat"], ["cat"]),
        lambda: stored["sat"],
    ]
    texts = [
        REFUSED,
        f"a text of {MAX_TEXT + 1:,} bytes is too long; the page takes up to {MAX_TEXT:,}",
        str(MissingExtra("t-SNE", "projection")),
        str(MissingExtra("tokenizer 'kiwi'", "ko")),
        str(NotEnoughMemory()),
    ]
    for call in calls:
        with pytest.raises(TovecError) as raised:
            call()
        texts.append(str(raised.value))
    return texts

"""Neighbors of one script in the page: the choice, the address, the keyboard, and the exported file."""

import numpy as np
import pytest

import tovec
from tovec.server.export import export

LATIN = ["movie", "actor", "music", "sea"]
HANGUL = ["영화", "배우", "음악", "바다", "하늘"]
SELECT = ".neighbors select"


@pytest.fixture(scope="module")
def embedding():
    """Words of two languages in one table: a word and its translation lie near to each other."""
    rng = np.random.default_rng(3)
    places = rng.standard_normal((5, 8))
    vectors = np.concatenate([places[:4], places + 0.3 * rng.standard_normal((5, 8))]).astype(np.float32)
    return tovec.Embedding([*LATIN, *HANGUL], vectors)


def choices(page):
    return page.page.eval_on_selector_all(f"{SELECT} option", "all => all.map((each) => each.textContent)")


def listed(page):
    """Return the tokens of the list once it has been answered."""
    page.wait_for_function(
        "() => document.querySelector('.neighbors ol')?.getAttribute('aria-busy') === 'false'"
    )
    ids = "(app.session.get().neighbors ?? []).map(({ id }) => app.tokens.token(id))"
    return page.app(ids)


@pytest.mark.parametrize("is_exported", [False, True])
def test_the_nearest_korean_tokens_of_an_english_one(is_exported, embedding, open_url, serve, tmp_path):
    if is_exported:
        export(embedding, tmp_path / "words.html")
        page = open_url((tmp_path / "words.html").as_uri())
    else:
        page = open_url(serve(embedding))
    page.app("app.choose(0)")
    page.wait_for_function(f"() => document.querySelectorAll('{SELECT} option').length === 3")
    assert choices(page) == ["All tokens", "Hangul (5)", "Latin (4)"]
    expected = [hit.token for hit in embedding.neighbors("movie", 10, among=HANGUL)]
    page.page.focus(SELECT)
    page.page.keyboard.press("ArrowDown")  # a choice of the browser's own, by its own keys
    page.wait_for_function("() => location.hash.includes('script=hangul')")
    page.wait_for_function(
        "(n) => document.getElementById('page').page.app.session.get().neighbors?.length === n", arg=5
    )
    assert listed(page) == expected and expected[0] == "영화"
    page.reload()
    page.wait_for_function(
        "() => document.getElementById('page').page?.app.session.get().neighbors?.length === 5"
    )
    assert page.page.input_value(SELECT) == "hangul"


def test_a_table_of_one_script_has_no_choice(open_url, serve):
    vectors = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    page = open_url(serve(tovec.Embedding(["a", "b", "c", "1"], vectors)))
    page.app("app.choose(0)")
    page.wait_for_function(
        "() => document.getElementById('page').page.app.session.get().scripts.length === 1"
    )
    assert not page.page.is_visible(SELECT)

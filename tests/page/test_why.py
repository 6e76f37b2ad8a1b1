"""Why two tokens are near: the sum, the text, the axes of the map, and the suspects in their order."""

import re

import numpy as np
import pytest

import tovec
from tovec.text.tokenizers import tokenizer_from_name

LINES = ["the cat and the dog sat here", "a cat saw a mouse", "a dog saw a mouse", "고양이 한 마리"] * 3


@pytest.fixture(scope="module")
def table(words):
    """Those words with the text of LINES, which the page is given."""
    return tovec.Embedding(words.vocabulary.tokens, words[:], tokenizer_from_name("words"))


def written(page):
    """Return the numbers of the sum as they are written."""
    rows = page.locator(".why-row .number").all_inner_texts()
    return [float(text.replace("\u2212", "-")) for text in rows]


def total(page):
    return float(re.search(r"-?0\.\d+", page.locator(".why [role=status]:visible").first.inner_text())[0])


def test_a_neighbor_is_explained_by_keyboard_and_its_axes_become_those_of_the_map(open_url, serve, table):
    cat = table.vocabulary.id("cat")
    page = open_url(serve(table), hash=f"#method=pca&dims=2&token={cat}")
    page.locator(".why-button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".why-row")
    near = table.neighbors("cat", 1)[0]
    assert page.state("pair") == [cat, table.vocabulary.id(near.token)]
    assert page.locator(".why-button").first.get_attribute("aria-pressed") == "true"
    expected = tovec.why(table, "cat", near.token)
    assert total(page) == pytest.approx(expected.similarity, abs=6e-4)
    assert sum(round(1000 * number) for number in written(page)) == round(1000 * total(page))
    greatest = expected.results[0]
    assert page.locator(".why-row").first.inner_text().startswith(f"{greatest.axis}: {greatest.tokens[0]}")

    page.locator(".why-axes button").first.focus()
    page.keyboard.press("Enter")
    page.settled()
    others = [share.axis for share in expected.results]
    assert page.state("independent") == [*others[:2], 0] and page.state("method") == "axes"
    assert page.app("app.session.get().axisNames[0]").startswith(f"{greatest.axis}: ")
    chosen = page.locator(".axis select:visible").evaluate_all("(all) => all.map((one) => Number(one.value))")
    assert chosen == others[:2]
    page.wait_for_function("() => location.hash.includes('independent=')")
    page.locator(".axis select").first.select_option("0")
    assert page.locator(".axis .token-field:visible").count() == 2


def test_an_address_names_the_axes_of_the_map(open_url, serve, table):
    page = open_url(serve(table), hash="#method=axes&dims=2&independent=3_1_0")
    titles = page.app("app.session.get().axisNames")
    assert [title.split(":")[0] for title in titles] == ["3", "1"]
    chosen = page.locator(".axis select:visible option:checked").all_inner_texts()
    assert [text.split(", ")[:3] for text in chosen] == [title.split(", ") for title in titles]


def test_lines_of_the_text_fit_on_a_phone_in_korean_and_in_the_dark(open_url, serve, table):
    cat, dog = map(table.vocabulary.id, ("cat", "dog"))
    url = serve(table, text=LINES)
    page = open_url(
        url,
        language="ko-KR",
        size=(390, 844),
        hash=f"#method=pca&dims=2&theme=dark&token={cat}&why={cat}~{dog}",
    )
    page.locator(".chosen-bar").click()
    page.wait_for_selector(".why-line")
    assert page.locator(".why-facts li").all_inner_texts() == [
        "cat: 6번",
        "dog: 6번",
        "서로 5토큰 안에 함께: 3번",
    ]
    assert set(page.locator(".why-line mark").all_inner_texts()) >= {"cat and the dog"}
    panel = page.locator(".panel.why")
    assert panel.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0
    assert not re.search(
        r"\b(the|axes|times|why)\b", panel.locator("h2, h3, h4, .message").first.inner_text()
    )


def test_another_token_is_typed_and_one_that_is_none_is_named(open_url, serve, table):
    cat, dog = map(table.vocabulary.id, ("cat", "dog"))
    page = open_url(serve(table), hash=f"#method=pca&token={cat}")
    field = page.locator(".why input")
    field.fill("nothing like it")
    field.press("Enter")
    assert page.locator(".why .message.warn:visible").inner_text() == "Not in the vocabulary: nothing like it"
    field.fill("dog")
    field.press("Enter")
    page.wait_for_selector(".why-row")
    assert page.state("pair") == [cat, dog]
    assert "tovec view SOURCE --text FILE" in page.locator(".why-evidence").inner_text()
    page.app(f"app.choose({dog})")
    assert page.locator(".why-row:visible").count() == 0  # the answer is about another token
    page.app(f"app.choose({cat})")
    assert page.locator(".why-row:visible").count() > 0


def test_a_file_says_that_it_explains_nothing(open_url, table, tmp_path):
    file = tovec.export(table, tmp_path / "page.html", methods=["pca"])
    page = open_url(file.as_uri(), hash="#token=1&why=1~2")
    assert "`tovec view` only" in page.locator(".panel.why").inner_text()
    assert page.locator(".why-button").count() == 0


def test_suspects_are_listed_by_rank(open_url, serve, words):
    ranks = np.full(len(words), np.nan)
    ranks[[30, 5, 17]] = 1, 2, 3
    kinds = [None if np.isnan(rank) else "suspect" for rank in ranks]
    metadata = {"token": list(words.vocabulary.tokens), "suspects": kinds, "suspect rank": ranks.tolist()}
    page = open_url(serve(words, metadata=metadata), hash="#method=pca&searchIn=0&search=suspect")
    expected = [words.vocabulary.tokens[row] for row in (30, 5, 17)]
    page.wait_for_selector(".search .token-row")
    assert page.locator(".search .token-row .grow").all_inner_texts() == expected
    page.locator(".search button", has_text="Select all").click()
    assert page.locator(".selection .token-row .grow").all_inner_texts() == expected

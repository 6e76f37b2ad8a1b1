"""Hangul that an input method composes, in every field."""

import pytest

import tovec

COMPOSED = ["ㅇ", "여", "영", "영ㅎ", "영호", "영화"]


@pytest.fixture
def compose(open_url):
    """Type Hangul through Chromium's input method events, syllable by syllable, then commit it."""

    def one(page, steps, committed):
        session = page.context.new_cdp_session(page.page)
        for text in steps:
            session.send(
                "Input.imeSetComposition",
                {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
            )
            page.wait_for_timeout(20)
        if committed is not None:
            session.send("Input.insertText", {"text": committed})

    return one


@pytest.fixture(scope="module")
def films(words):
    tokens = ["영화", "여름", "영호", "배우", "고양이", "개", "말", "소"]
    return tovec.Embedding(tovec.Vocabulary(tokens, range(8, 0, -1)), words[: len(tokens)], words.tokenizer)


def found(page):
    page.wait_for_timeout(80)
    return page.tokens("(app.store.get().found ?? [])")


def test_half_typed_hangul_is_searched_while_it_is_composed(open_url, serve, films, compose):
    page = open_url(serve(films), language="ko-KR", hash="#method=pca")
    page.click(".search-input")
    seen = []
    for step in COMPOSED:
        compose(page, [step], None)
        seen.append((page.input_value(".search-input"), found(page)))
    assert seen == [
        ("ㅇ", ["영화", "여름", "영호", "배우", "고양이"]),
        ("여", ["여름", "영화", "영호"]),
        ("영", ["영화", "영호"]),
        ("영ㅎ", ["영화", "영호"]),
        ("영호", ["영호", "영화"]),
        ("영화", ["영화"]),
    ]
    page.keyboard.press("Enter")  # which belongs to the input method
    assert page.state("chosen") is None
    compose(page, [], "영화")
    assert page.input_value(".search-input") == "영화"
    page.keyboard.press("Enter")
    assert page.tokens("[app.store.get().chosen]") == ["영화"]


def test_a_field_for_a_token_takes_composed_hangul(open_url, serve, films, compose):
    page = open_url(serve(films), language="ko-KR", hash="#method=pca")
    page.click(".analogy input >> nth=0")
    compose(page, COMPOSED[:4], None)
    offered = page.locator(".token-options:popover-open li").all_inner_texts()
    assert offered[:2] == ["영화", "영호"]
    compose(page, COMPOSED[4:], "영화")
    assert page.input_value(".analogy input >> nth=0") == "영화"
    page.keyboard.press("Enter")
    assert page.tokens("[app.store.get().analogy[0]]") == ["영화"]


def test_the_text_pane_keeps_composed_hangul(open_url, serve, films, compose):
    page = open_url(serve(films), language="ko-KR", hash="#method=pca")
    page.click(".text-field")
    compose(page, COMPOSED[:3], None)
    page.wait_for_timeout(300)  # the text is split into tokens meanwhile
    compose(page, COMPOSED[3:], "영화")
    page.keyboard.press("Space")
    compose(page, ["배", "배우"], "배우")
    assert page.input_value(".text-field") == "영화 배우"
    page.wait_for_function(
        "() => document.getElementById('page').page.app.store.get().path.length === 2", timeout=10_000
    )
    assert page.tokens("app.store.get().path") == ["영화", "배우"]

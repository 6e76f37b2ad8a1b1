"""What the page looks like, as far as numbers hold it: sizes, places and what covers what."""

import json

import pytest
from foreign_tokenizers import FOREIGN

import tovec
from tovec.text.tokenizers.subwords import SubwordTokenizer

TEXT = "the cat sat on the unbelievable house 고양이가 영화를 봤다"
TEXTS = [TEXT, "unbelievable words break into pieces", "나는 영화를 봤다"] * 3
PANES = [(1280, 800), (1920, 1080), (390, 844)]


@pytest.fixture
def page(open_url, serve):
    tokenizer = SubwordTokenizer("pieces", FOREIGN["pieces, own"](TEXTS))
    embedding = tovec.Embedding.random(tokenizer.vocabulary, 4, tokenizer=tokenizer)
    return open_url(serve(embedding), hash="#method=pca").settled()


def type_text(page, text):
    page.app(f"app.store.set({{text: {json.dumps(text)}}})")
    page.wait_for_function(
        "text => document.querySelector('.text-field').value === text"
        " && !document.querySelector('.text-pane').matches('.is-waiting')",
        arg=text,
    )


@pytest.mark.parametrize("size", PANES)
def test_the_text_pane_keeps_its_height_while_someone_types(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    if size[0] < 900:
        page.locator("[data-opens=text]").click()
    heights = set()
    for text in ["", "the cat", TEXT, 20 * f"{TEXT}\n", ""]:
        type_text(page, text)
        heights.add(page.locator(".drawer").bounding_box()["height"])
    assert len(heights) == 1


def test_lines_of_tokens_break_between_tokens(page):
    type_text(page, 5 * TEXT)
    rects = "element => [...element.querySelectorAll('.piece')].map(one => one.getClientRects().length)"
    assert set(page.locator(".text-spans").evaluate(rects)) == {1}


def test_signs_for_a_space_are_pale(page):
    type_text(page, TEXT)
    pieces = page.locator(".text-spans .piece")
    assert pieces.all_inner_texts()[1] == "␣cat"
    assert pieces.nth(1).locator(".space-sign").all_inner_texts() == ["␣"]
    page.app("app.choose(app.tokens.id('▁cat'))")
    assert page.locator(".inspector-token .space-sign").inner_text() == "▁"
    opacity = "element => Number(getComputedStyle(element).opacity)"
    assert page.locator(".inspector-token .space-sign").evaluate(opacity) < 0.6


def test_the_lesson_is_offered_in_the_text_pane_until_it_was_opened(page):
    begin = page.locator(".text-pane .lesson-begin")
    assert begin.is_visible()
    assert page.locator(".map-place .lesson > :visible").count() == 0
    begin.click()
    page.locator(".lesson-card h2:focus").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".lesson-card").is_hidden()
    assert begin.is_hidden()
    page.reload()
    page.wait_for_selector(".text-pane .text-empty")
    assert page.locator(".lesson-begin").is_hidden()
    assert page.locator(".lesson-offer p").is_visible()


def test_the_progress_stands_in_a_corner_and_hints_are_readable(page):
    page.app("app.store.set({progress: {...app.store.get().progress, running: true, stage: 'layout'}})")
    line, place = (page.locator(one).bounding_box() for one in (".progress-line:visible", ".map-place"))
    assert line["x"] - place["x"] < 20
    assert line["y"] - place["y"] < 20
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('.tovec .small, .tovec .message, .tovec .label')]"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 12


def test_at_a_zoom_of_200_percent_nothing_scrolls_sideways_or_lies_behind_the_lesson(page):
    page.set_viewport_size({"width": 640, "height": 400})  # what is left of 1280 x 800
    page.app("app.choose(3)")
    assert page.locator(".chosen-bar").is_visible()
    page.app("app.store.set({ lesson: 3 })")
    page.wait_for_selector(".one-hot")
    assert page.locator(".chosen-bar").is_hidden()
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        640,
        400,
    ]
    inside = page.locator(".lesson-foot .primary").bounding_box()
    assert inside["y"] + inside["height"] < 400 and inside["x"] + inside["width"] < 640

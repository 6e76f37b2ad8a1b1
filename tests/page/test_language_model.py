"""The page of a language model: what comes next after a text, and the lesson that follows one through it."""

import re
import sys

import numpy as np
import pytest

import tovec
from tovec.server.export import export

APP = "document.getElementById('page').page.app"
LESSON = "#method=pca&dims=2&color=none&lesson=model."
TEXT = "the cat sat on the mat"


@pytest.fixture(scope="module")
def model(llama_folder):
    return tovec.open_language_model(llama_folder)


@pytest.fixture
def url(serve, llama_folder, model):
    opened = tovec.open_model(llama_folder)
    return serve(opened.input, tables=opened.tables, language_model=model)


def percent(probability):
    """Return a share as the page writes it."""
    share = 100 * probability
    return f"{share:.1f}".removesuffix(".0") + "%" if share >= 9.95 else f"{float(f'{share:.2g}'):g}%"


def next_tokens(page, text):
    """Wait for the answer about a text, and return what the rows say."""
    page.wait_for_function(
        "text => document.querySelector('.text-field').value === text"
        " && document.querySelectorAll('.next-tokens li').length > 0"
        " && !document.querySelector('.next-tokens [aria-busy]')",
        arg=text,
    )
    return [row.split("\n") for row in page.locator(".next-tokens li").all_inner_texts()]


def card(page):
    return page.locator(".lesson-card").inner_text()


def step(page, name):
    """Go to a step by its name in the row of steps, and return what the card says then."""
    page.locator(".lesson-steps").get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector(".lesson-content > :not(.message:only-child)")
    return card(page)


def written(value):
    return f"{value:.3f}".replace("-", "−")


def test_next_tokens_are_those_of_the_model_and_can_be_appended_by_key(open_url, url, model):
    page = open_url(url, hash="#method=pca&dims=2&color=none&text=the%20cat")
    rows = next_tokens(page, "the cat")
    expected = model.predict("the cat", 10)
    assert [row[-1] for row in rows] == [percent(hit.probability) for hit in expected]
    rest = 1 - sum(hit.probability for hit in expected)
    assert percent(rest) in page.locator(".next-head").inner_text()
    text = "the cat"
    page.locator(".next-tokens button").first.focus()
    for _ in range(3):
        best = next(hit for hit in model.predict(text, 10))
        added = model.added_text(model.read(text).ids, best.id)
        page.keyboard.press("Enter")
        text += added or ""
        next_tokens(page, text)
        assert page.state("text") == text
        assert page.state("chosen") == best.id
        page.wait_for_function("() => document.activeElement.closest('.next-tokens') !== null")
    page.keyboard.press("ArrowDown")
    assert page.locator(".next-tokens li:nth-child(2) button:focus").count() == 1


def test_an_answer_about_an_earlier_text_is_dropped_and_appends_nothing(open_url, url, model):
    page = open_url(url, hash="#method=pca&dims=2&color=none&text=the%20cat")
    next_tokens(page, "the cat")
    late = []

    def hold(route):
        late.append(route)

    page.route("**/api/predict*", hold)
    field = page.locator(".text-field")
    field.press_sequentially(" sat")
    page.locator(".next-tokens button").first.click()
    assert page.state("text") == "the cat sat"
    page.wait_for_timeout(400)
    field.press_sequentially(" on")
    page.wait_for_timeout(400)
    page.unroute("**/api/predict*")
    for route in late:
        try:
            route.continue_()
        except Exception:  # the page has given the first one up
            continue
    rows = next_tokens(page, "the cat sat on")
    assert [row[-1] for row in rows] == [
        percent(hit.probability) for hit in model.predict("the cat sat on", 10)
    ]
    field.fill("")
    page.get_by_text("Type a text: the model shows what it expects next.").wait_for()


def test_a_file_says_what_to_open_and_has_no_such_lesson(
    open_url, serve, llama_folder, model, words, tmp_path
):
    path = export(tovec.open(llama_folder), tmp_path / "page.html", methods=["pca"], language_model=model)
    page = open_url(path.as_uri(), hash="#text=the%20cat")
    said = page.locator(".next-tokens").inner_text()
    assert "which a file cannot hold" in said
    assert "tovec view DIR" in said
    assert page.get_by_role("button", name="What comes next").count() == 0
    plain = open_url(serve(words), hash="#text=the%20cat")
    assert plain.locator(".next-tokens").is_hidden()
    assert plain.get_by_role("button", name="What comes next").count() == 0


@pytest.mark.parametrize(("language", "line"), [("en-US", "needs an optional package"), ("ko-KR", "패키지")])
def test_without_torch_the_pane_says_what_to_install(
    open_url, serve, llama_folder, monkeypatch, language, line
):
    monkeypatch.setitem(sys.modules, "torch", None)
    opened = serve(tovec.open(llama_folder), language_model=tovec.open_language_model(llama_folder))
    page = open_url(opened, hash="#method=pca&dims=2&color=none&text=cat", language=language)
    page.locator(".next-tokens .warn").wait_for()
    said = page.locator(".next-tokens .warn").inner_text()
    assert line in said
    assert "tovec[torch]" in said
    page.errors.clear()  # the answer has the status 400, which the browser reports


def test_the_numbers_of_the_lesson_are_those_of_the_model(open_url, url, model):
    page = open_url(url, hash="#method=pca&dims=2&color=none&text=" + TEXT.replace(" ", "%20"))
    page.locator(".text-pane").get_by_role("button", name="What comes next").first.click()
    page.locator(".lesson-pairs > div").first.wait_for()
    ids = model.embedding.encode(TEXT).tolist()
    shown = page.locator(".lesson-pairs .text-id").all_inner_texts()
    assert shown == [str(row) for row in ids[-6:]]
    worked = model.step(TEXT)
    assert worked.target == ids[-1]
    assert "rows of 32 numbers" in step(page, "rows")
    named = page.locator(".heat-rows canvas").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert len(named) == min(5, len(ids) - 1)
    last = model.embedding[ids[-2]]
    assert f"from {float(f'{last.min():.4g}'):g}".replace("-", "−") in named[-1]
    assert "no look-up" in step(page, "network")
    best = int(np.argmax(worked.scores))
    scores = step(page, "scores")
    assert f"add up to {written(worked.scores[best])}" in scores
    following = step(page, "next")
    assert f"The loss is −ln of the probability of the token in the text: {written(worked.loss)}" in following
    assert percent(worked.probabilities[best]) in following
    assert percent(worked.probabilities[worked.target]) in following
    said = step(page, "one step")
    assert f"fell from {written(worked.loss)} to {written(worked.loss_after)}" in said
    moved = next(row for row in worked.rows if row.table == "output" and row.id == worked.target)
    before, after = moved.before @ worked.hidden, moved.after @ worked.hidden
    assert f"rises from {written(before)} to {written(after)}" in said
    assert page.locator(".heat-rows canvas").count() == 9
    assert page.tokens("[app.store.get().chosen]") == page.tokens(f"[{worked.target}]")


def test_the_lesson_follows_the_readers_text_and_back_leads_to_the_step_before(open_url, url, model):
    page = open_url(url, hash=LESSON + "0")
    field = page.locator(".lesson-field")
    field.wait_for()
    assert field.input_value() == "the cat sat on the mat"  # of its kind: the model has read it
    assert page.state("text") == ""
    field.fill("the dog sat")
    field.press("ArrowLeft")
    assert page.state("lesson") == 0
    page.wait_for_function(
        "ids => Array.from(document.querySelectorAll('.lesson-pairs .text-id'), one => one.textContent)"
        ".join() === ids",
        arg=",".join(str(row) for row in model.embedding.encode("the dog sat")),
    )
    assert page.locator(".text-field").input_value() == "the dog sat"
    page.locator(".lesson-card h2").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Each id picks a row").wait_for()
    page.wait_for_function(
        "() => /text=the\\+dog\\+sat/.test(location.hash) && /lesson=model.1/.test(location.hash)"
    )
    page.go_back()
    page.get_by_role("heading", name="A text, token by token").wait_for()
    assert field.input_value() == "the dog sat"
    page.keyboard.press("Escape")
    assert page.locator(".lesson-card").is_hidden()
    assert page.state("text") == "the dog sat"


def test_one_row_in_two_contexts(open_url, url, model):
    texts = ["the cat sat on the mat", "a dog on the mat"]
    page = open_url(url, hash=LESSON + "6")
    result = page.locator(".context-result dd")
    result.first.wait_for()
    for at, text in enumerate(texts):
        page.locator(".lesson-card input").nth(at).fill(text)

    def said(text):
        page.locator(".lesson-card [role=status]").get_by_text(text).wait_for()
        return result.all_inner_texts()

    shared = model.embedding.encode(texts[0]).tolist()[-1]
    page.wait_for_function(f"id => {APP}.store.get().chosen === id", arg=shared)
    vectors = [model.contextual(text).vectors[-1].astype(float) for text in texts]
    cosine = vectors[0] @ vectors[1] / np.linalg.norm(vectors[0]) / np.linalg.norm(vectors[1])
    page.wait_for_function(
        "value => document.querySelectorAll('.context-result dd')[1]?.textContent === value",
        arg=written(cosine),
    )
    assert result.all_inner_texts() == ["1.000", written(cosine)]
    page.wait_for_function("() => location.hash.includes('contexts=')")
    again = open_url(url, hash=page.app("location.hash"))
    again.locator(".context-result dd").first.wait_for()
    assert again.locator(".context-result dd").all_inner_texts() == ["1.000", written(cosine)]
    assert [again.locator(".lesson-card input").nth(at).input_value() for at in (0, 1)] == texts
    # another token of both, by its button
    other = page.locator(".context-shared button[aria-pressed=false]").first
    other.click()
    page.wait_for_function(f"id => {APP}.store.get().chosen !== id", arg=shared)
    # what comes after a token is not read for it
    page.locator(".lesson-card input").nth(0).fill("the cat sat")
    page.locator(".lesson-card input").nth(1).fill("the cat ran")
    assert said("In both texts the same stands before it")[1] == "1.000"
    page.locator(".lesson-card input").nth(1).fill("🐈")
    assert said("share no token") == []


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_text_pane_keeps_its_height_while_someone_writes_with_the_model(open_url, url, size):
    page = open_url(url, hash="#method=pca&dims=2&color=none", size=size)
    if size[0] < 900:
        page.locator("[data-opens=text]").click()
    heights = set()
    for text in ("", "the cat", 40 * f"{TEXT}\n", ""):
        page.locator(".text-field").fill(text)
        page.wait_for_timeout(200)
        if text:
            next_tokens(page, text)
        heights.add(page.locator(".drawer").bounding_box()["height"])
        title = page.locator(".text-pane .panel-title")
        assert title.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert len(heights) == 1


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_in_korean_every_step_speaks_korean_and_fits(open_url, url, size):
    page = open_url(url, hash=LESSON + "0", language="ko-KR", size=size)
    page.locator(".lesson-pairs > div").first.wait_for()
    for name in page.locator(".lesson-steps button").all_inner_texts():
        said = step(page, name)
        rest = re.sub(r"tovec .*|--objective.*|PyTorch|nn\.Embedding|ID|[‘“][^’”]*[’”]", "", said)
        rest = re.sub(r"\b(the|cat|sat|on|mat|dog|of|and|English)\b|<0x..>", "", rest)
        assert not re.search(r"\b[a-z]{4,}\b", rest), (name, rest)
        inside = page.evaluate(
            "() => { const one = document.querySelector('.lesson-content');"
            " return one.scrollWidth <= one.clientWidth; }"
        )
        assert inside, name
    assert page.evaluate("() => document.body.scrollWidth") <= size[0]

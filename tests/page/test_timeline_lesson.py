"""The lesson that follows two words through a timeline: what it says is true of the open tables."""

import re

import numpy as np
import pytest

import tovec
from tovec.timeline import Timeline

APP = "document.getElementById('page').page.app"
N, DIM = 240, 40
WORDS = ["king", "queen", "river", "north", "south", "music"]


def tables(n_moments):
    """Noise that becomes groups of two; the first two words are the nearest to each other at the end."""
    generator = np.random.default_rng(5)
    start = generator.standard_normal((N, DIM))
    group = generator.standard_normal((N // 2, DIM))[np.arange(N) // 2]
    end = 2 * group + 0.8 * generator.standard_normal((N, DIM))
    end[1] = end[0] + 0.1
    steps = np.linspace(0, 1, n_moments) ** 0.5
    return [((1 - t) * start + t * end).astype(np.float32) for t in steps]


def vocabulary():
    tokens = WORDS + [f"{row}" for row in range(N - len(WORDS))]
    return tovec.Vocabulary(tokens, 1000 // np.arange(1, N + 1) + 1)


def timeline(*, unit="ids", losses=(None, 4.0, 2.5, 2.2, 2.1, 2.0), change=None):
    all_tables = tables(len(losses))
    if change is not None:
        change(all_tables)
    words = vocabulary()
    return Timeline.from_embeddings(
        [tovec.Embedding(words, each) for each in all_tables],
        names=[f"{1950 + 10 * at}" for at in range(len(losses))],
        losses=losses,
        progress=[1000.0 * at for at in range(len(losses))] if unit else None,
        unit=unit,
    )


@pytest.fixture(scope="module")
def film():
    return timeline()


def text(page):
    return page.locator(".lesson-card").inner_text()


def step(page, name):
    """Go to a step by its name in the row of steps, and return what the card says then."""
    page.locator(".lesson-steps").get_by_role("button", name=name, exact=True).click()
    page.app("app.map.settle()")
    return text(page)


def at_moment(page, moment):
    page.wait_for_function(f"moment => {APP}.session.get().shownMoment === moment", arg=moment)


def cosine(film, moment, a=0, b=1):
    one, other = film[moment][a].astype(float), film[moment][b].astype(float)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def written(value):
    return f"{value:.3f}".replace("-", "−")


def test_it_is_offered_beside_the_first_steps_and_continues_them(open_url, serve, film):
    page = open_url(serve(film), hash="#method=pca&dims=2&lesson=5")
    page.locator(".lesson-card").get_by_role("button", name="Next: From random to meaning").click()
    page.get_by_role("heading", name="Pick two words").wait_for()
    page.wait_for_function("() => location.hash.includes('lesson=meaning.0')")
    page.go_back()
    page.get_by_role("heading", name="The vector is a point").wait_for()
    page.keyboard.press("Escape")
    page.locator(".text-pane").get_by_role("button", name="From random to meaning").first.click()
    page.get_by_role("heading", name="Pick two words").wait_for()
    table = open_url(serve(film[-1]), hash="#method=pca&dims=2&lesson=5")
    assert table.get_by_role("button", name="From random to meaning").count() == 0
    assert table.get_by_role("button", name="Done").is_visible()
    assert "--timeline" in text(table)


def test_its_numbers_are_those_of_the_tables(open_url, serve, film):
    page = open_url(serve(film), hash="#method=pca&dims=2&lesson=meaning.0")
    page.locator(".lesson-suggested button").first.wait_for()
    assert page.tokens("[app.store.get().chosen, app.store.get().compared]") == ["king", "queen"]
    last = len(film) - 1
    start = step(page, "start")
    assert page.state("moment") == 0
    assert "random" in start
    assert f"have a similarity of {written(cosine(film, 0))}." in start
    assert [hit.token for hit in film[0].neighbors("king", 3)] == page.locator(
        ".lesson-columns > div:first-child li .cut"
    ).all_inner_texts()
    loss = step(page, "loss")
    # 3 is the middle between 4 and 2, the loss is 2.5 at the third moment: 2000 of 5000 ids
    assert "fell from 4.000 to 2.000" in loss
    assert "marks moment 3" in loss
    assert "2,000 ids, 40%" in loss
    assert page.locator(".timeline .curves-marked").is_visible()
    assert page.app("app.session.get().markedMoment") == 2
    step(page, "neighbors")
    for column, moment in (("first", 0), ("last", last)):
        found = page.locator(f".lesson-columns > div:{column}-child li .cut").all_inner_texts()
        assert found == [hit.token for hit in film[moment].neighbors("king", 5)]
    page.locator(".lesson-content").get_by_role("button", name="queen").click()
    found = page.locator(".lesson-columns > div:last-child li .cut").all_inner_texts()
    assert found == [hit.token for hit in film[last].neighbors("queen", 5)]
    assert page.locator(".lesson-content [data-focus]:focus").inner_text() == "queen"
    meeting = step(page, "meeting")
    values = [cosine(film, moment) for moment in range(len(film))]
    met = max(moment for moment, value in enumerate(values) if value <= values[-1] / 2) + 1
    assert f"It rose from {written(values[0])} to {written(values[-1])}. From moment {met + 1} on" in meeting
    page.get_by_role("button", name="Show this moment").click()
    assert page.state("moment") == page.app("app.session.get().markedMoment") >= met


def test_play_on_the_card_plays_the_timeline(open_url, serve, film):
    page = open_url(serve(film), hash="#method=pca&dims=2&speed=4&lesson=meaning.1")
    step(page, "play")
    at_moment(page, 0)
    assert written(cosine(film, 0)) in page.locator(".lesson-reading").inner_text()
    page.locator(".lesson-play").click()
    page.wait_for_function(f"() => !{APP}.store.get().playing && {APP}.store.get().moment > 0")
    last = len(film) - 1
    assert page.state("moment") == last
    at_moment(page, last)
    assert written(cosine(film, last)) in page.locator(".lesson-reading").inner_text()
    assert len(page.app("app.map.ways([0, 1])")) == 2 * 3 * len(film)


def test_other_words_are_typed_pressed_or_chosen_on_the_map_and_are_in_the_link(open_url, serve, film):
    url = serve(film)
    page = open_url(url, hash="#method=pca&dims=2&lesson=meaning.0")
    first = page.locator(".lesson-words").get_by_role("combobox", name="First word")
    first.fill("music")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {APP}.store.get().chosen === 5 && {APP}.store.get().compared === 1")
    first.fill("nonsense")
    first.press("Enter")
    page.locator(".lesson-words .warn").wait_for()
    assert page.state("chosen") == 5
    page.app("app.choose(2)")
    page.wait_for_function(f"() => {APP}.store.get().selected.join() === '1,2'")
    step(page, "start")
    assert "“river” and “queen”" in text(page)
    page.wait_for_function("() => /token=2.*lesson=meaning.1.*compared=1/.test(location.hash)")
    again = open_url(url, hash=page.app("location.hash"))
    again.wait_for_selector(".lesson-columns")
    assert "“river” and “queen”" in text(again)


def test_closing_it_brings_back_what_was_there(open_url, serve, film):
    page = open_url(serve(film), hash="#method=pca&dims=2&token=7&moment=4")
    page.locator(".text-pane").get_by_role("button", name="From random to meaning").first.click()
    page.locator(".lesson-suggested button").first.wait_for()
    step(page, "loss")
    step(page, "start")
    page.locator(".lesson-card h2").focus()
    page.keyboard.press("ArrowRight")
    assert "Press play" in text(page)
    page.keyboard.press("Escape")
    assert page.locator(".lesson-card").is_hidden()
    kept = {name: page.state(name) for name in ("chosen", "compared", "moment", "playing")}
    assert kept == {"chosen": 7, "compared": None, "moment": 4, "playing": False}
    assert page.app("app.session.get().markedMoment") is None


def all_steps(page):
    """Return what the card says on each of its steps."""
    names = page.locator(".lesson-steps button").all_inner_texts()
    return {name: step(page, name) for name in names}


def test_tables_of_years_were_never_random_and_have_no_loss(open_url, serve):
    def falling(each):
        each[0][:2] = each[-1][:2]
        each[-1][1] = -each[-1][0]
        each[0][5] = 0  # no direction in the first year

    years = timeline(unit="", losses=[None] * 4, change=falling)
    page = open_url(serve(years), hash="#method=pca&dims=2&lesson=meaning.0&token=0&compared=1")
    page.locator(".lesson-suggested button").first.wait_for()
    said = all_steps(page)
    assert list(said) == ["words", "start", "play", "neighbors", "meeting", "next"]
    assert "Moment 1 of 4 (1950)" in said["start"]
    assert not [name for name in said if re.search("random", said[name])]
    assert not [name for name in list(said)[:-1] if re.search("train", said[name])]
    assert "is −1.000 at the end: these two did not meet" in said["meeting"]
    assert page.get_by_role("button", name="Next: From").count() == 0
    page.app("app.store.set({compared: 5})")
    page.wait_for_function(f"() => {APP}.store.get().selected.join() === '0,5'")
    assert "no similarity yet" in step(page, "start")
    assert "no direction" in page.locator(".lesson-columns").inner_text()


def test_a_training_that_continues_another_did_not_start_at_random(open_url, serve):
    def knowing(each):
        each[0][:] = each[-1] + 0.01

    page = open_url(serve(timeline(change=knowing)), hash="#method=pca&dims=2&lesson=meaning.1")
    page.get_by_role("heading", name="Before the first step").wait_for()
    assert "Each row of the table is" not in text(page)


@pytest.mark.parametrize(("size", "language"), [((390, 844), "ko-KR"), ((1280, 800), "en-US")])
def test_the_card_covers_neither_the_slider_nor_the_two_words(open_url, serve, film, size, language):
    page = open_url(serve(film), hash="#method=pca&dims=2&lesson=meaning.2", size=size, language=language)
    page.wait_for_selector(".lesson-play")
    page.app("app.map.settle()")
    card = page.locator(".lesson-card").bounding_box()
    slider = page.locator(".timeline-slider").bounding_box()
    assert slider["y"] >= card["y"] + card["height"]
    for moment in (0, 2, len(film) - 1):
        page.app(f"app.store.set({{moment: {moment}}})")
        page.app("app.map.settle()")
        for word in ("king", "queen"):
            x, y = page.place(word)
            assert 0 < x < size[0], (word, moment)
            inside = (
                card["x"] <= x <= card["x"] + card["width"] and card["y"] <= y <= card["y"] + card["height"]
            )
            assert not inside, (word, moment)
            assert y < slider["y"]
    if language == "ko-KR":
        for name, said in all_steps(page).items():
            rest = re.sub(r"tovec train .*|PCA|UMAP|ID|king|queen|[^\n]*\(P\)", "", said)
            assert not re.search(r"\b[a-z]{3,}\b", re.sub("|".join(WORDS), "", rest)), (name, said)

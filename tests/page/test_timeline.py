"""The timeline in a real browser: moments play, points move, and everything says what it was like then."""

import numpy as np
import pytest

import tovec
from tovec.timeline import Moment, Timeline

APP = "document.getElementById('page').page.app"
M = 6
NAMED = "app.map.stats().labels.filter(({note}) => note).map(({text, note}) => [text, note])"


def film(n=200, dim=12, n_moments=M, findings=()):
    """Noise that becomes four groups; the first token has no place at the first moment."""
    generator = np.random.default_rng(3)
    start = generator.standard_normal((n, dim))
    end = 4 * np.eye(4, dim)[np.arange(n) % 4] + generator.standard_normal((n, dim))
    tables = [((1 - t) * start + t * end).astype(np.float32) for t in np.linspace(0, 1, n_moments)]
    tables[0][0] = np.nan
    tokens = [f"{'abcd'[row % 4]}{row}" for row in range(n)]
    vocabulary = tovec.Vocabulary(tokens, 1000 // np.arange(1, n + 1) + 1)
    moments = [
        Moment(f"{1000 * at:012}", 1000.0 * at, loss=4.0 - 0.5 * at, validation_loss=4.1 - 0.4 * at)
        for at in range(n_moments)
    ]
    embeddings = [tovec.Embedding(vocabulary, each) for each in tables]
    return Timeline(embeddings, moments, unit="ids", findings=findings)


@pytest.fixture(scope="module")
def timeline():
    return film(findings=["moment 000000009000 is damaged and left out"])


@pytest.fixture
def page(open_url, serve, timeline):
    return open_url(serve(timeline), hash="#method=pca&dims=2&labels=0")


def slider(page):
    return page.get_by_role("slider", name="Moment", exact=True)


def places(page):
    """Return where all points are drawn, by id."""
    return np.array(page.app("Array.from(app.map.coordinates(), (x) => Number.isFinite(x) ? x : -9)"))


def show(page, moment):
    page.app(f"app.store.set({{moment: {moment}}})")
    page.wait_for_function(f"moment => {APP}.session.get().shownMoment === moment", arg=int(moment + 0.5))
    page.app("app.map.settle()")


def test_the_slider_moves_the_points_and_not_the_camera(page, timeline):
    assert slider(page).get_attribute("aria-valuetext") == (
        "Moment 6 of 6, 5,000 ids, loss 1.500, validation loss 2.100"
    )
    end, camera = places(page), page.app("app.map.getCamera()")
    slider(page).press("Home")
    page.app("app.map.settle()")
    start = places(page)
    assert np.abs(start - end).max() > 0.2
    assert page.app("app.map.getCamera()") == camera
    slider(page).press("ArrowRight")
    assert page.state("moment") == 1
    assert slider(page).get_attribute("aria-valuetext").startswith("Moment 2 of 6, 1,000 ids")
    show(page, 0.5)
    between = places(page)
    show(page, 1)
    expected = (start + places(page)) / 2
    known = (start != -9) & (between != -9)
    np.testing.assert_allclose(between[known], expected[known], atol=1e-5)
    assert np.abs(places(page)).max() <= 1.001  # nothing runs out of view


def test_a_token_without_a_place_at_a_moment_is_not_drawn_then(page, timeline):
    total = "app.map.stats().total"
    for moment, n in [(0, timeline.n_tokens - 1), (1, timeline.n_tokens), (0, timeline.n_tokens - 1)]:
        show(page, moment)
        assert page.app(total) == n
        assert (page.app("app.map.place(0)") is None) == (moment == 0)


def test_the_inspector_shows_what_was_at_that_moment(page, timeline):
    page.app("app.choose(7)")
    for moment in (M - 1, 0, 2):
        show(page, moment)
        hits = timeline[moment].neighbors(timeline.tokens[7], 10)
        page.wait_for_function(
            f"first => {APP}.session.get().neighbors?.[0].id === first"
            f" && {APP}.session.get().lengths !== null",
            arg=hits[0].id,
        )
        assert page.tokens("app.session.get().neighbors.map(({id}) => id)") == [hit.token for hit in hits]
        length = np.linalg.norm(timeline[moment][7])
        facts = page.locator(".inspector .facts").first.inner_text()
        assert f"{length:.4g}" in facts
        largest = np.abs(timeline[moment][7]).max()
        page.wait_for_function(
            "text => document.querySelector('.heat').getAttribute('aria-label').includes(text)",
            arg=f"{largest:.4g}",
        )


def test_when_one_token_met_another_is_a_curve_with_values(page, timeline):
    page.app("app.choose(7)")
    nearest = timeline[-1].neighbors(timeline.tokens[7], 1)[0].id
    page.wait_for_function(f"() => {APP}.session.get().meeting")
    assert page.app("app.session.get().meeting.id") == nearest
    page.get_by_label("Token to compare with").first.fill(timeline.tokens[12])
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {APP}.session.get().meeting?.id === 12")
    units = [each[:] / np.linalg.norm(each[:], axis=1, keepdims=True) for each in timeline]
    expected = [float(each[7] @ each[12]) for each in units]
    found = page.app("Array.from(app.session.get().meeting.similarities)")
    np.testing.assert_allclose(found, expected, atol=1e-5)
    show(page, 3)
    assert f"{expected[3]:.3f}".replace("-", "−") in page.locator(".over-time-value").first.inner_text()
    page.wait_for_function("() => location.hash.includes('compared=12')")


def test_the_tokens_that_moved_most_are_those_of_the_picture(page, timeline):
    show(page, 2)
    points = "app.session.get().picture.points"
    every = np.array(page.app(f"Array.from({points}, (x) => Number.isFinite(x) ? x : -9)"))
    every = every.reshape(M, timeline.n_tokens, 2)
    for since, start in (("previous", 1), ("first", 0)):
        page.app(f"app.store.set({{since: '{since}'}})")
        way = np.linalg.norm(every[2] - every[start], axis=1)
        way[every[start, :, 0] == -9] = 0
        rows = page.locator(".over-time .ranked li").all_inner_texts()
        expected = [timeline.tokens[row] for row in np.argsort(-way)[:10]]
        assert [row.split("\n")[0] for row in rows] == expected
    page.locator(".over-time .ranked button").first.click()
    assert page.tokens("[app.store.get().chosen]") == [expected[0]]


def test_it_plays_to_the_end_and_from_the_start_again(page):
    page.locator(".timeline").get_by_role("radio", name="4×").click()
    page.app("app.store.subscribe(({moment}) => (window.first ??= moment))")
    page.locator(".map").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"() => window.first === 0 && !{APP}.store.get().playing")
    assert page.state("moment") == M - 1
    page.keyboard.press(",")
    assert page.state("moment") == M - 2
    page.keyboard.press(".")
    assert page.state("moment") == M - 1


def test_it_steps_instead_of_gliding_where_less_motion_is_preferred(page):
    seen = page.app(
        "await new Promise((resolve) => { const seen = new Set();"
        " const stop = app.store.subscribe(({moment, playing}) => { seen.add(moment);"
        " if (!playing) { stop(); resolve([...seen]); } });"
        " app.store.set({speed: 4, moment: 0, playing: true}); })"
    )
    assert seen == list(range(M))


def test_the_address_holds_the_moment_and_back_returns_to_the_one_before(open_url, serve, timeline):
    url = serve(timeline)
    address = "#method=pca&dims=2&moment=2&speed=2&loop=1&token=7&compared=12&trails=neighbors"
    page = open_url(url, hash=address)
    for name, value in {"moment": 2, "speed": 2, "loop": True, "compared": 12, "trails": "neighbors"}.items():
        assert page.state(name) == value
    slider(page).press("End")
    page.wait_for_function("() => !location.hash.includes('moment=')")
    page.go_back()
    page.wait_for_function(f"() => {APP}.store.get().moment === 2")


def test_findings_are_shown_and_one_moment_has_no_slider(open_url, serve, timeline):
    page = open_url(serve(timeline), hash="#method=pca&dims=2")
    assert "is damaged and left out" in page.locator(".over-time").inner_text()
    alone = open_url(serve(film(n_moments=1)), hash="#method=pca&dims=2")
    assert alone.locator(".timeline").count() == 0
    table = open_url(serve(timeline[-1]), hash="#method=pca&dims=2")
    assert table.locator(".timeline, .over-time").count() == 0


def test_an_exported_file_plays_too(open_url, tmp_path, timeline, chromium):
    from tovec.server.export import export

    export(timeline, tmp_path / "film.html", methods=["pca"], report=lambda event: None)
    page = open_url((tmp_path / "film.html").as_uri(), hash="#method=pca&dims=2")
    page.app("app.choose(7)")
    show(page, 1)
    hits = timeline[1].neighbors(timeline.tokens[7], 10)
    page.wait_for_function(
        f"first => {APP}.session.get().neighbors?.[0].id === first && {APP}.session.get().lengths !== null",
        arg=hits[0].id,
    )
    lengths = [np.linalg.norm(each[7]) for each in timeline]
    np.testing.assert_allclose(page.app("Array.from(app.session.get().lengths)"), lengths, rtol=1e-5)


def test_a_token_without_a_place_at_a_moment_is_said_in_words_and_not_as_an_error(page):
    show(page, 0)
    page.app("app.choose(0)")
    readout = page.locator(".coordinates .number")
    for moment in (0, 1, 0, 2, 0):
        show(page, moment)
        has_place = moment > 0
        expected = "(" if has_place else "not on the map at this moment"
        page.wait_for_function(
            "expected => document.querySelector('.coordinates .number').innerText.startsWith(expected)",
            arg=expected,
        )
        page.wait_for_function(f"n => {APP}.session.get().neighbors?.length === n", arg=10 * has_place)
    assert "NaN" not in readout.inner_text()
    assert "points nowhere" in page.locator(".neighbors").inner_text()
    assert page.locator(".notice").all_inner_texts() == []


def test_colors_that_are_of_the_last_moment_say_so(page):
    note = page.locator(".color-of-last")
    for color, n in (("norm", 1), ("cluster", 1), ("frequency", 0), ("script", 0)):
        page.app(f"app.store.set({{colorBy: '{color}'}})")
        page.wait_for_function(f"() => {APP}.session.get().legend !== null")
        page.locator(".legend li, .legend .number").first.wait_for()
        assert note.count() == n, color
    page.app("app.store.set({colorBy: 'norm', lang: 'ko'})")
    page.locator(".color-of-last", has_text="마지막 스냅샷의 표 기준").wait_for()


def test_a_moment_beyond_the_last_is_corrected_in_the_address(open_url, serve, timeline):
    page = open_url(serve(timeline), hash="#method=pca&dims=2&moment=99&token=7")
    assert page.state("moment") == M - 1
    page.wait_for_function("() => !location.hash.includes('moment') && location.hash.includes('token=7')")

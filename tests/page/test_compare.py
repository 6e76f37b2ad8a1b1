"""Two tables that are compared in a real browser: two maps or one, one selection, neighbors then and now."""

import numpy as np
import pytest

import tovec

APP = "document.getElementById('page').page.app"
N, DIM = 120, 8
SCRIPTS = ["w", "말"]
MOVED = ["w10", "말11", "w20"]  # the farthest first
FACTS = ".inspector .facts"


def tables():
    """Three tokens moved, the first farthest; each table has a token that the other lacks."""
    generator = np.random.default_rng(2)
    tokens = [f"{SCRIPTS[row % 2]}{row}" for row in range(N)]
    rows = generator.standard_normal((N, DIM)).astype(np.float32)
    after = rows.copy()
    for token, distance in zip(MOVED, (6, 5, 4), strict=True):
        after[tokens.index(token)] += distance * np.eye(DIM, dtype=np.float32)[0]
    counts = range(2 * N, N, -1)
    first = tovec.Embedding(tovec.Vocabulary([*tokens[:-1], "gone"], counts), rows)
    second = tovec.Embedding(tovec.Vocabulary([*tokens[:-1], "new"], counts), after)
    return first, second


@pytest.fixture(scope="module")
def compared():
    return tovec.compare(*tables(), names=("before", "after"))


@pytest.fixture
def open_page(open_url, serve, compared):
    return lambda hash="", **options: open_url(serve(compared), hash=f"#method=pca&dims=2{hash}", **options)


def choose(page, token):
    page.app(f"app.choose(app.tokens.id({token!r}), true)")
    page.wait_for_function(
        f"() => {APP}.session.get().neighbors !== null && {APP}.session.get().lengths !== null"
    )


def place(page, side, token):
    """Return where a token is in the window, on the map of one of the tables; None: it has no place there."""
    map_ = f"app.pair.maps[{side}]"
    at = f"{map_}.place(app.tokens.id({token!r}))"
    return page.app(
        f"(({{x, y}}, at) => at && [x + at.x, y + at.y])({map_}.element.getBoundingClientRect(), {at})"
    )


def test_two_maps_show_each_its_table_and_share_what_is_pointed_at_and_chosen(open_page):
    page = open_page()
    assert page.locator(".pane-title").all_inner_texts() == ["before", "after"]
    lefts = [place(page, side, "w10")[0] for side in (0, 1)]
    middle = page.locator(".map-pane").nth(1).bounding_box()["x"]
    assert lefts[0] < middle < lefts[1]
    assert place(page, 0, "new") is None
    assert place(page, 1, "gone") is None
    assert [page.app(f"app.pair.maps[{side}].stats().total") for side in (0, 1)] == [N, N]
    page.mouse.move(*place(page, 0, "w10"))
    page.wait_for_function(f"() => {APP}.store.get().hovered === {APP}.tokens.id('w10')")
    page.app("app.map.settle()")
    for side in (0, 1):
        assert "w10" in page.app(f"app.pair.maps[{side}].stats().labels.map(({{text}}) => text)")
    page.mouse.click(*place(page, 0, "w10"))
    assert page.app("app.tokens.token(app.store.get().chosen)") == "w10"


def test_cameras_follow_each_other_only_while_they_are_linked(open_page):
    page = open_page()
    cameras = "app.pair.maps.map((map) => map.getCamera().distance)"
    page.mouse.move(*place(page, 0, "w10"))
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"() => {APP}.store.get().camera !== null")
    first, second = page.app(cameras)
    assert first == second < 3
    page.get_by_label("Linked cameras").uncheck()
    page.mouse.move(*place(page, 0, "w10"))
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"() => {APP}.store.get().firstCamera.distance < {first}")
    after = page.app(cameras)
    assert after[0] < first
    assert after[1] == second
    page.wait_for_function("() => location.hash.includes('linked=0')")
    page.wait_for_function("() => location.hash.includes('firstCamera=')")
    page.reload()
    page.begun()
    np.testing.assert_allclose(page.app(cameras), after, atol=1e-3)


def test_the_address_keeps_what_maps_show_whose_cameras_are_linked_again_or_apart(open_page):
    page = open_page("&linked=0")
    cameras = "app.pair.maps.map((map) => map.getCamera().distance)"
    for is_linked in (True, False):
        before = page.app(cameras)[0]
        page.mouse.move(*place(page, 0, "w10"))
        page.mouse.wheel(0, -200)
        field = "firstCamera" if is_linked else "camera"
        page.wait_for_function(f"() => {APP}.store.get().{field}?.distance < {before}")
        page.get_by_label("Linked cameras").set_checked(is_linked)
        page.wait_for_function(
            f"() => new Set({APP}.pair.maps.map((map) => map.getCamera().distance)).size === 1"
        )
        expected = page.app(cameras)
        page.wait_for_function("() => location.hash.includes('amera=')")
        page.wait_for_timeout(500)  # until the address is written
        page.reload()
        page.begun()
        np.testing.assert_allclose(page.app(cameras), expected, atol=1e-3)


def test_the_inspector_lists_neighbors_then_and_now_and_marks_what_left_and_joined(open_page, compared):
    page = open_page()
    choose(page, "w10")
    lists = page.locator(".compared-side")
    found = []
    for side, table in enumerate((compared.a, compared.b)):
        rows = lists.nth(side).locator("button")
        expected = [hit.token for hit in table.neighbors("w10", 10)]
        found.append(expected)
        assert rows.locator(".grow").all_inner_texts() == expected
    left = [row for row in found[0] if row not in found[1]]
    joined = [row for row in found[1] if row not in found[0]]
    assert left
    marked = page.locator(".compared-sides [data-change=left] .grow").all_inner_texts()
    assert marked == left
    assert page.locator(".compared-sides [data-change=joined] .grow").all_inner_texts() == joined
    assert page.get_by_text(f"{10 - len(left)} of 10 neighbors stayed.").is_visible()
    moved = next(each for each in compared.results if each.token == "w10")
    facts = page.locator(".inspector").inner_text()
    assert f"{moved.movement:.4f}" in facts
    assert f"{moved.cosine:.4f}" in facts


def test_a_token_of_one_table_alone_says_so_and_shows_that_side(open_page):
    page = open_page()
    choose(page, "gone")
    assert page.get_by_text("This token is only in before.").is_visible()
    assert page.locator(".compared-side").nth(0).locator("button").count() == 10
    assert page.locator(".compared-side").nth(1).inner_text().endswith("The token is not in this table.")
    assert page.locator(".compared-sides [data-change=left]").count() == 0
    page.wait_for_function("() => document.querySelector('.heat').getAttribute('aria-label')")


def test_a_token_without_a_direction_in_one_table_has_lost_no_neighbors(open_url, serve):
    first, second = tables()
    rows = second.vectors.copy()
    rows[10], rows[12] = np.nan, 0
    page = open_url(
        serve(tovec.compare(first, tovec.Embedding(second.vocabulary, rows))), hash="#method=pca&dims=2"
    )
    for token in ("w10", "w12"):
        choose(page, token)
        sides = page.locator(".compared-side")
        assert sides.nth(0).locator("button").count() == 10
        sides.nth(1).get_by_text("This vector points nowhere, so no other is near to it.").wait_for()
        assert page.locator(".compared-sides [data-change=left]").count() == 0
        assert page.get_by_text("neighbors stayed").is_hidden()


def test_what_moved_most_is_listed_by_script_and_a_click_chooses_it(open_page):
    page = open_page()
    rows = page.locator(".panel.moved .token-row .grow")
    rows.first.wait_for()
    assert rows.all_inner_texts() == MOVED
    page.locator(".panel.moved").get_by_label("Script").select_option("hangul")
    page.wait_for_function(f"() => {APP}.session.get().moved.length === 1")
    assert rows.all_inner_texts() == ["말11"]
    rows.first.click()
    assert page.app("app.tokens.token(app.store.get().chosen)") == "말11"
    page.wait_for_function("() => location.hash.includes('movedScript=hangul')")


def test_one_map_has_lines_from_old_places_to_new_and_shows_either_table(open_page):
    page = open_page("&maps=one")
    assert page.app("app.pair.maps.length") == 1
    assert page.locator(".map-pane").nth(0).is_hidden()
    new = place(page, 0, "w10")
    page.get_by_role("radio", name="before").click()
    page.app("app.map.settle()")
    old = place(page, 0, "w10")
    assert np.hypot(new[0] - old[0], new[1] - old[1]) > 20
    # Without the lines the layer above the points has less on it.
    ink = (
        "((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".reduce((sum, value, at) => sum + (at % 4 === 3 && value > 0), 0))"
        "(app.map.viewport.querySelectorAll('canvas')[2])"
    )
    with_lines = page.app(ink)
    page.locator(".comparison-bar select").select_option("none")
    page.app("app.store.set({labels: false}), app.map.settle()")
    assert page.app(ink) < with_lines
    page.keyboard.press("c")
    page.app("app.map.settle()")
    assert page.state("mapLayout") == "beside"
    assert page.app("app.pair.maps.length") == 2
    assert page.state("moment") == 1


def test_on_a_phone_the_maps_stand_one_above_the_other(open_page):
    page = open_page(size=(390, 844))
    first, second = (page.locator(".map-pane").nth(side).bounding_box() for side in (0, 1))
    assert second["y"] >= first["y"] + first["height"]
    assert second["width"] == first["width"] == 390


def test_it_says_what_was_compared_in_both_languages_and_plays_nothing(open_page, compared):
    page = open_page(language="ko-KR")
    panel = page.locator(".panel.comparison").inner_text()
    assert "양쪽 모두" in panel
    assert "이름" in panel
    n = len(compared)
    assert page.locator(".comparison-line").inner_text().startswith(f"토큰 {N - 1}개 중 {n}개가")
    assert page.locator(".timeline").count() == 0
    page.keyboard.press("p")
    assert page.state("playing") is False
    legend = page.locator(".legend").inner_text()
    assert "≥" in legend or "0" in legend


def test_a_saved_picture_has_both_maps(open_page):
    page = open_page()
    sizes = page.evaluate(
        f"""async () => {{
            const {{ map, pair }} = {APP};
            const blobs = [await pair.maps[1].png(1), await map.png(1)];
            const pictures = await Promise.all(blobs.map((blob) => createImageBitmap(blob)));
            return pictures.map(({{ width, height }}) => [width, height]);
        }}"""
    )
    (one_width, one_height), (width, height) = sizes
    assert width > 1.9 * one_width
    assert height > one_height


def test_the_exported_file_compares_offline(open_url, compared, tmp_path):
    path = tovec.export(compared, tmp_path / "page.html", methods=["pca"])
    page = open_url(path.as_uri(), hash="#dims=2")
    choose(page, "w10")
    for side, table in enumerate((compared.a, compared.b)):
        rows = page.locator(".compared-side").nth(side).locator("button .grow")
        assert rows.all_inner_texts() == [hit.token for hit in table.neighbors("w10", 10)]
    assert page.locator(".panel.moved .token-row .grow").all_inner_texts() == MOVED

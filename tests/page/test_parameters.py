"""Numbers of projections, a selection projected alone, saved pictures, and selecting by keyboard."""

import itertools
import json
import re

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.projection import Settings, project

STATE = "document.getElementById('page').page.app.store.get()"


def drawn(page, dims=2):
    return np.array(page.app("Array.from(app.map.coordinates())")).reshape(-1, 3)[:, :dims]


def same_shape(points, expected):
    """Whether two pictures differ only in place and size."""
    around = [each - each.mean(axis=0) for each in (points, expected)]
    a, b = (each / np.linalg.norm(each) for each in around)
    return np.allclose(a, b, atol=1e-4)


def test_other_components_are_drawn_and_stay_in_the_address(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&dims=2")
    page.get_by_role("button", name="Next components").click()
    page.settled()
    expected = project(words.vectors, 2, "pca", settings=Settings(components=(3, 4)))
    assert same_shape(drawn(page), expected.points)
    assert page.app("app.session.get().axisNames") == list(expected.axis_names)
    page.get_by_label("Component on the x axis").fill("6")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('components=6_4')")
    page.page.reload()
    page.wait_for_function(f"() => document.getElementById('page').page && {STATE}.progress.stage === 'done'")
    expected = project(words.vectors, 2, "pca", settings=Settings(components=(6, 4)))
    assert same_shape(drawn(page), expected.points)


def test_umap_with_other_numbers_and_what_is_out_of_range(open_url, serve, words):
    page = open_url(serve(words), hash="#method=umap&dims=2&min_dist=0.8")
    field = page.get_by_label("Neighbors", exact=True)
    assert field.input_value() == "15"
    assert page.get_by_text("default 15").is_visible()
    field.fill("1")
    page.keyboard.press("Enter")
    assert page.get_by_text("Enter a number from 2 to 200.").is_visible()
    assert field.get_attribute("aria-invalid") == "true"
    assert page.state("settings") == {"min_dist": 0.8}
    field.fill("5")
    page.keyboard.press("Enter")
    page.settled()
    expected = project(words.vectors, 2, "umap", settings=Settings(neighbors=5, min_dist=0.8))
    assert same_shape(drawn(page), expected.points)
    page.wait_for_function("() => location.hash.includes('neighbors=5')")


def test_a_selection_is_projected_alone_until_undone(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&dims=2")
    ids = list(range(2, 12))
    page.app(f"app.store.set({{selected: Uint32Array.from({ids})}})")
    page.get_by_role("button", name="Project alone").click()
    page.settled()
    points = drawn(page)
    assert np.isfinite(points).all(axis=1).nonzero()[0].tolist() == ids
    assert same_shape(points[ids], project(words[:][ids], 2, "pca").points)
    assert page.app("app.map.stats().total") == len(ids)
    labels = {label["id"] for label in page.app("app.map.stats().labels")}
    assert labels
    assert labels <= set(ids)
    page.wait_for_function("() => location.hash.includes('rows=')")
    hash = page.evaluate("location.hash")
    again = open_url(serve(words), hash=hash)
    assert np.isfinite(drawn(again)).all(axis=1).nonzero()[0].tolist() == ids

    # A token that is not in the picture can be chosen; the camera does not follow it to nowhere.
    page.app("app.choose(30, true)")
    assert page.state("chosen") == 30
    assert all(np.isfinite(page.app("app.map.getCamera().target")))
    page.get_by_role("button", name="Project all again").click()
    page.settled()
    assert np.isfinite(drawn(page)).all()
    assert page.app("app.map.stats().total") == len(words)


def test_a_saved_picture_has_title_and_legend_or_is_transparent(open_url, serve, words):
    image = needs("PIL.Image")
    page = open_url(serve(words), hash="#method=pca&dims=2&color=frequency", device_scale_factor=1.5)
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().legend")

    def saved():
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Save as PNG").click()
        with page.page.expect_download() as download:
            page.get_by_role("button", name="Save PNG").click()
        return image.open(download.value.path()).convert("RGBA")

    size = page.app("[app.map.element.clientWidth, app.map.element.clientHeight]")
    whole = saved()
    assert whole.width > 1.5 * size[0]
    assert whole.height > 1.5 * size[1]
    pixels = np.asarray(whole)
    assert (pixels[..., 3] == 255).all()
    assert len(np.unique(pixels[:, round(1.5 * size[0]) :, :3].reshape(-1, 3), axis=0)) > 50  # the scale
    page.get_by_role("button", name="Save as PNG").click()
    page.get_by_label("With title and legend").uncheck()
    page.get_by_label("Transparent background").check()
    plain = saved()
    assert (
        np.abs(np.subtract(plain.size, np.multiply(1.5, size))).max() <= 1
    )  # sides need not be whole pixels
    alpha = np.asarray(plain)[..., 3]
    assert (alpha == 0).mean() > 0.5
    assert (alpha > 200).any()
    background = [int(part) for part in re.findall(r"\d+", page.app("app.map.element.style.background"))][:3]
    is_background = np.abs(np.asarray(plain)[..., :3].astype(int) - background).max(axis=-1) < 3
    is_halo = is_background & (alpha > 100)
    for label in page.app("app.map.stats().labels"):
        x, y, width, height = (round(1.5 * label[name]) for name in ("x", "y", "width", "height"))
        assert is_halo[y : y + height, x : x + width].mean() < 0.05, f"the halo of {label['text']} is a hole"


def test_the_legend_of_counts_has_powers_of_ten(open_url, serve):
    tokens = [f"w{row}" for row in range(30)]
    counts = np.geomspace(12_345, 1, 30).round().astype(int)
    table = tovec.Embedding(tovec.Vocabulary(tokens, counts), np.random.default_rng(0).random((30, 4)))
    page = open_url(serve(table), hash="#method=pca&dims=2&color=frequency")
    marks = page.locator(".legend-mark")
    assert marks.all_inner_texts() == ["1", "10", "100", "1K", "12K"]
    bar = page.locator(".legend-scale").bounding_box()
    boxes = [mark.bounding_box() for mark in marks.all()]
    assert all(a["x"] + a["width"] < b["x"] for a, b in itertools.pairwise(boxes))
    assert boxes[0]["x"] == pytest.approx(bar["x"], abs=1)
    assert boxes[-1]["x"] + boxes[-1]["width"] == pytest.approx(bar["x"] + bar["width"], abs=1)


def test_tokens_are_chosen_and_selected_by_keyboard_alone(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&dims=2&color=none")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the map"
    before = page.evaluate("location.hash")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('map')")
    assert page.evaluate("location.hash") == before
    page.keyboard.press("ArrowRight")
    first = page.state("cursor")
    assert first == page.app("app.importance[0]")
    assert page.state("chosen") is None
    page.keyboard.press("Enter")
    assert page.state("chosen") == first
    page.wait_for_function("() => document.getElementById('page').page.app.session.get().neighbors")
    for key in ("Shift+ArrowRight", "Shift+ArrowLeft", "Shift+ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    selected = page.app("Array.from(app.store.get().selected)")
    assert len(selected) >= 3
    assert first in selected
    at = page.state("cursor")
    page.keyboard.press("Shift+Enter")
    assert page.app("Array.from(app.store.get().selected)") == [id for id in selected if id != at]
    camera = page.app("app.map.getCamera()")
    page.keyboard.press("d")
    assert json.dumps(page.app("app.map.getCamera()")) != json.dumps(camera)


def test_an_exported_file_offers_no_numbers(open_url, words, tmp_path):
    path = tovec.export(words, tmp_path / "page.html", methods=["pca"])
    page = open_url(path.as_uri(), offline=True, hash="#components=4_5_6")
    assert page.state("components") == []
    assert page.get_by_label("Component on the x axis").count() == 0 or not (
        page.get_by_label("Component on the x axis").is_visible()
    )
    page.app("app.store.set({selected: Uint32Array.of(1, 2)})")
    assert not page.get_by_role("button", name="Project alone").is_visible()


def test_a_link_names_the_most_useful_tokens_by_their_number(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&rows=top:7")
    assert page.app("Array.from(app.store.get().rows)") == sorted(page.app("Array.from(app.importance)")[:7])
    page.app("app.store.set({colorBy: 'norm'})")
    page.wait_for_function("() => location.hash.includes('color=norm')")
    assert "rows=top%3A7" in page.evaluate("location.hash")
    page.get_by_role("button", name="Project all again").click()
    assert page.state("rows.length") == 0


def test_custom_axes_without_words_are_drawn_as_another_projection_until_they_have_some(
    open_url, serve, words
):
    page = open_url(serve(words), hash="#method=axes&dims=2")
    assert page.app("app.map.stats().labels.length") > 10
    assert page.app("app.session.get().projected") == "umap"
    said = page.locator(".panel.projection").inner_text()
    assert "Enter at least one token at each end" in said and "Until then, the map shows UMAP." in said
    ends = "{ from: 'cat', to: 'red' }, { from: 'one', to: 'red' }, { from: '', to: '' }"
    page.app(f"app.store.set({{ axes: [{ends}] }})")
    page.settled()
    assert page.app("app.session.get().projected") == "axes"
    assert "Until then" not in page.locator(".panel.projection").inner_text()

"""The page on tables, metadata, texts and links that nobody made for it."""

import numpy as np
import pytest

import tovec

LONG_NAME = "a column whose name goes on and on and on, as names of exported columns do"


@pytest.fixture(scope="module")
def of_a_file():
    """Ten trained vectors from a file: nothing is counted, and the tokenizer is unknown."""
    tokens = ["cat", "dog", "mat", "sat", "x" * 10_000, "<b>b</b>", "a\nb", "كتاب", "ไทย", "🐈"]
    vectors = np.random.default_rng(0).standard_normal((len(tokens), 6)).astype(np.float32)
    vectors[0] /= 100
    return tovec.Embedding(tovec.Vocabulary(tokens), vectors)


def test_values_have_room_beside_the_longest_name_of_a_column(open_url, serve, words):
    metadata = {"token": list(words), LONG_NAME: ["2024-01-02"] * len(words)}
    page = open_url(serve(words, metadata=metadata), hash="#method=pca&token=2&color=none")
    value = page.locator(".inspector .facts dd", has_text="2024-01-02")
    value.wait_for()
    name = page.locator(".inspector .facts dt", has_text=LONG_NAME)
    assert value.bounding_box()["height"] < 30
    assert name.bounding_box()["width"] < 1.5 * value.bounding_box()["width"]


def test_what_is_said_of_a_very_long_text_covers_none_of_it(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&color=none")
    page.app(f"app.store.set({{text: {('cat dog and ' * 60_000)!r}}})")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.text-right .message')].every((p) => !p.hidden)"
    )
    parts = [".text-right > .message", ".text-spans", ".text-ids", ".text-result > .message"]
    boxes = [page.locator(part).bounding_box() for part in parts]
    bottoms = [box["y"] + box["height"] for box in boxes]
    assert all(box["y"] >= bottom for box, bottom in zip(boxes[1:], bottoms, strict=False))


def test_a_link_to_a_step_that_the_lesson_does_not_have_opens_the_page(open_url, serve, of_a_file):
    page = open_url(serve(of_a_file), hash="#method=pca&lesson=6")
    assert page.state("lesson") is None


def test_the_lesson_does_not_call_the_vectors_of_a_file_random(open_url, serve, of_a_file):
    page = open_url(serve(of_a_file), hash="#method=pca&lesson=5")
    page.locator(".lesson-code").wait_for()
    assert "random" not in page.locator(".lesson").inner_text()
    made = open_url(
        serve(tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=6)), hash="#method=pca&lesson=5"
    )
    made.locator(".lesson-code").wait_for()
    assert "random" in made.locator(".lesson").inner_text()


def test_the_shortest_vector_is_called_that(open_url, serve, of_a_file):
    page = open_url(serve(of_a_file), hash="#method=pca&token=0")
    page.locator(".inspector").get_by_text("shorter than all others").wait_for()

"""Metadata in the page: values, search, labels, and all categories in the legend."""

import pytest

KINDS = ["animal"] * 14 + ["color"] * 13 + ["number"] * 12 + [None]


@pytest.fixture
def described(words):
    tokens = list(words)
    return {"token": tokens, "kind": KINDS, "length": [*map(len, tokens[:-1]), None], "own": tokens}


APP = "document.getElementById('page').page.app"


def when(page, condition):
    """Wait until a JavaScript expression about `app` is true."""
    page.wait_for_function(f"() => {{ const app = {APP}; return {condition}; }}", timeout=20_000)


def test_the_inspector_has_the_values_of_the_chosen_token(open_url, serve, words, described):
    page = open_url(serve(words, metadata=described), hash="#method=pca&token=2")
    facts = page.locator(".inspector .facts").nth(1)
    facts.get_by_text("animal").wait_for()
    assert facts.inner_text().split() == ["kind", "animal", "length", "5", "own", "horse"]
    page.app("app.choose(39)")
    facts.get_by_text("no value").first.wait_for()
    assert facts.get_by_text("no value").count() == 2


def test_a_column_can_be_searched(open_url, serve, words, described):
    page = open_url(serve(words, metadata=described), hash="#method=pca&color=none")
    page.get_by_label("Search in").select_option("kind")
    page.locator(".search-input").fill("col")
    when(page, "app.store.get().found?.length === 13")
    page.get_by_label("Search in").select_option("length")
    page.locator(".search-input").fill(">=5")
    when(page, f"app.store.get().found?.length === {sum(len(t) >= 5 for t in list(words)[:-1])}")
    page.wait_for_timeout(400)
    again = open_url(serve(words, metadata=described), hash="#" + page.url.partition("#")[2])
    when(again, "app.store.get().found?.length > 0")
    assert again.state("searchIn") == 1


def test_labels_say_the_values_of_a_column(open_url, serve, words, described):
    page = open_url(serve(words, metadata=described), hash="#method=pca&color=none")
    page.get_by_role("combobox", name="Labels").select_option("kind")
    when(
        page,
        "app.map.stats().labels.length > 0 && app.map.stats().labels.every(({text}) => "
        "['animal', 'color', 'number', '–'].includes(text))",
    )
    page.get_by_role("combobox", name="Labels").select_option("")
    when(page, "app.map.stats().labels.some(({text}) => text === 'cat')")


def test_every_category_can_be_reached_in_the_legend(open_url, serve, words, described):
    page = open_url(serve(words, metadata=described), hash="#method=pca&color=column:2")
    legend = page.locator(".legend")
    legend.get_by_text("The 29 others").click()
    legend.get_by_placeholder("Find a category").fill("열")
    legend.get_by_text("No category contains this.").wait_for()
    legend.get_by_placeholder("Find a category").fill("파")
    legend.get_by_role("button", name="파랑").click()
    assert page.tokens("app.store.get().selected") == ["파랑"]


def test_missing_numbers_are_counted_in_the_legend(open_url, serve, words, described):
    page = open_url(serve(words, metadata=described), hash="#method=pca&color=column:1")
    page.locator(".legend").get_by_role("button", name="no value: select 1 token").click()
    assert page.app("Array.from(app.store.get().selected)") == [39]

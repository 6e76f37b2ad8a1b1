"""Taking things out of the page and coming back to it: exports, links, Back, a server that is gone."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from foreign_tokenizers import FOREIGN

import tovec
from tovec.server.export import export
from tovec.server.open_page import Page
from tovec.server.page_data import page_data
from tovec.text.tokenizers.subwords import SubwordTokenizer

TEXTS = ["The cat sat on the mat, and the dog did not.", "고양이가 매트 위에 앉았다."] * 30


APP = "document.getElementById('page').page.app"


def when(page, condition):
    """Wait until a JavaScript expression about `app` is true."""
    page.wait_for_function(f"() => {{ const app = {APP}; return {condition}; }}", timeout=20_000)


def test_a_selection_with_vectors_is_one_request_and_exact(open_url, serve):
    table = np.random.default_rng(0).standard_normal((1504, 64)).astype(np.float32)
    embedding = tovec.Embedding([f"w{row}" for row in range(1504)], table)
    page = open_url(serve(embedding), hash="#method=pca&color=none")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/vector" in request.url else None)
    page.app("app.store.set({selected: Uint32Array.from({length: 1504}, (_, at) => at)})")
    page.get_by_label("With vectors").check()
    with page.expect_download() as downloading:
        page.locator(".selection").get_by_role("button", name="Save").click()
    text = io.StringIO(downloading.value.path().read_text(encoding="utf-8"))
    rows = np.loadtxt(text, delimiter="\t", skiprows=1, usecols=range(5, 69), dtype=np.float32)
    np.testing.assert_array_equal(rows, table)
    assert len(asked) == 1


def test_back_leads_to_the_state_before(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&color=none")
    for change in ("{chosen: 1}", "{chosen: 2, theme: 'dark'}", "{dims: 2}"):
        page.app(f"app.store.set({change})")
        page.settled()
        page.wait_for_timeout(350)
    page.mouse.move(640, 300)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(700)
    page.go_back()
    when(page, "app.store.get().dims === 3")
    assert (page.state("chosen"), page.state("method")) == (2, "pca")
    page.go_back()
    when(page, "app.store.get().chosen === 1")
    assert page.state("theme") == "dark"
    page.go_back()
    when(page, "app.store.get().chosen === null")
    page.go_forward()
    when(page, "app.store.get().chosen === 1")


def test_a_long_text_stays_out_of_the_address_and_survives_a_reload(open_url, serve, words):
    page = open_url(serve(words), hash="#method=pca&color=none")
    page.app("app.store.set({text: 'one red 고양이 '.repeat(8000), search: 'ow'})")
    page.wait_for_timeout(500)
    assert len(page.url) < 200
    assert "too long for the address" in page.locator(".notices").inner_text()
    page.reload()
    page.wait_for_function("() => document.getElementById('page').page")
    assert page.app("app.store.get().text.length") == 12 * 8000
    assert page.state("search") == "ow"
    page.settled()
    when(page, "app.store.get().path.length > 0")


LOST = {"en-US": "does not answer", "ko-KR": "응답하지 않아요"}


@pytest.mark.parametrize("language", LOST)
def test_the_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back(open_url, serve, words, language):
    page = open_url(serve(words), language=language, hash="#method=pca&color=none")
    page.route("**/api/**", lambda route: route.abort())
    page.app("app.choose(3)")
    line = page.locator(".connection")
    line.wait_for(timeout=15_000)
    assert LOST[language] in line.inner_text()
    assert page.state("chosen") == 3
    page.unroute("**/api/**")
    when(page, "app.session.get().neighbors?.length === 10")
    line.wait_for(state="hidden")
    page.errors.clear()  # of the requests that failed


def test_after_a_restart_the_page_says_what_to_do_and_a_reload_brings_it_back(open_url, words):
    with Page(page_data(words), port=0) as first:
        port = first.port
        page = open_url(first.url, hash="#method=pca&color=none&token=3")
    with Page(page_data(words), port=port) as second:
        line = page.locator(".connection")
        page.locator(".connection:has-text('started again')").wait_for(timeout=20_000)
        assert "Open the address that it printed" in line.inner_text()
        refused = page.context.new_page()
        answer = refused.goto(f"http://127.0.0.1:{port}/#token=3", wait_until="load")
        assert answer.status == 403
        assert "needs a new key" in refused.locator("h1").inner_text()
        assert "새 키가 필요해요" in refused.locator("h2").inner_text()
        refused.goto(second.url + "#token=5")
        refused.wait_for_function("() => document.getElementById('page').page")
        assert refused.url.endswith(f":{port}/#token=5")
        refused.close()
        line.get_by_role("button", name="Reload").click()
        page.wait_for_function("() => document.getElementById('page')?.page?.app.store.get().chosen === 3")
        page.settled()
        page.errors.clear()  # of the requests that were refused


@pytest.mark.parametrize("name", ["WordPiece", "byte-level", "pieces, own"])
def test_subword_tokenizers_work_inside_an_exported_file(open_url, tmp_path, name):
    closed = SubwordTokenizer(name, FOREIGN[name](TEXTS))
    embedding = tovec.Embedding.random(closed.vocabulary, 4, tokenizer=closed)
    page = open_url(export(embedding, tmp_path / "page.html", methods=["pca"]).as_uri(), offline=True)
    text = "The cat sat on the mat. 고양이가 매트"
    page.app(f"app.store.set({{text: {json.dumps(text)}}})")
    ids = embedding.encode(text).tolist()
    when(page, f"app.store.get().path.length === {len(ids)}")
    assert page.app("Array.from(app.store.get().path)") == ids


def test_the_first_axes_in_an_exported_file_are_those_of_its_vectors(open_url, words, tmp_path):
    page = open_url(export(words, tmp_path / "page.html", methods=["pca"]).as_uri(), offline=True)
    page.app("app.store.set({method: 'none', dims: 2})")
    page.settled()
    drawn = np.array(page.app("Array.from(app.map.coordinates())")).reshape(-1, 3)[:, :2]
    expected = words[:][:, :2]
    scale = np.ptp(drawn[:, 0]) / np.ptp(expected[:, 0])
    np.testing.assert_allclose(np.diff(drawn, axis=0), np.diff(expected, axis=0) * scale, atol=1e-4)


def test_the_command_prints_the_size_of_the_file(tmp_path):
    tovec.Embedding.random(["cat", "dog", "mat", "sat"], 3).save(tmp_path / "four")
    out = tmp_path / "page.html"
    run = [sys.executable, "-m", "tovec", "export", str(tmp_path / "four"), "-o", str(out)]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert f"{out.stat().st_size / 1e6:.1f} MB" in said

"""The page in a cell of a real JupyterLab, offline: Python and the page see what the other does.

One notebook is open for all tests here, since starting JupyterLab takes longer than they do.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import pytest
from needs import needs, needs_that

import tovec
from tovec.server.page_files import WIDGET

pytestmark = pytest.mark.slow

ROOT = Path(tovec.__file__).parents[1]
MAKE = """import numpy as np, tovec
words = "cat dog horse cow red green blue white one two three four 고양이 개 빨강 하나".split()
centers = np.repeat(3 * np.eye(4, 8), 4, axis=0)
embedding = tovec.Embedding(words, centers + 0.4 * np.random.default_rng(0).standard_normal((16, 8)))
embedding"""
CELLS = [MAKE, "shown = tovec.widget(embedding, height=420)\nshown", "", ""]
FRAME = "document.querySelector('.tovec-widget')"
APP = f"{FRAME}.contentWindow.page.app"
CORNERS = (FRAME, "app.map.element")  # of what a place on the map is relative to
START_S = 120  # of the server and of the page of JupyterLab, beside other tests


def notebook(cells):
    made = [
        {
            "cell_type": "code",
            "id": f"cell{n}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text,
        }
        for n, text in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


class Lab:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page, path):
        self.page, self.path = page, path

    def execute(self, command, **arguments):
        self.page.evaluate("([name, more]) => jupyterapp.commands.execute(name, more)", [command, arguments])

    def python(self, code):
        """Run code in the kernel, beside the cells, and return what it prints."""
        return self.page.evaluate(
            """async (code) => {
              const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
              const running = kernel.requestExecute({ code, store_history: false });
              let text = "";
              running.onIOPub = ({ header, content }) => {
                if (header.msg_type === "stream") text += content.text;
                if (header.msg_type === "error") text += `${content.ename}: ${content.evalue}`;
              };
              await running.done;
              return text.trim();
            }""",
            code,
        )

    def run(self, cell, source):
        """Write a cell, run it, and wait for its end."""
        self.page.evaluate(
            """async ([cell, source]) => {
              const { content } = jupyterapp.shell.currentWidget;
              content.activeCellIndex = cell;
              content.activeCell.model.sharedModel.setSource(source);
              await jupyterapp.commands.execute("notebook:run-cell");
            }""",
            [cell, source],
        )

    def app(self, expression):
        return self.page.evaluate(f"() => {{ const app = {APP}; return {expression}; }}")

    def wait(self, condition):
        self.page.wait_for_function(f"() => {{ const app = {APP}; return {condition}; }}", timeout=60_000)

    def until(self, code, expected):
        """Wait until Python prints this: what the page does arrives a moment later."""
        for _ in range(100):
            if (printed := self.python(code)) == expected:
                return
            time.sleep(0.1)
        raise AssertionError(f"{code} printed {printed!r}, not {expected!r}")


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    for module in ("jupyterlab", "anywidget"):
        needs(module)
    needs_that(
        (WIDGET / "widget.js").is_file(), "the page is not built; install the package again to build it"
    )
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    (folder / "words.ipynb").write_text(notebook(CELLS))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{name: str(home / name) for name in names}}
    options = [
        *(
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            "--IdentityProvider.token=",
            "--LabApp.news_url=",
        ),
        *("--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={folder}"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = (home / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log, cwd=home
    )
    outside, errors = [], []
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-US"
    )
    try:
        wait_for_port(port, server)
        page = context.new_page()
        page.set_default_timeout(START_S * 1000)
        page.on("request", lambda request: outside.append(request.url) if is_outside(request.url) else None)
        page.on("pageerror", lambda error: errors.append(error.stack))
        page.goto(f"http://127.0.0.1:{port}/lab/tree/words.ipynb?reset")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext")
        page.evaluate(
            "async () => { const { context, sessionContext } = jupyterapp.shell.currentWidget;"
            " await context.ready; await sessionContext.ready; }"
        )
        lab = Lab(page, folder / "words.ipynb")
        lab.execute("notebook:run-all-cells")
        page.wait_for_selector(".tovec-widget")
        page.wait_for_function(f"() => {FRAME}.contentWindow?.page && {APP}.map.stats().total > 0")
        lab.wait("!app.store.get().progress.running")
        yield lab
    finally:
        context.close()
        server.terminate()
        server.wait(60)
        log.close()
    assert outside == [], "the notebook asked another machine"
    # JupyterLab's own script fails now and then in removing a node.
    assert [stack for stack in errors if "/jlab_core." not in stack] == [], "the page reported errors"


def wait_for_port(port, server):
    for _ in range(10 * START_S):
        assert server.poll() is None, "JupyterLab has ended"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("JupyterLab did not start")


def is_outside(url):
    parts = urllib.parse.urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1"


def test_the_map_is_drawn_in_the_cell_in_its_height_with_its_font(lab):
    assert lab.app("app.map.stats().total") == 16
    assert lab.page.evaluate(f"{FRAME}.clientHeight") in range(410, 421)
    assert lab.app("app.map.element.clientHeight") > 250
    lab.page.wait_for_function(
        f"() => [...{FRAME}.contentDocument.fonts].some((face) => face.family === 'Pretendard')"
    )


def test_what_python_sets_is_seen_on_the_page(lab):
    lab.python(
        "shown.selection = ['cat', 3]; shown.chosen = 'dog'; shown.picture = {'method': 'pca', 'dims': 2}"
    )
    lab.wait("app.store.get().selected.join() === '0,3' && app.store.get().chosen === 1")
    lab.wait("app.session.get().projected === 'pca' && !app.store.get().progress.running")
    lab.wait("app.session.get().neighbors?.length === 10")
    assert lab.app("app.store.get().dims") == 2
    message = lab.python("shown.selection = ['unicorn']")
    assert message.startswith("UnknownToken: token 'unicorn' is not in the vocabulary")


def test_what_is_done_on_the_page_is_read_in_python(lab):
    lab.page.evaluate(f"{FRAME}.scrollIntoView({{ block: 'center' }})")
    lab.page.wait_for_timeout(1000)
    place = lab.app("app.map.place(app.tokens.id('horse'))")
    corners = [lab.app(f"(({{ x, y }}) => [x, y])({element}.getBoundingClientRect())") for element in CORNERS]
    lab.page.mouse.move(
        *(place[axis] + sum(corner[at] for corner in corners) for at, axis in enumerate("xy"))
    )
    lab.until("print(shown.hovered)", "horse")
    lab.page.mouse.down()
    lab.page.mouse.up()
    lab.until("print(shown.chosen)", "horse")
    lab.app("app.store.set({ selected: Uint32Array.of(4, 5) })")
    lab.until("print(shown.selection)", "['red', 'green']")
    lab.app("app.store.set({ dims: 3 })")
    lab.until("print(shown.picture['dims'])", "3")


def test_keys_on_the_page_are_not_the_notebooks(lab):
    lab.page.frame_locator(".tovec-widget").first.locator(".map").focus()
    lab.page.keyboard.press("b")  # the tool for a box; JupyterLab would insert a cell
    lab.wait("app.store.get().tool === 'box'")
    lab.page.keyboard.press("Escape")
    cells = lab.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.cells.length")
    assert cells == len(CELLS)


def test_a_cell_that_is_moved_shows_what_it_showed(lab):
    lab.python("shown.selection = ['cat', 'dog']; shown.picture = {'method': 'pca', 'dims': 2}")
    lab.wait("app.session.get().projected === 'pca'")
    lab.page.evaluate(
        f"() => {{ delete {FRAME}.contentWindow.page; {FRAME}.parentElement.append({FRAME}); }}"
    )
    lab.page.wait_for_function(f"() => {FRAME}.contentWindow?.page && {APP}.map.stats().total > 0")
    lab.wait("app.store.get().selected.join() === '0,1' && app.session.get().projected === 'pca'")
    lab.app("app.store.set({ selected: Uint32Array.of(6) })")
    lab.until("print(shown.selection)", "['blue']")


def test_the_page_answers_while_a_cell_runs(lab):
    lab.page.evaluate(
        "() => void jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import time; time.sleep(4)' })"
    )
    started = time.monotonic()
    found = lab.page.evaluate(
        f"() => {APP}.source.nearest({{ positive: [0], negative: [], k: 3, metric: 'cosine' }})"
    )
    assert len(found) == 3
    assert time.monotonic() - started < 3
    lab.python("pass")


def test_the_page_is_dark_where_the_notebook_is(lab):
    theme = f"() => {APP}.map.element.closest('.tovec').dataset.theme"
    assert lab.page.evaluate(theme) == "light"
    lab.execute("apputils:change-theme", theme="JupyterLab Dark")
    lab.page.wait_for_function(
        f"{theme} === 'dark'".replace("() => ", "() => (", 1).replace(" ===", ") ===", 1)
    )
    lab.execute("apputils:change-theme", theme="JupyterLab Light")


def test_training_shows_its_progress_in_one_line_of_the_cell(lab):
    lab.page.evaluate(
        """() => {
          window.seen = [];
          const { node } = jupyterapp.shell.currentWidget.content.widgets[2];
          const see = () => void (node.querySelector("progress") && window.seen.push(node.textContent));
          new MutationObserver(see).observe(node, { childList: true, subtree: true });
        }"""
    )
    lab.run(2, "trained = tovec.train(['the cat sat on the mat'] * 30_000, dim=50, epochs=5, threads=1)")
    assert any(
        re.search(r"training: \d+% of 900,000 words, loss \d\.\d", text) for text in lab.page.evaluate("seen")
    )
    outputs = lab.page.evaluate("jupyterapp.shell.currentWidget.content.widgets[2].model.outputs.toJSON()")
    (output,) = [one for one in outputs if one.get("data")]
    assert re.search(r"training: loss \d\.\d", "".join(output["data"]["text/html"]))


def test_a_watched_run_moves_in_its_cell_and_ends_as_a_timeline(lab):
    lab.page.evaluate(
        """(source) => {
          const { content } = jupyterapp.shell.currentWidget;
          content.activeCellIndex = 3;
          content.activeCell.model.sharedModel.setSource(source);
          void jupyterapp.commands.execute("notebook:run-cell");
        }""",
        "tovec.train(['the cat sat on the mat'] * 30_000, dim=50, epochs=1000, threads=1, watch=True)",
    )
    run = "[...document.querySelectorAll('.tovec-widget')].at(-1)?.contentWindow?.page?.app"
    lab.page.wait_for_function(f"() => {run}?.session.get().training?.progress > 0")  # while the cell runs
    assert lab.page.evaluate(f"{run}.session.get().isLive")
    assert lab.page.evaluate(f"{run}.map.stats().total") == 5
    lab.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    lab.page.wait_for_function(
        f"() => !{run}.session.get().isLive && {run}.source.manifest.timeline.moments.length"
    )
    stills = (
        "[...document.querySelectorAll('[data-tovec-still]')].map((each) => getComputedStyle(each).display)"
    )
    assert set(lab.page.evaluate(stills)) == {"none"}


def test_a_timeline_is_shown_at_the_moment_that_python_sets(lab):
    lab.run(
        3,
        """tables = [tovec.Embedding.random(words, 8, seed=seed) for seed in range(3)]
film = tovec.widget(tovec.Timeline.from_embeddings(tables))
film""",
    )
    film = "[...document.querySelectorAll('.tovec-widget')].at(-1)?.contentWindow?.page?.app"
    lab.page.wait_for_function(
        f"() => document.querySelectorAll('.tovec-widget').length === 2 && {film}?.map.stats().total"
    )
    lab.python("film.moment = 0")
    lab.page.wait_for_function(f"() => {film}.store.get().moment === 0")
    lab.page.evaluate(f"() => {film}.store.set({{ moment: 1 }})")
    lab.until("print(film.moment)", "1")


def test_two_tables_that_are_compared_are_shown_side_by_side(lab):
    lab.run(
        2,
        "moved = embedding[:]\nmoved[3] += 4\n"
        "both = tovec.widget(tovec.compare(embedding, tovec.Embedding(words, moved)))\nboth",
    )
    both = "[...document.querySelectorAll('.tovec-widget')][1]?.contentWindow?.page?.app"
    lab.page.wait_for_function(
        f"() => document.querySelectorAll('.tovec-widget').length === 3 && {both}?.pair?.stats().total > 0"
    )
    lab.python("both.chosen = 'cow'")
    lab.page.wait_for_function(f"() => {both}.store.get().chosen === 3")


def test_a_saved_and_an_exported_notebook_keep_a_still_picture(lab):
    lab.execute("docmanager:save")
    for _ in range(100):
        saved = lab.path.read_text()
        if saved.count("<div data-tovec-still") >= 3:
            break
        time.sleep(0.1)
    assert len(saved) < 100_000  # and not the page
    nbconvert = needs("nbconvert")
    html, _ = nbconvert.HTMLExporter().from_filename(str(lab.path))
    assert html.count("<div data-tovec-still") == 3
    assert html.count("<svg") >= 4  # the table by itself, and three widgets

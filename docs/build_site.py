"""Builds site/: the pages of docs/en and docs/ko, with the pictures that their code makes.

    python docs/build_site.py [--draft]

The sources are copied to build/docs. The code of the tutorial's pages runs in order in a folder of each
language, that of another page that shows what it makes in a folder of its own; then Sphinx builds, with
warnings as errors.
--draft: pages that are not there yet and other warnings are only reported, and code whose pictures are there
from an earlier build does not run again.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from blocks import needed

import tovec

DOCS = Path(__file__).parent.absolute()
ROOT = DOCS.parent
WORK = ROOT / "build" / "docs"
SITE = ROOT / "site"
STATIC = Path(tovec.__file__).parent / "server" / "static"
LANGUAGES = ("en", "ko")
MADE = re.compile(r"\bmade/([\w.-]+)")
# The picture of a page whose packages are missing, and the live page in one.
PICTURE = re.compile(r"^!\[[^\]]*\]\(made/[^)]*\)$|^```\{raw\} html\n[^`]*\bmade/[^`]*^```$", re.MULTILINE)


class BuildError(Exception):
    """The site could not be built; the message says why."""


def build(is_draft: bool) -> None:
    """Build both languages and the page that offers them."""
    font = STATIC / "page" / "PretendardVariable.woff2"
    if not font.is_file():
        raise BuildError(f"the font {font} is not there; `pip install -e .` builds it")
    for language in LANGUAGES:
        copy_sources(language)
        for pages in runs(language):
            make_pictures(pages, WORK / "runs" / language, is_draft)
    shutil.rmtree(SITE, ignore_errors=True)
    succeeded = [run_sphinx(language, is_draft) for language in LANGUAGES]
    (SITE / "fonts").mkdir()
    shutil.copy(font, SITE / "fonts")
    shutil.copy(STATIC / "fonts" / "LICENSE.txt", SITE / "fonts")
    shutil.copy(DOCS / "theme" / "index.html", SITE)
    if not all(succeeded):
        raise BuildError("Sphinx reports the warnings above")


def copy_sources(language: str) -> None:
    """Copy the pages and the committed pictures, without those that earlier builds have left."""
    for name in (language, "images"):
        shutil.rmtree(WORK / name, ignore_errors=True)
        shutil.copytree(DOCS / name, WORK / name)


def runs(language: str) -> Iterator[list[Path]]:
    """Yield the pages whose code makes what they show: the tutorial's as one run, any other alone."""
    yield sorted((WORK / language / "tutorial").glob("[0-9]*.md"))
    for page in sorted((WORK / language).rglob("*.md")):
        if page.parent.name != "tutorial" and shown_by(page):
            yield [page]


def shown_by(page: Path) -> list[str]:
    """Return the names of the files in made/ that a page shows."""
    return MADE.findall(page.read_text(encoding="utf-8"))


def make_pictures(pages: list[Path], folder: Path, is_draft: bool) -> None:
    """Run the code of the pages, and put what they show into the folder made/ beside them."""
    if not pages:
        return
    if len(pages) == 1:
        folder = folder / pages[0].stem
    wanted = [(page, name) for page in pages if is_complete(page) for name in shown_by(page)]
    if not (is_draft and all((folder / name).is_file() for _, name in wanted)):
        shutil.rmtree(folder, ignore_errors=True)
        run_code(pages, folder, is_draft)
    for page, name in wanted:
        if (folder / name).is_file():
            (page.parent / "made").mkdir(exist_ok=True)
            shutil.copy(folder / name, page.parent / "made" / name)
        elif not is_draft:
            raise BuildError(f"{page.name} shows made/{name}, which its code does not make")


def is_complete(page: Path) -> bool:
    """Whether the packages that a page needs are installed; without them its pictures are removed from it."""
    text = page.read_text(encoding="utf-8")
    missing = [name for name in needed(text) if find_spec(name) is None]
    if missing and PICTURE.search(text):
        page.write_text(PICTURE.sub("", text), encoding="utf-8")
        print(f"{page.name}: its pictures are left out, they need {', '.join(missing)}", flush=True)
    return not missing


def run_code(pages: list[Path], folder: Path, is_draft: bool) -> None:
    """Run the code of the pages in order in that folder."""
    ended = subprocess.run([sys.executable, DOCS / "blocks.py", folder, *pages], check=False)
    if ended.returncode and not is_draft:
        raise BuildError("the code of a page fails, as reported above")


def run_sphinx(language: str, is_draft: bool) -> bool:
    """Build the site of one language; return whether there were no warnings."""
    destination = SITE / language
    strict = [] if is_draft else ["--fail-on-warning", "--keep-going"]
    command: list[str | Path] = [sys.executable, "-m", "sphinx", *strict, "--quiet", "--fresh-env"]
    command += ["--conf-dir", DOCS, "--doctree-dir", WORK / "doctrees" / language]
    command += ["-D", f"language={language}", WORK / language, destination]
    ended = subprocess.run(command, check=False)
    # A picture is copied by Sphinx, the page in a frame is not.
    for made in (WORK / language).glob("**/made/*.html"):
        target = destination / made.relative_to(WORK / language)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, target)
    return ended.returncode == 0 or is_draft


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draft", action="store_true", help="only report warnings; run no code twice")
    try:
        build(parser.parse_args().draft)
    except BuildError as error:
        sys.exit(f"the site could not be built: {error}")
    print(f"{(SITE / 'index.html').relative_to(ROOT)} is the start of the site")


if __name__ == "__main__":
    main()

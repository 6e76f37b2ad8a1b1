"""Builds site/: the pages of docs/en and docs/ko, with the pictures that their code makes.

    python docs/build_site.py [--draft] [--out FOLDER] [--work FOLDER]

The sources are copied to build/docs. The code of the tutorial's pages runs in order in one folder for each
language, that of any other page that shows what it makes in a folder of its own. Then Sphinx builds, with
warnings as errors.
--draft: warnings are only reported, such as those of pages that are not there yet, and code whose pictures
are there from an earlier build does not run again.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from blocks import needed

import tovec

DOCS = Path(__file__).parent.absolute()
ROOT = DOCS.parent
STATIC = Path(tovec.__file__).parent / "server" / "static"
LANGUAGES = ("en", "ko")
SHOWN = re.compile(r'(?:\]\(|src=")made/([^)"#]+)')
# What a page without its packages goes without: a picture, or a live page in its frame.
PICTURE = re.compile(r"^!\[[^\]]*\]\(made/[^)]*\)$|^```\{raw\} html\n[^`]*\bmade/[^`]*^```$", re.MULTILINE)


class BuildError(Exception):
    """The site could not be built; the message says why."""


@dataclass(frozen=True)
class Build:
    """One build. work: of copies of the sources and what their code makes. site: the result."""

    work: Path
    site: Path
    is_draft: bool

    def run(self) -> None:
        """Build both languages and the page that offers them. Raises BuildError."""
        font = STATIC / "page" / "PretendardVariable.woff2"
        if not font.is_file():
            raise BuildError(f"the font {font} is not there; `pip install -e .` builds it")
        succeeded = [self._build(language) for language in LANGUAGES]
        (self.site / "fonts").mkdir(exist_ok=True)
        for path in (font, STATIC / "fonts" / "LICENSE.txt"):
            shutil.copy(path, self.site / "fonts")
        shutil.copy(DOCS / "theme" / "index.html", self.site)
        if not all(succeeded):
            raise BuildError("Sphinx reports the warnings above")

    def _build(self, language: str) -> bool:
        for name in (language, "images"):
            shutil.rmtree(self.work / name, ignore_errors=True)  # with what earlier builds have left
            shutil.copytree(DOCS / name, self.work / name)
        for name, pages in self._runs(language):
            self._make_pictures(pages, self.work / "runs" / language / name)
        return self._run_sphinx(language)

    def _runs(self, language: str) -> Iterator[tuple[str, list[Path]]]:
        """Yield the pages whose code makes what they show, with a name for each run."""
        sources = self.work / language
        yield "tutorial", sorted((sources / "tutorial").glob("[0-9]*.md"))
        for page in sorted(sources.rglob("*.md")):
            if page.parent.name != "tutorial" and shown_by(page):
                yield page.stem, [page]

    def _make_pictures(self, pages: list[Path], folder: Path) -> None:
        """Run the code of the pages, and put what they show into the folder made/ beside them."""
        wanted = [(page, name) for page in pages if is_complete(page) for name in shown_by(page)]
        if not (self.is_draft and all((folder / name).is_file() for _, name in wanted)):
            shutil.rmtree(folder, ignore_errors=True)
            ended = subprocess.run([sys.executable, DOCS / "blocks.py", folder, *pages], check=False)
            if ended.returncode and not self.is_draft:
                raise BuildError("the code of a page fails, as reported above")
        for page, name in wanted:
            if (folder / name).is_file():
                (page.parent / "made").mkdir(exist_ok=True)
                shutil.copy(folder / name, page.parent / "made" / name)
            elif not self.is_draft:
                raise BuildError(f"{page.name} shows made/{name}, which its code does not make")

    def _run_sphinx(self, language: str) -> bool:
        """Build the site of one language; return whether there were no warnings that count."""
        source, destination = self.work / language, self.site / language
        shutil.rmtree(destination, ignore_errors=True)
        strict = [] if self.is_draft else ["--fail-on-warning", "--keep-going"]
        command: list[str | Path] = [sys.executable, "-m", "sphinx", *strict, "--quiet", "--fresh-env"]
        command += ["--conf-dir", DOCS, "--doctree-dir", self.work / "doctrees" / language]
        ended = subprocess.run([*command, "-D", f"language={language}", source, destination], check=False)
        for made in source.glob("**/made/*.html"):  # Sphinx copies pictures, but not what is in a frame
            target = destination / made.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(made, target)
        return ended.returncode == 0


def shown_by(page: Path) -> list[str]:
    """Return the names of the files in made/ that a page shows."""
    return SHOWN.findall(page.read_text(encoding="utf-8"))


def is_complete(page: Path) -> bool:
    """Whether the packages that a page needs are installed; without them its pictures are removed from it."""
    text = page.read_text(encoding="utf-8")
    missing = [name for name in needed(text) if find_spec(name) is None]
    if missing and PICTURE.search(text):
        page.write_text(PICTURE.sub("", text), encoding="utf-8")
        print(f"{page.name}: its pictures are left out, they need {', '.join(missing)}", flush=True)
    return not missing


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draft", action="store_true", help="only report warnings; run no code twice")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="default: site")
    parser.add_argument("--work", type=Path, default=ROOT / "build/docs", help="default: build/docs")
    given = parser.parse_args()
    try:
        Build(given.work.absolute(), given.out.absolute(), given.draft).run()
    except BuildError as error:
        sys.exit(f"the site could not be built: {error}")
    print(f"{given.out / 'index.html'} is the start of the site")


if __name__ == "__main__":
    main()

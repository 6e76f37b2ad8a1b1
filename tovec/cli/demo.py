"""tovec demo: from text to vectors to a page, in a minute, on the documentation inside the running Python."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.view import say_where, serve_on
from tovec.counted import counted
from tovec.interrupts import Interrupted, is_terminated, outcome_is

if TYPE_CHECKING:
    from tovec.demo.demo import Demo


@click.command("demo")
@click.option(
    "--out", default="./tovec-demo", show_default=True, metavar="DIR", help="The folder to save in."
)
@click.option("--no-open", is_flag=True, help="Do not open the page (the default in a pipe or a script).")
@as_json_option
def command(out: str, no_open: bool, as_json: bool) -> None:
    """Train on Python's own documentation, show it while it learns, draw it.

    The documentation is that inside the running Python. The page is served until Ctrl+C.
    """
    from tovec.cli.progress import TerminalReporter
    from tovec.demo.demo import TITLE, make_demo
    from tovec.formats.saved.folder import check_writable
    from tovec.training.run_folder import train_into
    from tovec.watching import Watch

    folder = Path(out)
    check_writable(folder)
    outcome_is(folder)
    with Watch(TITLE) as watching:
        is_watched = not no_open and not as_json and _is_interactive()
        demo = make_demo(folder, TerminalReporter(), watching.train_into if is_watched else train_into)
        page = None if is_terminated() else watching.page

        def tell() -> None:
            if as_json and demo.figure_path is not None:
                _print_as_json(out, demo)
            elif demo.figure_path is not None:
                _say_result(folder, demo)
            if page is not None:
                say_where(page)

        if page is None:
            tell()
        else:
            serve_on(page, tell)
    if demo.figure_path is None:
        raise Interrupted


def _print_as_json(out: str, demo: "Demo") -> None:
    neighbors = {token: [hit.token for hit in hits] for token, hits in demo.neighbors.items()}
    figure, n_tokens = str(demo.figure_path), len(demo.embedding)
    print_json({"out": out, "figure": figure, "n_tokens": n_tokens, "neighbors": neighbors})


def _say_result(folder: Path, demo: "Demo") -> None:
    embedding = demo.embedding
    say("")
    for token, hits in demo.neighbors.items():
        say(f"{token:>8}  is near  {', '.join(hit.token for hit in hits)}")
    say("")
    say(
        f"the embedding  {folder}   ({counted(embedding.n_tokens, 'token')} × "
        f"{counted(embedding.dim, 'dimension')})"
    )
    say(f"the picture    {demo.figure_path}")
    tovec = "tovec" if shutil.which("tovec") else sys.argv[0]
    say(f"ask it         {tovec} neighbors {folder} dictionary")
    say(f"see it         {tovec} view {folder}")


def _is_interactive() -> bool:
    """Whether somebody can press Ctrl+C: a script would wait for the end of the page forever."""
    return sys.stdout.isatty()

"""tovec demo: from text to vectors to a page, in a minute, on the documentation inside the running Python."""

import shutil
import sys
from pathlib import Path

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.view import serve
from tovec.interrupts import Interrupted, outcome_is


@click.command("demo")
@click.option(
    "--out", default="./tovec-demo", show_default=True, metavar="DIR", help="The folder to save in."
)
@click.option("--no-open", is_flag=True, help="Do not open the page (the default in a pipe or a script).")
@as_json_option
def command(out: str, no_open: bool, as_json: bool) -> None:
    """Train on Python's own documentation, draw it, show the page.

    The documentation is that inside the running Python. The page is served until Ctrl+C.
    """
    from tovec.cli.progress import TerminalReporter
    from tovec.demo.demo import TITLE, make_demo
    from tovec.formats.saved.folder import check_writable
    from tovec.server.open_page import HOST, PORT
    from tovec.server.page_data import page_data

    folder = Path(out)
    check_writable(folder)
    outcome_is(folder)
    demo = make_demo(folder, TerminalReporter())
    if demo.figure_path is None:
        raise Interrupted
    embedding = demo.embedding
    if as_json:
        neighbors = {token: [hit.token for hit in hits] for token, hits in demo.neighbors.items()}
        figure = str(demo.figure_path)
        print_json({"out": out, "figure": figure, "n_tokens": len(embedding), "neighbors": neighbors})
        return
    say("")
    for token, hits in demo.neighbors.items():
        say(f"{token:>8}  is near  {', '.join(hit.token for hit in hits)}")
    say("")
    say(f"the embedding  {folder}   ({embedding.n_tokens:,} tokens × {embedding.dim} dimensions)")
    say(f"the picture    {demo.figure_path}")
    tovec = "tovec" if shutil.which("tovec") else sys.argv[0]
    say(f"ask it         {tovec} neighbors {folder} dictionary")
    say(f"see it         {tovec} view {folder}")
    if not no_open and _is_interactive():
        serve(page_data(embedding, title=TITLE), host=HOST, port=PORT, open_browser=True, as_json=False)


def _is_interactive() -> bool:
    """Whether somebody can press Ctrl+C: a script would wait for the end of the page forever."""
    return sys.stdout.isatty()

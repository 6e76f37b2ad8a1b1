"""tovec demo: the whole road in a minute, on the documentation inside the running Python."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_json, say
from tovec.cli.view import serve
from tovec.interrupts import Interrupted, outcome_is

if TYPE_CHECKING:
    from tovec.training.config import Settings

TITLE = "Words of Python's documentation"
ASKED = ("list", "file", "error", "thread")
# Chosen by reading the neighbors: a small corpus wants more passes, at larger steps, than the default.
SETTINGS: "Settings" = {
    "dim": 64,
    "window": 5,
    "min_count": 15,
    "epochs": 40,
    "learning_rate": 0.05,
    "sample": 3e-3,
}


@click.command("demo")
@click.option(
    "--out", default="./tovec-demo", show_default=True, metavar="DIR", help="The folder to save in."
)
@click.option("--no-open", is_flag=True, help="Do not open the page (the default in a pipe or a script).")
@as_json_option
def command(out: str, no_open: bool, as_json: bool) -> None:
    """Train on the documentation inside the running Python, draw it, show the page until Ctrl+C."""
    from tovec.cli.progress import Bars
    from tovec.demo.content_words import telling_tokens
    from tovec.demo.python_docs import python_docs
    from tovec.figures.figure import plot
    from tovec.figures.save import save_figure
    from tovec.formats.saved.folder import check_writable
    from tovec.server.open_page import HOST, PORT
    from tovec.server.page_data import page_data
    from tovec.training.run_folder import train_into

    folder = Path(out)
    check_writable(folder)
    outcome_is(folder)
    if not as_json:
        say("reading the docstrings and comments of Python's standard library …")
    embedding = train_into(folder, python_docs(), reporter=Bars(), **SETTINGS).embedding
    if embedding.provenance["interrupted"]:
        raise Interrupted
    figure_path = folder / "figure.png"
    tokens = telling_tokens(embedding)
    save_figure(plot(embedding, dims=3, tokens=tokens, title=TITLE), figure_path)
    nearest = {token: embedding.neighbors(token, 8) for token in ASKED}
    if as_json:
        neighbors = {token: [hit.token for hit in hits] for token, hits in nearest.items()}
        print_json(
            {"out": out, "figure": str(figure_path), "n_tokens": len(embedding), "neighbors": neighbors}
        )
        return
    say("")
    for token, hits in nearest.items():
        say(f"{token:>8}  is near  {', '.join(hit.token for hit in hits)}")
    say("")
    say(f"the embedding  {folder}   ({embedding.n_tokens:,} tokens × {embedding.dim} dimensions)")
    say(f"the picture    {figure_path}")
    tovec = "tovec" if shutil.which("tovec") else sys.argv[0]
    say(f"ask it         {tovec} neighbors {folder} dictionary")
    say(f"see it         {tovec} view {folder}")
    if not no_open and _is_watched():
        serve(page_data(embedding, title=TITLE), host=HOST, port=PORT, open_browser=True, as_json=False)


def _is_watched() -> bool:
    """Whether there is somebody to press Ctrl+C: a script would wait for the page's end for good."""
    return sys.stdout.isatty()

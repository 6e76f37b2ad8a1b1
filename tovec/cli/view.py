"""tovec view: the page in the browser."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.columns import check_column, column_option
from tovec.cli.output import as_json_option, note, print_json, say, say_beside
from tovec.cli.shown import names_of_sources, takes_shown
from tovec.errors import TovecError

if TYPE_CHECKING:
    from tovec.cli.shown import Shown
    from tovec.language_model.model import LanguageModel
    from tovec.models.model import Model
    from tovec.server.open_page import Page
    from tovec.server.page_data import PageData

metadata_option = click.option(
    "--metadata",
    metavar="FILE",
    help="More about the tokens, to color, search and label them by: a .tsv, .csv or .parquet file with a "
    "column 'token'.",
)

suspects_option = click.option(
    "--suspects",
    "with_suspects",
    is_flag=True,
    help="Color and list the tokens that look under-trained, as `tovec suspects` finds them.",
)
text_option = click.option(
    "--text",
    metavar="FILE",
    help="The text that SOURCE was trained on, which says why two tokens are near.  [default: the one that "
    "SOURCE records]",
)
port_option = click.option(
    "--port",
    default=8765,
    show_default=True,
    help="The port of the page; the next free one if it is taken; 0 for any.",
)
no_open_option = click.option("--no-open", is_flag=True, help="Do not open the browser.")


@click.command("view")
@takes_shown
@metadata_option
@suspects_option
@text_option
@column_option("--text FILE")
@port_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@no_open_option
@as_json_option
def command(
    shown: "Shown",
    model: "Model | None",
    metadata: str | None,
    with_suspects: bool,
    text: str | None,
    column: str | None,
    port: int,
    host: str,
    no_open: bool,
    as_json: bool,
) -> None:
    """Show SOURCE in the browser until Ctrl+C. By default only this machine can reach the page.

    Of a model with two tables the page shows both: input and output. Two SOURCES are compared: two maps side
    by side, and what moved from the first to the second. With --timeline it shows the moments of a table, and
    what moves from one to the next.
    """
    from tovec.cli.progress import TerminalReporter
    from tovec.server.page_data import page_data
    from tovec.text.column_files import ColumnDocuments
    from tovec.text.training_input import texts_of_column

    check_column(column, text)
    documents = None if text is None else texts_of_column(text, column)
    if isinstance(documents, ColumnDocuments) and documents.readable_again:
        next(documents.rows(), None)  # raises where there is no such column, not first when the page asks
    data = page_data(
        shown,
        metadata=about_tokens(shown, model, metadata, with_suspects),
        title=title_of_sources(),
        report=TerminalReporter(),
        tables={} if model is None else model.tables,
        language_model=language_model_of_source(shown),
        text=documents,
    )
    serve(data, host=host, port=port, open_browser=not no_open, as_json=as_json)


def about_tokens(
    shown: "Shown", model: "Model | None", metadata: str | None, with_suspects: bool
) -> "str | Mapping[str, Any] | None":
    """Return the metadata of a page: the file that is given, or what is known of suspects."""
    if not with_suspects:
        return metadata
    if metadata is not None or model is None:
        raise click.UsageError("--suspects is for one table, and without --metadata")
    from tovec.cli.suspects import looked_at
    from tovec.embedding import Embedding
    from tovec.measures.suspects import suspects

    assert isinstance(shown, Embedding)
    found = suspects(looked_at(model, shown))
    note(found.headline)
    return found.columns(shown.vocabulary)


def title_of_sources() -> str:
    """Return the title of a page about SOURCE…: the names of the folders or files, the first and the last."""
    given = click.get_current_context().params
    sources: tuple[str, ...] = given["sources"]
    if len(sources) == 2 and not given["is_timeline"]:
        return " → ".join(names_of_sources(sources))
    names = [Path(source).resolve().name or source for source in sources]
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def language_model_of_source(shown: "Shown") -> "LanguageModel | None":
    """Return the language model in SOURCE, None where there is none; say why a Llama is not computed here."""
    from tovec.comparison.comparison import Comparison
    from tovec.language_model.opening import language_model_in
    from tovec.timeline import Timeline

    sources: tuple[str, ...] = click.get_current_context().params["sources"]
    if len(sources) > 1:
        return None
    assert not isinstance(shown, Comparison)
    try:
        return language_model_in(sources[0], shown[-1] if isinstance(shown, Timeline) else shown)
    except TovecError as error:
        say_beside(f"the page does not predict: {error}")
        return None


def serve(data: "PageData", *, host: str, port: int, open_browser: bool, as_json: bool) -> None:
    """Serve a page until Ctrl+C or SIGTERM."""
    from tovec.memory import return_freed_memory
    from tovec.server.guard import LOOPBACK
    from tovec.server.open_page import Page, until_stopped

    if host not in (*LOOPBACK, "::1"):
        say(f"{host}: anyone who can reach this machine there and knows the key can see the page", err=True)
    return_freed_memory()
    with _ending_at_once(), until_stopped() as stop, Page(data, host=host, port=port) as page:
        if as_json:
            print_json({"url": page.url})
        else:
            say_where(page)
        if open_browser:
            page.open_browser()
        _wait(page, stop)


def serve_on(page: "Page", tell: Callable[[], object]) -> None:
    """Print with `tell`, and serve a page that is there already until Ctrl+C or SIGTERM."""
    from tovec.server.open_page import until_stopped

    with _ending_at_once(), until_stopped() as stop:
        tell()
        _wait(page, stop)


def say_where(page: "Page") -> None:
    """Print where a page is."""
    say(f"the page is at {page.url} until Ctrl+C")


def _wait(page: "Page", stop: threading.Event) -> None:
    if not page.wait(stop):
        # Work that never checks whether to stop, such as a compiler, must not keep the process alive.
        sys.stdout.flush()
        os._exit(0)


@contextmanager
def _ending_at_once() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:  # a second time
        os._exit(130)

"""SOURCE… of what shows vectors: one table, two that are compared, or the moments of one."""

import functools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import note
from tovec.cli.source import Command, opened_source, source_options
from tovec.counted import counted
from tovec.errors import BadSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tovec.comparison.comparison import Comparison
    from tovec.embedding import Embedding
    from tovec.models.model import Model
    from tovec.timeline import Timeline

    Shown = Embedding | Timeline | Comparison


def takes_shown(command: Command) -> Command:
    """Add the arguments SOURCE… and their options to a command of the page.

    It gets `shown`, an embedding, a timeline, or the comparison of two sources, and `model`, None for others
    than an embedding.
    """

    @functools.wraps(command)
    def opened(*args: Any, shown: "Shown", model: "Model | None", **options: Any) -> None:
        if model is not None:
            _say_moments(click.get_current_context().params["sources"][0])
        command(*args, shown=shown, model=model, **options)

    return _with_sources(opened, "--timeline", "Show how vectors change", compares=True)


def takes_drawn(command: Command) -> Command:
    """Add the arguments SOURCE… and their options to a figure, which gets `shown` as in `takes_shown`."""

    @functools.wraps(command)
    def opened(*args: Any, model: "Model | None", **options: Any) -> None:
        command(*args, **options)

    return _with_sources(opened, "--animate", "Draw how vectors change, as a .gif or .mp4")


def _with_sources(command: Command, flag: str, what: str, *, compares: bool = False) -> Command:
    """Add SOURCE… and the flag that makes moments of them to a command; see `takes_shown`.

    It gets `shown`, and the `model` where it is a single table. compares: two sources, too.
    """

    @click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
    @click.option(
        flag,
        "is_timeline",
        is_flag=True,
        help=f"{what}: the snapshots that SOURCE keeps of its training, or several sources, "
        "the earliest first, as moments of one table.",
    )
    @source_options
    @functools.wraps(command)
    def opened(
        *args: Any,
        sources: "Sequence[str]",
        is_timeline: bool,
        tokenizer: str | None,
        limit: int | None,
        strict: bool,
        **options: Any,
    ) -> None:
        if is_timeline:
            timeline = _timeline(sources, tokenizer, limit, strict)
            return command(*args, shown=timeline, model=None, **options)
        if len(sources) == 2 and compares:
            comparison = _comparison(sources, tokenizer, limit, strict)
            return command(*args, shown=comparison, model=None, **options)
        if len(sources) > 1:
            most = "two can be compared" if compares else "one is drawn"
            raise BadSource(
                f"there are {counted(len(sources), 'source')}, and {most}; {flag} shows "
                "them as moments of one table"
            )
        model, embedding = opened_source(sources[0], tokenizer, limit, strict)
        return command(*args, shown=embedding, model=model, **options)

    return opened


def _comparison(
    sources: "Sequence[str]", tokenizer: str | None, limit: int | None, strict: bool
) -> "Comparison":
    from tovec.cli.progress import TerminalReporter
    from tovec.comparison.comparison import compare

    tables = [opened_source(source, tokenizer, limit, strict)[1] for source in sources]
    return compare(tables[0], tables[1], names=names_of_sources(sources), report=TerminalReporter())


def names_of_sources(sources: "Sequence[str]") -> tuple[str, str]:
    """Return short names for two sources: their last parts, and more of them where these are equal."""
    parts = [source.rstrip("/").split("/") for source in sources]
    for n_parts in range(1, max(map(len, parts)) + 1):
        first, second = ("/".join(each[-n_parts:]) for each in parts)
        if first != second:
            return first, second
    return sources[0], sources[1]


def _timeline(sources: "Sequence[str]", tokenizer: str | None, limit: int | None, strict: bool) -> "Timeline":
    from tovec.sources.timeline import open_timeline

    source = sources[0] if len(sources) == 1 else sources
    return open_timeline(source, tokenizer, limit=limit, strict=strict)


def _say_moments(source: str) -> None:
    """Print that a source keeps moments of its training, if it does."""
    from tovec.sources.address import HUB, read_address
    from tovec.sources.snapshots import snapshot_files

    folder = read_address(source).source
    n = 0 if source.startswith(HUB) else len(snapshot_files(Path(folder)))
    if n:
        command = shlex.join(["tovec", "view", folder, "--timeline"])
        note(f"{folder} keeps {counted(n, 'moment')} of its training: {command}")

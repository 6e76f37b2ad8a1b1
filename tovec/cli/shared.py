"""What several commands share: opening the source, JSON output, how a token is shown."""

import functools
import json
import math
import re
import shlex
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.errors import BadSetting, BadSource, TovecError, TovecWarning
from tovec.escapes import one_line

if TYPE_CHECKING:
    from tovec.embedding import Embedding, Neighbor
    from tovec.models.model import Model
    from tovec.text.vocabulary import Vocabulary

Command = Callable[..., None]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def takes_source(command: Command) -> Command:
    """Give a command SOURCE and how it is opened, and hand it the opened `embedding`."""

    @takes_model
    @functools.wraps(command)
    def opened(*args: Any, model: "Model", **options: Any) -> None:
        command(*args, **options)

    return opened


def takes_model(command: Command) -> Command:
    """Give a command SOURCE and how it is opened, and hand it the opened `model` and its `embedding`."""

    @click.argument("source")
    @click.option(
        "--tokenizer",
        metavar="FILE",
        help="The tokenizer of SOURCE, where it lies elsewhere: a file, or a name such as words.",
    )
    @click.option(
        "--limit", type=click.IntRange(1), metavar="N", help="Read only the first N rows of SOURCE."
    )
    @click.option("--strict", is_flag=True, help="Refuse a file of vectors that would be repaired.")
    @functools.wraps(command)
    def opened(
        *args: Any, source: str, tokenizer: str | None, limit: int | None, strict: bool, **options: Any
    ) -> None:
        _check_order(source, options)
        model, embedding = _opened(source, tokenizer, limit, strict)
        command(*args, model=model, embedding=embedding, **options)

    return opened


def _check_order(source: str, options: Mapping[str, Any]) -> None:
    """Refuse a SOURCE that is not there where one of the other arguments is. Raises BadSource."""
    context = click.get_current_context()
    names = [param.name for param in context.command.params if isinstance(param, click.Argument)]
    values = [options[name] for name in names if name in options]
    others = [each for value in values for each in ([value] if isinstance(value, str) else value)]
    there = next((each for each in others if each and is_there(each)), None)
    if there is not None and not is_there(source) and "#" not in source and ":" not in source:
        others.remove(there)
        right = shlex.join(["tovec", str(context.info_name), there, source, *others])
        raise BadSource(f"{source} does not exist, and {there} does; SOURCE comes first: {right}")


def is_there(name: str) -> bool:
    """Whether `name` is that of a file or folder; a text that is too long for a name is not."""
    try:
        return Path(name).exists()
    except OSError:
        return False


def _opened(source: str, tokenizer: str | None, limit: int | None, strict: bool) -> "tuple[Model, Embedding]":
    """Return the model and the embedding at `source`; what is downloaded for them is told on the terminal."""
    from tovec.sources import HUB, open_with_report

    reporter = None
    if source.startswith(HUB):
        from tovec.cli.download_progress import DownloadBar

        reporter = DownloadBar()
    return open_with_report(source, tokenizer, limit=limit, strict=strict, reporter=reporter)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print a TovecWarning of the block as one line on the standard error, without its place in code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TovecWarning)
        show = warnings.showwarning

        def showwarning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, TovecWarning):
                say(f"warning: {message}", err=True)
            else:
                show(message, category, *place, **more)

        warnings.showwarning = showwarning
        yield


def print_json(value: object) -> None:
    """Print `value` as JSON; characters stay as they are, but for those that no terminal should get.

    JSON has no NaN and no infinity: where a number is one, there is null.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False)
    click.echo(_UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", text))


# Controls beyond those that JSON escapes itself, what turns the direction of a line, halves of pairs.
_UNSEEN = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _finite(value: Any) -> Any:
    """Return the lists and dictionaries of `value` again, None for what is no finite number."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_neighbors(vocabulary: "Vocabulary", found: "Sequence[Neighbor]", as_json: bool) -> None:
    """Print tokens with their similarity, nearest first."""
    if as_json:
        results = [{"token": hit.token, "id": hit.id, "similarity": hit.similarity} for hit in found]
        print_json({"results": results})
        return
    for hit in found:
        say(f"{hit.similarity:7.4f}  {shown(vocabulary.readable(hit.id))}")


def told_as_options(told: TovecError | str, command: click.Command | None) -> str:
    """Return a message with the options of `command` in place of the settings that it names.

    Settings stand in backquotes, as Python calls them, or begin the message of a BadSetting: `min_count`
    becomes --min-count. Of a message that quotes too much the middle is left out.
    """
    params = [] if command is None else command.params
    names = [max(each.opts, key=len) for each in params if isinstance(each, click.Option)]
    options = {name.lstrip("-").replace("-", "_"): name for name in names}
    message = str(told)
    if isinstance(told, BadSetting) and told.name in options:
        message = options[told.name] + message.removeprefix(told.name)
    if len(message) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        message = f"{message[:half]} … {message[-half:]}"
    return re.sub(r"`(\w+)`", lambda name: options.get(name[1], name[0]), message)


LONGEST = 200  # characters of a token that people are shown
_LONGEST_MESSAGE = 2000  # characters; it may quote what stands in a file


def say(text: str, *, err: bool = False) -> None:
    """Print a line for people; what moves the cursor or hides in it is shown as its escape."""
    # A note that cannot be written, to a full disk or a terminal that is gone, ends no training.
    with suppress(OSError) if err else nullcontext():
        click.echo(one_line(text), err=err)


def shown(token: str) -> str:
    """Return the token as people read it; in quotes where white space or control characters hide.

    Of a token longer than `LONGEST` the beginning is shown, and how long it is.
    """
    more = f"… ({len(token):,} characters)" if len(token) > LONGEST else ""
    token = token[:LONGEST] if more else token
    plain = token.isprintable() and token.strip() == token and token != ""
    return (token if plain else repr(token)) + more

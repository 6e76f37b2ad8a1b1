"""What commands print: lines and JSON safe for a terminal; warnings and messages in their own words."""

import json
import math
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.verbosity import is_quiet
from tovec.counted import counted
from tovec.errors import BadSetting, TovecError, TovecWarning
from tovec.escapes import one_line

if TYPE_CHECKING:
    from tovec.embedding import Neighbor
    from tovec.text.vocabulary import Vocabulary
    from tovec.vectors.table import Rows

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

LONGEST = 200  # characters of a token that are printed
_LONGEST_MESSAGE = 2000  # characters; it may quote the contents of a file


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print a TovecWarning of the block as one line on standard error, without its place in the code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TovecWarning)
        show = warnings.showwarning

        def showwarning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, TovecWarning):
                say_beside(f"warning: {message}")
            else:
                show(message, category, *place, **more)

        warnings.showwarning = showwarning
        yield


def print_json(value: object) -> None:
    """Print `value` as JSON; only characters that are unsafe on a terminal are escaped.

    JSON has neither NaN nor infinity: they become null.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False)
    click.echo(_UNSAFE.sub(lambda one: f"\\u{ord(one[0]):04x}", text))


# Control characters that JSON does not escape, marks that turn the direction of text, surrogates.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _finite(value: Any) -> Any:
    """Return a copy of the lists and dictionaries of `value`, with None for NaN and infinity."""
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


def numbers_line(vector: "Rows") -> str:
    """Return the numbers of a vector for people, all of them in one line."""
    import numpy as np

    return np.array2string(
        vector,
        max_line_width=sys.maxsize,
        precision=4,
        suppress_small=True,
        sign=" ",
        threshold=sys.maxsize,
    )


def with_options(given: TovecError | str, command: click.Command | None) -> str:
    """Return a message with the options of `command` in place of the settings that it names.

    Settings stand in backquotes under their Python names, or begin the message of a BadSetting: `min_count`
    becomes --min-count. The middle of a message that is too long is left out.
    """
    params = [] if command is None else command.params
    names = [max(each.opts, key=len) for each in params if isinstance(each, click.Option)]
    options = {name.lstrip("-").replace("-", "_"): name for name in names}
    message = str(given)
    if isinstance(given, BadSetting) and given.name in options:
        message = options[given.name] + message.removeprefix(given.name)
    if len(message) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        message = f"{message[:half]} … {message[-half:]}"
    return re.sub(r"`(\w+)`", lambda name: options.get(name[1], name[0]), message)


def say(text: str, *, err: bool = False) -> None:
    """Print a line for people; characters that move the cursor or hide are escaped."""
    # A note that cannot be written, to a full disk or a closed terminal, must not end a training run.
    with suppress(OSError) if err else nullcontext():
        click.echo(one_line(text), err=err)


def say_beside(text: str) -> None:
    """Print a line on standard error; the settings that it names are options of the running command."""
    context = click.get_current_context(silent=True)
    say(with_options(text, None if context is None else context.command), err=True)


def note(text: str) -> None:
    """Print a line on standard error that one who asked for --quiet can do without."""
    if not is_quiet():
        say_beside(text)


def shown(token: str) -> str:
    """Return the token for people; in quotes if it has white space at its ends or control characters.

    A token longer than `LONGEST` is cut, and its length is added.
    """
    more = f"… ({counted(len(token), 'character')})" if len(token) > LONGEST else ""
    token = token[:LONGEST] if more else token
    plain = token.isprintable() and token.strip() == token and token != ""
    return (token if plain else repr(token)) + more

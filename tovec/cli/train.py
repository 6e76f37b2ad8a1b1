"""tovec train: vectors from your own text."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.view import no_open_option, port_option, say_where, serve_on
from tovec.counted import counted
from tovec.foreign_names import keyword_here
from tovec.interrupts import Interrupted, is_terminated, is_written, outcome
from tovec.training.objectives import ALIASES
from tovec.training.settings import (
    FORMER_NAMES,
    SETTINGS,
    SNAPSHOT_TOKENS,
    WATCHED_SNAPSHOTS,
    Setting,
    with_present_names,
)

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.server.open_page import Page

_TYPES = {"whole": int, "number": float, "text": str, "tokens": str, "tokenizer": str}


def _option_name(setting: Setting) -> str:
    """Return the option of a setting; one that is given for each token is named after one token."""
    name = setting.name.removesuffix("s") if setting.kind == "tokens" else setting.name
    return f"--{name.replace('_', '-')}"


def _help_of(setting: Setting) -> str:
    text = setting.help + setting.notes
    return re.sub(r"`(\w+)`", lambda name: f"--{name[1].replace('_', '-')}", text)


def _type_of(setting: Setting) -> Any:
    if setting.kind != "choice":
        return _TYPES[setting.kind]
    return click.Choice([*setting.choices, *ALIASES] if setting.name == "objective" else setting.choices)


def _option_of(setting: Setting) -> Callable[[Any], Any]:
    """Return the option of a setting; what it leaves out is left to the default of the setting."""
    name, text = _option_name(setting), _help_of(setting)
    if setting.kind == "flag":
        if setting.may_be_none:
            return click.option(f"{name}/--no-{name.lstrip('-')}", default=None, help=text)
        return click.option(name, is_flag=True, help=text)
    several = setting.kind == "tokens"
    return click.option(
        name, setting.name, type=_type_of(setting), metavar=setting.metavar, multiple=several, help=text
    )


def _settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each setting, in their order, and hidden ones by their former names."""
    for former, present in FORMER_NAMES.items():
        name = f"--{former.replace('_', '-')}"
        command = click.option(name, type=_TYPES[SETTINGS[present].kind], hidden=True)(command)
    for setting in reversed(SETTINGS.values()):
        command = _option_of(setting)(command)
    return command


_OF_FILES = {"input": "INPUT, without an option,", "output": "--out", "train": "INPUT, without an option,"}


class _TrainCommand(click.Command):
    """Says of an option of gensim or fastText what it is called here."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(context, args)
        except click.NoSuchOption as error:
            for option in given:
                ours = _option_here(option.partition("=")[0].lstrip("-"))
                if option.startswith(error.option_name) and ours is not None:
                    message = f"no such option: {option}; it is {ours} here"
                    raise click.NoSuchOption(option, message, ctx=context) from error
            raise


def _option_here(name: str) -> str | None:
    """Return what an option of gensim, fastText or word2vec is called here; None where there is none."""
    if name in _OF_FILES:
        return _OF_FILES[name]
    name = name.replace("-", "_")
    ours = name if name in SETTINGS else keyword_here(name, SETTINGS)
    return None if ours is None else f"--{ours.replace('_', '-')}"


@click.command("train", cls=_TrainCommand)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", help="The folder to save in.")
@_settings_options
@click.option(
    "--validation",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Held-out text; its loss is printed after each epoch.",
)
@click.option(
    "--checkpoint-every", type=float, metavar="EPOCHS", help="Keep a checkpoint; fractions of an epoch too."
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in DIR; start where there is none.")
@click.option(
    "--snapshots",
    default=0,
    metavar="N",
    help="Keep the vectors of N moments in DIR/snapshots: more of them early, the last at the end.",
)
@click.option(
    "--snapshot-tokens",
    default=SNAPSHOT_TOKENS,
    show_default=True,
    metavar="M",
    help="How many tokens a snapshot has, the most frequent; 0 for all.",
)
@click.option(
    "--snapshot-token",
    "more_snapshot_tokens",
    multiple=True,
    metavar="TOKEN",
    help="A token that snapshots have in any case; can be given several times.",
)
@click.option(
    "--continue-from", metavar="SOURCE", help="Go on from these vectors; their tokens keep their ids."
)
@click.option(
    "--watch",
    is_flag=True,
    help="Open a page that shows the vectors while they are trained, and from the end on their snapshots "
    f"({WATCHED_SNAPSHOTS} unless --snapshots says how many). Ctrl+C ends training, the next one the page.",
)
@port_option
@no_open_option
@as_json_option
def command(
    inputs: tuple[str, ...],
    out: str,
    watch: bool,
    port: int,
    no_open: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train vectors on INPUT: files, folders, globs, '-' for standard input, .gz and .zst too.

    With --column the files are tables: .parquet, .csv, .tsv or .jsonl.
    """
    import tovec
    from tovec.cli.progress import TerminalReporter
    from tovec.training.run_folder import train_into
    from tovec.watching import Watch

    reporter = TerminalReporter()
    outcome(_nothing_saved(out, reporter.done))
    if options["continue_from"] is not None:
        options["continue_from"] = tovec.open(options["continue_from"])
    given = with_present_names({name: value for name, value in options.items() if value is not None})
    if given.get("objective") in ALIASES:
        given["objective"] = ALIASES[given["objective"]]
    with Watch(Path(out).resolve().name, port=port, open_browser=not no_open) as watching:
        train = watching.train_into if watch else train_into
        run = train(Path(out), [Path(name) for name in inputs], reporter=reporter, **given)
        embedding = run.embedding
        is_interrupted = bool(embedding.provenance["interrupted"])
        if is_interrupted:
            outcome(_kept(out, embedding.provenance))
        words_per_s = reporter.rates.get("training", 0)
        page = None if is_terminated() else watching.page

        def tell() -> None:
            if as_json:
                print_json(_facts(out, embedding, words_per_s, page))
            elif run.was_finished:
                say(f"the run in {out} is finished; nothing to do")
            else:
                _say_result(out, embedding, words_per_s, has_snapshots=watch or bool(options["snapshots"]))
            if page is not None and not as_json:
                say_where(page)

        if page is None:
            tell()
        else:
            serve_on(page, tell)
    if is_interrupted:
        raise Interrupted


def _facts(out: str, embedding: "Embedding", words_per_s: float, page: "Page | None") -> dict[str, Any]:
    facts = {"out": out, "n_tokens": embedding.n_tokens, "dim": embedding.dim}
    url = {} if page is None else {"url": page.url}
    return {**facts, **url, "words_per_s": round(words_per_s), **embedding.provenance}


def _say_result(out: str, embedding: "Embedding", words_per_s: float, has_snapshots: bool) -> None:
    say(f"{_rate(embedding, words_per_s)}, loss {embedding.provenance['losses'][-1] or 0:.3f}")
    say(f"saved {embedding.n_tokens:,} × {embedding.dim:,} in {out}")
    if has_snapshots:
        say(_moments(out))
    if not embedding.provenance["interrupted"]:
        for line in _next_commands(out, embedding):
            say(line)


def _rate(embedding: "Embedding", per_s: float) -> str:
    """Return how fast training was."""
    unit = "tokens/s" if "model" in embedding.provenance else "words/s"
    return f"{per_s / 1e6:.2f} million {unit}" if per_s >= 1e5 else f"{per_s:,.0f} {unit}"


def _next_commands(out: str, embedding: "Embedding") -> Iterator[str]:
    """Yield what to try with the result, with a token that a reader knows."""
    from tovec.text.importance import example

    token = embedding.vocabulary.readable(example(embedding.vocabulary))
    yield f"try: tovec neighbors {shlex.quote(out)} {shlex.quote(token)}"
    if "model" in embedding.provenance:
        text = shlex.quote(token.strip("▁"))
        yield f"     tovec predict {shlex.quote(out)} {text} --generate 50"


def _moments(out: str) -> str:
    """Return how many snapshots the result has, and how to see them."""
    from tovec.storage.work_folder import SNAPSHOTS
    from tovec.timeline.moment_file import moment_files

    n = len(moment_files(Path(out) / SNAPSHOTS))
    are = counted(n, "snapshot is", "snapshots are")
    see = "it" if n == 1 else "them"
    return f"{are} in {out}/{SNAPSHOTS}; see {see}: tovec view {shlex.quote(out)} --timeline"


def _nothing_saved(out: str, done: Mapping[str, float]) -> Callable[[], str]:
    """Return a function that says what an interruption leaves that the run could not answer by saving.

    It came before the first step, or again while one was waited for. done: how much of each stage, by name.
    """
    is_saved = is_written(out)

    def message() -> str:
        if is_saved():
            return f"{out} is complete"
        kept = "; its checkpoint stays, and --resume goes on from it" if _has_checkpoint(out) else ""
        if done.get("training", 0) > 0:
            return f"what has been learned is not saved in {out}{kept}"
        return f"nothing new has been learned, and nothing is saved in {out}{kept}"

    return message


def _kept(out: str, provenance: Mapping[str, Any]) -> Callable[[], str]:
    way = "--resume" if _has_checkpoint(out) else f"--continue-from {shlex.quote(out)}"
    line = f"what {provenance['epochs']:.2f} epochs have taught is saved in {out}; go on: tovec train … {way}"
    return lambda: line


def _has_checkpoint(out: str) -> bool:
    from tovec.storage.work_folder import CHECKPOINT, NAME

    return (Path(out) / NAME / CHECKPOINT).exists()

"""tovec train: vectors from your own text."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.interrupts import Interrupted, is_written, outcome


@click.command("train")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", help="The folder to save in.")
@click.option(
    "--objective",
    type=click.Choice(["skip-gram", "skipgram", "cbow", "position-weighted-cbow", "glove"]),
    help="What vectors are to predict.  [default: skip-gram, or that of --continue-from]",
)
@click.option("--dim", type=int, help="Length of a vector.  [default: 100, or that of --continue-from]")
@click.option("--window", type=int, help="Tokens on each side of the center, at most.  [default: 5]")
@click.option("--negative", default=5, show_default=True, help="Noise tokens for each pair.")
@click.option("--epochs", default=5, show_default=True, help="Passes over the text.")
@click.option("--min-count", default=5, show_default=True, help="Leave out tokens that occur less often.")
@click.option("--max-size", type=int, help="Keep only so many tokens, the most frequent.")
@click.option(
    "--sample", default=1e-3, show_default=True, help="Thin out tokens above this share of the text."
)
@click.option(
    "--learning-rate",
    type=float,
    help="At the start; it falls to almost 0.  [default: 0.025; cbow 0.15, weighted 0.075, glove 0.05]",
)
@click.option(
    "--x-max", default=100.0, show_default=True, help="glove: the count from which all weigh the same."
)
@click.option("--threads", type=int, help="Threads.  [default: all cores]")
@click.option(
    "--deterministic", is_flag=True, help="The same bytes on any number of threads; a little slower."
)
@click.option("--seed", default=0, show_default=True, help="With --threads 1, equal seeds give equal bytes.")
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
@click.option("--snapshots", default=0, metavar="N", help="Keep the vectors of N moments in DIR/snapshots.")
@click.option(
    "--continue-from", metavar="SOURCE", help="Go on from these vectors; their tokens keep their ids."
)
@click.option(
    "--tokenizer",
    metavar="NAME",
    help="words, whitespace, characters, bytes, kiwi (Korean), bpe:8000, unigram:8000, or a tokenizer.json.  "
    "[default: words, or that of --continue-from]",
)
@click.option(
    "--ngrams",
    type=click.Choice(["characters", "jamo"]),
    help="Give unknown words vectors, from their character n-grams (jamo: for Korean).",
)
@click.option("--ngram-least", type=int, help="Their least length.  [default: 3]")
@click.option("--ngram-most", type=int, help="Their greatest length.  [default: 6; jamo 5]")
@click.option("--ngram-buckets", type=int, help="Rows that they share.  [default: 2000000]")
@click.option(
    "--phrases", default=0, metavar="PASSES", help="Join words such as new_york; 1: pairs, 2: up to four."
)
@click.option(
    "--phrase-threshold", default=100.0, show_default=True, help="Join only pairs that score above this."
)
@click.option("--lowercase/--no-lowercase", default=None, help="Fold case.  [default: as the tokenizer does]")
@click.option(
    "--special-token",
    "special_tokens",
    multiple=True,
    metavar="TOKEN",
    help="Always in the vocabulary, first.",
)
@click.option("--unknown", metavar="TOKEN", help="Stands for tokens left out.  [default: they are skipped]")
@click.option(
    "--document",
    type=click.Choice(["line", "file"]),
    default="line",
    show_default=True,
    help="What a document is.",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Of the files: cp949, utf-16, …")
@click.option(
    "--errors",
    type=click.Choice(["strict", "replace"]),
    default="strict",
    show_default=True,
    help="Bytes that cannot be decoded: stop, or take U+FFFD and count them.",
)
@as_json_option
def command(inputs: tuple[str, ...], out: str, as_json: bool, **options: Any) -> None:
    """Train vectors on INPUT: files, folders, globs, '-' for standard input, .gz and .zst too."""
    import tovec
    from tovec.cli.progress import TerminalReporter
    from tovec.training.run_folder import train_into

    outcome(_nothing_learned(out))
    reporter = TerminalReporter()
    if options["continue_from"] is not None:
        options["continue_from"] = tovec.open(options["continue_from"])
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("objective") == "skipgram":
        given["objective"] = "skip-gram"
    run = train_into(Path(out), [Path(name) for name in inputs], reporter=reporter, **given)
    embedding = run.embedding
    is_interrupted = bool(embedding.provenance["interrupted"])
    if is_interrupted:
        outcome(_kept(out, embedding.provenance))
    if as_json:
        facts = {"out": out, "n_tokens": embedding.n_tokens, "dim": embedding.dim}
        print_json({**facts, "words_per_s": round(reporter.rates.get("training", 0)), **embedding.provenance})
        if is_interrupted:
            raise Interrupted
        return
    if run.was_finished:
        say(f"the run in {out} is finished; nothing to do")
        return
    words_per_s = reporter.rates.get("training", 0)
    say(f"{words_per_s / 1e6:.2f} million words/s, loss {embedding.provenance['losses'][-1] or 0:.3f}")
    say(f"saved {embedding.n_tokens:,} × {embedding.dim:,} in {out}")
    if is_interrupted:
        raise Interrupted
    say(f"try: tovec neighbors {out} {embedding.vocabulary.tokens[0]}")


def _nothing_learned(out: str) -> Callable[[], str]:
    """Return what tells what an interruption before the first step leaves."""
    is_saved = is_written(out)

    def tell() -> str:
        if is_saved():
            return f"{out} is complete"
        kept = "; its checkpoint stays, and --resume goes on from it" if _has_checkpoint(out) else ""
        return f"nothing new has been learned, and nothing is saved in {out}{kept}"

    return tell


def _kept(out: str, provenance: Mapping[str, Any]) -> Callable[[], str]:
    way = "--resume" if _has_checkpoint(out) else f"--continue-from {shlex.quote(out)}"
    line = f"what {provenance['epochs']:.2f} epochs have taught is saved in {out}; go on: tovec train … {way}"
    return lambda: line


def _has_checkpoint(out: str) -> bool:
    from tovec.storage.work_folder import CHECKPOINT, NAME

    return (Path(out) / NAME / CHECKPOINT).exists()

"""tovec train: vectors from your own text."""

from pathlib import Path
from typing import Any

import click

from tovec.cli.shared import as_json_option, print_json


@click.command("train")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", help="The folder to save in.")
@click.option("--dim", default=100, show_default=True, help="Length of a vector.")
@click.option("--window", default=5, show_default=True, help="Tokens on each side of the center, at most.")
@click.option("--negative", default=5, show_default=True, help="Noise tokens for each pair.")
@click.option("--epochs", default=5, show_default=True, help="Passes over the text.")
@click.option("--min-count", default=5, show_default=True, help="Leave out tokens that occur less often.")
@click.option("--max-size", type=int, help="Keep only so many tokens, the most frequent.")
@click.option(
    "--sample", default=1e-3, show_default=True, help="Thin out tokens above this share of the text."
)
@click.option("--learning-rate", default=0.025, show_default=True, help="At the start; it falls to almost 0.")
@click.option("--threads", type=int, help="Threads.  [default: all cores]")
@click.option("--seed", default=0, show_default=True, help="With --threads 1, equal seeds give equal bytes.")
@click.option(
    "--tokenizer",
    default="words",
    show_default=True,
    metavar="NAME",
    help="words, whitespace, characters, bytes, kiwi (Korean), bpe:8000, unigram:8000, or a tokenizer.json.",
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
def command(inputs: tuple[str, ...], out: str, as_json: bool, **settings: Any) -> None:
    """Train vectors on INPUT: files, folders, globs, '-' for standard input, .gz and .zst too."""
    from tovec.cli.progress import Bars
    from tovec.formats.folder import check_writable
    from tovec.training.run import train

    check_writable(Path(out))
    bars = Bars()
    paths = [Path(name) if name != "-" else name for name in inputs]
    embedding = train(paths, work=Path(out) / "work", reporter=bars, **settings)
    embedding.save(out)
    if as_json:
        facts = {"out": out, "n_tokens": embedding.n_tokens, "dim": embedding.dim}
        print_json({**facts, "words_per_s": round(bars.words_per_s), **embedding.provenance})
        return
    click.echo(f"{bars.words_per_s / 1e6:.2f} million words/s, loss {embedding.provenance['losses'][-1]:.3f}")
    click.echo(f"saved {embedding.n_tokens:,} × {embedding.dim:,} in {out}")
    click.echo(f"try: tovec neighbors {out} {embedding.vocabulary.tokens[0]}")

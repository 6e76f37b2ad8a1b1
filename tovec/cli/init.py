"""tovec init: a random table."""

import click

from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.tables import display_width, padded
from tovec.interrupts import outcome_is


@click.command("init")
@click.argument("tokens", nargs=-1, required=True, metavar="TOKEN...")
@click.option("--dim", default=3, show_default=True, help="Length of a vector.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal vectors.")
@click.option("--out", required=True, metavar="DIR", help="The folder to save in.")
@as_json_option
def command(tokens: tuple[str, ...], dim: int, seed: int, out: str, as_json: bool) -> None:
    """A random table of vectors, one row a TOKEN, as torch.nn.Embedding starts: N(0, 1)."""
    import tovec

    outcome_is(out)
    embedding = tovec.Embedding.random(tokens, dim, seed)
    embedding.save(out)
    if as_json:
        print_json({"out": out, "n_tokens": embedding.n_tokens, "dim": embedding.dim, "seed": seed})
        return
    names = list(map(shown, tokens))
    width = max(map(display_width, names))
    for name, vector in zip(names, embedding[:], strict=True):
        say(f"{padded(name, width)}  {'  '.join(f'{number:8.4f}' for number in vector)}")
    say(f"saved {embedding.n_tokens} × {embedding.dim} in {out}")

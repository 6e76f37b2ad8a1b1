"""tovec embed: one vector for each text, printed or written to a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import takes_source
from tovec.errors import CannotSave

if TYPE_CHECKING:
    from tovec.embedding import Embedding

STANDARD_INPUT = "-"


@click.command("embed")
@takes_source
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option(
    "--weighting",
    type=click.Choice(["mean", "sif"]),
    default="mean",
    show_default=True,
    help="How tokens count: all alike, or frequent ones less (smooth inverse frequency).",
)
@click.option(
    "--remove-components",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Subtract N directions that these texts share.",
)
@click.option(
    "-o", "--out", metavar="FILE", help="Write the vectors to this .npy file, a row of float32 a text."
)
@as_json_option
def command(
    embedding: "Embedding",
    texts: tuple[str, ...],
    weighting: Literal["mean", "sif"],
    remove_components: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Print a vector for each TEXT, the mean of those of its tokens; `-` reads them from standard input.

    There each line is a text, an empty one too.
    """
    import numpy as np

    if out is not None and Path(out).suffix != ".npy":
        raise CannotSave(f"vectors of texts are written to a .npy file, not to {out}")
    given = _standard_input() if texts == (STANDARD_INPUT,) else list(texts)
    vectors = embedding.embed(given, weighting, remove_components=remove_components)
    if out is not None:
        from tovec.storage import replace_file

        with replace_file(Path(out)) as file:
            np.save(file, vectors)
    if as_json:
        named = zip(given, vectors.tolist(), strict=True)
        print_json({"results": [{"text": text, "vector": vector} for text, vector in named]})
    elif out is not None:
        say(f"wrote {out}: {len(vectors):,} × {vectors.shape[1]:,} numbers")
    else:
        for text, vector in zip(given, vectors, strict=True):
            say(shown(text))
            say(
                np.array2string(vector, precision=4, suppress_small=True, sign=" ", threshold=vector.size + 1)
            )


def _standard_input() -> list[str]:
    """Return the lines, empty ones too: the rows of a file stand beside them."""
    with click.open_file(STANDARD_INPUT, encoding="utf-8", errors="surrogateescape") as lines:
        return [line.rstrip("\r\n") for line in lines]

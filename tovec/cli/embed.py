"""tovec embed: one vector for each text, printed or written to a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tovec.cli.columns import column_option
from tovec.cli.given_tokens import STANDARD_INPUT, lines_of_standard_input
from tovec.cli.output import as_json_option, note, numbers_line, print_json, say, shown
from tovec.cli.source import takes_source
from tovec.counted import counted
from tovec.errors import BadText, CannotSave
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("embed")
@takes_source
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@column_option("each TEXT")
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
    column: str | None,
    weighting: Literal["mean", "sif"],
    remove_components: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Print a vector for each TEXT, the mean of those of its tokens; `-` reads them from standard input.

    There each line is a text, an empty one too. With --column each row of a table in a file or in `-` is one.
    """
    if out is not None:
        if Path(out).suffix != ".npy":
            raise CannotSave(f"vectors of texts are written to a .npy file, not to {out}")
        outcome_is(out)
    given = _given(texts, column)
    vectors = embedding.embed(given, weighting, remove_components=remove_components)
    if out is not None:
        import numpy as np
        from numpy.lib.format import header_data_from_array_1_0, write_array_header_1_0

        from tovec.storage import replace_file

        rows = np.ascontiguousarray(vectors)
        with replace_file(Path(out)) as file:
            write_array_header_1_0(file, header_data_from_array_1_0(rows))
            file.write(rows.data)  # numpy.save does not notice that the last bytes find no space
    if as_json:
        named = zip(given, vectors.tolist(), strict=True)
        print_json({"results": [{"text": text, "vector": vector} for text, vector in named]})
    elif out is not None:
        say(f"wrote {out}: {len(vectors):,} × {counted(vectors.shape[1], 'number')}")
    else:
        for text, vector in zip(given, vectors, strict=True):
            say(shown(text))
            say(numbers_line(vector))


def _given(texts: tuple[str, ...], column: str | None) -> list[str]:
    if column is None:
        return _standard_input() if texts == (STANDARD_INPUT,) else list(texts)
    from tovec.text.column_files import ColumnDocuments

    rows = list(ColumnDocuments(texts, column).rows())
    n_missing = rows.count(None)
    if n_missing:
        without = counted(n_missing, "row has", "rows have")
        note(f"note: {without} no text (--column), which gives zeros")
    return [row or "" for row in rows]


def _standard_input() -> list[str]:
    """Return the lines, empty ones too: the rows of a file stand beside them."""
    from tovec.text.token_bytes import is_text

    texts = list(lines_of_standard_input())
    bad = next((line for line, text in enumerate(texts, start=1) if not is_text([text])), None)
    if bad is not None:
        raise BadText(
            f"line {bad} of standard input is not UTF-8; give it in UTF-8, as iconv -t UTF-8 writes it"
        )
    return texts

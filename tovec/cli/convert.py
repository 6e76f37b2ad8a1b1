"""tovec convert: another format."""

from typing import TYPE_CHECKING, Literal

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.source import takes_source
from tovec.counted import counted
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("convert")
@takes_source
@click.argument("dest")
@click.option("--format", "format_name", metavar="NAME", help="The format, whatever the suffix.")
@click.option(
    "--dtype", default="f32", show_default=True, help="f32, f16, bf16, int8, as far as DEST holds them."
)
@click.option(
    "--top", type=click.IntRange(1), metavar="N", help="Only the N most frequent tokens, or the first N."
)
@click.option("--dim", type=click.IntRange(1), metavar="N", help="Only N dimensions: the principal axes.")
@click.option(
    "--remove-components",
    type=click.IntRange(0),
    metavar="N",
    help="Subtract the mean row and N principal components; 0: only the mean. It helps where their share, "
    "which is printed, is large, as in some language models.",
)
@click.option(
    "--escape", is_flag=True, help=r"Write what DEST cannot hold in a token as \u0020 is for a space."
)
@click.option(
    "--projection", metavar="METHOD", help="Parquet: points projection_x, projection_y, by pca or umap."
)
@click.option(
    "--neighbors", type=click.IntRange(1), metavar="K", help="Parquet: the K nearest of each token."
)
@click.option(
    "--ngrams",
    type=click.Choice(["characters", "jamo"]),
    help="Fit n-grams to the vectors, for unknown words; the tokens keep theirs. A folder only.",
)
@as_json_option
def command(
    embedding: "Embedding",
    dest: str,
    format_name: str | None,
    dtype: str,
    top: int | None,
    dim: int | None,
    remove_components: int | None,
    escape: bool,
    projection: str | None,
    neighbors: int | None,
    ngrams: Literal["characters", "jamo"] | None,
    as_json: bool,
) -> None:
    """Write SOURCE to DEST in the format that the suffix of DEST means.

    \b
    no suffix, or /     folder           tovec's; model2vec and sentence-transformers read it
    .vec .txt           word2vec-text    numbers as text, after a line of n_tokens and dim
    .bin                word2vec-binary  numbers as float32
    .glove              glove            as .vec, without the first line
    .tsv                projector        for the Embedding Projector: X.tsv and X_metadata.tsv,
                                         or a folder of vectors.tsv and metadata.tsv
    .parquet            parquet          columns id, token, vector and count
    .npy                npy              an array, and its tokens in a .txt beside it
    .safetensors        safetensors      tensor embeddings, tokens in the header

    The names in the middle are for --format. What DEST cannot hold is reported on standard error; a token
    that it cannot hold ends the command, unless --escape is given.
    """
    from tovec.saving import convert

    outcome_is(dest)
    made = convert(
        embedding,
        dest,
        format=format_name,
        dtype=dtype,
        top=top,
        dim=dim,
        remove_components=remove_components,
        escape=escape,
        projection=projection,
        neighbors=neighbors,
        ngrams=ngrams,
        opened_from=click.get_current_context().params["source"],
    )
    for warning in made.warnings:
        say(warning, err=True)
    if as_json:
        facts = {"dest": dest, "format": made.format, "n_tokens": made.n_tokens, "dim": made.dim}
        shares = {"explained_variance": made.explained_variance, "removed_share": made.removed_share}
        known = {name: share for name, share in shares.items() if share is not None}
        print_json({**facts, "dtype": made.dtype, **known, "left_behind": made.dropped})
        return
    say(f"wrote {made.n_tokens:,} × {made.dim:,} to {dest}")
    if made.explained_variance is not None:
        say(f"{counted(made.dim, 'dimension')} explain {100 * made.explained_variance:.1f} % of the variance")
    if made.removed_share is not None:
        say(f"the components removed had {100 * made.removed_share:.1f} % of the summed squared lengths")

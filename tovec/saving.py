"""Write an embedding to a file: as it is, or with fewer tokens, fewer dimensions and more columns."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tovec.checks import path_to_save
from tovec.embedding import Embedding, check_embedding
from tovec.formats import save as save_parts

if TYPE_CHECKING:
    from tovec.formats.conversion import Converted
    from tovec.formats.writing.options import ColumnValues
    from tovec.vectors.embedding_parts import EmbeddingParts


def save(
    embedding: Embedding,
    path: str | Path,
    *,
    format: str | None = None,
    dtype: str = "f32",
    escape: bool = False,
    columns: "Mapping[str, ColumnValues] | None" = None,
    snapshots: Path | None = None,
) -> Path:
    r"""Write `embedding` in the format that the suffix of `path` means, and return the path.

    No suffix, or one of digits as in `words-0.5`, a path that ends with `/`, or a folder that is there: a
    folder that `tovec.open`, model2vec and sentence-transformers read. One that tovec saved is replaced as a
    whole; one that holds anything else is refused.
    format: one of `formats.writers.BY_NAME`, whatever the suffix. dtype: f32, f16, bf16 or int8, where the
    format holds it. escape: what a format cannot hold in a token is written as `\u0020` is for a space,
    by the rule of `writing.names`. columns: more columns, of Parquet. snapshots: a folder of them that
    a folder takes in.
    What is written is built beside `path` and takes its place at the end, so `path` may be the file that
    `embedding` is read from. Vectors are read in blocks of a few megabytes and never copied whole.
    Raises CannotSave for a suffix nobody knows, for a dtype, tokens and numbers that the format cannot hold
    and when the system refuses, NoSpace when the disk has not the room, BadSetting for an unknown format or
    dtype; all is then as it was.

    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> list(tovec.open(tovec.save(embedding, "four.npy")))
    ['cat', 'dog', 'mat', 'sat']
    """
    check_embedding("embedding", embedding)
    return save_parts(
        *(embedding.parts, path),
        format=format,
        dtype=dtype,
        escape=escape,
        columns=columns,
        snapshots=snapshots,
    )


def convert(
    source: Embedding | str | Path,
    dest: str | Path,
    *,
    format: str | None = None,
    dtype: str = "f32",
    top: int | None = None,
    dim: int | None = None,
    remove_components: int | None = None,
    escape: bool = False,
    projection: str | None = None,
    neighbors: int | None = None,
    ngrams: "Literal['characters', 'jamo'] | None" = None,
    opened_from: str | Path | None = None,
) -> "Converted":
    """Write `source` to `dest` in another format, smaller or with more columns; return what was written.

    source: an Embedding, or anything that `tovec.open` takes. format, dtype, escape: as for `tovec.save`.
    top: only the most frequent tokens, so many; the first ones without counts. dim: only so many dimensions,
    along the principal axes around the origin. remove_components: the mean of all rows and so many principal
    components, as `Embedding.without_components` removes them; 0 for the mean alone. projection, neighbors:
    more columns of Parquet, the points of a map by this method, and the ids and cosine distances of so many
    neighbors of each token. ngrams: those that `Embedding.with_ngrams` fits, of this unit. opened_from: where
    an Embedding was opened from; a folder takes the snapshots of that folder along.
    Components are removed first, then n-grams fitted, then rows and dimensions cut.
    What `dest` cannot hold is in the result. Vectors are read in blocks and never copied whole, but for
    n-grams, which are fitted to all of them.
    Raises as `tovec.open` and `tovec.save` do, and BadSetting for a `top`, `dim` or `remove_components` that
    the table does not have.

    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> made = tovec.convert(embedding, "two.vec", top=2)
    >>> made.format, made.n_tokens, made.dim
    ('word2vec-text', 2, 3)
    """
    from tovec.formats.conversion import convert as convert_parts

    if not isinstance(source, Embedding):
        from tovec.sources import open

        opened_from = opened_from or source
        source = open(source)
    return convert_parts(
        *(source.parts, path_to_save(dest)),
        source=None if opened_from is None else Path(opened_from),
        format=format,
        dtype=dtype,
        top=top,
        dim=dim,
        remove_components=remove_components,
        ngrams=ngrams,
        escape=escape,
        columns=_columns(projection, neighbors),
    )


def _columns(
    projection: str | None, neighbors: int | None
) -> "Callable[[EmbeddingParts], dict[str, ColumnValues]] | None":
    """Return what computes the columns of a map, None where none are asked for."""
    if projection is None and neighbors is None:
        return None

    def columns_of(embedding: "EmbeddingParts") -> "dict[str, ColumnValues]":
        from tovec.projection import project
        from tovec.search.neighbor_graph import neighbor_graph

        columns: dict[str, ColumnValues] = {}
        if projection is not None:
            points = project(embedding.vectors, 2, projection).points
            columns |= {"projection_x": points[:, 0], "projection_y": points[:, 1]}
        if neighbors is not None:
            graph = neighbor_graph(embedding.vectors, neighbors, exact=True)
            columns["neighbors"] = {"ids": graph.ids, "distances": 1 - graph.similarities}
        return columns

    return columns_of

"""`tovec.save`: an embedding to a file or folder of any format that tovec writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tovec.embedding import Embedding, check_embedding
from tovec.formats import save as save_parts

if TYPE_CHECKING:
    from tovec.formats.writing.options import ColumnValues


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

"""Files of vectors: what can be opened, one entry a format here, and what can be written, in writing/."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tovec.embedding import Embedding
from tovec.formats.damage import reading
from tovec.formats.saved import folder, tensor_file
from tovec.formats.vectors import (
    array_file,
    arrow_file,
    csv_file,
    fasttext_file,
    projector_files,
    text_file,
    word2vec_binary,
)
from tovec.formats.writers import check_holds, writer_for
from tovec.formats.writing.dtypes import DTYPES
from tovec.formats.writing.options import Column, Options

HEAD = 4096  # bytes of a file that tell its format


@dataclass(frozen=True)
class Format:
    """How one format is told from others and read.

    recognizes: given the path and the first `HEAD` bytes of a file, none of a folder. is_ours: what was saved
    says itself where it comes from; of any other the provenance is the file.
    """

    name: str
    recognizes: Callable[[Path, bytes], bool]
    load: Callable[[Path], Embedding]
    is_ours: bool = False


# In the order they are asked whether a source is theirs: those that are sure by their first bytes come first.
FORMATS = (
    Format("a folder of tovec's", folder.recognizes, folder.load, is_ours=True),
    Format("a safetensors file with tokens", tensor_file.recognizes, tensor_file.load, is_ours=True),
    Format("a numpy array", array_file.recognizes, array_file.load),
    Format("Parquet or Arrow", arrow_file.recognizes, arrow_file.load),
    Format("fastText binary", fasttext_file.recognizes, fasttext_file.load),
    Format("word2vec binary", word2vec_binary.recognizes, word2vec_binary.load),
    Format("projector TSV", projector_files.recognizes, projector_files.load),
    Format("text of vectors", text_file.recognizes, text_file.load),
    Format("CSV", csv_file.recognizes, csv_file.load),
)


def format_of(path: Path) -> Format | None:
    """Return the format of vectors that `path` is in; None when it is in none of them. Raises BadSource."""
    head = head_of(path)
    return next((form for form in FORMATS if form.recognizes(path, head)), None)


def head_of(path: Path) -> bytes:
    """Return the first `HEAD` bytes of a file, none of a folder. Raises BadSource."""
    if path.is_dir():
        return b""
    with reading(path), path.open("rb") as file:
        return file.read(HEAD)


def save_as(
    embedding: Embedding,
    path: str | Path,
    *,
    format: str | None = None,
    dtype: str = "f32",
    escape: bool = False,
    columns: Mapping[str, Column] | None = None,
    snapshots: Path | None = None,
) -> Path:
    r"""Write `embedding` in the format that the suffix of `path` means, and return the path.

    No suffix, a path that ends with `/`, or a folder that is there: the folder of `Embedding.save`.
    format: one of `writing.writers.BY_NAME`, whatever the suffix. dtype: f32, f16, bf16 or int8, where the
    format holds it. escape: what a format cannot hold in a token is written as `\u0020` is for a space,
    by the rule of `writing.names`. columns: more columns, of Parquet. snapshots: a folder of them that
    a folder takes in.
    What is written is built beside `path` and takes its place at the end, so `path` may be the file that
    `embedding` is mapped from. Vectors are read in blocks of a few megabytes and never copied whole.
    Raises CannotSave for a suffix nobody knows, for a dtype, tokens and numbers that the format cannot hold
    and when the system refuses, BadSetting for an unknown format or dtype; all is then as it was.
    """
    writer = writer_for(path, format)
    check_holds(writer, dtype, columns is not None)
    writer.save(embedding, Path(path), Options(DTYPES[dtype], escape, columns or {}, snapshots))
    return Path(path)

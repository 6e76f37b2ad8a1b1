"""Files of vectors: what can be opened, one entry a format here, and what can be written, in writing/."""

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tovec.checks import path_to_save
from tovec.formats.read_options import ReadOptions, first_of
from tovec.storage.disk import check_space
from tovec.storage.open_file import unchanged
from tovec.vectors.embedding_parts import EmbeddingParts

if TYPE_CHECKING:
    from tovec.formats.writing.options import ColumnValues


class Format(NamedTuple):
    """How one format is read: by a module, loaded when a source may be of it.

    is_ours: what was saved says itself where it comes from, and nothing in it is repaired; of any other the
    provenance is the file. takes_names: a tokenizer can name its rows. has_parts: it holds several tables.
    is_folder: whether it is a folder. mark: bytes that the first `HEAD` of every such file hold; empty where
    the module alone can say.
    """

    name: str
    module: str  # in formats/
    is_ours: bool = False
    takes_names: bool = False
    has_parts: bool = False
    is_folder: bool = False
    mark: bytes = b""

    def recognizes(self, path: Path, head: bytes) -> bool:
        """Whether `path` is of this format. head: its first `HEAD` bytes, none of a folder."""
        if self.mark not in head or (self.is_folder and not path.is_dir()):
            return False
        return bool(self._reader.recognizes(path, head))

    def load(self, path: Path, options: ReadOptions) -> EmbeddingParts:
        """Return the embedding of a path that was recognized. Raises BadSource.

        What is to be known of it stands in `options.findings`.
        """
        with unchanged(path):
            if self.is_ours:
                return first_of(self._reader.load(path), options.limit)
            loaded: EmbeddingParts = self._reader.load(path, options)
            return loaded

    @property
    def _reader(self) -> Any:
        return import_module(f"tovec.formats.{self.module}")


SAVED = (
    Format("a folder of tovec's", "saved.folder", is_ours=True, is_folder=True),
    Format("a safetensors file with tokens", "saved.tensor_file", is_ours=True, mark=b'"__metadata__"'),
)
# In the order they are asked whether a source is theirs: those that are sure by their first bytes come first.
VECTORS = (
    Format("spaCy vectors", "vectors.spacy_folder"),
    Format("a numpy array", "vectors.array_file", takes_names=True),
    Format("numpy arrays", "vectors.npz_file", takes_names=True, has_parts=True),
    Format("a model of gensim", "vectors.gensim_file"),
    Format("Parquet or Arrow", "vectors.arrow_file"),
    Format("fastText binary", "vectors.fasttext_file"),
    Format("word2vec binary", "vectors.word2vec_binary"),
    Format("projector TSV", "vectors.projector_files"),
    Format("text of vectors", "vectors.text_file"),
    Format("CSV", "vectors.csv_file"),
)


def save(
    embedding: EmbeddingParts,
    path: str | Path,
    *,
    format: str | None = None,
    dtype: str = "f32",
    escape: bool = False,
    columns: "Mapping[str, ColumnValues] | None" = None,
    snapshots: Path | None = None,
) -> Path:
    """Write in the format that the suffix of `path` means, and return the path; `tovec.save` says more."""
    from tovec.formats.writers import check_holds, writer_for
    from tovec.formats.writing.dtypes import DTYPES
    from tovec.formats.writing.options import Options

    path = path_to_save(path)
    writer = writer_for(path, format)
    check_holds(writer, dtype, columns is not None)
    check_space(Path(os.path.realpath(path)).parent, writer.least_bytes(embedding, DTYPES[dtype]), str(path))
    writer.save(embedding, Path(path), Options(DTYPES[dtype], escape, columns or {}, snapshots))
    return Path(path)

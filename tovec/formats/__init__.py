"""Files of other programs, and what tovec itself saves: one entry a format that can be read.

A path becomes the parts of an embedding (vectors/, saved/) or tensors, of which models/ chooses the tables
(tensors/). What can be written has its entries in writers.py. Nothing here knows `Embedding`, a model or the
Hub. A new format is a module and an entry.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tovec.checks import path_to_save
from tovec.formats.read_options import ReadOptions, first_of
from tovec.storage.disk import check_space
from tovec.storage.open_file import unchanged
from tovec.vectors.embedding_parts import EmbeddingParts

if TYPE_CHECKING:
    from tovec.formats.writing.options import ColumnValues
    from tovec.vectors.tensor_store import TensorStore


class Format(NamedTuple):
    """How one format is read: by a module, loaded when a source may be of it.

    name: as messages call it. is_ours: what was saved says itself where it comes from, and nothing in it is
    repaired; the provenance of any other is the file. takes_names: a tokenizer can name its rows. has_parts:
    it holds several tables. place: what a path of it can be. mark: bytes that are among the first `HEAD` of
    every such file; empty where only the module can say.
    reads_tensors: for a format of tensors the function of the module that returns a TensorStore, of which
    models/ chooses the tables; for a format of vectors empty, and the module has `load`.
    """

    name: str
    module: str  # in formats/
    is_ours: bool = False
    takes_names: bool = False
    has_parts: bool = False
    place: Literal["file", "folder", "either"] = "file"
    mark: bytes = b""
    reads_tensors: str = ""

    @property
    def holds_tensors(self) -> bool:
        """Whether it is a format of tensors, and not of vectors."""
        return bool(self.reads_tensors)

    def recognizes(self, path: Path, head: bytes) -> bool:
        """Whether `path` is of this format. head: its first `HEAD` bytes, empty for a folder."""
        return self.mark in head and bool(self._reader.recognizes(path, head))

    def load(self, path: Path, options: ReadOptions) -> EmbeddingParts:
        """Return the embedding of a path that was recognized, of a format of vectors. Raises BadSource.

        What a user should know of it is added to `options.findings`.
        """
        with unchanged(path):
            if self.is_ours:
                return first_of(self._reader.load(path), options.limit)
            loaded: EmbeddingParts = self._reader.load(path, options)
            return loaded

    def read_tensors(self, path: Path) -> "TensorStore":
        """Return the tensors of a path that was recognized, of a format of tensors. Raises BadSource."""
        store: TensorStore = getattr(self._reader, self.reads_tensors)(path)
        return store

    @property
    def _reader(self) -> Any:
        return import_module(f"tovec.formats.{self.module}")


# In the order in which they are asked whether a path is theirs: those that the first bytes tell for certain
# come first.
SAVED = (
    Format("a folder of tovec's", "saved.folder", is_ours=True, place="folder"),
    Format("a safetensors file with tokens", "saved.tensor_file", is_ours=True, mark=b'"__metadata__"'),
)
TENSORS = (
    Format("GGUF", "tensors.gguf_file", mark=b"GGUF", reads_tensors="read_gguf"),
    Format("an index of several files of tensors", "tensors.shards", reads_tensors="read_sharded"),
    Format("safetensors", "tensors.safetensors_file", reads_tensors="read_safetensors"),
    Format("Llama's consolidated.00.pth", "tensors.model_parallel", reads_tensors="read_model_parallel"),
    Format("ONNX", "tensors.onnx_file", reads_tensors="read_onnx"),
    Format("PyTorch", "tensors.torch_file", reads_tensors="read_torch"),
)
VECTORS = (
    Format("spaCy vectors", "vectors.spacy_folder", place="folder"),
    Format("a numpy array", "vectors.array_file", takes_names=True),
    Format("numpy arrays", "vectors.npz_file", takes_names=True, has_parts=True),
    Format("a model of gensim", "vectors.gensim_file"),
    Format("Parquet or Arrow", "vectors.arrow_file"),
    Format("fastText binary", "vectors.fasttext_file"),
    Format("word2vec binary", "vectors.word2vec_binary"),
    Format("projector TSV", "vectors.projector_files", place="either"),
    Format("text of vectors", "vectors.text_file"),
    Format("CSV", "vectors.csv_file"),
)


def format_of(path: Path, head: bytes) -> Format | None:
    """Return the first format that `path` is of, None where it is of none. head: its first `HEAD` bytes."""
    other = "file" if path.is_dir() else "folder"
    possible = (form for form in (*SAVED, *TENSORS, *VECTORS) if form.place != other)
    return next((form for form in possible if form.recognizes(path, head)), None)


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

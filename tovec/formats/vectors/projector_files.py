"""The two tables that TensorBoard's projector reads: vectors.tsv and metadata.tsv.

The first has only numbers, a row a line with tabs between them; the second has the tokens (names_file.py).
Sources: https://projector.tensorflow.org, "Load data"; gensim's word2vec2tensor, which names them
X_tensor.tsv and X_metadata.tsv. Written in writing/projector.py.
"""

from pathlib import Path

from tovec.errors import BadSource
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.names_file import read_names
from tovec.formats.vectors.vector_lines import fields_of, first_line, lines_of, read_lines
from tovec.storage import place_of, read_pair
from tovec.storage.file_bytes import bytes_of
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.vectors.embedding_parts import EmbeddingParts

_VECTORS = ("vectors.tsv", "tensors.tsv", "tensor.tsv", "vecs.tsv")  # ends of file names
_METADATA = ("metadata.tsv", "meta.tsv")


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is such a file of vectors with its metadata beside it, or a folder that holds one."""
    return bool(_pairs(path))


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the embedding of the pair at `path`: its folder, or its file of vectors.

    Of a repeated token the first row counts. Raises BadSource that names file and line: rows or columns that
    do not match, a field that is not a number; and when a folder holds several pairs.
    """
    pairs = _pairs(path)
    if len(pairs) != 1:
        found = ", ".join(vectors.name for vectors, _ in pairs)
        raise BadSource(f"{path} holds {f'several tables, name one: {found}' if found else 'no such pair'}")
    vectors, metadata = pairs[0]
    with read_pair(vectors, metadata) as (numbers, names):
        return _load(vectors, metadata, numbers, names, options)


def _load(vectors: Path, metadata: Path, numbers: Path, names: Path, options: ReadOptions) -> EmbeddingParts:
    """Read `numbers` and `names`; messages call them `vectors` and `metadata`, where they belong."""
    with reporting_file(vectors), numbers.open("rb") as file:
        text = bytes_of(file, vectors)
        start, end = first_line(text)
        dim = len(fields_of(text[start:end]))
        if not dim:
            raise CorruptFile("line 1 is empty")
        _, rows = read_lines(lines_of(text, start, limit=options.limit), dim, named=False)
    named = read_names(names, len(rows), options)
    provenance = {"format": "projector TSV", "file": vectors.name, "tokens": metadata.name}
    return EmbeddingParts(named.vocabulary, named.of_array(rows), provenance=provenance)


def _pairs(path: Path) -> list[tuple[Path, Path]]:
    """Return the files of vectors at `path`, each with its metadata."""
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    return [(file, metadata) for file in files if (metadata := _metadata_of(file)) is not None]


def _metadata_of(path: Path) -> Path | None:
    """Return the metadata of X.tsv, X_metadata.tsv, or of Xvectors.tsv, Xmetadata.tsv or metadata.tsv."""
    if path.suffix.lower() != ".tsv":
        return None
    end = next((end for end in _VECTORS if path.name.lower().endswith(end)), None)
    starts = [f"{path.stem}_"] if end is None else [path.name[: -len(end)], ""]
    candidates = (path.with_name(start + name) for start in starts for name in _METADATA)
    return next((each for each in candidates if place_of(path, each).is_file()), None)

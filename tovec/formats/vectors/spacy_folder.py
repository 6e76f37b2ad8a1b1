"""The vectors of a spaCy pipeline: `vectors` in numpy's .npy, `key2row`, and the words in strings.json.

key2row is a msgpack map from the hash of a string (spacy_strings.py) to its row; several may share one, as
after `prune_vectors`. Source: spacy/vectors.pyx and spacy/strings.pyx (`to_disk`).
"""

from pathlib import Path

import numpy as np

from tovec.formats.msgpack import map_of_numbers
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.array_file import array_table
from tovec.formats.vectors.file_vocabulary import vocabulary_of
from tovec.formats.vectors.spacy_strings import SYMBOLS, numbers_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import json_object, json_value
from tovec.storage.limits import contents
from tovec.vectors.derived import DerivedTable
from tovec.vectors.embedding_parts import EmbeddingParts

_VECTORS, _KEYS, _STRINGS, _CONFIG = "vectors", "key2row", "strings.json", "vectors.cfg"


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is the folder of a pipeline, its `vocab` folder, or a folder of vectors alone."""
    return path.is_dir() and _folder_of(path) is not None


def _folder_of(path: Path) -> Path | None:
    """Return the folder with the vectors; a package has its pipeline in a folder inside."""
    packaged = [inner / "vocab" for inner in path.glob(f"{path.name}-*") if (inner / "meta.json").is_file()]
    for folder in (path, path / "vocab", *packaged):
        if (folder / _VECTORS).is_file() and ((folder / _KEYS).is_file() or (folder / _CONFIG).is_file()):
            return folder
    return None


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the words that have a vector, in the order of their rows.

    Rows are read when asked for. A vector whose word is not in strings.json is left out, and provenance
    counts them.
    Raises BadSource: vectors of floret, no vectors, a row that does not exist, a damaged file.
    """
    folder = _folder_of(path)
    assert folder is not None
    _check_mode(folder / _CONFIG)
    with reporting_file(folder / _KEYS):
        rows = map_of_numbers(contents(folder / _KEYS))
        if not rows:
            raise UnsupportedFile("it has no vectors; pipelines of spaCy that end in _md or _lg have them")
    with reporting_file(folder / _VECTORS):
        table = array_table(folder / _VECTORS)
    with reporting_file(folder / _KEYS):
        wrong = next((row for row in rows.values() if not 0 <= row < table.shape[0]), None)
        if wrong is not None:
            raise CorruptFile(f"it refers to row {wrong}, and there are {table.shape[0]}")
    with reporting_file(folder / _STRINGS):
        strings = json_value(contents(folder / _STRINGS), "its text")
        if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
            raise CorruptFile("it is not a list of strings")
        listed = set(strings)
        strings += [symbol for symbol in SYMBOLS if symbol not in listed]  # which spaCy does not list
        found = [
            (rows[number], string)
            for string, number in zip(strings, numbers_of(strings).tolist(), strict=True)
            if number in rows
        ]
        if not found:
            raise UnsupportedFile("none of its strings has a vector")
        found.sort(key=lambda entry: entry[0])
        n_found = len(found)
        found = found[: options.n_read(n_found)]
        words = vocabulary_of([string for _, string in found], lambda row: "in the list", options)
    ids = np.array([row for row, _ in found], dtype=np.int64)
    provenance: dict[str, object] = {"format": "spaCy", "file": path.name}
    if n_found < len(rows):
        provenance["without_string"] = len(rows) - n_found
    in_order = len(ids) == table.shape[0] and bool((ids == np.arange(len(ids))).all())
    vectors = table if in_order else DerivedTable(table, len(ids), ids)
    return EmbeddingParts(words.vocabulary, words.of(vectors), provenance=provenance)


def _check_mode(path: Path) -> None:
    if not path.is_file():
        return
    with reporting_file(path):
        if json_object(contents(path), "its text").get("mode", "default") == "floret":
            raise UnsupportedFile(
                "its vectors are floret's, which has rows for n-grams and not for words; write those of your "
                "words as text with spaCy: nlp.vocab[word].vector"
            )

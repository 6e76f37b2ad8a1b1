"""Binary files of fastText (.bin, .ftz): words, and the vectors that it makes of their n-grams.

Layout: `FastText::loadModel`, `Args::load`, `Dictionary::load` of https://github.com/facebookresearch/fastText:
magic number and version; settings; entries, words before labels; which n-grams were kept, in pruned
files; the input matrix, a row for each word and each bucket of n-grams; the output matrix. The oldest files,
from 2016, have no magic number, no pruning and no quantization flags (gensim's `_fasttext_bin`).
"""

import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.fasttext_matrix import read_matrix
from tovec.formats.vectors.fasttext_rows import ComposedTable, Subwords
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, FileVocabulary, decoded, vocabulary_of
from tovec.storage.file_bytes import Cursor, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.open_file import windows
from tovec.text.ngrams import NgramRule
from tovec.vectors.derived import DerivedTable, first_rows, rows_from
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.table import Vectors

MAGIC = 793712314
VERSIONS = (11, 12)
LONGEST_NGRAM = 100  # characters; far above what is useful, it limits what a damaged file can ask for

_START = struct.Struct("<2i")
_SETTINGS = struct.Struct("<12id")
_SIZES = struct.Struct("<3iq")  # entries, words, labels, tokens
_PRUNED = struct.Struct("<q")  # how many n-grams were kept; -1 for all
_FLAG = struct.Struct("<B")
_ENTRY = np.dtype([("count", "<i8"), ("is_label", "i1")])  # after the name and a NUL
_MODELS = {1: "cbow", 2: "skipgram", 3: "supervised"}
_BLOCK = 1 << 20  # bytes of the dictionary that are read at a time
_LOSSES = {1: "hs", 2: "ns", 3: "softmax", 4: "ova"}


@dataclass(frozen=True)
class Settings:
    """How a file was trained, in the order of the file."""

    dim: int
    window: int
    epochs: int
    min_count: int
    negative: int
    word_ngrams: int
    loss: int
    model: int
    buckets: int
    min_n: int
    max_n: int
    lr_update_rate: int
    sample: float

    @property
    def is_plausible(self) -> bool:
        """Whether fastText can have written these."""
        return (
            self.dim > 0
            and self.model in _MODELS
            and self.loss in _LOSSES
            and self.buckets >= 0
            and self.max_n <= LONGEST_NGRAM
            and isfinite(self.sample)
        )

    @property
    def is_supervised(self) -> bool:
        """Whether the rows of its output matrix are labels."""
        return _MODELS[self.model] == "supervised"


@dataclass(frozen=True)
class Dictionary:
    """The dictionary of a file, as far as it is read.

    n_words: of the file. names: of the words that are read, in its order. words: without repeated ones.
    pruned: (n, 2) int32, bucket and row of each n-gram kept; None where all were kept.
    """

    n_words: int
    names: Sequence[str]
    words: FileVocabulary
    n_labels: int
    n_tokens: int
    pruned: NDArray[np.int32] | None


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file begins as fastText's: with the magic number, or else with plausible settings."""
    if len(head) < _SETTINGS.size + _SIZES.size:
        return head[:4] == struct.pack("<i", MAGIC)
    if _START.unpack_from(head)[0] == MAGIC:
        return True
    n_entries, n_words, n_labels, n_tokens = _SIZES.unpack_from(head, _SETTINGS.size)
    adds_up = n_entries == n_words + n_labels and n_words > 0 <= n_labels and n_tokens >= 0
    return adds_up and Settings(*_SETTINGS.unpack_from(head)).is_plausible


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the words of a fastText file with the vectors that fastText gives them.

    A word's vector is the mean of its own row and those of its n-grams, computed when it is asked for; rows
    of the matrices are read then. Words keep their counts; bytes that are not UTF-8 become surrogate escapes.
    Labels of a supervised model are not among the words. ngrams: what vectors of unknown words are made from;
    None for a file without. outputs: those of negative sampling and softmax, where rows are words. Of a
    repeated word the first row counts.
    Raises BadSource for an unknown version and for a file that contradicts itself.
    """
    with reporting_file(path), path.open("rb") as file:
        data = bytes_of(file, path)
        cursor = Cursor(data)
        version = _read_version(cursor)
        settings = _read_settings(cursor)
        dictionary = _read_dictionary(cursor, version, options)
        is_quantized = _flag(cursor, version)
        inputs = read_matrix(cursor, data.file, "input", is_quantized)
        if dictionary.pruned is not None and not is_quantized:
            raise CorruptFile("n-grams were pruned from its dictionary but not from its matrix")
        outputs = read_matrix(cursor, data.file, "output", _flag(cursor, version) and is_quantized)
        if cursor.left:
            raise CorruptFile(f"{cursor.left} bytes follow the output matrix, from byte {cursor.at}")
        n_outputs = dictionary.n_labels if settings.is_supervised else dictionary.n_words
        if inputs.shape[1] != settings.dim or tuple(outputs.shape) != (n_outputs, settings.dim):
            raise CorruptFile(
                f"its matrices are {inputs.shape} and {outputs.shape}, and its settings say rows of "
                f"{counted(settings.dim, 'number')} and {counted(n_outputs, 'row')} in the output matrix"
            )
        words, n_read = dictionary.words, len(dictionary.names)
        subwords = _subwords(version, settings, dictionary, inputs.shape[0])
        of_words = not settings.is_supervised and _LOSSES[settings.loss] != "hs"  # rows of hs are tree nodes
        rows = first_rows(inputs, n_read) if subwords is None else ComposedTable(inputs, subwords)
        return EmbeddingParts(
            words.vocabulary,
            words.of(rows),
            provenance=_provenance(version, settings, dictionary, is_quantized),
            ngrams=_ngrams(subwords, inputs),
            outputs=words.of(first_rows(outputs, n_read)) if of_words else None,
        )


def _read_version(cursor: Cursor) -> int | None:
    """Return the version, None for a file from before there were versions."""
    magic, version = cursor.read(_START, "the magic number")
    if magic != MAGIC:
        cursor.at = 0
        return None
    if version not in VERSIONS:
        raise UnsupportedFile(
            f"its fastText version is {version}, and tovec reads {VERSIONS[0]} and {VERSIONS[1]}"
        )
    return int(version)


def _read_settings(cursor: Cursor) -> Settings:
    start = cursor.at
    settings = Settings(*cursor.read(_SETTINGS, "the settings"))
    if not settings.is_plausible:
        raise CorruptFile(
            f"fastText cannot have written the settings at byte {start}: "
            f"{counted(settings.dim, 'dimension')}, model "
            f"{settings.model}, loss {settings.loss}, "
            f"{counted(settings.buckets, 'bucket')} of n-grams of up to "
            f"{settings.max_n}, sample {settings.sample}"
        )
    return settings


def _read_dictionary(cursor: Cursor, version: int | None, options: ReadOptions) -> Dictionary:
    start = cursor.at
    n_entries, n_words, n_labels, n_tokens = cursor.read(_SIZES, "the size of the dictionary")
    n_pruned = -1 if version is None else cursor.read(_PRUNED, "the number of pruned n-grams")[0]
    if n_words < 1 or n_labels < 0 or n_tokens < 0 or n_entries != n_words + n_labels:
        raise CorruptFile(
            f"the dictionary at byte {start} says "
            f"{counted(n_entries, 'entry', 'entries')}, of them {counted(n_words, 'word')} and "
            f"{n_labels} labels, of {counted(n_tokens, 'token')}"
        )
    names, stops, entries = _scan(cursor, n_entries)
    if (entries["is_label"] != (np.arange(n_entries) >= n_words)).any():
        raise CorruptFile("the entries of its dictionary are not the words and labels that it counts")
    counts = entries["count"][:n_words].astype(np.int64)

    def place(row: int) -> int:
        return stops[row] - len(names[row])

    if counts.min() < 0:
        row = int(counts.argmin())
        raise CorruptFile(f"the word at byte {place(row)} has a count of {counts[row]}")
    read = decoded(names[: options.n_read(n_words)], b"\0")
    words = vocabulary_of(
        read, lambda row: f"at byte {place(row)}", options, counts[: len(read)], END_OF_LINE
    )
    return Dictionary(n_words, read, words, n_labels, n_tokens, _read_pruned(cursor, n_pruned))


def _scan(cursor: Cursor, n_entries: int) -> tuple[list[bytes], list[int], NDArray[Any]]:
    """Return the names of the entries, the places where they end, and their counts and kinds."""
    data, at, size, step = cursor.data, cursor.at, 1 + _ENTRY.itemsize, _BLOCK  # size: of what follows a name
    cursor.expect(n_entries, size, "entries of the dictionary")
    names: list[bytes] = []
    stops: list[int] = []
    parts = []
    while len(names) < n_entries:
        block, place, here = data[at : at + step], 0, []
        while len(names) < n_entries and 0 <= (stop := block.find(b"\0", place)) <= len(block) - size:
            names.append(block[place:stop])
            here.append(stop)
            place = stop + size
        if here:
            ends = np.array(here)
            parts.append(windows(np.frombuffer(block, np.uint8), _ENTRY.itemsize)[ends + 1].view(_ENTRY))
            stops += (at + ends).tolist()
            at += place
        elif at + len(block) < len(data):  # a name may be longer than a block
            step *= 2
        else:
            raise CorruptFile(
                f"it ends in entry {len(names) + 1} of {n_entries} of the dictionary, at byte {at}"
            )
    cursor.at = at
    return names, stops, np.concatenate(parts)


def _read_pruned(cursor: Cursor, n_pruned: int) -> NDArray[np.int32] | None:
    if n_pruned < 0:
        return None
    start = cursor.skip(8 * n_pruned, f"the list of {counted(n_pruned, 'n-gram')}")
    return np.frombuffer(cursor.data[start : cursor.at], dtype="<i4").reshape(-1, 2)


def _flag(cursor: Cursor, version: int | None) -> bool:
    """Return whether the matrix that comes next is quantized."""
    if version is None:
        return False
    start = cursor.at
    (flag,) = cursor.read(_FLAG, "the flag of quantization")
    if flag > 1:
        raise CorruptFile(f"byte {start}, which says whether a matrix is quantized, is {flag}, not 0 or 1")
    return bool(flag)


def _subwords(
    version: int | None, settings: Settings, dictionary: Dictionary, n_rows: int
) -> Subwords | None:
    """Return which of the `n_rows` rows of the input matrix make each word; None for only its own."""
    words, n_words = dictionary.names, dictionary.n_words
    n_others = n_rows - n_words
    # As in FastText::loadModel: supervised models of version 11 have no n-grams, whatever their settings say.
    longest = 0 if version == 11 and settings.is_supervised else settings.max_n
    least = max(1, settings.min_n)
    if longest < least or not settings.buckets:
        if n_others < 0:
            raise CorruptFile(f"the input matrix has {counted(n_rows, 'row')} for {counted(n_words, 'word')}")
        return None
    kept = None if dictionary.pruned is None else _checked(dictionary.pruned, settings.buckets, n_others)
    n_expected = settings.buckets if kept is None else len(kept)
    if n_others != n_expected:
        raise CorruptFile(
            f"the input matrix has {counted(n_rows, 'row')} for {counted(n_words, 'word')} "
            f"and {counted(n_expected, 'n-gram')}"
        )
    # The oldest files give the end of a line n-grams like any word, as their .vec files show.
    without = words.index(END_OF_LINE) if version is not None and END_OF_LINE in words else None
    return Subwords(words, n_words, NgramRule(least, longest, settings.buckets), kept, without)


def _checked(pruned: NDArray[np.int32], n_buckets: int, n_rows: int) -> NDArray[np.int32]:
    """Return the n-grams kept, by bucket. Raises CorruptFile for repeated buckets and places out of range."""
    kept = pruned[np.argsort(pruned[:, 0], kind="stable")]
    buckets, rows = kept.T
    if len(kept) and (
        buckets[0] < 0
        or buckets[-1] >= n_buckets
        or (np.diff(buckets) == 0).any()
        or rows.min() < 0
        or rows.max() >= n_rows
    ):
        raise CorruptFile(
            f"its pruned n-grams are not distinct ones of {n_buckets} in {counted(n_rows, 'row')}"
        )
    return kept


def _ngrams(subwords: Subwords | None, inputs: Vectors) -> NgramTable | None:
    """Return the table that vectors of unknown words are made from."""
    if subwords is None:
        return None
    n_words, kept = subwords.n_words, subwords.kept
    if kept is None:
        return NgramTable(subwords.rule, rows_from(inputs, n_words, n_words + subwords.rule.buckets))
    rows = n_words + kept[:, 1].astype(np.int64)
    return NgramTable(subwords.rule, DerivedTable(inputs, len(rows), rows), kept[:, 0]) if len(rows) else None


def _provenance(
    version: int | None, settings: Settings, dictionary: Dictionary, is_quantized: bool
) -> dict[str, Any]:
    return {
        "format": "fastText binary",
        "version": version,
        "quantized": is_quantized,
        "n_tokens": dictionary.n_tokens,
        "n_labels": dictionary.n_labels,
        **asdict(settings),
        "model": _MODELS[settings.model],
        "loss": _LOSSES[settings.loss],
    }

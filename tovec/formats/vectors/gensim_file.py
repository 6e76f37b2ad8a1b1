"""What gensim saves: a pickle of KeyedVectors, Word2Vec, FastText or Doc2Vec, and large arrays beside it.

The pickle is followed and not run (formats/pickles/). A large array has a file of its own,
`NAME.wv.vectors.npy`, and the object lists these in `__numpys`. Names of attributes are those of gensim 4
and, where they differ, of 3.x and before. Source: gensim's utils.SaveLoad, models/keyedvectors.py,
models/fasttext.py.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.formats.pickles.machine import read_pickle
from tovec.formats.pickles.numpy_arrays import array_of, is_array, number_of
from tovec.formats.pickles.values import Global, Items, Object, elements_of, is_name, named, pairs_of
from tovec.formats.read_options import ReadOptions, first_of
from tovec.formats.vectors.array_file import array_table
from tovec.formats.vectors.fasttext_file import LONGEST_NGRAM
from tovec.formats.vectors.fasttext_rows import ComposedTable, Subwords
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, vocabulary_of
from tovec.storage.file_bytes import bytes_of
from tovec.storage.file_errors import BadFile, CorruptFile, UnsupportedFile, reporting_file
from tovec.text.ngrams import NgramRule
from tovec.text.vocabulary import Counts
from tovec.vectors.derived import DerivedTable, first_rows
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.joined import JoinedTable
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.stored import shape_text
from tovec.vectors.table import Vectors

_ROOT = re.compile(rb"(\x80[\x02-\x05]|ccopy_?reg\n_reconstructor).{0,60}?gensim\.", re.DOTALL)
# Gensim 4's names, then older ones.
_WORDS = ("index_to_key", "index2word", "index2entity")
_VECTORS = ("vectors", "syn0")
_OUTPUTS = "syn1neg"


class _Part(NamedTuple):
    """An object of gensim. prefix: what comes before the names of its arrays in the names of their files."""

    path: Path
    kind: str
    attributes: dict[str, Any]
    prefix: str = ""

    def part(self, name: str) -> "_Part | None":
        """Return the object that is an attribute of this one; None without one."""
        value = self.attributes.get(name)
        return None if not isinstance(value, Object) else _part(self.path, value, f"{self.prefix}{name}.")

    def file_of(self, name: str) -> Path | None:
        """Return the file of the array `name`; None where it is in the pickle."""
        apart = elements_of(self.attributes.get("__numpys")) or []
        if not any(type(one) is str and one == name for one in apart):
            return None
        return self.path.with_name(f"{self.path.name}.{self.prefix}{name}.npy")

    def has(self, name: str) -> bool:
        """Whether there is an array of this name."""
        return self.file_of(name) is not None or is_array(self.attributes.get(name))

    def table(self, name: str) -> Vectors | None:
        """Return a table of numbers, read when asked for where it has a file; None without one.

        Raises BadSource for a missing or damaged file.
        """
        file = self.file_of(name)
        if file is None:
            value = self.attributes.get(name)
            return _checked(name, array_of(value)) if is_array(value) else None
        if not file.exists():
            raise BadFile(
                f"{file} is missing; it holds the {name} of {self.path.name}; copy it into the same folder"
            )
        with reporting_file(file):
            return array_table(file)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a pickle of a gensim object."""
    return _ROOT.match(head) is not None


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the words of a file that gensim saved, with their vectors and counts.

    Vectors in a file of their own are read when asked for. FastText: word vectors that gensim composes when
    it loads are composed when asked for, and unknown words get the same vectors as in gensim, except for
    models from before gensim 3.7, whose n-grams were hashed differently. outputs: `syn1neg`, where the file
    has it with a row for each word; `without_file` in the provenance names its file where that is missing.
    Raises BadSource: a missing file, damage, and an object without word vectors.
    """
    with reporting_file(path), path.open("rb") as file:
        root = read_pickle(bytes_of(file, path)).value
        if not isinstance(root, Object):
            raise CorruptFile("its pickle does not hold an object")
        model = _part(path, root)
        words = model.part("wv") or model
        texts = _texts(words)
        if texts is None:
            raise UnsupportedFile(
                f"it is a {model.kind} of gensim, which holds no word vectors; tovec reads KeyedVectors, "
                "Word2Vec, FastText and Doc2Vec"
            )
        named_rows = vocabulary_of(
            texts, lambda row: f"in row {row}", options, _counts(words, texts), END_OF_LINE
        )
        ngrams, composed = _subwords(words, texts)
        vectors = next((words.table(name) for name in _VECTORS if words.has(name)), composed)
        if vectors is None:
            raise CorruptFile("it has words but no vectors for them")
        dim = int(vectors.shape[1])
        outputs, without = _outputs(model, (len(texts), dim))
        if without:
            options.findings.append(f"no output vectors: {without}, which gensim saved beside it, is missing")
        embedding = EmbeddingParts(
            named_rows.vocabulary,
            named_rows.of(_of_words(vectors, len(texts))),
            provenance={"format": f"gensim {model.kind}", **({"without_file": without} if without else {})},
            ngrams=ngrams if ngrams is not None and ngrams.dim == dim else None,
            outputs=None if outputs is None else named_rows.of(outputs),
        )
        return first_of(embedding, options.limit)


def _part(path: Path, value: Object, prefix: str = "") -> _Part:
    # `copyreg._reconstructor` of old protocols has the class as its argument.
    made_by = value.made_by if not value.args else value.args[0]
    kind = next((one for one in (made_by, value.made_by) if isinstance(one, Global)), None)
    name = kind.name if kind is not None and kind.name.isidentifier() else "object"
    return _Part(path, name[:80], named(value.attributes), prefix)


def _checked(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim != 2 or 0 in array.shape:
        shape = shape_text(array.shape) or "one number"
        raise UnsupportedFile(f"its {name} are of shape {shape}, not a table")
    return array


def _of_words(vectors: Vectors, n_words: int) -> Vectors:
    if vectors.shape[0] < n_words:
        raise CorruptFile(
            f"it has {counted(n_words, 'word')} and {counted(vectors.shape[0], 'vector')} for them"
        )
    return first_rows(vectors, n_words)  # there may be room for more words


def _texts(words: _Part) -> list[str] | None:
    """Return the words, None for an object without any."""
    listed = next((words.attributes[name] for name in _WORDS if name in words.attributes), None)
    if not isinstance(listed, list):
        return None
    names = list(listed)
    while names and names[-1] is None:  # room for more words
        names.pop()
    for row, name in enumerate(names):
        if not is_name(name):
            raise UnsupportedFile(f"the key of its row {row} is neither text nor a whole number")
    texts = list(map(str, names))  # keys that are numbers become their digits
    if not texts:
        raise UnsupportedFile("it holds no words")
    return texts


def _counts(words: _Part, names: list[str]) -> Counts | None:
    """Return the count of each word; None where any is unknown."""
    kept = named(pairs_of(words.attributes.get("expandos")) or []).get("count")
    if is_array(kept):
        counts = array_of(kept)
        is_whole = counts.ndim == 1 and counts.dtype.kind in "iu" and len(counts) >= len(names)
        return _if_counts(counts[: len(names)].astype(np.int64)) if is_whole else None
    by_word = {
        word: number_of(named(entry.state.pairs).get("count"))
        for word, entry in pairs_of(words.attributes.get("vocab")) or []
        if type(word) is str and isinstance(entry, Object) and _is_entry(entry.state)
    }
    listed = [by_word.get(name) for name in names]
    if not all(type(n) is int and 0 <= n < 1 << 62 for n in listed):
        return None
    return _if_counts(np.array(listed, dtype=np.int64))


def _is_entry(state: object) -> bool:
    return isinstance(state, Items) and len(state.pairs) <= 16  # entries of a damaged file may have more


def _if_counts(counts: NDArray[np.int64]) -> Counts | None:
    return counts if counts.min() >= 0 and counts.any() else None


def _subwords(words: _Part, texts: list[str]) -> tuple[NgramTable | None, Vectors | None]:
    """Return the table for vectors of unknown words, and the vectors that gensim composes when it loads."""
    own = words.table("vectors_vocab") if words.has("vectors_vocab") else None
    if words.attributes.get("compatible_hash") is not True or not words.has("vectors_ngrams"):
        return None, None
    least, most, n_buckets = (words.attributes.get(name) for name in ("min_n", "max_n", "bucket"))
    if not (type(least) is int and type(most) is int and type(n_buckets) is int):
        raise CorruptFile("its n-grams lack their lengths or the number of buckets")
    if n_buckets == 0 or most < max(1, least):
        return None, own
    if not 0 <= least <= most <= LONGEST_NGRAM:
        raise CorruptFile(f"its n-grams are of {least} to {counted(most, 'character')}")
    rule = NgramRule(max(1, least), most, n_buckets)
    ngrams = words.table("vectors_ngrams")
    assert ngrams is not None
    kept = _kept(words, n_buckets, int(ngrams.shape[0]))
    if kept is None:
        table = NgramTable(rule, ngrams)
    else:
        table = NgramTable(rule, DerivedTable(ngrams, len(kept), kept[:, 1].astype(np.int64)), kept[:, 0])
    if own is None:
        return table, None
    own = _of_words(own, len(texts))
    if own.shape[1] != ngrams.shape[1]:
        raise CorruptFile("its words and its n-grams have vectors of different lengths")
    return table, ComposedTable(JoinedTable([own, ngrams], 0), Subwords(texts, len(texts), rule, kept))


def _kept(words: _Part, n_buckets: int, n_rows: int) -> NDArray[np.int32] | None:
    """Return bucket and row of each n-gram that has a row, by bucket; None where every bucket has one."""
    if n_rows == n_buckets:
        return None
    pairs = pairs_of(words.attributes.get("hash2index")) or []
    known = [
        (bucket, row)
        for bucket, row in pairs
        if type(bucket) is int and type(row) is int and 0 <= bucket < n_buckets and 0 <= row < n_rows
    ]
    kept = np.array(sorted(known), dtype=np.int32).reshape(-1, 2)
    if len(known) != len(pairs) or len(kept) != n_rows or (np.diff(kept[:, 0]) == 0).any():
        raise CorruptFile(f"its {n_rows} n-grams are not distinct ones of {n_buckets}")
    return kept


def _outputs(model: _Part, shape: tuple[int, int]) -> tuple[Vectors | None, str]:
    """Return the output vectors of the words, and the name of their file where it is missing."""
    holder = next((part for part in (model, model.part("trainables")) if part and part.has(_OUTPUTS)), None)
    if holder is None:
        return None, ""
    file = holder.file_of(_OUTPUTS)
    if file is not None and not file.exists():  # models are often shared without it, and words do not need it
        return None, file.name
    outputs = holder.table(_OUTPUTS)
    return (outputs, "") if outputs is not None and tuple(outputs.shape) == shape else (None, "")

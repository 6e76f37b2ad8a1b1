"""An index for millions of rows: finds most of the nearest in a millisecond, and says how many it finds.

The graph is usearch's (HNSW: Malkov and Yashunin 2016, arXiv:1603.09320), with rows at length 1 in half
precision. What it finds is measured again, so the similarities are exact; only the choice is approximate.

usearch follows the offsets in a file without looking at them, so one that somebody crafted crashes the
process or worse. Its layout is its own and changes with its versions, so it is not checked here; a file is
signed with the user's key instead (storage/user_key.py); one without that signature never reaches usearch.
"""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from tovec.checks import whole_number
from tovec.embedding import Embedding, Neighbor, Query
from tovec.errors import BadSetting, BadSource, CannotSave, MissingExtra
from tovec.progress import Counter, Reporter, silent
from tovec.storage import replace_file
from tovec.storage.disk import check_space
from tovec.storage.user_key import is_signed, key_path, signature
from tovec.vectors.cosine import cosines, unit_rows
from tovec.vectors.table import BLOCK_NUMBERS, Vectors, blocks

SEARCHED = 512  # candidates a search follows: of 128 the recall in a model's table was 0.76, of these 0.89
FOUND_BEYOND = 10  # candidates that are measured beyond k: half precision may order close ones wrongly
SAMPLED_NUMBERS = 1 << 20  # of the table, from which it is known again
_MARK = b"tovec\x002\x00"  # behind usearch's own bytes: this, a digest of the table, a signature of all
_OLD_MARK = b"tovec\x001\x00"  # had a digest in the place of the signature, which anyone can make
_TRAILER = len(_MARK) + 64


class ApproximateIndex:
    """The tokens nearest to a query, most of them, in a time that hardly grows with their number.

    Make one with `build`, or `open_or_build` where it is worth keeping. `recall` says how good it is.
    For tables of up to a million rows `Embedding.neighbors` is exact and about as fast.
    """

    def __init__(self, embedding: Embedding, graph: Any, data: bytes = b"") -> None:
        self.embedding = embedding
        self._graph, self._data = graph, data  # usearch looks into the data and does not keep them

    @classmethod
    def build(cls, embedding: Embedding, report: Reporter | None = None) -> "ApproximateIndex":
        """Return an index of all tokens of `embedding` that have a direction.

        Two cores take minutes for 100,000 rows; memory is 2 bytes a number and some 150 a row. The vectors
        must not change from then on. Threads build it, so two indexes may find different tokens.
        report: called with the stage "index", in rows.
        Raises MissingExtra without usearch.
        """
        graph = _usearch().Index(ndim=embedding.dim, metric="ip", dtype="f16", expansion_search=SEARCHED)
        added = Counter(report or silent, "index", len(embedding), "rows")
        for start, rows in blocks(embedding.vectors):
            units = unit_rows(rows)
            ids = np.flatnonzero(units.any(axis=1))
            graph.add((start + ids).astype(np.uint64), units[ids].astype(np.float32))
            added.add(len(rows))
        added.end()
        return cls(embedding, graph)

    @classmethod
    def open_or_build(
        cls, embedding: Embedding, path: str | Path, report: Reporter | None = None
    ) -> "ApproximateIndex":
        """Return the index in the file `path`; where there is none, build it and save it there.

        Raises as `open`, `build` and `save` do.
        """
        if Path(path).exists():
            return cls.open(embedding, path)
        if not Path(path).parent.is_dir():  # said before the work, not after it
            raise CannotSave(f"{Path(path).parent} is not a folder to save an index in")
        _signed(b"")  # makes the key, or says why it cannot
        index = cls.build(embedding, report)
        index.save(path)
        return index

    @classmethod
    def open(cls, embedding: Embedding, path: str | Path) -> "ApproximateIndex":
        """Return the index of `embedding` that was saved as the file `path`, read into memory.

        It opens for the user who saved it, on the machine where that was: a file from elsewhere could make
        usearch do anything. (To use one elsewhere, copy the key too, `user_key.key_path()`.)
        Raises BadSource when it is none, is not signed with this user's key, or belongs to other vectors: it
        is known by the shape of the table and rows all over it. Raises MissingExtra without usearch.
        """
        usearch, path = _usearch(), Path(path)
        if path.exists() and not path.is_file():
            raise BadSource(f"{path} cannot be read: it is not a file")
        try:
            data = path.read_bytes()
            mark, of_table, signed = _cut(data[-_TRAILER:])
            if mark == _OLD_MARK:
                raise BadSource(f"{path} is of an earlier tovec; delete it, and it is made again")
            if mark != _MARK:
                raise BadSource(f"{path} is not an index that tovec made")
            if of_table != _digest(embedding.vectors):
                raise BadSource(f"{path} is the index of other vectors; name another file, or delete it")
            of_graph = hashlib.sha256(memoryview(data)[:-_TRAILER]).digest()
            if not is_signed(mark + of_table + of_graph, signed):
                raise BadSource(
                    f"{path} was not made here by you, or is damaged; an index works only where it was "
                    "made: delete it, and it is made again"
                )
            graph = usearch.Index.restore(data, view=True)
        except (OSError, ValueError, RuntimeError) as error:  # of usearch
            raise BadSource(f"{path} cannot be read: {error}") from error
        graph.expansion_search = SEARCHED
        return cls(embedding, graph, data)

    def save(self, path: str | Path) -> Path:
        """Save as the file `path`, whole or not at all, in usearch's format; return its path.

        It is signed with the user's key, which is made where there is none. Raises CannotSave, NoSpace where
        the disk has not the room.
        """
        path = Path(path)
        check_space(path.parent, self._graph.serialized_length + _TRAILER, "the index")
        try:
            with replace_file(path) as file:
                self._graph.save(file.name)
                if Path(file.name).stat().st_size != self._graph.serialized_length:
                    # usearch does not look at what became of its last bytes.
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                with open(file.name, "rb") as graph:  # noqa: PTH123, a name is what the file knows
                    of_graph = hashlib.file_digest(graph, "sha256").digest()
                trailer = _MARK + _digest(self.embedding.vectors)
                file.seek(0, os.SEEK_END)
                file.write(trailer + _signed(trailer + of_graph))
        except RuntimeError as error:  # of usearch
            raise CannotSave(f"cannot save the index as {path}: {error}") from error
        return path

    def search(self, query: Query, k: int = 10) -> list[Neighbor]:
        """Return `k` tokens near to a token, id or vector, nearest first, as `Embedding.neighbors` does.

        Some of the nearest may be missing, others stand in their places; similarities are exact. Tokens
        without direction are not found.
        Raises as `Embedding.neighbors` does.
        """
        k = whole_number("k", k, 1)
        vector, own = self.embedding._directed(query), self.embedding._keys.own_rows([query])
        if not len(self._graph):
            return []
        unit = unit_rows(vector[None])[0]
        count = min(k + len(own) + FOUND_BEYOND, len(self._graph))
        matches = self._graph.search(unit.astype(np.float32), count)
        ids = np.setdiff1d(matches.keys.astype(np.int64), own)  # ascending, so ties keep their order
        similarities = cosines(self.embedding[ids], vector)
        order = np.argsort(-similarities, kind="stable")[:k]
        names = self.embedding.vocabulary.tokens
        return [Neighbor(names[ids[i]], int(ids[i]), float(similarities[i])) for i in order]

    def recall(self, n_samples: int = 100, k: int = 10, seed: int = 0) -> float:
        """Return the share of the true `k` nearest that `search` finds, in [0, 1], over random tokens.

        A token as similar as the last of the true ones counts as one of them. NaN without tokens that
        have a direction. Raises BadSetting when `n_samples` or `k` is below 1.
        """
        if n_samples < 1:
            raise BadSetting("n_samples", n_samples, "a whole number from 1 up")
        n_tokens = len(self.embedding)
        drawn = np.random.default_rng(seed).choice(n_tokens, min(n_samples, n_tokens), replace=False)
        asked = drawn[unit_rows(self.embedding[drawn]).any(axis=1)].tolist()
        n_true = n_found = 0
        for row, exact in zip(asked, self.embedding.neighbors_of_each(asked, k), strict=True):
            n_true += len(exact)
            n_found += sum(hit.similarity >= exact[-1].similarity for hit in self.search(row, k) if exact)
        return n_found / n_true if n_true else float("nan")


def _usearch() -> Any:
    try:
        from usearch import index
    except ImportError as error:
        raise MissingExtra("an approximate index", "index") from error
    return index


def _signed(message: bytes) -> bytes:
    """Return this user's signature. Raises CannotSave, which names the key, where none can be kept."""
    try:
        return signature(message)
    except RuntimeError as error:  # of a user without a home
        raise CannotSave(f"cannot keep a key to sign the index with: {error}") from error
    except OSError as error:
        raise CannotSave(
            f"cannot keep the key that an index is signed with as {key_path()}: {error.strerror or error}; "
            "make that place writable"
        ) from error


def _digest(vectors: Vectors) -> bytes:
    """Return what a table is known by: its shape and rows at equal distances, as float32."""
    n_rows, dim = vectors.shape
    step = max(1, n_rows * dim // SAMPLED_NUMBERS)
    digest = hashlib.sha256(np.array(vectors.shape, dtype="<i8").tobytes())
    for start in range(0, n_rows, step * max(1, BLOCK_NUMBERS // dim)):
        stop = start + step * max(1, BLOCK_NUMBERS // dim)
        digest.update(np.asarray(vectors[start:stop:step], dtype="<f4").tobytes())
    return digest.digest()


def _cut(trailer: bytes) -> tuple[bytes, bytes, bytes]:
    return trailer[:-64], trailer[-64:-32], trailer[-32:]

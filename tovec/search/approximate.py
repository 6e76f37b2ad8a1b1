"""A graph over the rows of a table, for millions of them: it finds most of the nearest in a millisecond.

The graph is usearch's (HNSW: Malkov and Yashunin 2016, arXiv:1603.09320), with rows at length 1 in half
precision. The rows that it finds are measured again: similarities are exact, only the choice is approximate.

usearch follows the offsets in a file without checking them, so a crafted file crashes the process or worse.
Its layout changes with its versions, so it is not checked here; instead a file is signed with the user's key
(storage/user_key.py), and one without that signature never reaches usearch.
"""

import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSource, CannotSave, MissingExtra
from tovec.progress import Counter, Reporter, silent
from tovec.search.exact import Found
from tovec.storage import replace_file
from tovec.storage.disk import check_space
from tovec.storage.user_key import is_signed, key_path, signature
from tovec.vectors.cosine import cosines, unit_rows
from tovec.vectors.table import BLOCK_NUMBERS, Vectors, blocks

SEARCHED = 512  # candidates a search follows: of 128 the recall in a model's table was 0.76, of these 0.89
FOUND_BEYOND = 10  # candidates measured beyond k: half precision may order close ones wrongly
SAMPLED_NUMBERS = 1 << 20  # of the table, by which it is recognized
_MARK = b"tovec\x002\x00"  # after usearch's own bytes: this, a digest of the table, a signature of everything
_OLD_MARK = b"tovec\x001\x00"  # had a digest in the place of the signature, which anyone can make
_TRAILER = len(_MARK) + 64


class GraphIndex:
    """The rows of a table that have a direction, as a graph; `vectors` must not change.

    A copy or pickle holds the graph as it is, so it finds the same rows. It is not signed, as a file is: who
    loads a pickle trusts who made it.
    """

    def __init__(self, vectors: Vectors, graph: Any, data: bytes = b"") -> None:
        self.vectors = vectors
        self._graph, self._data = graph, data  # usearch refers to the data and does not own them

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.vectors, self._data or bytes(self._graph.save()))

    @classmethod
    def build(cls, vectors: Vectors, report: Reporter | None = None) -> "GraphIndex":
        """Return the index of a table. Raises MissingExtra without usearch."""
        graph = _usearch().Index(ndim=vectors.shape[1], metric="ip", dtype="f16", expansion_search=SEARCHED)
        added = Counter(report or silent, "index", vectors.shape[0], "rows")
        for start, rows in blocks(vectors):
            units = unit_rows(rows)
            ids = np.flatnonzero(units.any(axis=1))
            graph.add((start + ids).astype(np.uint64), units[ids].astype(np.float32))
            added.add(len(rows))
        added.end()
        return cls(vectors, graph)

    @classmethod
    def open_or_build(cls, vectors: Vectors, path: Path, report: Reporter | None = None) -> "GraphIndex":
        """Return the index in the file `path`, built and saved there first where it is missing.

        Raises as `open`, `build` and `save` do.
        """
        if path.exists():
            return cls.open(vectors, path)
        if not path.parent.is_dir():  # reported before the work, not after it
            raise CannotSave(f"{path.parent} is not a folder to save an index in")
        _signed(b"")  # makes the key, or says why it cannot
        index = cls.build(vectors, report)
        index.save(path)
        return index

    @classmethod
    def open(cls, vectors: Vectors, path: Path) -> "GraphIndex":
        """Return the index of `vectors` in the file `path`, read into memory.

        Raises BadSource when the file is not an index, is not signed with this user's key, or belongs to
        other vectors: it records their shape and a digest of rows across the table. Raises MissingExtra.
        """
        _usearch()
        if path.exists() and not path.is_file():
            raise BadSource(f"{path} cannot be read: it is not a file")
        try:
            data = path.read_bytes()
            mark, of_table, signed = _cut(data[-_TRAILER:])
            if mark == _OLD_MARK:
                raise BadSource(f"{path} was saved by an earlier tovec; delete it to build it again")
            if mark != _MARK:
                raise BadSource(f"{path} is not an index that tovec made")
            if of_table != _digest(vectors):
                raise BadSource(f"{path} is the index of other vectors; name another file, or delete it")
            of_graph = hashlib.sha256(memoryview(data)[:-_TRAILER]).digest()
            if not is_signed(mark + of_table + of_graph, signed):
                raise BadSource(
                    f"{path} was not made here by you, or is damaged; an index works only where it was "
                    "made: delete it to build it again"
                )
            return _restored(vectors, data)
        except (OSError, ValueError, RuntimeError) as error:  # of usearch
            raise BadSource(f"{path} cannot be read: {error}") from error

    def save(self, path: Path) -> None:
        """Save as the file `path`, all of it or nothing, in usearch's format, signed with the user's key.

        The key is made where there is none. Raises CannotSave, NoSpace where the disk has too little space.
        """
        check_space(path.parent, self._graph.serialized_length + _TRAILER, "the index")
        try:
            with replace_file(path) as file:
                self._graph.save(file.name)
                if Path(file.name).stat().st_size != self._graph.serialized_length:
                    # usearch does not check whether its last bytes were written.
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                with open(file.name, "rb") as graph:  # noqa: PTH123, a name is what the file knows
                    of_graph = hashlib.file_digest(graph, "sha256").digest()
                trailer = _MARK + _digest(self.vectors)
                file.seek(0, os.SEEK_END)
                file.write(trailer + _signed(trailer + of_graph))
        except RuntimeError as error:  # of usearch
            raise CannotSave(f"cannot save the index as {path}: {error}") from error

    def nearest(self, query: NDArray[Any], k: int, left_out: Sequence[int]) -> Found:
        """Return `k` rows near to `query`, (dim,), which has a direction, nearest first, without `left_out`.

        Some of the nearest may be missing, with others in their places; the cosines are exact. Ties are in
        the order of ids. Rows without direction are never found.
        """
        if not len(self._graph):
            return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        unit = unit_rows(query[None])[0]
        count = min(k + len(left_out) + FOUND_BEYOND, len(self._graph))
        matches = self._graph.search(unit.astype(np.float32), count)
        ids = np.setdiff1d(matches.keys.astype(np.int64), left_out)  # ascending, so ties keep their order
        similarities = cosines(np.asarray(self.vectors[ids], dtype=np.float32), query)
        order = np.argsort(-similarities, kind="stable")[:k]
        return Found(ids[order], similarities[order])


def _restored(vectors: Vectors, data: bytes) -> GraphIndex:
    """Return an index whose graph is `data` in usearch's format, which trusts it."""
    graph = _usearch().Index.restore(data, view=True)
    graph.expansion_search = SEARCHED
    return GraphIndex(vectors, graph, data)


def _usearch() -> Any:
    try:
        from usearch import index
    except ImportError as error:
        raise MissingExtra("an approximate index", "index") from error
    return index


def _signed(message: bytes) -> bytes:
    """Return this user's signature. Raises CannotSave, which names the key, where no key can be stored."""
    try:
        return signature(message)
    except RuntimeError as error:  # of a user without a home
        raise CannotSave(f"cannot store a key to sign the index with: {error}") from error
    except OSError as error:
        raise CannotSave(
            f"cannot store the key that signs an index as {key_path()}: {error.strerror or error}; "
            "make that place writable"
        ) from error


def _digest(vectors: Vectors) -> bytes:
    """Return a digest that recognizes a table: of its shape and of rows at equal distances, as float32."""
    n_rows, dim = vectors.shape
    step = max(1, n_rows * dim // SAMPLED_NUMBERS)
    digest = hashlib.sha256(np.array(vectors.shape, dtype="<i8").tobytes())
    for start in range(0, n_rows, step * max(1, BLOCK_NUMBERS // dim)):
        stop = start + step * max(1, BLOCK_NUMBERS // dim)
        digest.update(np.asarray(vectors[start:stop:step], dtype="<f4").tobytes())
    return digest.digest()


def _cut(trailer: bytes) -> tuple[bytes, bytes, bytes]:
    return trailer[:-64], trailer[-64:-32], trailer[-32:]

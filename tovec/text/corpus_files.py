"""The files of a corpus while it is built: chunks of provisional ids, then final ones in their place."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tovec.storage.disk import WorkFile, remove
from tovec.text.documents import CHUNK_BYTES, Chunk, texts
from tovec.text.in_memory import Texts
from tovec.text.phrases import Phrase, join_phrases
from tovec.text.scanning import Lengths
from tovec.text.vocabulary import Ids

IDS, OFFSETS = "ids.i32", "offsets.i64"
LENGTHS, SPOOL = "lengths.i64", "spool.jsonl"  # removed when the text has been read


class DocumentSource(Protocol):
    """What a corpus is built from: `Documents`, or `Texts` or `TokenLists` in memory."""

    @property
    def readable_again(self) -> bool:
        """Whether `chunks` can be asked for a second time."""

    def chunks(self, chunk_bytes: int = ..., whole_documents: bool = ...) -> Iterator[Chunk]:
        """Yield the documents, in order."""


@contextmanager
def spooled(documents: DocumentSource, directory: Path) -> Iterator[DocumentSource]:
    """Yield documents that can be read twice: the same, or a copy of a stream on disk, for a while."""
    if documents.readable_again:
        yield documents
        return
    path = directory / SPOOL
    try:
        with WorkFile(path) as spool:
            for chunk in documents.chunks(whole_documents=True):
                lines = (json.dumps(text, ensure_ascii=False) + "\n" for text in texts([chunk]))
                spool.write("".join(lines).encode())
        yield _Spool(path)
    finally:
        remove(path)


@dataclass(frozen=True)
class _Spool:
    """Documents that were written down, one JSON string a line."""

    path: Path
    readable_again: bool = True

    def chunks(self, chunk_bytes: int = CHUNK_BYTES, whole_documents: bool = True) -> Iterator[Chunk]:
        with self.path.open(encoding="utf-8") as lines:
            yield from Texts(map(json.loads, lines)).chunks(chunk_bytes)


class CorpusWriter:
    """Writes the ids and offsets of a corpus."""

    def __init__(self, directory: Path) -> None:
        self._ids_path, self._offsets_path = directory / IDS, directory / OFFSETS
        self._lengths_path = directory / LENGTHS
        # For each chunk: its scanner, numbers of ids and documents, whether the last one goes on in the next.
        self._chunks: list[tuple[int, int, int, bool]] = []
        self.n_replaced = self.n_missing = 0

    def __enter__(self) -> "CorpusWriter":
        with ExitStack() as files:
            self._ids = files.enter_context(WorkFile(self._ids_path))
            self._offsets = files.enter_context(WorkFile(self._offsets_path))
            self._lengths = files.enter_context(WorkFile(self._lengths_path))
            self._open = files.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        remove(self._lengths_path)

    def append(self, scanner: int, ids: Ids, lengths: Lengths, chunk: Chunk) -> None:
        """Append a chunk, as its scanner cut it; chunks come in the order of the text."""
        self._ids.write(ids)
        self._lengths.write(lengths)
        self._chunks.append((scanner, len(ids), len(lengths), chunk.continues))
        self.n_replaced += chunk.n_replaced
        self.n_missing += chunk.n_missing

    def finish(self, finals: Sequence[Ids], breaks: bool = False) -> None:
        """Replace provisional ids by `finals[scanner][id]` in place, and write the offsets.

        breaks: whether a BREAK stands for what is left out, and those that were scanned stay.
        """
        from tovec.text import kernels

        n_ids = n_out = end = 0
        self._lengths.seek(0)
        goes_on = False
        for scanner, n, n_documents, continues in self._chunks:
            self._ids.seek(4 * n_ids)
            ids = np.frombuffer(self._ids.read(4 * n), dtype=np.int32)
            lengths = np.frombuffer(self._lengths.read(8 * n_documents), dtype=np.int64)
            out_lengths = np.empty_like(lengths)
            kept = kernels.remap(ids, lengths, finals[scanner], breaks, ids, out_lengths)
            self._ids.seek(4 * n_out)
            self._ids.write(ids[:kept])
            # A document's offset is where it starts; one that goes on has written its own.
            starts = end + np.cumsum(out_lengths) - out_lengths
            self._offsets.write(starts[int(goes_on) :])
            n_ids, n_out, end, goes_on = n_ids + n, n_out + kept, end + kept, continues
        self._ids.truncate(4 * n_out)
        self._offsets.write(np.array([end], dtype=np.int64))

    def join(self, phrases: Sequence[Phrase], final: Ids) -> None:
        """Replace words by the final ids of tokens, `phrases` joined, in place."""
        ids, offsets = self.mapped()
        n_ids = 0
        self._ids.seek(0)
        self._offsets.seek(8)  # the first document begins where it did
        for joined, ends in join_phrases(ids, offsets, phrases, final):
            self._ids.write(joined)
            self._offsets.write(n_ids + ends)
            n_ids += len(joined)
        del ids, offsets  # a map is closed when nothing holds it, and some systems cut no file under one
        self._ids.truncate(4 * n_ids)

    def mapped(self) -> tuple[Ids, NDArray[np.int64]]:
        """Return the ids and the offsets, mapped; empty arrays for empty files, which cannot be."""
        return _mapped(self._ids_path, np.int32), _mapped(self._offsets_path, np.int64)


def _mapped(path: Path, dtype: type) -> NDArray[Any]:
    if path.stat().st_size == 0:
        return np.empty(0, dtype=dtype)
    return np.memmap(path, dtype=dtype, mode="r")

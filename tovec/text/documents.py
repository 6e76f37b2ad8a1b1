"""Text to documents: files, or strings in memory, as chunks of valid UTF-8 with the bounds of documents.

What is read stands in inputs.py, how it becomes UTF-8 in decoding.py. A chunk is what one step of
reading handles: large enough to keep compiled code busy, small enough to keep memory flat.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, BadText
from tovec.text.decoding import Block, Errors, check_encoding, utf8_blocks
from tovec.text.inputs import InputPath, expand, n_bytes_of

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
DocumentKind = Literal["line", "file"]

CHUNK_BYTES = 1 << 21
# Bytes that are held in memory since they cannot be cut: without white space there are no words, and an
# archive of some kilobytes may hold gigabytes of one letter.
MAX_WORD, MAX_DOCUMENT = 1 << 27, 1 << 31


@dataclass(frozen=True)
class Chunk:
    """Some documents.

    data: (n_bytes,) uint8, valid UTF-8, read-only. starts, stops: (n_docs,) int64; document i is
    data[starts[i]:stops[i]], bytes between documents belong to none. Blank documents (nothing but
    ASCII white space) are not listed. continues: the last document goes on in the next chunk, where
    its continuation is the first document, maybe an empty one; a document is cut only where a run
    of ASCII white space begins. n_read, n_replaced: bytes of the input read, and U+FFFD put for bad
    bytes, since the chunk before. n_missing: rows of a table among them that have no value. tokens: the
    documents where they are lists of tokens already; there is no text then.
    """

    data: Bytes
    starts: Offsets
    stops: Offsets
    continues: bool = False
    n_read: int = 0
    n_replaced: int = 0
    n_missing: int = 0
    tokens: Sequence[Sequence[str]] | None = None

    def texts(self) -> Iterator[str]:
        """Yield the documents, or pieces of them, as strings."""
        view = self.data.data
        for start, stop in zip(self.starts.tolist(), self.stops.tolist(), strict=True):
            yield str(view[start:stop], "utf-8")


def texts(chunks: Iterable[Chunk]) -> Iterator[str]:
    """Yield the documents of `chunks` as strings, those cut in pieces joined."""
    pieces: list[str] = []
    for chunk in chunks:
        for number, text in enumerate(chunk.texts(), start=1):
            pieces.append(text)
            if number < len(chunk.starts) or not chunk.continues:
                yield "".join(pieces)
                pieces.clear()


@dataclass(frozen=True)
class Documents:
    """Documents in files: one a line (blank lines skipped) or one a file.

    inputs: as for `inputs.expand`. Lines end at \\n or \\r\\n and nowhere else. encoding: any that
    Python knows; a byte order mark at the start of a file is not part of its text. errors: a bad
    byte is an error, or is replaced by U+FFFD and counted. Every iteration reads again, which
    standard input and pipes cannot. Raises BadSetting or BadText for settings that cannot be.
    """

    inputs: tuple[str | Path, ...]
    document: DocumentKind = "line"
    encoding: str = "utf-8"
    errors: Errors = "strict"

    def __post_init__(self) -> None:
        if self.document not in ("line", "file"):
            raise BadSetting("document", self.document, "'line' or 'file'")
        if self.errors not in ("strict", "replace"):
            raise BadSetting("errors", self.errors, "'strict' or 'replace'")
        check_encoding(self.encoding)

    def paths(self) -> list[InputPath]:
        """Return the files to read, in order. Raises BadText when there are none or one cannot be."""
        return expand(self.inputs)

    def n_bytes(self) -> int | None:
        """Return the size of all files on disk; None when one is a stream (standard input, a pipe)."""
        return n_bytes_of(self.paths())

    @property
    def readable_again(self) -> bool:
        """Whether all inputs can be read a second time, which streams cannot."""
        return self.n_bytes() is not None

    def chunks(self, chunk_bytes: int = CHUNK_BYTES, whole_documents: bool = False) -> Iterator[Chunk]:
        """Return an iterator over the documents in chunks of about `chunk_bytes`.

        A longer document is cut where a run of white space begins, or, with `whole_documents`,
        never; without white space it is never cut either. Raises BadText, for inputs at once.
        """
        return packed(self._chunks(self.paths(), chunk_bytes, whole_documents), chunk_bytes)

    def _chunks(self, paths: list[InputPath], chunk_bytes: int, whole: bool) -> Iterator[Chunk]:
        for path in paths:
            blocks = utf8_blocks(path, self.encoding, self.errors, chunk_bytes)
            yield from _cut(path, blocks, lines=self.document == "line", whole=whole)


def _cut(path: InputPath, blocks: Iterable[Block], lines: bool, whole: bool) -> Iterator[Chunk]:
    """Yield the documents of one file, in chunks that end where a line or a run of white space does."""
    held: list[bytes] = []
    n_read = n_replaced = n_held = 0
    continued = False
    for block in blocks:
        n_read, n_replaced = n_read + block.n_read, n_replaced + block.n_replaced
        end = len(block.data) if block.last else _place_to_cut(block.data, lines, whole)
        if end == 0 and not block.last:
            held.append(block.data)
            n_held += len(block.data)
            most = MAX_DOCUMENT if whole else MAX_WORD
            if n_held > most:
                what = "a document" if whole else "a text without white space"
                raise BadText(f"{path}: {what} of more than {most >> 20:,} MB, more than is held in memory")
            continue
        data = b"".join((*held, memoryview(block.data)[:end]))
        held = [block.data[end:]]
        n_held = len(held[0])
        continues = not block.last and not (lines and data.endswith(b"\n"))
        array = np.frombuffer(data, dtype=np.uint8)
        starts, stops = _line_bounds(array) if lines else (np.array([0]), np.array([len(data)]))
        starts, stops = listed(array, starts, stops, continued)
        yield Chunk(array, starts, stops, continues, n_read, n_replaced)
        continued, n_read, n_replaced = continues, 0, 0


def _place_to_cut(data: bytes, lines: bool, whole: bool) -> int:
    """Return the place after the last line end, else before the last run of white space inside, else 0."""
    end = data.rfind(b"\n") + 1 if lines else 0
    if end or whole:
        return end
    head, *tail = data.rsplit(None, 1) or [b""]
    return len(head) if tail else 0


def _line_bounds(data: Bytes) -> tuple[Offsets, Offsets]:
    """Return where lines start and stop, the last one too when no line end follows it."""
    ends = np.flatnonzero(data == ord("\n"))
    starts = np.append(0, ends + 1)
    # The \r before a \n belongs to the line end; at index -1 it is not before one.
    ends -= (ends > starts[:-1]) & (data[ends - 1] == ord("\r"))
    return starts, np.append(ends, len(data))


def listed(data: Bytes, starts: Offsets, stops: Offsets, continued: bool) -> tuple[Offsets, Offsets]:
    """Return the bounds of documents that are not blank; a first one that is `continued` stays."""
    listed = starts < stops
    suspects = np.flatnonzero(listed)
    suspects = suspects[_is_space(data[starts[suspects]])]
    if len(suspects):
        ink = np.append(~_is_space(data), False)  # reduceat takes no bound past the end
        edges = np.stack((starts[suspects], stops[suspects]), axis=1).ravel()
        listed[suspects] = np.logical_or.reduceat(ink, edges)[::2]
    if continued:
        listed[0] = True
    return starts[listed], stops[listed]


def _is_space(data: Bytes) -> NDArray[np.bool_]:
    """Return which bytes are ASCII white space: blank and \\t \\n \\v \\f \\r, which lie side by side."""
    space: NDArray[np.bool_] = (data == ord(" ")) | (data - np.uint8(ord("\t")) < 5)
    return space


def packed(chunks: Iterable[Chunk], chunk_bytes: int) -> Iterator[Chunk]:
    """Yield `chunks` with small neighbors joined, so that a folder of many small files is read as fast."""
    waiting: list[Chunk] = []
    n_waiting = 0
    for chunk in chunks:
        if waiting and (waiting[-1].continues or n_waiting + len(chunk.data) > chunk_bytes):
            yield _joined(waiting)
            waiting, n_waiting = [], 0
        waiting.append(chunk)
        n_waiting += len(chunk.data)
    if waiting:
        yield _joined(waiting)


def _joined(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    lengths = [len(chunk.data) for chunk in chunks]
    shifts = np.cumsum([0, *lengths[:-1]])
    data = np.concatenate([chunk.data for chunk in chunks])
    data.flags.writeable = False
    return replace(
        chunks[-1],
        data=data,
        starts=np.concatenate([chunk.starts + shift for chunk, shift in zip(chunks, shifts, strict=True)]),
        stops=np.concatenate([chunk.stops + shift for chunk, shift in zip(chunks, shifts, strict=True)]),
        n_read=sum(chunk.n_read for chunk in chunks),
        n_replaced=sum(chunk.n_replaced for chunk in chunks),
        n_missing=sum(chunk.n_missing for chunk in chunks),
    )

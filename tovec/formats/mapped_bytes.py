"""The bytes of a file, mapped, and a place in them that moves with what is read and never past their end."""

import mmap
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tovec.formats.damage import DamageError
from tovec.text.vocabulary import Counts, Vocabulary

END_OF_LINE = "</s>"  # of word2vec.c and fastText


class Cursor:
    """A place, `at`, in the bytes of a file."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        """How many bytes there are from here on."""
        return len(self.data) - self.at

    def read(self, layout: struct.Struct, what: str) -> tuple[Any, ...]:
        """Return the fields of `layout` that lie here, and go past them. Raises DamageError at the end."""
        return layout.unpack_from(self.data, self.skip(layout.size, what))

    def skip(self, n_bytes: int, what: str) -> int:
        """Go past the `n_bytes` bytes of `what`; return where they begin. Raises DamageError at the end."""
        start = self.at
        if n_bytes > self.left:
            raise DamageError(
                f"{what} at byte {start} needs {n_bytes} bytes, and the file ends at byte {len(self.data)}"
            )
        self.at += n_bytes
        return start


@contextmanager
def mapped(path: Path) -> Iterator[Cursor]:
    """Give a cursor at the first byte of `path`. Raises DamageError for an empty file, and OSError."""
    with path.open("rb") as file:
        if not path.stat().st_size:  # nothing that could be mapped
            raise DamageError("it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield Cursor(data)


def words_of(names: Sequence[bytes]) -> list[str]:
    """Return names without a NUL as strings, bytes that are no UTF-8 as surrogate escapes."""
    return b"\0".join(names).decode("utf-8", "surrogateescape").split("\0") if names else []


def vocabulary_of(
    words: Sequence[str], place: Callable[[int], int], counts: Counts | None = None
) -> Vocabulary:
    """Return the vocabulary of `words`; `</s>`, the end of a line, stands for no text.

    place: the byte where a word begins, by its id. Raises DamageError for a word that is there twice.
    """
    special = [words.index(END_OF_LINE)] if END_OF_LINE in words else []
    if len(set(words)) < len(words):
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            if first.setdefault(word, row) != row:
                places = place(first[word]), place(row)
                raise DamageError(
                    "the word {!r} is in it twice, at byte {} and at byte {}".format(word, *places)
                )
    return Vocabulary(words, counts, special=special)

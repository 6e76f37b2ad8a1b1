"""Two texts of which each line says the same, in two languages: lines that both have."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from os import PathLike
from pathlib import Path

from tovec.counted import counted
from tovec.errors import BadText
from tovec.frames import ArrowStream, as_column, values_of
from tovec.text.decoding import utf8_blocks
from tovec.text.inputs import STDIN, expand

_BLOCK_BYTES = 1 << 21

Lines = str | PathLike[str] | Sequence[str] | ArrowStream  # a file, or its lines in a list or a column


class ParallelTexts:
    """The lines of a text and of its translation that have something in both, read as often as needed.

    n_pairs: how many there are. n_blank: lines that are blank in one of the two, which are left out.
    A missing value of a column is a blank line. Raises BadText where one has more lines than the other, and
    for what is not a file, a list or a column of lines.
    """

    def __init__(self, text: Lines, parallel: Lines) -> None:
        self._given = (_checked(text), _checked(parallel))
        self.n_pairs = self.n_blank = 0
        n_lines = [0, 0]
        for pair in self._lines():
            for side, line in enumerate(pair):
                n_lines[side] += line is not None
            full = [bool(line and line.strip()) for line in pair]
            self.n_pairs += all(full)
            self.n_blank += full in ([True, False], [False, True])
        if n_lines[0] != n_lines[1]:
            raise BadText(
                f"{_name(text)} has {counted(n_lines[0], 'line')} and {_name(parallel)} "
                f"{n_lines[1]:,}; of parallel "
                "texts each line is the translation of the same line"
            )

    def side(self, number: int) -> Iterable[str]:
        """Return the lines of the text, 0, or of its translation, 1."""
        return _Side(self, number)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the lines that both texts have."""
        for first, second in self._lines():
            if first and second and first.strip() and second.strip():
                yield first, second

    def _lines(self) -> Iterator[tuple[str | None, str | None]]:
        text, parallel = self._given
        return zip_longest(_lines(text), _lines(parallel))


class _Side:
    def __init__(self, texts: ParallelTexts, number: int) -> None:
        self._texts, self._number = texts, number

    def __iter__(self) -> Iterator[str]:
        return (pair[self._number] for pair in self._texts.pairs())


def _checked(given: Lines) -> Path | Sequence[str]:
    if isinstance(given, str | PathLike):
        files = expand([str(given)])
        if len(files) != 1 or files[0] == STDIN:
            raise BadText(f"{given}: a parallel text is one file, of which every line is counted")
        return Path(files[0])
    column = as_column(given)
    if column is not None and not (column.dtype.is_numeric() or column.dtype.is_temporal()):
        return [line or "" for line in values_of(column)]
    if isinstance(given, list | tuple) and all(isinstance(line, str) for line in given):
        return given
    raise BadText("parallel texts are two files, or two lists or columns of as many lines")


def _name(given: Lines) -> str:
    return str(given) if isinstance(given, str | PathLike) else "the list"


def _lines(given: Path | Sequence[str]) -> Iterator[str]:
    """Yield the lines of a file without their ends, or those of a list."""
    if not isinstance(given, Path):
        yield from given
        return
    held: list[bytes] = []  # of a line that goes on
    for block in utf8_blocks(given, "utf-8", "strict", _BLOCK_BYTES):
        first, *further = block.data.split(b"\n")
        held.append(first)
        for start in further:
            yield b"".join(held).decode().removesuffix("\r")
            held = [start]
    if any(held):
        yield b"".join(held).decode().removesuffix("\r")

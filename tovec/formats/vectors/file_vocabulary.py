"""The names in a file of vectors, as a vocabulary."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.counted import are, counted
from tovec.errors import TovecError
from tovec.formats.read_options import ReadOptions
from tovec.storage.file_errors import UnsupportedFile
from tovec.storage.limits import check_names
from tovec.text.token_bytes import is_text
from tovec.text.vocabulary import Counts, Vocabulary
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Rows, Vectors

END_OF_LINE = "</s>"  # of word2vec.c, fastText and GloVe: stands for no text
_SHOWN = 3  # tokens in one finding
_STEP = 4096  # rows that are moved at a time


class FileVocabulary(NamedTuple):
    """A vocabulary, and the rows of the file that its tokens have, ascending; None for all rows."""

    vocabulary: Vocabulary
    rows: NDArray[np.int64] | None

    def of(self, table: Vectors) -> Vectors:
        """Return the rows of a table that belong to the tokens, as a view."""
        return table if self.rows is None else DerivedTable(table, len(self.rows), self.rows)

    def of_array(self, array: Rows) -> Rows:
        """Return the rows of an array in memory that belong to the tokens; moved to its beginning."""
        if self.rows is None:
            return array
        for start in range(0, len(self.rows), _STEP):
            rows = self.rows[start : start + _STEP]
            if rows[-1] != start + len(rows) - 1:
                array[start : start + len(rows)] = array[rows]
        return array[: len(self.rows)]


def decoded(names: Sequence[bytes], never: bytes) -> list[str]:
    """Return names as strings, bytes that are not UTF-8 as surrogate escapes.

    never: a byte that none of them holds.
    """
    return never.join(names).decode("utf-8", "surrogateescape").split(never.decode())


def vocabulary_of(
    names: Sequence[str],
    place: Callable[[int], str],
    options: ReadOptions,
    counts: Counts | None = None,
    special: str | None = None,
) -> FileVocabulary:
    """Return the vocabulary of `names`, in their order; of a repeated name the first row counts.

    Rows that are left out are a repair, names that are not UTF-8 a finding. place: where the name of a row
    is, `in line 3` or `at byte 20`. special: a name that stands for no text, if it is among them. Raises
    IrregularFile, where strict, with both places of the first repeated name; UnsupportedFile for a name
    longer than `limits.MAX_NAME`, and where all names are numbers and some are repeated, as in a table
    without names.
    """
    check_names(names, place)
    if not is_text(names):
        options.findings.append(_not_utf8(names, place))
    try:
        return FileVocabulary(_vocabulary(names, counts, special), None)
    except TovecError:
        first: dict[str, int] = {}
        again = [row for row, name in enumerate(names) if first.setdefault(name, row) != row]
        if not again:
            raise
    name, row = names[again[0]], again[0]
    if all(map(_is_number, first)):
        raise UnsupportedFile(
            f"its tokens would all be numbers, {name!r} {place(first[name])} and {place(row)}; "
            "save a table without tokens as .npy with its tokens in a .txt beside it"
        )
    shown = ", ".join(f"{names[row]!r} {place(row)}" for row in again[:_SHOWN])
    more = ", …" if len(again) > _SHOWN else ""
    options.repaired(
        f"{len(again):,} of {counted(len(names), 'row')} left out, whose token an earlier "
        f"row has: {shown}{more}",
        f"token {name!r} is {place(first[name])} and {place(row)}; each token must have one row",
    )
    rows = np.delete(np.arange(len(names)), again)
    return FileVocabulary(_vocabulary(list(first), None if counts is None else counts[rows], special), rows)


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _not_utf8(names: Sequence[str], place: Callable[[int], str]) -> str:
    rows = [row for row, name in enumerate(names) if not is_text([name])]
    return (
        f"{len(rows):,} of {counted(len(names), 'token')} {are(len(rows))} not UTF-8, the first "
        f"{place(rows[0])}; their bytes are kept, and iconv makes UTF-8 of a file in another encoding"
    )


def _vocabulary(names: Sequence[str], counts: Counts | None, special: str | None) -> Vocabulary:
    return Vocabulary(names, counts, special=[names.index(special)] if special in names else [])

"""The names that stand in a file of vectors, as a vocabulary."""

from collections.abc import Callable, Sequence

from tovec.errors import TovecError
from tovec.formats.damage import DamageError
from tovec.text.vocabulary import Counts, Vocabulary

END_OF_LINE = "</s>"  # of word2vec.c, fastText and GloVe: stands for no text


def decoded(names: Sequence[bytes], never: bytes) -> list[str]:
    """Return names as strings, bytes that are no UTF-8 as surrogate escapes.

    never: a byte that is in none of them.
    """
    return never.join(names).decode("utf-8", "surrogateescape").split(never.decode())


def vocabulary_of(
    names: Sequence[str],
    place: Callable[[int], str],
    counts: Counts | None = None,
    special: str | None = None,
) -> Vocabulary:
    """Return the vocabulary of `names`, in their order.

    place: where the name of a row stands, `in line 3` or `at byte 20`. special: a name that stands for no
    text, where it is there. Raises DamageError with both places of a name that is there twice.
    """
    try:
        return Vocabulary(names, counts, special=[names.index(special)] if special in names else [])
    except TovecError:
        first: dict[str, int] = {}
        for row, name in enumerate(names):
            if first.setdefault(name, row) != row:
                raise DamageError(
                    f"token {name!r} is {place(first[name])} and {place(row)}; each needs one row"
                ) from None
        raise

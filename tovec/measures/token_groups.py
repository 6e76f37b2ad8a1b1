"""Tokens in groups by kind, by script and by frequency, so that a measure can be taken of each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.text.importance import Kind, Use, kinds_of
from tovec.text.scripts import script_of
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Ids

KINDS: Mapping[Use, str] = {
    Use.WORD: "words",
    Use.SHORT_WORD: "short words",
    Use.PART: "parts of words",
    Use.MIXED: "letters with digits or signs",
    Use.NUMBER: "numbers",
    Use.LETTER: "single letters",
    Use.SIGN: "signs",
    Use.NO_TEXT: "spaces, bytes, control characters",
}
SPECIAL, NAMELESS, NO_SCRIPT = "special tokens", "rows without a token", "no letters"
FIRST_BAND, BAND_FACTOR = 100, 10  # tokens of the first band of frequency, and by how much bands grow
MAX_SCRIPTS = 12  # groups; further scripts are one group
OTHERS = "other scripts, or several"


@dataclass(frozen=True)
class Grouping:
    """Every row in one of a few groups.

    names: of the groups. group_of: (n_rows,) the place of each row's group in `names`.
    """

    names: Sequence[str]
    group_of: NDArray[np.int16]

    def rows(self, group: int) -> Ids:
        """Return the ids of the rows of a group."""
        return np.flatnonzero(self.group_of == group)


def by_kind(vocabulary: Vocabulary) -> Grouping:
    """Return the rows by what their tokens are, as KINDS; special tokens and rows without one come last."""
    names = [*KINDS.values(), SPECIAL, NAMELESS]
    place = {name: at for at, name in enumerate(names)}
    kinds = kinds_of(vocabulary)
    groups = np.full(len(vocabulary), place[NAMELESS], dtype=np.int16)
    groups[: len(kinds)] = [place[KINDS[kind.use]] for kind in kinds]
    special = [row for row in range(len(kinds)) if row in vocabulary.special]
    groups[special] = place[SPECIAL]
    return _without_empty(names, groups)


def by_script(vocabulary: Vocabulary) -> Grouping:
    """Return the rows by the script of all their letters, the largest group first; without letters last."""
    scripts = [_script(vocabulary, row, kind) for row, kind in enumerate(kinds_of(vocabulary))]
    sizes = Counter(script for script in scripts if script not in (OTHERS, NO_SCRIPT))
    largest = sorted(sizes, key=lambda script: (-sizes[script], script))[:MAX_SCRIPTS]
    names = [*largest, OTHERS, NO_SCRIPT]
    place = {name: at for at, name in enumerate(names)}
    groups = np.full(len(vocabulary), place[NO_SCRIPT], dtype=np.int16)
    groups[: len(scripts)] = [place.get(script, place[OTHERS]) for script in scripts]
    return _without_empty(names, groups)


def by_frequency(vocabulary: Vocabulary) -> Grouping:
    """Return the rows in bands, the 100 most frequent, then ten times as many, and so on.

    Without counts they are in the order of their ids, since tokenizers and files of vectors begin with what
    is frequent; special tokens and rows without a token are in a band of their own.
    """
    n_rows = len(vocabulary)
    counts = vocabulary.counts
    order = np.arange(n_rows) if counts is None else np.argsort(-counts, kind="stable")
    special = np.fromiter((row in vocabulary.special for row in range(n_rows)), np.bool_, n_rows)
    order = order[~special[order]]
    what = "tokens by id" if counts is None else "most frequent"
    groups, start, stop = np.zeros(n_rows, dtype=np.int16), 0, FIRST_BAND
    names: list[str] = []
    while start < len(order):
        groups[order[start:stop]] = len(names)
        names.append(f"{what} {start + 1:,} to {min(stop, len(order)):,}")
        start, stop = stop, stop * BAND_FACTOR
    groups[special] = len(names)
    return _without_empty([*names, f"{SPECIAL}, {NAMELESS}"], groups)


def _script(vocabulary: Vocabulary, row: int, kind: Kind) -> str:
    if kind.use is Use.NO_TEXT or row in vocabulary.special:  # a reserved name is no Latin
        return NO_SCRIPT
    name = vocabulary.readable(row)
    return script_of(name) or (OTHERS if any(map(str.isalpha, name)) else NO_SCRIPT)


def _without_empty(names: Sequence[str], groups: NDArray[np.int16]) -> Grouping:
    sizes = np.bincount(groups, minlength=len(names))
    kept = np.flatnonzero(sizes).tolist()
    place = np.zeros(len(names), dtype=np.int16)
    place[kept] = np.arange(len(kept))
    return Grouping([names[at] for at in kept], place[groups])

"""Rows of which it is known that no training text can have reached them: what a suspect is compared with.

Which rows these are is a chain: tokens named as unused or reserved; else rows above the tokenizer's last id;
else the bytes that UTF-8 never has. Names and order after magikarp (arXiv:2405.05417, unused_tokens.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tovec.text.numbered import NumberedNames
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import Ids, Vectors

# Names that makers of tokenizers give to tokens for later. Not those that a model was trained with, such as
# <extra_id_0> of T5, whose rows are among the most trained.
UNUSED = re.compile(
    r"(?:<unused_?\d+>|\[unused_?\d+\]|<\|?reserved[\w-]*\|?>|\[reserved[\w-]*\]|<\|unused[\w-]*\|>|"
    r"<\|mask\d+\|>|<\|extra_\d+\|>|<SPECIAL_\d+>|\[control_\d+\]|<\|?placeholder_?\d+\|?>|"
    r"<\|?dummy[\w-]*\|?>|\[PAD_?\d+\]|<pad_?\d+>|unused_token_\d+|madeupword\d+|>>UNUSED_\d+<<|<｜place▁holder▁no▁\d+｜>)\Z",
    re.IGNORECASE,
)
NEVER_IN_UTF8 = (0xC0, 0xC1, *range(0xF5, 0x100))  # RFC 3629, section 1
MOST_ROWS = 20_000  # of a longer list, evenly chosen ones
ROUNDS = 10  # of choosing the half of the rows that lie closest together


class Link(NamedTuple):
    """A kind of reference rows, in the order in which they are tried."""

    name: str
    find: Callable[[Vocabulary], list[int]]


@dataclass(frozen=True)
class Reference:
    """The reference rows of a table.

    kind: the link of the chain that gave them, "" where none did. ids: ascending. core: the half of `ids`
    that point one way most closely, so that those that were trained after all do not count.
    """

    kind: str
    ids: Ids
    core: Ids


def reference_rows(vocabulary: Vocabulary, vectors: Vectors) -> Reference:
    """Return the rows of the first link of the chain that has any."""
    for link in CHAIN:
        ids = np.array(link.find(vocabulary), dtype=np.int64)
        chosen = ids if len(ids) <= MOST_ROWS else ids[np.linspace(0, len(ids) - 1, MOST_ROWS).astype(int)]
        if len(chosen):
            return Reference(link.name, ids, _core(vectors, chosen))
    nothing = np.empty(0, dtype=np.int64)
    return Reference("", nothing, nothing)


def _core(vectors: Vectors, ids: Ids) -> Ids:
    """Return the half of the rows whose directions are closest together; of up to two, and of zeros, all.

    Steps towards the half of least spread, from the median of all (Rousseeuw and Van Driessen 1999).
    """
    rows = np.asarray(vectors[ids], dtype=np.float32)
    ids, units = ids[np.isfinite(rows).all(axis=1)], unit_rows(rows)[np.isfinite(rows).all(axis=1)]
    directed = units.any(axis=1)
    if directed.any():
        ids, units = ids[directed], units[directed]
    if len(ids) <= 2 or not directed.any():
        return ids
    n_core = (len(ids) + 1) // 2
    center, core = np.median(units, axis=0), np.arange(0)
    for _ in range(ROUNDS):
        nearest = np.sort(np.argsort(-(units @ center), kind="stable")[:n_core])
        if np.array_equal(nearest, core):
            break
        core, center = nearest, units[nearest].mean(axis=0)
    return ids[core]


def _named_unused(vocabulary: Vocabulary) -> list[int]:
    return [row for row, name in enumerate(_given(vocabulary)) if UNUSED.match(name)]


def _above_tokenizer(vocabulary: Vocabulary) -> list[int]:
    """Return the rows after those of all tokens; none where no row has a token."""
    n_given = len(_given(vocabulary))
    return list(range(n_given, len(vocabulary))) if n_given else []


def _impossible_bytes(vocabulary: Vocabulary) -> list[int]:
    if vocabulary.spelling not in (Spelling.BYTE_LEVEL, Spelling.PIECES):
        return []
    impossible = {bytes([byte]) for byte in NEVER_IN_UTF8}
    return [
        row
        for row, name in enumerate(_given(vocabulary))
        if len(name) in (1, 6) and vocabulary.text(row) in impossible
    ]


def _given(vocabulary: Vocabulary) -> tuple[str, ...]:
    tokens = vocabulary.tokens
    return tokens.given if isinstance(tokens, NumberedNames) else tuple(tokens)


CHAIN = (
    Link("tokens named unused or reserved", _named_unused),
    Link("rows above the tokenizer", _above_tokenizer),
    Link("bytes that UTF-8 never has", _impossible_bytes),
)

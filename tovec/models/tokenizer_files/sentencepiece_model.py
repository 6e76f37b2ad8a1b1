"""SentencePiece's pieces, from its own .model or from a GGUF.

Source: SentencePiece's sentencepiece_model.proto.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import CorruptFile


class Kind(IntEnum):
    """The kind of a piece."""

    NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)


BYTES = frozenset(f"<0x{byte:02X}>" for byte in range(256))


@dataclass(frozen=True)
class Pieces:
    """Pieces by id, and how a text is normalized before it is cut into them.

    names: None for an id without a piece. scores, kinds (numbers of Kind): (n_pieces,). charsmap: the
    compiled table of replacements, usually NFKC; empty without one.
    """

    names: list[str | None]
    scores: NDArray[np.float64]
    kinds: NDArray[np.int64]
    model: str  # "bpe", "unigram", "word" or "char"
    unknown: int | None
    byte_fallback: bool = False
    add_dummy_prefix: bool = True
    remove_extra_whitespaces: bool = True
    escape_whitespaces: bool = True
    whitespace_as_suffix: bool = False
    charsmap: bytes = b""

    def of_kind(self, kind: Kind) -> tuple[list[str], NDArray[np.float64]]:
        """Return the names of the pieces of one kind, in the order of their ids, and their scores."""
        wanted = self.kinds == kind
        if None in self.names:
            wanted &= [name is not None for name in self.names]
        names: Any = compress(self.names, wanted.tolist())
        return list(names), self.scores[wanted]


def checked_scores(scores: Any) -> NDArray[np.float64]:
    """Return the scores as an array. Raises CorruptFile for one that is not finite."""
    array = np.asarray(scores, dtype=np.float64)
    strange = np.flatnonzero(~np.isfinite(array))
    if strange.size:
        raise CorruptFile(f"the score of token {strange[0]} is {array[strange[0]]}")
    return array


def checked_kinds(kinds: Any) -> NDArray[np.int64]:
    """Return the kinds as an array. Raises CorruptFile for one that does not exist."""
    try:
        array = np.asarray(kinds, dtype=np.int64)
    except OverflowError as error:
        raise CorruptFile(f"a token is of kind {max(kinds)}, which does not exist") from error
    strange = np.flatnonzero((array < min(Kind)) | (array > max(Kind)))
    if strange.size:
        raise CorruptFile(f"token {strange[0]} is of kind {array[strange[0]]}, which does not exist")
    return array

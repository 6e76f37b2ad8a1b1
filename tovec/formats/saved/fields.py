"""The JSON fields of saved files that describe a vocabulary and the scale of a table, written and read."""

import math
from typing import Any

from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import field
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import DerivedTable, first_rows
from tovec.vectors.table import Vectors


def optional_fields(vocabulary: Vocabulary, scale: float) -> dict[str, Any]:
    """Return the fields that are written only where they differ from the default.

    A tovec that does not know them reads the rest.
    """
    return {
        **({} if scale == 1.0 else {"scale": scale}),
        **({} if vocabulary.spelling is Spelling.PLAIN else {"spelling": vocabulary.spelling}),
        **({"special": sorted(vocabulary.special)} if vocabulary.special else {}),
    }


def read_vocabulary(saved: dict[str, Any]) -> Vocabulary:
    """Return the vocabulary that the fields of a JSON object describe. Raises CorruptFile."""
    tokens, counts = field(saved, "tokens", list), field(saved, "counts", list)
    if tokens is None or not all(isinstance(token, str) for token in tokens):
        raise CorruptFile("its 'tokens' are not a list of strings")
    if counts is not None and not all(type(count) is int and 0 <= count < 1 << 63 for count in counts):
        raise CorruptFile("its 'counts' are not a list of whole numbers")
    spelling, special = field(saved, "spelling", str, Spelling.PLAIN), field(saved, "special", list, [])
    if spelling not in list(Spelling):
        raise CorruptFile(f"its 'spelling' is {spelling!r}, none of {', '.join(Spelling)}")
    if not all(type(row) is int and 0 <= row < len(tokens) for row in special):
        raise CorruptFile("its 'special' are not a list of ids")
    unknown = field(saved, "unknown", str)
    return Vocabulary(tokens, counts, unknown=unknown, spelling=Spelling(spelling), special=special)


def read_scale(saved: dict[str, Any]) -> float:
    """Return what the numbers of a table are multiplied by, as the fields of a JSON object say."""
    scale: float = field(saved, "scale", float, 1.0)
    if not 0 < scale < math.inf:
        raise CorruptFile(f"its 'scale' is {scale}, not a number above 0")
    return scale


def scaled(vectors: Vectors, n_rows: int, scale: float) -> Vectors:
    """Return the first rows of a table times `scale`."""
    return first_rows(vectors, n_rows) if scale == 1.0 else DerivedTable(vectors, n_rows, weights=scale)

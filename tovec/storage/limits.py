"""Limits on what a file may hold, each with its reason, and the checks that readers share.

A limit keeps a small or a crafted file from taking all memory; it is far above what real files hold. What
exceeds one is refused, before memory is spent on it, in a line that names the limit.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tovec.storage.file_errors import UnsupportedFile

# Characters of a token. word2vec.c cuts words at 100 bytes and GloVe at 1000; the longest token of the
# tokenizers of GPT-4o, Llama 3 and Gemma has 128 characters. Texts that have vectors reach some hundred kB.
MAX_NAME = 1 << 20
# Bytes of a line of text with its numbers: ten million dimensions of 25 characters.
MAX_LINE = 1 << 28
# Bytes of a file that is read at once: JSON and other descriptions. The largest known, the tokenizer.json
# of models for a hundred languages, have some 40 MB. In memory JSON takes up to twenty times its size.
MAX_CONTENTS = 1 << 28
# Bytes of a list of tokens: those of a hundred million rows.
MAX_LIST = 1 << 31
# Tokens and merges of a tokenizer. The largest known have 262,144 tokens and twice as many merges.
MAX_IDS = 1 << 24
# Files of one model. The largest known have some 200.
MAX_SHARDS = 1 << 14
# How many times larger than its file compressed content may be, and some bytes more: numbers shrink to a
# third, tables with rows of zeros to much less.
EXPANSION, SMALL = 1000, 1 << 24


def contents(path: Path, most: int = MAX_CONTENTS) -> bytes:
    """Return all bytes of a file. Raises UnsupportedFile for more than `most` bytes, and OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # of this open file, whatever replaces it meanwhile
        if size > most:
            raise UnsupportedFile(f"it has {size:,} bytes, and {most:,} are the most allowed")
        return file.read(size)  # not more, even if it grows


def check_names(names: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise UnsupportedFile for a token longer than `MAX_NAME`; place: says where the token of a row is."""
    if max(map(len, names), default=0) > MAX_NAME:
        row = next(row for row, name in enumerate(names) if len(name) > MAX_NAME)
        raise UnsupportedFile(too_long(len(names[row]), place(row)))


def too_long(n_characters: int, place: str) -> str:
    """Return the message about a token of `n_characters` at that place."""
    return (
        f"the token {place} has {n_characters:,} characters, and {MAX_NAME:,} are the most allowed; "
        "give such a row a short name"
    )


def decompressed_limit(file_size: int) -> int:
    """Return how many bytes the content of a compressed file of that size may take."""
    return EXPANSION * file_size + SMALL


def check_decompressed(n_bytes: int, file_size: int, what: str) -> None:
    """Raise UnsupportedFile where `what`, decompressed, would be out of proportion to its file."""
    if n_bytes > decompressed_limit(file_size):
        raise UnsupportedFile(
            f"{what} would take {n_bytes:,} bytes, more than {EXPANSION} times its size; unpack it, or save "
            "it again"
        )

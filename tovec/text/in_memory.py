"""Documents in memory: strings, or lists of tokens, in chunks like those of files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tovec.checks import in_one_line, is_missing
from tovec.errors import BadText, TovecError
from tovec.text.documents import CHUNK_BYTES, Chunk, listed
from tovec.text.token_bytes import is_text
from tovec.text.token_names import check_tokens


class Texts:
    """Strings as documents, each one document whatever line ends it holds.

    As often readable as `texts` can be iterated over.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    @property
    def readable_again(self) -> bool:
        """Whether the texts can be read a second time, which an iterator's cannot."""
        return not isinstance(self._texts, Iterator)

    def n_bytes(self) -> None:
        """Return nothing: how many bytes they are is not known before they are read."""

    def chunks(self, chunk_bytes: int = CHUNK_BYTES, whole_documents: bool = True) -> Iterator[Chunk]:
        """Yield the documents in chunks of about `chunk_bytes`; none is ever cut.

        Raises BadText, with the number of the document, for one that is not a string or holds a
        lone surrogate.
        """
        waiting: list[bytes] = []
        n_waiting = 0
        for number, text in enumerate(self._texts, start=1):
            waiting.append(_encoded(text, number))
            n_waiting += len(waiting[-1])
            if n_waiting >= chunk_bytes:
                yield chunk_of(waiting)
                waiting, n_waiting = [], 0
        if waiting:
            yield chunk_of(waiting)


class TokenLists:
    """Lists of tokens as documents; they are used as they are, and no tokenizer runs.

    As often readable as `documents` can be iterated over. Empty lists are left out.
    """

    def __init__(self, documents: Iterable[Iterable[str]]) -> None:
        self._documents = documents

    @property
    def readable_again(self) -> bool:
        """Whether the documents can be read a second time, which an iterator's cannot."""
        return not isinstance(self._documents, Iterator)

    def n_bytes(self) -> None:
        """Return nothing: how many bytes they are is not known before they are read."""

    def chunks(self, chunk_bytes: int = CHUNK_BYTES, whole_documents: bool = True) -> Iterator[Chunk]:
        """Yield the documents in chunks of about `chunk_bytes`.

        Raises BadText, with the number of the document, for one that is not a list of tokens, and for a token
        that is not a string or holds a lone surrogate.
        """
        waiting: list[Sequence[str]] = []
        n_waiting = 0
        for number, document in enumerate(self._documents, start=1):
            tokens = _tokens(document, number)
            if not tokens:
                continue
            waiting.append(tokens)
            n_waiting += sum(map(len, tokens)) + len(tokens)
            if n_waiting >= chunk_bytes:
                yield _chunk_of_tokens(waiting, n_waiting)
                waiting, n_waiting = [], 0
        if waiting:
            yield _chunk_of_tokens(waiting, n_waiting)


def _tokens(document: Any, number: int) -> list[str]:
    if isinstance(document, (str, bytes)) or not isinstance(document, Iterable):
        way = _way_of_missing(document, number) or "the first is a list of tokens, so give those alone"
        raise BadText(f"document {number} is {in_one_line(document)}; {way}")
    tokens = list(document)
    if not set(map(type, tokens)) <= {str}:
        try:
            check_tokens(tokens, f"document {number}: ")
        except TovecError as error:
            raise BadText(str(error)) from error
        tokens = list(map(str, tokens))  # those of NumPy
    if not is_text(tokens):
        raise BadText(f"document {number} holds a token with a lone surrogate, which is not text; replace it")
    return tokens


def _chunk_of_tokens(documents: list[Sequence[str]], n_read: int) -> Chunk:
    nothing = np.empty(0, dtype=np.int64)
    return Chunk(np.empty(0, dtype=np.uint8), nothing, nothing, n_read=n_read, tokens=documents)


def _encoded(text: str, number: int) -> bytes:
    if not isinstance(text, str):
        raise BadText(f"document {number} is {in_one_line(text)}; {_way(text, number)}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        bad = f"U+{ord(text[error.start]):04X}"
        raise BadText(
            f"document {number} holds a lone surrogate, {bad} at character {error.start}, which is not text; "
            "replace it, as with text.encode('utf-8', 'replace').decode()"
        ) from error


def _way(value: object, number: int) -> str:
    """Return how to give a value that is not a string."""
    missing = _way_of_missing(value, number)
    if missing:
        return missing
    if isinstance(value, (bytes, bytearray)):
        return "decode it, as with text.decode('utf-8')"
    if isinstance(value, Mapping):
        return "give the field that holds the text, as [row['text'] for row in rows]"
    if hasattr(value, "as_py"):
        return "give the values of an Arrow column, column.to_pylist()"
    if isinstance(value, Iterable):
        return "the first is a string of text, so give those alone"
    return "a document is one string of text"


def _way_of_missing(value: object, number: int) -> str:
    if not is_missing(value):
        return ""
    return (
        f"row {number - 1}, counted from 0, has no value; leave it out, as column.dropna() does in pandas, "
        "drop_nulls() in polars"
    )


def chunk_of(documents: list[bytes]) -> Chunk:
    """Return documents in UTF-8 as a chunk."""
    data = np.frombuffer(b"".join(documents), dtype=np.uint8)
    lengths = np.array([len(document) for document in documents], dtype=np.int64)
    stops = np.cumsum(lengths)
    starts, stops = listed(data, stops - lengths, stops, continued=False)
    return Chunk(data, starts, stops, n_read=len(data))

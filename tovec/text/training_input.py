"""What a caller gives as text (paths, strings, lists of tokens, a column of a table) to documents."""

import os
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tovec.checks import check_no_frame, check_texts, in_one_line
from tovec.errors import BadSetting, BadText
from tovec.frames import ArrowStream, ColumnValues, as_column
from tovec.text.column_files import ColumnDocuments
from tovec.text.decoding import Errors
from tovec.text.documents import DocumentKind, Documents
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.inputs import STDIN

GivenDocuments = Documents | ColumnDocuments | Texts | TokenLists
TextInput = (
    str
    | os.PathLike[str]
    | Iterable[str]
    | Iterable[os.PathLike[str]]
    | Iterable[Iterable[str]]
    | ArrowStream  # a column
    | GivenDocuments
)

_WAYS = "give a path, a list of strings, each one document, or a list of lists of tokens"


def documents_from(
    given: TextInput,
    document: DocumentKind = "line",
    encoding: str = "utf-8",
    errors: Errors = "strict",
    column: str | None = None,
) -> GivenDocuments:
    """Return the documents that `given` holds; its first item shows what it is.

    A string is a path, as `inputs.expand` takes it, and so is a Path or any number of them. Strings in a
    list, or in anything that can be iterated over, a column of pandas, polars or Arrow and an array of NumPy
    among them, are documents; lists, tuples or arrays in it are the tokens of a document each. An iterator is
    read once. document, encoding, errors: of files, as Documents takes them. column: of files alone, too,
    which are then tables, and their rows the documents. Documents are returned as they are.
    Raises BadText for paths that do not exist and for anything else.
    """
    if isinstance(given, GivenDocuments):
        return given
    if isinstance(given, (str, os.PathLike)):
        return _files([given], document, encoding, errors, column)
    _check_kind(given)
    values = _values(given)
    iterator = iter(values)
    is_read_once = iter(values) is iterator
    begins = list(islice(iterator, 1))
    first = begins[0] if begins else None
    items: Iterable[Any] = chain(begins, iterator) if is_read_once else values
    if isinstance(first, os.PathLike) or _are_inputs(items):
        return _files(list(items), document, encoding, errors, column)
    if _is_token_list(first):
        return TokenLists(items)
    if isinstance(items, (list, tuple)) and _are_files(items):
        raise BadText(
            f"{items[0]!r} is the name of a file, but strings in a list are documents; "
            "give pathlib.Path objects to read files"
        )
    return Texts(items)


def texts_of_column(given: TextInput, column: str | None) -> GivenDocuments:
    """Return the documents of `given`, of files the rows of `column`; raises as the two functions here."""
    documents = documents_from(given, column=column)
    check_column(documents, column)
    return documents


def check_column(documents: GivenDocuments, column: str | None) -> None:
    """Raise BadSetting for a column beside text that is not in files."""
    if column is not None and not isinstance(documents, ColumnDocuments):
        rule = "left out where the text is not in files; give that column, table[column]"
        raise BadSetting("column", column, rule)


def _check_kind(given: Any) -> None:
    """Raise BadText for what holds no documents, with the way to them."""
    kind = type(given).__name__
    if isinstance(given, (bytes, bytearray)):
        raise BadText(f"text is given as a string, not as {kind}; decode it, as with text.decode('utf-8')")
    check_no_frame(given)
    if not isinstance(given, Iterable) or getattr(given, "ndim", 1) == 0:
        raise BadText(f"there is no text in {in_one_line(given)}; {_WAYS}")
    check_texts(given)


def _values(given: Any) -> Any:
    """Return what holds the values of a column of a table; anything else as it is."""
    column = as_column(given)
    if column is None:
        return given
    kind = column.dtype
    if kind.is_numeric() or kind.is_temporal():
        name = f"column {column.name!r}" if column.name else "the column"
        raise BadText(f"{name} holds {kind}, not text; give the one that holds the text")
    return ColumnValues(column)


def _is_token_list(item: object) -> bool:
    """Whether a document is tokens: a list, a tuple, an array or a column, but no text and no mapping."""
    return isinstance(item, Iterable) and not isinstance(item, (str, bytes, bytearray, Mapping))


def _are_inputs(items: object) -> bool:
    """Whether all of a list are paths or standard input, and not texts."""
    return (
        isinstance(items, (list, tuple))
        and bool(items)
        and all(isinstance(item, os.PathLike) or (isinstance(item, str) and item == STDIN) for item in items)
    )


def _are_files(items: list[Any] | tuple[Any, ...]) -> bool:
    return bool(items) and all(
        isinstance(item, str) and len(item) < 256 and "\0" not in item and Path(item).is_file()
        for item in items
    )


def _files(
    given: list[Any], document: DocumentKind, encoding: str, errors: Errors, column: str | None
) -> Documents | ColumnDocuments:
    for item in given:
        if not isinstance(item, (str, os.PathLike)):
            raise BadText(f"{in_one_line(item)}, is not a path as the first is; {_WAYS}")
    paths = tuple(STDIN if str(item) == STDIN else Path(item) for item in given)
    documents: Documents | ColumnDocuments
    if column is None:
        documents = Documents(paths, document, encoding, errors)
    elif document != "line":
        raise BadSetting("document", document, "left out beside `column`: a document is a row")
    else:
        documents = ColumnDocuments(paths, column, encoding, errors)
    try:
        documents.paths()  # a path that does not exist is reported before any work
    except BadText as error:
        if len(given) == 1 and isinstance(given[0], str) and len(given[0].split()) > 1:
            raise BadText(f"{error}; text itself is given in a list, as [text]") from error
        raise
    return documents

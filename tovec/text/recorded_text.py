"""Where the text of a run lies, as its result records it, to be read again while it is the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tovec.errors import BadSetting, BadText
from tovec.text.column_files import ColumnDocuments
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.training_input import GivenDocuments

MOST_FILES = 100


def record_of(documents: GivenDocuments) -> dict[str, Any] | None:
    """Return where files lie, as JSON values; None for what cannot be read again, and for very many files.

    The paths are those that were given: a folder that is passed on tells nothing of the machine that its
    author has not typed.
    """
    if isinstance(documents, (Texts, TokenLists)) or not documents.readable_again:
        return None
    how = {"column": documents.column} if isinstance(documents, ColumnDocuments) else {}
    if isinstance(documents, Documents):
        how = {"document": documents.document}
    paths = documents.paths()
    if len(paths) > MOST_FILES:
        return None
    return {
        "paths": list(map(str, paths)),
        "bytes": documents.n_bytes(),
        **how,
        "encoding": documents.encoding,
        "errors": documents.errors,
    }


def recorded_name(record: Any) -> str | None:
    """Return the first path of what `record_of` has recorded, for people; None where there is none."""
    paths = record.get("paths") if isinstance(record, Mapping) else None
    if not isinstance(paths, list) or not paths or not isinstance(paths[0], str):
        return None
    return paths[0] if len(paths) == 1 else f"{paths[0]}, …"


def recorded_text(record: Any) -> Documents | ColumnDocuments | None:
    """Return the documents that `record_of` has recorded; None where they are not there or have another size.

    A record may come from anyone: anything may stand in it, and only files are looked at.
    """
    if not isinstance(record, Mapping):
        return None
    paths = record.get("paths")
    kind, rows = (ColumnDocuments, "column") if "column" in record else (Documents, "document")
    how: Any = [record.get(name) for name in (rows, "encoding", "errors")]
    if not isinstance(paths, list) or not all(isinstance(each, str) for each in [*paths, *how]):
        return None
    try:
        files = tuple(map(Path, paths[: MOST_FILES + 1]))
        if not files or len(files) > MOST_FILES or not all(file.is_file() for file in files):
            return None
        documents = kind(files, *how)
        return documents if documents.n_bytes() == record.get("bytes") else None
    except (BadSetting, BadText, OSError, ValueError):
        return None

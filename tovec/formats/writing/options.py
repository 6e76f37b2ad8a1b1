"""Options of a writer, apart from the embedding and the path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tovec.formats.writing.dtypes import F32, Dtype

# One number a token, (n_tokens,), or several, (n_tokens, n); or a record of such, by name.
ColumnValues = NDArray[Any] | Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Options:
    """How an embedding is written.

    escape: escape tokens that the format cannot hold; else they are errors. columns: further columns of
    Parquet. snapshots: a folder whose contents are copied into a saved folder.
    """

    dtype: Dtype = F32
    escape: bool = False
    columns: Mapping[str, ColumnValues] = field(default_factory=dict)
    snapshots: Path | None = None

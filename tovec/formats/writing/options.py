"""What is asked of a writer beside the embedding and the path."""

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

    escape: tokens that the format cannot hold are escaped; else they are errors. columns: what Parquet
    gets beside tokens and vectors. snapshots: a folder that a saved folder takes in.
    """

    dtype: Dtype = F32
    escape: bool = False
    columns: Mapping[str, ColumnValues] = field(default_factory=dict)
    snapshots: Path | None = None

"""Parquet: a row a token, with the columns `id`, `token`, `vector` and, where counts are known, `count`.

`vector` is a list of fixed length, as pandas, polars, DuckDB and Embedding Atlas read it; more columns may
be given. For Embedding Atlas (https://apple.github.io/embedding-atlas/tool.html) name them:
`embedding-atlas FILE --text token --vector vector`, or, where there are points, `--x projection_x
--y projection_y`, and `--neighbors neighbors` for a column of `{"ids": [...], "distances": [...]}`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tovec.errors import MissingExtra
from tovec.formats.writing.dtypes import encoded
from tovec.formats.writing.names import NameRule, row_name, spelled
from tovec.formats.writing.options import ColumnValues, Options
from tovec.storage import replace_file
from tovec.vectors.embedding_parts import EmbeddingParts

_TOKENS = NameRule()


def save(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path`, a row group for each block of the table, so that memory holds only one.

    Raises CannotSave for a token that is not valid Unicode and for a number that the dtype cannot hold,
    MissingExtra without pyarrow.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("Parquet", "arrow") from error
    vocabulary, dtype = embedding.vocabulary, options.dtype
    names = spelled(vocabulary.tokens, _TOKENS, "Parquet", options.escape)
    columns: dict[str, ColumnValues] = dict(options.columns)
    if vocabulary.counts is not None:
        columns["count"] = vocabulary.counts
    of_numbers = pa.from_numpy_dtype(dtype.numpy)
    schema = pa.schema(
        [
            pa.field("id", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("vector", pa.list_(of_numbers, embedding.dim), nullable=False),
            *(pa.field(name, _column(values, slice(0)).type) for name, values in columns.items()),
        ]
    )
    with replace_file(path) as file, parquet.ParquetWriter(file, schema) as writer:
        start = 0
        for rows in encoded(embedding.vectors, dtype, 1.0, row_name(vocabulary.tokens)):
            part = slice(start, start + len(rows))
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), embedding.dim)
            more = [_column(values, part) for values in columns.values()]
            ids = pa.array(np.arange(part.start, part.stop, dtype=np.int32))
            table = [ids, pa.array(names[part], pa.string()), vectors, *more]
            writer.write_batch(pa.record_batch(table, schema=schema))
            start = part.stop


def _column(values: ColumnValues, part: slice) -> Any:
    """Return some rows of a column as an Arrow array: of numbers, of lists of them, or of records."""
    import pyarrow as pa

    if isinstance(values, Mapping):
        return pa.StructArray.from_arrays([_column(one, part) for one in values.values()], names=[*values])
    rows = np.ascontiguousarray(values[part])
    if rows.ndim == 1:
        return pa.array(rows)
    return pa.ListArray.from_arrays(
        np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1], rows.reshape(-1)
    )

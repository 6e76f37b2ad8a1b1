"""One column of text of a Parquet file, some rows at a time; pyarrow, the extra `arrow`, reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tovec.errors import BadText, MissingExtra
from tovec.text.delimited import place_of
from tovec.text.documents import CHUNK_BYTES, Chunk, listed

_MOST_ROWS = 1 << 12  # of which each takes what it takes: equal texts are once in the file
_BUFFER_BYTES = 1 << 20  # of the file; without it pyarrow holds a whole row group of a column


def parquet_column(path: Path, column: str, chunk_bytes: int) -> Iterator[Chunk]:
    """Yield the values of `column` as documents, in chunks of about `chunk_bytes`; missing ones are counted.

    Raises as `_batches`.
    """
    n_bytes, n_read = path.stat().st_size, 0
    for values, share in _batches(path, column, chunk_bytes):
        n_now = int(n_bytes * share)
        yield _chunk(values, n_now - n_read)
        n_read = n_now


def parquet_values(path: Path, column: str) -> Iterator[str | None]:
    """Yield the values of `column`, None for missing ones; raises as `_batches`."""
    for values, _ in _batches(path, column, CHUNK_BYTES):
        yield from values.to_pylist()


def _batches(path: Path, column: str, chunk_bytes: int) -> Iterator[tuple[Any, Fraction]]:
    """Yield the values of `column` as arrays of about `chunk_bytes`, large_string, and the share read so far.

    Raises BadText for a file that cannot be read, a column that is not there, and one that is not of text;
    MissingExtra without pyarrow.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra(f"{path}: reading Parquet", "arrow") from error
    with _reporting(path), parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as table:
        names = table.schema_arrow.names
        column = names[place_of(path, column, names)]
        _check_is_text(path, table.schema_arrow.field(column))
        n_rows, n_done = table.metadata.num_rows, 0
        n_at_once = _rows_at_once(table.metadata, column, chunk_bytes)
        for batch in table.iter_batches(n_at_once, columns=[column], use_threads=False):
            batch.validate(full=True)  # offsets and UTF-8, which pyarrow would trust
            n_done += len(batch)
            yield batch.column(column).cast("large_string"), Fraction(n_done, n_rows)


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """Turn the errors of pyarrow, which have several lines, into BadText of one line."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        line = (str(error).splitlines() or ["it is damaged"])[0]
        raise BadText(f"{path} cannot be read as Parquet: {line}") from error


def _check_is_text(path: Path, field: Any) -> None:
    from pyarrow import types

    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return
    is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    holds = f"numbers ({kind})" if is_number else str(kind)
    raise BadText(f"{path}: column {field.name!r} holds {holds}, not text")


def _rows_at_once(metadata: Any, column: str, chunk_bytes: int) -> int:
    """Return how many rows make about `chunk_bytes`, as far as the sizes in the footer say."""
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    parts = (group.column(at) for group in groups for at in range(group.num_columns))
    n_bytes = sum(part.total_uncompressed_size for part in parts if part.path_in_schema == column)
    n_fitting: int = chunk_bytes * metadata.num_rows // max(1, n_bytes)
    return max(1, min(_MOST_ROWS, n_fitting))


def _chunk(texts: Any, n_read: int) -> Chunk:
    """Return an array of large_string as documents, without copying its text."""
    _, offset_bytes, text_bytes = texts.buffers()
    data = np.frombuffer(text_bytes or b"", dtype=np.uint8)
    bounds = np.frombuffer(offset_bytes, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data, bounds = data[bounds[0] : bounds[-1]], bounds - bounds[0]
    there = texts.is_valid().to_numpy(zero_copy_only=False)
    starts, stops = bounds[:-1][there], bounds[1:][there]
    return Chunk(
        data, *listed(data, starts, stops, continued=False), n_read=n_read, n_missing=texts.null_count
    )

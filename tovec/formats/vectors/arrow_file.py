"""Vectors in an Arrow table: Parquet, Arrow files (Feather) and streams, read batch after batch.

A vector is a list of numbers, of fixed length or not, or one column for each number. pyarrow, the extra
`arrow`, reads the files. Formats: https://parquet.apache.org,
https://arrow.apache.org/docs/format/Columnar.html.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tovec.counted import counted
from tovec.errors import MissingExtra
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.columns import Column, choose, choose_token
from tovec.formats.vectors.file_vocabulary import vocabulary_of
from tovec.formats.vectors.parquet_footer import ColumnPart, column_parts
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.limits import MAX_NAME, check_decompressed, too_long
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.table import Rows

_PARQUET, _FILE, _STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_ENCRYPTED = b"PARE"  # Parquet whose footer is encrypted
_STREAM_SUFFIXES = (".arrow", ".arrows")  # the first bytes of a stream alone prove little
_NO_KEY = "it is encrypted; decrypt it first"
_BATCH = 4096  # rows of Parquet at a time
_DELTA_BATCH = 256  # rows; their tokens may share megabytes, which the file size does not limit
_NUMBERS_AT_ONCE = 1 << 22
# First bytes of a compressed buffer, after its length: LZ4, Zstandard, frames to skip.
_FRAMES = (0x184D2204, 0xFD2FB528, *range(0x184D2A50, 0x184D2A60))
_NO_LENGTH = 1 << 42  # bytes; a larger number there is not a length but two floats
_SCANNED = 1 << 22  # bytes at a time


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is Parquet or Arrow."""
    is_stream = head.startswith(_STREAM) and path.suffix.lower() in _STREAM_SUFFIXES
    return is_stream or head.startswith((_PARQUET, _ENCRYPTED, _FILE))


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the embedding in the table `path`, its vectors in memory in float32.

    `columns.choose` says which columns hold tokens and vectors. Tokens may be whole numbers. Of a repeated
    token the first row counts.
    Raises BadSource that names file and row, or the columns: no tokens or no vectors among them, vectors of
    different lengths, missing values, a damaged file; MissingExtra without pyarrow.
    """
    pyarrow = _pyarrow(path)
    with reporting_file(path), _arrow_errors(pyarrow):
        names: list[str] = []
        tables: list[Rows] = []
        size, n_bytes = path.stat().st_size, 0
        for chosen, batch in _batches(path, options.limit):
            first_row = len(names) + 1
            names += _names(batch.column(chosen.token), first_row)
            n_bytes += _n_characters(batch.column(chosen.token), names[first_row - 1 :])
            table = _table(batch, chosen.vector, first_row)
            if not tables:
                options.findings.extend(chosen.findings)
            if tables and table.shape[1] != tables[0].shape[1]:
                raise CorruptFile(_other_dim(first_row, table.shape[1], tables[0].shape[1]))
            tables.append(table)
            n_bytes += table.nbytes
            check_decompressed(n_bytes, size, "its uncompressed contents")
        if not names:
            raise CorruptFile("it has no rows")
        named = vocabulary_of(names, lambda row: f"in row {row + 1}", options)
        provenance = {"format": "Arrow table", "file": path.name}
        return EmbeddingParts(
            named.vocabulary, named.of_array(_stacked(tables, len(names))), provenance=provenance
        )


def token_column(path: Path, limit: int | None = None) -> list[str]:
    """Return the tokens of a table that may have no vectors; of a single column, that one.

    Raises CorruptFile, OSError; MissingExtra without pyarrow.
    """
    pyarrow = _pyarrow(path)
    names: list[str] = []
    n_characters = 0
    with _arrow_errors(pyarrow):
        for chosen, batch in _batches(path, limit, needs_vectors=False):
            more = _names(batch.column(chosen.token), len(names) + 1)
            n_characters += _n_characters(batch.column(chosen.token), more)
            check_decompressed(n_characters, path.stat().st_size, "its tokens")
            names += more
    return names


def _pyarrow(path: Path) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra(f"{path}: reading Parquet and Arrow", "arrow") from error
    return pyarrow


@contextmanager
def _arrow_errors(pyarrow: Any) -> Iterator[None]:
    """Turn the errors of pyarrow, which have several lines, into errors of one line."""
    try:
        yield
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        line = (str(error).splitlines() or ["it cannot be read"])[0]
        if "decrypt" in line.lower():
            raise UnsupportedFile(_NO_KEY) from error
        raise CorruptFile(line) from error


class _Chosen(NamedTuple):
    token: str
    vector: list[str]
    findings: list[str]


def _batches(path: Path, limit: int | None, *, needs_vectors: bool = True) -> Iterator[tuple[_Chosen, Any]]:
    """Yield the first `limit` rows in batches, with the names of the chosen columns.

    Every batch is validated: pyarrow trusts the offsets in a file unless it is told to check them.
    """
    n_left = limit
    for chosen, batch in _all_batches(path, needs_vectors):
        if n_left is not None:
            batch = batch.slice(0, n_left)
            n_left -= batch.num_rows
        if batch.num_rows:
            batch.validate(full=True)
            yield chosen, batch
        if n_left == 0:
            return


def _all_batches(path: Path, needs_vectors: bool) -> Iterator[tuple[_Chosen, Any]]:
    import pyarrow
    from pyarrow import parquet

    with path.open("rb") as file:
        start = file.read(len(_FILE))
    if start.startswith(_ENCRYPTED):
        raise UnsupportedFile(_NO_KEY)
    if start.startswith(_PARQUET):
        with parquet.ParquetFile(path) as table:
            chosen = _choose(table.schema_arrow, needs_vectors)
        columns = [chosen.token, *chosen.vector]
        parts = [part for part in column_parts(path) if part.name in columns]
        # With a dictionary equal tokens are kept in memory once. pyarrow makes none for delta encodings,
        # where each text is written as its difference to the one before.
        is_delta = any(part.is_delta for part in parts if part.name == chosen.token)
        with parquet.ParquetFile(path, read_dictionary=[] if is_delta else [chosen.token]) as table:
            n_rows = _rows_at_once(path, table.metadata.num_rows, parts)
            n_rows = min(n_rows, _DELTA_BATCH) if is_delta else n_rows
            yield from (
                (chosen, batch) for batch in table.iter_batches(n_rows, columns=columns, use_threads=True)
            )
        return
    _check_buffers(path)
    with pyarrow.OSFile(str(path)) as file:  # reading a map of a file that is cut short kills the process
        if start == _FILE:
            reader = pyarrow.ipc.open_file(file)
            found = (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            found = reader = pyarrow.ipc.open_stream(file)
        chosen = _choose(reader.schema, needs_vectors)
        yield from ((chosen, batch) for batch in found)


def _rows_at_once(path: Path, n_rows: int, parts: Sequence[ColumnPart]) -> int:
    """Return how many rows of a Parquet file are read at a time, so that a batch takes a few megabytes.

    Raises UnsupportedFile where its columns, uncompressed, are out of proportion to the file.
    """
    n_values = sum(part.n_values for part in parts)
    n_bytes = max(sum(part.n_bytes for part in parts), n_values)
    check_decompressed(n_bytes, path.stat().st_size, "its uncompressed contents")
    return max(1, min(_BATCH, _NUMBERS_AT_ONCE * n_rows // max(1, n_values)))


def _check_buffers(path: Path) -> None:
    """Raise UnsupportedFile where compressed buffers of an Arrow file are out of proportion to it.

    pyarrow allocates the length that is written before each, whatever follows.
    """
    total, before = 0, b""  # the last eight bytes, which may be a length
    with path.open("rb") as file:
        while block := file.read(_SCANNED):
            data = before + block
            part = np.frombuffer(data, "<u4", len(data) // 8 * 2)
            at = np.flatnonzero(np.isin(part[2::2], _FRAMES)) * 2
            lengths = part[at].astype(object) + (part[at + 1].astype(object) << 32)
            total += sum(length for length in lengths if length < _NO_LENGTH)
            check_decompressed(total, path.stat().st_size, "its uncompressed contents")
            before = data[-8:]


def _choose(schema: Any, needs_vectors: bool = True) -> _Chosen:
    names = schema.names
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise UnsupportedFile(f"two of its columns are named {twice!r}; rename one of them")
    columns = [_column(field) for field in schema]
    if not needs_vectors:
        return _Chosen(names[choose_token(columns)], [], [])
    layout = choose(columns)
    return _Chosen(names[layout.token], [names[column] for column in layout.vector], layout.findings)


def _column(field: Any) -> Column:
    from pyarrow import types

    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if any(is_text(kind) for is_text in (types.is_string, types.is_large_string, types.is_string_view)):
        return Column(field.name, "text")
    if _is_number(kind):
        return Column(field.name, "number")
    return Column(field.name, "vector" if _is_list(kind) and _is_number(kind.value_type) else "other")


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind) or types.is_integer(kind))


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _names(column: Any, first_row: int) -> list[str]:
    """Return the tokens of a batch; equal ones share one string."""
    from pyarrow import compute, types

    missing = column.is_null().to_numpy(zero_copy_only=False)  # also where a dictionary holds a null
    if missing.any():
        raise CorruptFile(f"row {first_row + int(np.argmax(missing))} has no token")
    is_dictionary = types.is_dictionary(column.type)
    distinct = column.dictionary if is_dictionary else column
    if not _is_number(distinct.type):
        longest = compute.max(compute.binary_length(distinct.cast("large_string"))).as_py() or 0
        if longest > 4 * MAX_NAME:  # bytes; a character takes at most four
            raise UnsupportedFile(too_long(longest // 4, f"in or after row {first_row}"))
    names = distinct.to_pylist()
    if is_dictionary:
        names = [names[place] for place in column.indices.to_pylist()]
    return list(map(str, names))


def _n_characters(column: Any, names: Sequence[str]) -> int:
    """Return how many characters the tokens take in memory; a dictionary keeps equal ones once."""
    from pyarrow import types

    return 0 if types.is_dictionary(column.type) else sum(map(len, names))


def _table(batch: Any, names: Sequence[str], first_row: int) -> Rows:
    """Return the vectors of a batch, (n_rows, dim)."""
    columns = [batch.column(name) for name in names]
    for column in columns:
        _check_nothing_missing(column, first_row, 1)
    if _is_list(columns[0].type):
        return _lists(columns[0], first_row)
    return np.stack([_numbers(column) for column in columns], axis=1)


def _lists(column: Any, first_row: int) -> Rows:
    lengths = column.value_lengths().to_numpy(zero_copy_only=False)
    dim = int(lengths[0])
    other = np.flatnonzero(lengths != dim)
    if other.size:
        raise CorruptFile(_other_dim(first_row + int(other[0]), int(lengths[other[0]]), dim))
    if not dim:
        raise CorruptFile(f"the vector of row {first_row} has no numbers")
    values = column.flatten()
    _check_nothing_missing(values, first_row, dim)
    return _numbers(values).reshape(-1, dim)


def _numbers(values: Any) -> Rows:
    with np.errstate(over="ignore"):  # beyond float32 is infinity, as everywhere
        numbers: Rows = values.to_numpy(zero_copy_only=False).astype(np.float32)
        return numbers


def _check_nothing_missing(values: Any, first_row: int, dim: int) -> None:
    if values.null_count:
        missing = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
        raise CorruptFile(f"numbers are missing in row {first_row + missing // dim}")


def _other_dim(row: int, dim: int, first: int) -> str:
    return f"row {row} has {counted(dim, 'number')}, and those before have {first}"


def _stacked(tables: list[Rows], n_rows: int) -> Rows:
    """Return the parts as one table; each part is freed once it is copied, so memory holds the table once."""
    stacked = np.empty((n_rows, tables[0].shape[1]), dtype=np.float32)
    row = 0
    for part in range(len(tables)):
        n = len(tables[part])
        stacked[row : row + n] = tables[part]
        tables[part] = stacked[:0]
        row += n
    return stacked

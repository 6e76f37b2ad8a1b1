"""An embedding as a frame, a row a token, and back: pandas, polars, Arrow, DuckDB and others."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line
from tovec.counted import counted
from tovec.embedding.named_rows import NamedRows
from tovec.errors import MissingExtra, TovecError
from tovec.foreign_names import explains_keywords
from tovec.storage.file_errors import UnsupportedFile
from tovec.text.token_bytes import is_text
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Rows, blocks

if TYPE_CHECKING:
    from tovec.formats.vectors.columns import Column as NamedColumn
    from tovec.formats.vectors.columns import Layout
    from tovec.frames import Column, Frame

COUNT = "count"
_WAYS_TO_FRAME = ("to_polars", "to_pandas", "pl", "df")  # of Hugging Face datasets, Ray, DuckDB


class Frames(NamedRows):
    """Embeddings from frames, and as frames."""

    @classmethod
    @explains_keywords()
    def from_frame(
        cls, frame: Any, *, token: str | None = None, vector: str | Sequence[str] | None = None
    ) -> Self:
        """Return the embedding in a frame of pandas, polars, Arrow or another library, a row a token.

        token: the column of tokens; the index of a pandas frame where it holds text. vector: the column of
        vectors, each a list or an array, or a list of columns with a number each. What is not named is found
        as in a Parquet file: a column named token or word, else of text; one named vector or embedding, else
        the only one of lists, else columns that are numbered (0, 1, … or dim_0, dim_1, …). A column `count`
        of whole numbers gives the counts of the tokens; `tovec.view(frame)` shows all others as metadata.
        A number that is missing in a list is NaN. Raises TovecError for columns that are not there, a row
        without a token or a vector, vectors of different lengths and a token in two rows.

        >>> import pandas
        >>> frame = pandas.DataFrame({"word": ["cat", "dog"], "vector": [[1.0, 0.0], [1.0, 1.0]]})
        >>> tovec.Embedding.from_frame(frame)["dog"]
        array([1., 1.], dtype=float32)
        """
        from tovec.frames import as_frame

        table = as_frame(frame, "vectors")
        if table is None:
            way = next((name for name in _WAYS_TO_FRAME if hasattr(frame, name)), None)
            more = "" if way is None else f"; its method {way}() gives one"
            raise TovecError(
                f"a frame is one of pandas, polars, Arrow or another library, not {in_one_line(frame)}{more}"
            )
        names = columns_of_embedding(table, token, vector)
        counts = None
        if COUNT in table.columns and COUNT not in (names[0], *names[1]):
            counts = _counts(table.get_column(COUNT))
        vocabulary = Vocabulary(_tokens(table.get_column(names[0])), counts)
        return cls(vocabulary, _vectors([table.get_column(name) for name in names[1]]))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the columns token, vector and, where counts are known, count as a stream of Arrow.

        So `polars.DataFrame(embedding)`, `pyarrow.table(embedding)` and `pandas.DataFrame.from_arrow(
        embedding)` work. A vector is a list of fixed length of float32. Rows are read a few megabytes at a
        time. Raises MissingExtra without pyarrow, TovecError for a token that is not text.
        """
        try:
            import pyarrow as pa
        except ImportError as error:
            raise MissingExtra("an embedding as a frame", "arrow") from error
        self._check_tokens_are_text()
        counts = self.vocabulary.counts
        fields = [
            pa.field("token", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), self.dim), nullable=False),
            *([] if counts is None else [pa.field(COUNT, pa.int64(), nullable=False)]),
        ]
        schema = pa.schema(fields)

        def batches() -> Iterator[Any]:
            for start, rows in blocks(self.vectors):
                stop = start + len(rows)
                columns = [
                    pa.array(self.vocabulary.tokens[start:stop], pa.string()),
                    pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), self.dim),
                    *([] if counts is None else [pa.array(counts[start:stop], pa.int64())]),
                ]
                yield pa.record_batch(columns, schema=schema)

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        capsule: object = reader.__arrow_c_stream__(requested_schema)
        return capsule

    def _check_tokens_are_text(self) -> None:
        if not is_text(self.vocabulary.tokens):
            token = next(token for token in self.vocabulary.tokens if not is_text([token]))
            raise TovecError(
                f"a frame cannot hold the token {token!r}, whose bytes are not UTF-8; "
                "save a .parquet file with `escape`, which writes it escaped, and read that"
            )


def columns_of_embedding(
    frame: "Frame", token: str | None = None, vector: str | Sequence[str] | None = None
) -> tuple[str, tuple[str, ...]]:
    """Return the column of tokens and those of vectors, as `from_frame` finds them."""
    given = _names(vector)
    for name in (*given, *(() if token is None else (token,))):
        if name not in frame.columns:
            shown = ", ".join(repr(each) for each in frame.columns[:8])
            more = ", …" if len(frame.columns) > 8 else ""
            raise TovecError(f"there is no column {name!r} in the frame; its columns are {shown}{more}")
    if token is not None and given:
        return token, given
    layout, names = _layout(frame, token, given)
    return token or names[layout.token], given or tuple(names[at] for at in layout.vector)


def _names(vector: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of columns; one alone may be a number, as in a frame made of an array."""
    if vector is None:
        return ()
    return tuple(vector) if isinstance(vector, Iterable) and not isinstance(vector, str) else (vector,)


def _layout(frame: "Frame", token: str | None, vector: Sequence[str]) -> "tuple[Layout, list[Any]]":
    """Return where the columns are that are not given, among the others of the frame."""
    from tovec.formats.vectors.columns import Column as NamedColumn
    from tovec.formats.vectors.columns import Layout, choose, choose_token

    names = [name for name in frame.columns if name not in vector]
    columns = [NamedColumn(str(name), _holds(frame.get_column(name))) for name in names]
    if token is not None:  # it may be of any kind and name
        columns[names.index(token)] = NamedColumn("token", "text")
    try:
        return Layout(choose_token(columns), ()) if vector else choose(columns), names
    except UnsupportedFile as error:
        raise TovecError(f"the frame is not one of vectors: {error}{_of_a_csv_file(columns)}") from error


def _of_a_csv_file(columns: "Sequence[NamedColumn]") -> str:
    """Return the way out where vectors are text, as the lists of a CSV file arrive; else nothing."""
    from tovec.formats.vectors.columns import VECTOR_NAMES

    name = next((each.name for each in columns if each.holds == "text" and each.name in VECTOR_NAMES), None)
    return "" if name is None else f"; {name!r} holds text: a CSV file of lists is read by tovec.open(path)"


def _holds(column: "Column") -> Literal["text", "number", "vector", "other"]:
    """Return what a column holds, as formats/vectors/columns.py calls it."""
    import narwhals.stable.v2 as nw

    kind = column.dtype
    if isinstance(kind, (nw.String, nw.Categorical, nw.Enum)):
        return "text"
    if kind.is_numeric():
        return "number"
    if isinstance(kind, (nw.List, nw.Array)):
        return "vector"
    first = next(iter(column.drop_nulls()[:1].to_list()), None)  # objects of Python, in pandas
    if isinstance(first, str):
        return "text"
    return "vector" if isinstance(first, (list, tuple, np.ndarray)) else "other"


def _tokens(column: "Column") -> list[str]:
    from tovec.frames import values_of

    tokens = values_of(column)
    if None in tokens:
        raise TovecError(f"row {tokens.index(None)}, counted from 0, has no token")
    return list(map(str, tokens))


def _counts(column: "Column") -> NDArray[np.int64] | None:
    """Return the counts in a column; None where it holds anything else."""
    if not column.dtype.is_integer() or column.null_count():
        return None
    if len(column) and not 0 <= column.min() <= column.max() <= np.iinfo(np.int64).max:
        return None
    return column.to_numpy().astype(np.int64)


def _vectors(columns: "Sequence[Column]") -> Rows:
    """Return the vectors in a column of lists, or in a column for each number, (n_rows, dim)."""
    if len(columns) == 1 and not columns[0].dtype.is_numeric():
        return _stacked(columns[0])
    for column in columns:
        if not column.dtype.is_numeric():
            raise TovecError(f"column {column.name!r} holds {column.dtype}, not numbers")
        if column.null_count():
            row = column.is_null().to_list().index(True)
            raise TovecError(f"row {row}, counted from 0, has no number in column {column.name!r}")
    return np.stack([_float32(column.to_numpy()) for column in columns], axis=1)


def _stacked(column: "Column") -> Rows:
    if column.null_count():
        row = column.is_null().to_list().index(True)
        raise TovecError(f"row {row}, counted from 0, has no vector in column {column.name!r}")
    values = column.to_numpy()
    if values.ndim == 2:
        return _float32(values)
    table: Rows | None = None
    for row, value in enumerate(values):
        numbers = _numbers(value, column.name, row)
        if table is None:
            table = np.empty((len(values), len(numbers)), dtype=np.float32)
        if len(numbers) != table.shape[1]:
            raise TovecError(
                f"row {row}, counted from 0, has {counted(len(numbers), 'number')}, and those before have "
                f"{table.shape[1]}"
            )
        table[row] = numbers
    if table is None:
        raise TovecError("the frame has no rows")
    return table


def _numbers(value: Any, name: str, row: int) -> Rows:
    try:
        numbers = _float32(value)
        if numbers.ndim == 1 and len(numbers):
            return numbers
    except (TypeError, ValueError):
        pass
    raise TovecError(
        f"row {row}, counted from 0, of column {name!r} is {in_one_line(value)}, not a list of numbers"
    )


def _float32(numbers: Any) -> Rows:
    with np.errstate(over="ignore"):  # beyond float32 is infinity, as everywhere
        return np.asarray(numbers, dtype=np.float32)

"""A language model seen through its token tables: the value that `tovec.open_model` gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats.read_options import first_of
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import DerivedTable
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Vectors

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer
    from tovec.vectors.scaled import TableTensor


class TableFacts(NamedTuple):
    """A table in a file: its name there, its number type, its size, and why it was chosen."""

    tensor: str
    file: str
    number_type: str
    n_rows: int
    dim: int
    n_bytes: int
    why: str


@dataclass(frozen=True)
class Report:
    """What was found, what was chosen and why; no row is read for it.

    kind: the format. files: the names of the files that were read. input, output: the tables, None without.
    model_type: the kind of model by its configuration, None without one. tying: `tied`, `untied`, or None
    where that does not apply; tying_why: the reason. n_rows, n_ids, vocab_size: rows of the table, ids of the
    tokenizer, the configuration's number; None where unknown. tokenizer: the file of the tokenizer. scale:
    what the model multiplies a row by; scale_why: the reason, or a norm after the lookup. bias: the tensor
    that the output adds. findings: contradictions and what does not fit, a line each. repairs: those of them
    that were repaired, so that not all of the source was opened.
    """

    kind: str
    files: tuple[str, ...]
    input: TableFacts | None = None
    output: TableFacts | None = None
    model_type: str | None = None
    tying: str | None = None
    tying_why: str = ""
    n_rows: int | None = None
    n_ids: int | None = None
    vocab_size: int | None = None
    tokenizer: str | None = None
    scale: float = 1.0
    scale_why: str = ""
    bias: str | None = None
    findings: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """The token tables of a model: `input`, which turns ids into vectors, and `output`, the head.

    report: what was found and why. tokenizer: None when unknown. config: the model's configuration, {}
    without. Vectors that are not a language model have only an `input`, and an `output` where the output
    vectors of training were kept. Tables are opened when they are first asked for, and their rows when they
    are. input_table, output_table: the tables, not yet opened. bias_tensor: what `output_bias` reads. closed:
    why the `input` or the `output` of the model cannot be read; asking for it raises that. limit: how many of
    their first rows the tables show; None for all.

    >>> import tempfile, tovec
    >>> folder = tempfile.mkdtemp()
    >>> model = tovec.open_model(tovec.Embedding(["cat", "dog"], [[1, 2], [3, 4]]).save(f"{folder}/two"))
    >>> model.input["dog"].tolist(), model.output is None
    ([3.0, 4.0], True)
    >>> model.report.n_rows, model.report.findings
    (2, ())
    """

    report: Report
    tokenizer: "Tokenizer | None" = None
    config: Mapping[str, Any] = field(default_factory=dict)
    input_table: "Table | Embedding | None" = None
    output_table: "Table | Embedding | None" = None
    bias_tensor: StoredTensor | None = None
    closed: Mapping[str, BadSource] = field(default_factory=dict)
    limit: int | None = None

    @cached_property
    def input(self) -> Embedding | None:
        """The input embedding, with rows as in the file; None when the file has none."""
        self._check_open("input")
        return self._opened(self.input_table)

    @cached_property
    def output(self) -> Embedding | None:
        """The output embedding; that of a tied model has the rows of the input. None without one."""
        self._check_open("output")
        if self.report.tying == "tied":
            return self.input or self._opened(self.output_table)
        return self._opened(self.output_table)

    @cached_property
    def output_bias(self) -> NDArray[np.float32] | None:
        """What the head adds to the score of each token, (n_tokens,) float32; None without a bias."""
        if self.bias_tensor is None:
            return None
        with reporting_file(self.bias_tensor.path):
            return self.bias_tensor.values().ravel()[: self.limit]

    @cached_property
    def effective(self) -> Embedding | None:
        """The input embedding as the model sees it, each row multiplied by `report.scale`."""
        raw = self.input
        if raw is None or self.report.scale == 1.0:
            return raw
        rows = DerivedTable(raw.vectors, len(raw), weights=self.report.scale)
        provenance = {**raw.provenance, "scale": self.report.scale}
        return Embedding(raw.vocabulary, rows, raw.tokenizer, provenance=provenance)

    @cached_property
    def tables(self) -> Mapping[str, Embedding]:
        """`input` and `output` where both are there, can be read, and are not one; else neither."""
        if self.closed:
            return {}
        named = {"input": self.input, "output": self.output}
        found = {name: table for name, table in named.items() if table is not None}
        return found if len(found) == len(named) and self.input is not self.output else {}

    def _repr_html_(self) -> str:
        from tovec.display import facts_html, table_card

        report = self.report
        facts = [
            ("model", report.model_type or report.kind),
            ("files", ", ".join(report.files)),
            *(
                (name, f"{table.tensor}, {table.number_type}, {table.n_rows:,} × {table.dim:,}")
                for name, table in (("input", report.input), ("output", report.output))
                if table is not None
            ),
            ("input and output", report.tying or ""),
        ]
        named = [("input", self.input_table), ("output", self.output_table)]
        name = next((name for name, table in named if table is not None and name not in self.closed), None)
        if name is None:
            return facts_html("Model", facts)
        table: Embedding = getattr(self, name)
        return table_card(f"Model, {name}", table.vocabulary, table.vectors, table.provenance, facts)

    def _check_open(self, table: str) -> None:
        if table in self.closed:
            raise self.closed[table]

    def _opened(self, table: "Table | Embedding | None") -> Embedding | None:
        return table.open(self.tokenizer) if isinstance(table, Table) else table


@dataclass(frozen=True)
class Table:
    """A tensor and the names of its rows: an embedding that is not yet opened.

    ids: the tensor that says which row each token has; weights: the one that says what it is multiplied by,
    both as in model2vec; None where each token has its own row, unchanged. limit: how many first rows; None
    for all.
    """

    tensor: "TableTensor"
    vocabulary: Vocabulary
    provenance: Mapping[str, Any]
    ids: StoredTensor | None = None
    weights: StoredTensor | None = None
    limit: int | None = None

    def open(self, tokenizer: "Tokenizer | None") -> Embedding:
        """Return the embedding, whose rows are read when asked for. Raises BadSource that names the file."""
        with reporting_file(self.tensor.path):
            whole = EmbeddingParts(self.vocabulary, self._rows(), tokenizer, self.provenance)
            return Embedding.from_parts(first_of(whole, self.limit))

    def _rows(self) -> Vectors:
        table = self.tensor.table()
        if self.ids is None and self.weights is None:
            return table
        n_rows = len(self.vocabulary)
        ids = None if self.ids is None else _row_ids(self.ids, table.shape[0])
        weights = 1.0 if self.weights is None else self.weights.values().ravel()
        for name, values in (("mapping", ids), ("weights", weights)):
            if values is not None and not isinstance(values, float) and len(values) < n_rows:
                raise CorruptFile(
                    f"tensor {name!r} has {counted(len(values), 'entry', 'entries')} for "
                    f"{counted(n_rows, 'token')}"
                )
        return DerivedTable(table, n_rows, ids, weights)


def _row_ids(tensor: StoredTensor, n_rows: int) -> NDArray[np.int64]:
    """Return which row each token has. Raises CorruptFile for a row that does not exist."""
    if tensor.kind.dtype is None or tensor.kind.dtype.kind not in "iu":
        raise CorruptFile(f"tensor {tensor.name!r} holds {tensor.kind.name}, not whole numbers")
    ids = tensor.raw().view(tensor.kind.dtype).astype(np.int64)
    outside = np.flatnonzero((ids < 0) | (ids >= n_rows))
    if outside.size:
        raise CorruptFile(
            f"tensor {tensor.name!r} gives token {outside[0]} row {ids[outside[0]]} of {n_rows}"
        )
    return ids


def first_rows_of(model: Model, limit: int | None) -> Model:
    """Return the model with the first `limit` rows of its tables, as a view; all of them for None."""
    if limit is None:
        return model
    tables = (model.input_table, model.output_table)
    cut = [replace(table, limit=limit) if isinstance(table, Table) else table for table in tables]
    return replace(model, input_table=cut[0], output_table=cut[1], limit=limit)


PARTS = ("input", "output", "effective")


def table_of(model: Model, part: str | None, source: object) -> Embedding:
    """Return the embedding that `SOURCE#part` names, one of PARTS; the main one for any other part.

    That is the input embedding, or the output of a model that has nothing else. source: as messages name it.
    Raises BadSource when the model has no such table, or one that cannot be read.
    """
    if part not in PARTS:
        is_output_alone = model.input_table is None and model.output_table is not None and not model.closed
        part = "output" if is_output_alone else "input"
    found: Embedding | None = getattr(model, part)
    if found is None:
        why = f": {model.report.tying_why}" if model.report.tying_why else ""
        other = "output" if part != "output" else "input"
        raise BadSource(f"{source} has no {part} table{why}; {source}#{other} may have what you look for")
    return found

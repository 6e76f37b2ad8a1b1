"""A model's files become a Model: tables chosen, rows named, tying decided, contradictions told."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tovec.formats.damage import reading
from tovec.formats.tensors.stored import StoredTensor, same_rows, shape_text
from tovec.models.architectures import GGUF, has_head
from tovec.models.files import ModelFiles
from tovec.models.model import Model, Report, Table, TableFacts
from tovec.models.rows import name_rows
from tovec.models.scale import scale_of
from tovec.models.tables import Chosen, Tables, find_tables, tensor_named


class Tying(NamedTuple):
    """Whether input and output share one table, and how that is known. state: None where there is no head."""

    state: str | None
    why: str
    finding: str | None = None


def open_files(files: ModelFiles, path: Path) -> Model:
    """Return the model of `files`, read from `path`. Raises BadSource when no tensor can be its table."""
    store, config, tokens = files.store, files.config, files.tokens
    n_ids = None if tokens is None else len(tokens.names)
    with reading(path):
        tables = find_tables(store, config, n_ids)
        tying = _tying(tables, config)
    main = tables.input or tables.output
    assert main is not None  # or find_tables had raised
    mapping, weights = _static_parts(files, main.tensor)
    n_rows = main.tensor.shape[0] if mapping is None else _n_tokens(mapping, n_ids)
    named = name_rows(tokens, n_rows)
    scale, scale_why = scale_of(tables.architecture, config)
    report = Report(
        kind=store.origin,
        files=tuple(file.name for file in store.files),
        input=_facts(tables.input),
        output=_facts(tables.output),
        model_type=_text(config.get("model_type")),
        tying=tying.state,
        tying_why=tying.why,
        n_rows=main.tensor.shape[0],
        n_ids=n_ids,
        vocab_size=_whole_number(config.get("vocab_size")),
        tokenizer=None if tokens is None else tokens.origin,
        scale=scale,
        scale_why=scale_why,
        bias=None if tables.bias is None else tables.bias.name,
        findings=(
            *([tying.finding] if tying.finding else []),
            *_disagreements(tables, config, n_ids, mapping is not None),
            *([f"text cannot be cut: {tokens.why_none}"] if tokens is not None and tokens.why_none else []),
            *named.findings,
        ),
    )
    provenance = {"format": store.origin, "source": path.name}

    def table(chosen: Chosen | None) -> Table | None:
        if chosen is None:
            return None
        tensor = chosen.tensor
        rows = named if tensor.shape[0] == main.tensor.shape[0] else name_rows(tokens, tensor.shape[0])
        return Table(tensor, rows.vocabulary, {**provenance, "tensor": tensor.name}, mapping, weights)

    tokenizer = None if tokens is None else tokens.tokenizer
    output = table(tables.output)
    given = table(tables.input) or (output if tying.state == "tied" else None)
    return Model(report, tokenizer, config, given, output, tables.bias)


def open_tensor(files: ModelFiles, name: str, path: Path) -> Model:
    """Return a model whose input is the tensor `name`, whatever it is; rows named where they are tokens."""
    with reading(path):
        tensor = tensor_named(files.store, name)
        tensor.check_table()
    n_rows, tokens = tensor.shape[0], files.tokens
    if tokens is not None and n_rows < len(tokens.names):
        tokens = None  # rows of something else
    named = name_rows(tokens, n_rows)
    report = Report(
        kind=files.store.origin,
        files=tuple(file.name for file in files.store.files),
        input=_facts(Chosen(tensor, "named by you")),
        tying_why="one tensor was asked for",
        model_type=_text(files.config.get("model_type")),
        n_rows=n_rows,
        n_ids=None if files.tokens is None else len(files.tokens.names),
        vocab_size=_whole_number(files.config.get("vocab_size")),
        tokenizer=None if files.tokens is None else files.tokens.origin,
        findings=named.findings,
    )
    provenance = {"format": files.store.origin, "source": path.name, "tensor": name}
    tokenizer = None if tokens is None else tokens.tokenizer
    return Model(report, tokenizer, files.config, Table(tensor, named.vocabulary, provenance))


def _static_parts(files: ModelFiles, table: StoredTensor) -> tuple[StoredTensor | None, StoredTensor | None]:
    """Return `mapping` and `weights` of a model2vec file, whose tokens may share rows; None without."""
    if table.name not in ("embeddings", "embedding.weight"):
        return None, None
    tensors = files.store.tensors
    return tensors.get("mapping"), tensors.get("weights")


def _n_tokens(mapping: StoredTensor, n_ids: int | None) -> int:
    return math.prod(mapping.shape) if n_ids is None else min(n_ids, math.prod(mapping.shape))


def _facts(chosen: Chosen | None) -> TableFacts | None:
    if chosen is None:
        return None
    tensor = chosen.tensor
    n_rows, dim = tensor.shape
    return TableFacts(tensor.name, tensor.path.name, tensor.kind.name, n_rows, dim, tensor.size, chosen.why)


def _tying(tables: Tables, config: Mapping[str, Any]) -> Tying:
    """Decide as transformers does, with the last word to the tensors (PreTrainedModel.tie_weights, 5.24)."""
    declared = config.get("tie_word_embeddings", config.get("weight_tying"))
    by_kind = None if tables.architecture is None else tables.architecture.tied
    says = declared if isinstance(declared, bool) else by_kind
    who = "the configuration" if isinstance(declared, bool) else "the default of this kind of model"
    if tables.input is not None and tables.output is not None:
        return _compared(tables.input.tensor, tables.output.tensor, declared)
    if tables.input is None:
        return Tying("tied", "the file has an output table alone, which serves as input too")
    classes = config.get("architectures")
    if isinstance(classes, list) and classes and has_head(str(classes[0])) is False:
        return Tying(None, f"the file holds a {classes[0]}, which has no head")
    if says is None:
        return Tying(None, "the file has no output table")
    if tables.input.tensor.name in GGUF.input:
        return Tying("tied", "the file has no output table, which in GGUF means the input table")
    if says:
        return Tying("tied", f"the file has no output table, and {who} is to share the input table")
    finding = "the model has an output table of its own, and it is not in the file"
    return Tying(None, f"the file has no output table, and {who} is not to share one", finding)


def _compared(given: StoredTensor, output: StoredTensor, declared: object) -> Tying:
    if given.shape != output.shape:
        shapes = f"the output table is {shape_text(output.shape)}, the input table {shape_text(given.shape)}"
        return Tying("untied", "the tables have different shapes", shapes)
    if given.fetch is not None or output.fetch is not None:
        return Tying("untied", "the file has both tables; to compare them would download both")
    if same_rows(given, output):
        finding = (
            "the configuration says untied, but both tables hold the same bytes"
            if declared is False
            else None
        )
        return Tying("tied", "both tables hold the same bytes", finding)
    tied = "the configuration says tied, but the two tables differ; the tables are what counts"
    return Tying("untied", "the two tables differ", tied if declared is True else None)


def _disagreements(
    tables: Tables, config: Mapping[str, Any], n_ids: int | None, is_mapped: bool
) -> list[str]:
    main = tables.input or tables.output
    assert main is not None
    n_rows, dim = main.tensor.shape
    findings = []
    counts = {"rows": n_rows, "tokenizer ids": n_ids, "vocab_size": _whole_number(config.get("vocab_size"))}
    known = {name: n for name, n in counts.items() if n is not None}
    if not is_mapped and len(set(known.values())) > 1:
        findings.append("the counts differ: " + ", ".join(f"{name} {n:,}" for name, n in known.items()))
    widths = [
        config.get(key)
        for key in ("hidden_size", "embedding_size", "word_embed_proj_dim", "d_model", "n_embd")
    ]
    stated = [width for width in widths if isinstance(width, int)]
    if stated and dim not in stated:
        findings.append(f"rows have {dim} numbers where the configuration says {stated[0]}")
    return findings


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""A model's files become a `Model`: tables chosen, rows named, tying decided, contradictions reported."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tovec.counted import counted
from tovec.errors import BadSource
from tovec.formats.tensors.file_names import ShardName, shard_name
from tovec.models.adapters import low_rank_parts
from tovec.models.architectures.families import Architecture
from tovec.models.architectures.lookup import stated_widths
from tovec.models.load import ModelFiles
from tovec.models.model import Model, Report, Table, TableFacts
from tovec.models.quantization import dequantized, plainly_named
from tovec.models.row_names import NamedRows, name_rows, name_some_rows
from tovec.models.table_choice import TableChoice
from tovec.models.tables import Tables, find_tables, tensor_named
from tovec.models.tying import Tying, tying_of
from tovec.storage.file_errors import BadFile, UnsupportedFile, reporting_file
from tovec.vectors.stored import StoredTensor

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor


def open_files(files: ModelFiles, path: Path) -> Model:
    """Return the model of `files`, read from `path`. Raises BadSource when no tensor can be its table."""
    store, config, tokens = files.store, files.config, files.tokens
    n_ids = None if tokens is None else len(tokens.names)
    shard = shard_name(path.name)
    with reporting_file(path):
        tables = _tables_of(files, path, n_ids, shard)
        tying = tying_of(tables, config, shard)
    main = tables.input or tables.output
    assert main is not None  # or find_tables had raised
    mapping, weights = _static_parts(files, main.tensor)
    n_rows = main.tensor.shape[0] if mapping is None else _n_tokens(mapping, n_ids)
    named = _row_names(files, main.tensor, n_rows)
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
            *_what_it_is(files, tables, tying, shard),
            *([tying.finding] if tying.finding else []),
            *tables.findings,
            *_disagreements(tables, files, n_ids, mapping),
            *([f"text cannot be cut: {tokens.why_none}"] if tokens is not None and tokens.why_none else []),
            *named.findings,
        ),
    )
    provenance = {"format": store.origin, "source": path.name}

    def table(chosen: TableChoice | None) -> Table | None:
        if chosen is None:
            return None
        tensor = chosen.tensor
        is_like_main = tensor.shape[0] == main.tensor.shape[0] and files.adapter is None
        rows = named if is_like_main else _row_names(files, tensor, tensor.shape[0])
        return Table(tensor, rows.vocabulary, {**provenance, "tensor": tensor.name}, mapping, weights)

    tokenizer = None if tokens is None else tokens.tokenizer
    output = table(tables.output)
    given = table(tables.input) or (output if tying.state == "tied" else None)
    return Model(report, tokenizer, config, given, output, tables.bias, tables.closed)


def _tables_of(files: ModelFiles, path: Path, n_ids: int | None, shard: ShardName | None) -> Tables:
    """Return the tables of a model or an adapter. Raises UnsupportedFile that says why it has none."""
    try:
        store = plainly_named(files.store)
        tables = _dequantized(find_tables(store, files.config, n_ids), files, path)
    except UnsupportedFile as error:
        if files.adapter is not None and not files.adapter.is_beside:
            base = files.adapter.base
            way = f"; open that: {base}" if base else ""
            raise UnsupportedFile(
                f"it is {files.adapter.finding}, and the adapter itself has no token table{way}"
            ) from error
        if shard is not None:
            raise UnsupportedFile(
                f"it is part {shard.number} of {shard.n_parts} of a model, and {error}; the folder of all "
                f"parts, or {shard.index_file} in it, opens the model"
            ) from error
        raise
    for chosen in (tables.input, tables.output):
        if chosen is not None and files.adapter is not None:
            _check_is_whole(chosen.tensor, files)
    return tables


def _check_is_whole(table: "TableTensor", files: ModelFiles) -> None:
    """Raise UnsupportedFile for the base's copy of a table that the adapter changes by low-rank parts."""
    parts = low_rank_parts(table.name, list(files.store.tensors))
    if parts:
        raise UnsupportedFile(
            f"it is an adapter that changes {table.name} by {parts[0]}; merge it into its base with PEFT's "
            f"merge_and_unload() and open the result, or open the base's own rows as SOURCE#{table.name}"
        )


def _row_names(files: ModelFiles, tensor: "TableTensor", n_rows: int) -> NamedRows:
    """Return the names of the rows of a table; an adapter may have rows for some tokens only."""
    ids = None if files.adapter is None else files.adapter.ids_of(tensor.name)
    if ids is None:
        return name_rows(files.tokens, n_rows)
    if len(ids) != n_rows:
        raise BadSource(
            f"{tensor.path} has {counted(n_rows, 'row')} in {tensor.name}, and its "
            f"configuration lists {counted(len(ids), 'token')}"
        )
    return name_some_rows(files.tokens, ids)


def _what_it_is(files: ModelFiles, tables: Tables, tying: Tying, shard: ShardName | None) -> Iterator[str]:
    """Yield what a user should know of a source that is not a whole model."""
    if files.adapter is not None:
        yield files.adapter.finding
    if shard is not None:
        yield f"part {shard.number} of {shard.n_parts} of a model"
    if tables.input is None and tying.state != "tied":
        yield "only an output table: " + (
            "the input cannot be read" if tables.closed else "there is no input table"
        )
    for which, error in tables.closed.items():
        yield f"the {which} table cannot be read: {error}"


def open_tensor(files: ModelFiles, name: str, path: Path) -> Model:
    """Return a model whose input is the tensor `name`, of any kind; rows are named where they are tokens."""
    with reporting_file(path):
        store = files.store if name in files.store.tensors else plainly_named(files.store)
        tensor = dequantized(files.store, tensor_named(store, name), files.config, is_named=True)
        tensor.check_table()
    n_rows, tokens = tensor.shape[0], files.tokens
    is_of_some = files.adapter is not None and files.adapter.ids_of(name) is not None
    if tokens is not None and n_rows < len(tokens.names) and not is_of_some:
        tokens = None  # its rows are not tokens
    named = _row_names(replace(files, tokens=tokens), tensor, n_rows)
    report = Report(
        kind=files.store.origin,
        files=tuple(file.name for file in files.store.files),
        input=_facts(TableChoice(tensor, "the tensor that you named")),
        tying_why="you named one tensor",
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


def _dequantized(tables: Tables, files: ModelFiles, path: Path) -> Tables:
    """Return `tables` dequantized; one that cannot be read is closed, unless it is the only one.

    path: of the model, for messages about one on the Hub.
    """
    chosen = {"input": tables.input, "output": tables.output}
    closed = dict(tables.closed)
    for which, table in chosen.items():
        if table is None:
            continue
        try:
            chosen[which] = replace(table, tensor=dequantized(files.store, table.tensor, files.config))
        except UnsupportedFile as error:
            chosen[which] = None
            where = path if table.tensor.is_remote else table.tensor.path
            closed[which] = BadFile(f"{where} cannot be read: {error}")
    if not any(chosen.values()):
        raise next(iter(closed.values()))
    return replace(tables, input=chosen["input"], output=chosen["output"], closed=closed)


def _static_parts(files: ModelFiles, table: "TableTensor") -> tuple[StoredTensor | None, StoredTensor | None]:
    """Return `mapping` and `weights` of a model2vec file, whose tokens may share rows; None without."""
    if table.name not in ("embeddings", "embedding.weight"):
        return None, None
    tensors = files.store.tensors
    return tensors.get("mapping"), tensors.get("weights")


def _n_tokens(mapping: StoredTensor, n_ids: int | None) -> int:
    return math.prod(mapping.shape) if n_ids is None else min(n_ids, math.prod(mapping.shape))


def _facts(chosen: TableChoice | None) -> TableFacts | None:
    if chosen is None:
        return None
    tensor = chosen.tensor
    n_rows, dim = tensor.shape
    # Fetched ranges of a remote file are in a folder of the file's name.
    file = (tensor.path.parent if tensor.is_remote else tensor.path).name
    return TableFacts(tensor.name, file, tensor.type_name, n_rows, dim, tensor.size, chosen.why)


def _disagreements(
    tables: Tables, files: ModelFiles, n_ids: int | None, mapping: StoredTensor | None
) -> list[str]:
    config = files.config
    main = tables.input or tables.output
    assert main is not None
    n_rows, dim = main.tensor.shape
    findings = []
    rows = {"rows": n_rows} if mapping is None else {"entries of mapping": math.prod(mapping.shape)}
    counts = {**rows, "tokenizer ids": n_ids, "vocab_size": _whole_number(config.get("vocab_size"))}
    known = {name: n for name, n in counts.items() if n is not None}
    is_of_some = files.adapter is not None and files.adapter.ids_of(main.tensor.name) is not None
    if not is_of_some and len(set(known.values())) > 1:
        findings.append("the counts differ: " + ", ".join(f"{name} {n:,}" for name, n in known.items()))
    stated = stated_widths(config)
    if stated and dim not in stated:
        findings.append(f"rows have {counted(dim, 'number')}, and the configuration says {stated[0]}")
    return findings


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def scale_of(architecture: Architecture | None, config: Mapping[str, Any]) -> tuple[float, str]:
    """Return what the model multiplies a row by, and why; a norm is only mentioned, not applied."""
    if architecture is None:
        return 1.0, ""
    norm = f"the model applies a {architecture.norm} after the lookup" if architecture.norm else ""
    rule = architecture.scale
    if rule is None or (architecture.scale_if is not None and not config.get(architecture.scale_if)):
        return 1.0, norm
    name = rule.removeprefix("sqrt ")
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        missing = f"the model scales rows by {name}, which its configuration does not state"
        return 1.0, missing if value is None else norm
    try:
        scale = math.sqrt(value) if rule != name else float(value)
    except OverflowError:  # a whole number past all floats
        return 1.0, norm
    if scale == 1.0:
        return 1.0, norm
    why = f"the square root of {name} {value}" if rule != name else f"{name} of the configuration"
    return scale, f"{why}, before a {architecture.norm}" if norm else why

"""Which tensors of a model are its input and output tables, and why these.

The name that its kind of model uses decides; else a name that any kind uses (tables_by_name.py); else the
shape (tables_by_shape.py). The choice is always reported, and where several tensors fit none is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tovec.errors import BadSource
from tovec.models.architectures.families import ARCHITECTURES, HEAD, ORIGINAL_OUTPUT, Architecture
from tovec.models.architectures.lookup import gguf_architecture, names_of_inputs, names_of_outputs
from tovec.models.configuration import text_parts
from tovec.models.table_choice import SeveralError, Sizes, TableChoice, may_be_table
from tovec.models.tables_by_name import bare_table, table_behind_prefix, table_named
from tovec.models.tables_by_shape import table_like_output, tables_by_shape
from tovec.storage.file_errors import BadFile, UnsupportedFile
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor


@dataclass(frozen=True)
class Tables:
    """The input table and the output table of a model; one may be missing.

    architecture: None for a kind of model that is not known. closed: why the `input` or the `output` that the
    model has cannot be read, such as a file of it that is missing. findings: what else a user should know.
    """

    input: TableChoice | None
    output: TableChoice | None
    bias: StoredTensor | None
    architecture: Architecture | None
    closed: Mapping[str, BadSource] = field(default_factory=dict)
    findings: tuple[str, ...] = ()


def find_tables(store: TensorStore, config: Mapping[str, Any], n_ids: int | None) -> Tables:
    """Return the tables of a model whose configuration is `config`.

    n_ids: how many ids its tokenizer knows, None without a tokenizer; with the configuration's
    vocab_size it tells which shapes can be tables.
    Raises UnsupportedFile when no tensor can be the input or the output, or several could be the input, and
    BadSource when the file of the only one is missing or is another one.
    """
    architecture, kind = architecture_of(store, config)
    vocab_size = config.get("vocab_size")
    sizes = frozenset(size for size in (vocab_size, n_ids) if isinstance(size, int))
    closed: dict[str, BadSource] = {}
    findings: list[str] = []
    given, output = None, None
    try:
        given = _of_graph(store) or _input(store.tensors, architecture, kind, sizes)
    except BadFile as error:
        closed["input"] = error
    try:
        output = _output(store.tensors, architecture, kind, sizes, None if given is None else given.tensor)
    except BadFile as error:
        closed["output"] = error
    except SeveralError as error:
        findings.append(f"it is not clear which is the output table: {error}")
    # Last, since these look at every tensor, and in a model of many files at every file.
    if given is None and output is None:
        if closed:
            raise closed.get("input") or closed["output"]
        given, output = tables_by_shape(store.tensors, sizes, n_ids)
    elif given is None and output is not None and not closed:
        given = table_like_output(store.tensors, output.tensor)
    bias = None
    if architecture is not None:  # a tied head may have a bias and no table of its own
        names = (name for name in architecture.output_bias if name in store.tensors)
        bias = next((store.tensors[name] for name in names), None)
    return Tables(given, output, bias, architecture, closed, tuple(findings))


def architecture_of(store: TensorStore, config: Mapping[str, Any]) -> tuple[Architecture | None, str]:
    """Return the architecture of a model and the name of its kind; (None, "") where it is not known.

    For a model of several parts it joins that of the whole and that of the part for text.
    """
    if store.is_gguf:
        return gguf_architecture(str(config.get("model_type"))), "GGUF"
    kinds = [kind_of(part) for part in text_parts(config)]
    known = [kind for kind in kinds if kind in ARCHITECTURES]
    if not known:
        return None, ""
    architecture = ARCHITECTURES[known[0]]
    for kind in known[1:]:
        architecture = architecture.around(ARCHITECTURES[kind])
    return architecture, known[0]


def kind_of(config: Mapping[str, Any]) -> str:
    """Return the kind of model that a configuration states, as ARCHITECTURES spells it."""
    kind = str(config.get("model_type"))
    return kind.replace("xlm_roberta", "xlm-roberta").replace("deberta_v2", "deberta-v2")


def _of_graph(store: TensorStore) -> TableChoice | None:
    """Return the table that token ids are looked up in by the graph of an ONNX file."""
    if store.input_table is None:
        return None
    return TableChoice(
        store.tensors[store.input_table], "the table that token ids are looked up in by the graph"
    )


def _input(
    tensors: Mapping[str, StoredTensor], architecture: Architecture | None, kind: str, sizes: Sizes
) -> TableChoice | None:
    if architecture is not None:
        found = table_named(tensors, architecture.input, sizes)
        if found is not None:
            return replace(found, why=_joined(f"the name of the input table in {kind} models", found.why))
    found = table_behind_prefix(tensors, names_of_inputs(), sizes) or bare_table(tensors)
    return None if found is None else replace(found, why=_joined("a usual name of an input table", found.why))


def _output(
    tensors: Mapping[str, StoredTensor],
    architecture: Architecture | None,
    kind: str,
    sizes: Sizes,
    given: "TableTensor | None",
) -> TableChoice | None:
    if architecture is not None and architecture.output:
        found = table_named(tensors, architecture.output, sizes, given)
        if found is not None:
            return replace(found, why=_joined(f"the name of the output table in {kind} models", found.why))
    # A file may have no head: in a known kind, only a name that can be nothing else counts.
    is_known = architecture is not None and architecture.output
    names = (HEAD,) if is_known else (*names_of_outputs(), *ORIGINAL_OUTPUT)
    found = table_named(tensors, names, sizes, given)
    if found is None or not _scores_tokens(found.tensor, sizes, given):
        return None
    return replace(found, why=_joined("a usual name of an output table", found.why))


def _scores_tokens(head: "TableTensor", sizes: Sizes, given: "TableTensor | None") -> bool:
    """Whether a table named as a head scores tokens, and not classes of pictures or parts of speech.

    It has about as many rows as the input; padding and special tokens may differ.
    """
    n_rows = head.shape[0]
    if given is None:
        return n_rows in sizes or head.name.endswith(HEAD)
    return given.shape[0] < 2 * n_rows and n_rows < 2 * given.shape[0]


def _joined(why: str, more: str) -> str:
    return f"{why}, {more}" if more else why


def tensor_named(store: TensorStore, name: str) -> StoredTensor:
    """Return the tensor that a user names. Raises UnsupportedFile that lists similar names."""
    tensor = store.tensors.get(name)
    if tensor is None:
        import difflib

        near = difflib.get_close_matches(name, list(store.tensors), n=3, cutoff=0.4)
        some = near or [other for other, t in list(store.tensors.items()) if may_be_table(t)][:3]
        raise UnsupportedFile(f"it holds no tensor {name!r}; there are {', '.join(some) or 'none'}")
    return tensor

"""Which tensors of a model are its input and output tables, and why these.

The name that its kind of model uses decides; else a name that any kind uses; else the shape. What was
chosen is always reported, and where several tensors could be meant none is guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tovec.errors import BadSource
from tovec.models.adapters import is_untrained_copy, plain_name
from tovec.models.architectures import (
    ARCHITECTURES,
    BARE_INPUT,
    HEAD,
    ORIGINAL_OUTPUT,
    Architecture,
    gguf_architecture,
    names_of_inputs,
    names_of_outputs,
)
from tovec.models.configuration import text_parts
from tovec.storage.file_errors import BadFile, UnsupportedFile
from tovec.vectors.stored import StoredTensor, same_rows, shape_text
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

_SHOWN = 8  # names in an error message
# Tables of other things that have as many rows as there are tokens, or more.
_LOOK_ALIKES = (
    "per_layer",
    "position",
    "pos_emb",
    "token_type",
    "segment",
    "wpe.",
    "vision",
    "audio",
    "visual",
)
# Parts of a model that have tables of tokens of their own, beside the one that reads the text of a user.
_BESIDE_TEXT = re.compile(
    r"(^|\.)(talker|code_predictor|depth_decoder|speech\w*|image\w*|draft\w*|mtp\w*|dit|action\w*)(\.|$)"
)
_IN_A_LAYER = re.compile(r"(^|\.)(layers?|blocks?|h)\.\d+\.")
_NAMED_AS_TABLE = re.compile(r"emb|wte|tok|vocab|word|vector|lookup", re.IGNORECASE)
Sizes = frozenset[int]  # how many rows a table of tokens should have, by what is known of the model
_HEAD_WORDS = ("head", "output", "decoder", "unembed", "logits", "classifier")
_HEAD_NAMES = ("out", "out_proj", "proj_out", "fc_out", "score")


@dataclass(frozen=True)
class Chosen:
    """A tensor and the reason why it was taken for what it is."""

    tensor: "TableTensor"
    why: str


@dataclass(frozen=True)
class Tables:
    """The input table and the output table of a model; one may be missing.

    architecture: None for a kind of model that is not known. closed: why the `input` or the `output` that the
    model has cannot be read, such as a file of it that is missing. findings: what else a user should know.
    """

    input: Chosen | None
    output: Chosen | None
    bias: StoredTensor | None
    architecture: Architecture | None
    closed: Mapping[str, BadSource] = field(default_factory=dict)
    findings: tuple[str, ...] = ()


class _SeveralError(UnsupportedFile):
    """Several tensors that could be one table."""


def find_tables(store: TensorStore, config: Mapping[str, Any], n_ids: int | None) -> Tables:
    """Return the tables of a model whose configuration is `config`.

    n_ids: how many ids its tokenizer knows, None without a tokenizer; with the configuration's
    vocab_size it tells which shapes can be tables.
    Raises UnsupportedFile when no tensor can be the input or the output, or several could be the input, and
    BadSource when the file of the only one is missing or another one.
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
    except _SeveralError as error:
        findings.append(f"the output table is not clear: {error}")
    # Last, for these look at every tensor, and in a model of many files at every file.
    if given is None and output is None:
        if closed:
            raise closed.get("input") or closed["output"]
        given, output = _by_shape(store.tensors, sizes, n_ids)
    elif given is None and output is not None and not closed:
        given = _beside_output(store.tensors, output.tensor)
    bias = None
    if architecture is not None:  # a tied head may have a bias and no table of its own
        names = (name for name in architecture.output_bias if name in store.tensors)
        bias = next((store.tensors[name] for name in names), None)
    return Tables(given, output, bias, architecture, closed, tuple(findings))


def architecture_of(store: TensorStore, config: Mapping[str, Any]) -> tuple[Architecture | None, str]:
    """Return what is known of the kind of model, and its name; (None, "") where nothing is.

    Of a model of several parts that is what is known of the whole, and of the part that reads text.
    """
    if store.origin.startswith("GGUF"):
        return gguf_architecture(str(config.get("model_type"))), "GGUF"
    kinds = [kind_of(part) for part in text_parts(config)]
    known = [kind for kind in kinds if kind in ARCHITECTURES]
    if not known:
        return None, ""
    architecture = ARCHITECTURES[known[0]]
    for kind in known[1:]:
        architecture = architecture.beside(ARCHITECTURES[kind])
    return architecture, known[0]


def kind_of(config: Mapping[str, Any]) -> str:
    """Return the kind of model that a configuration states, as ARCHITECTURES spells it."""
    kind = str(config.get("model_type"))
    return kind.replace("xlm_roberta", "xlm-roberta").replace("deberta_v2", "deberta-v2")


def _may_be_table(tensor: StoredTensor) -> bool:
    return len(tensor.shape) == 2 and 0 not in tensor.shape


def _of_graph(store: TensorStore) -> Chosen | None:
    """Return the table that an ONNX graph names as the one that ids are looked up in."""
    if store.input_table is None:
        return None
    return Chosen(store.tensors[store.input_table], "the table that the graph looks ids of tokens up in")


def _input(
    tensors: Mapping[str, StoredTensor], architecture: Architecture | None, kind: str, sizes: Sizes
) -> Chosen | None:
    if architecture is not None:
        found = _named(tensors, architecture.input, sizes)
        if found is not None:
            return replace(found, why=_joined(f"the name of the input table in {kind} models", found.why))
    found = _behind_a_prefix(tensors, names_of_inputs(), sizes) or _bare(tensors)
    return None if found is None else replace(found, why=_joined("a usual name of an input table", found.why))


def _output(
    tensors: Mapping[str, StoredTensor],
    architecture: Architecture | None,
    kind: str,
    sizes: Sizes,
    given: "TableTensor | None",
) -> Chosen | None:
    if architecture is not None and architecture.output:
        found = _named(tensors, architecture.output, sizes, given)
        if found is not None:
            return replace(found, why=_joined(f"the name of the output table in {kind} models", found.why))
    # A head may be left out: in a kind that is known, only what can be nothing else is taken for it.
    is_known = architecture is not None and architecture.output
    names = (HEAD,) if is_known else (*names_of_outputs(), *ORIGINAL_OUTPUT)
    found = _named(tensors, names, sizes, given)
    if found is None or not _scores_tokens(found.tensor, sizes, given):
        return None
    return replace(found, why=_joined("a usual name of an output table", found.why))


def _scores_tokens(head: "TableTensor", sizes: Sizes, given: "TableTensor | None") -> bool:
    """Whether a table named as a head scores tokens, and not classes of pictures or parts of speech.

    Its rows are as many as the input has, give or take the padding and the special tokens of one of them.
    """
    n_rows = head.shape[0]
    if given is None:
        return n_rows in sizes or head.name.endswith(HEAD)
    return given.shape[0] < 2 * n_rows and n_rows < 2 * given.shape[0]


def _joined(why: str, more: str) -> str:
    return f"{why}, {more}" if more else why


def _named(
    tensors: Mapping[str, StoredTensor],
    names: Sequence[str],
    sizes: Sizes,
    given: "TableTensor | None" = None,
) -> Chosen | None:
    """Return the first of `names` that is a table, as it is or behind a prefix such as `model.`.

    given: the input table, where an output is looked for. Raises UnsupportedFile where several could be
    meant, and BadFile where the file of the one is missing.
    """
    taken = None if given is None else given.name
    for name in names:
        if name in tensors and name != taken and _may_be_table(tensors[name]):
            return Chosen(tensors[name], "")
    return _behind_a_prefix(tensors, names, sizes, given)


def _behind_a_prefix(
    tensors: Mapping[str, StoredTensor],
    names: Sequence[str],
    sizes: Sizes,
    given: "TableTensor | None" = None,
) -> Chosen | None:
    """Return the table whose name ends in one of `names`; raises as `_named`."""
    tails = tuple(f".{name}" for name in names)
    ending = [name for name in tensors if f".{plain_name(name)}".endswith(tails) and not _looks_alike(name)]
    found = [tensors[name] for name in ending if given is None or name != given.name]
    found = [tensor for tensor in found if _may_be_table(tensor)]
    return _the_one_that_reads_text(found, sizes, given) if found else None


def _the_one_that_reads_text(
    found: Sequence[StoredTensor], sizes: Sizes, given: "TableTensor | None" = None
) -> Chosen:
    """Return the one of several tables that the model reads text with; of outputs that beside `given`.

    Each rule leaves those that keep it, where there are any. Raises UnsupportedFile that names the tables
    that remain, where they are not one table under several names.
    """
    kept: list[str] = []
    for rule, keeps in (
        ("outside the layers", lambda t: _IN_A_LAYER.search(t.name) is None),
        ("of the part that reads text", lambda t: _BESIDE_TEXT.search(t.name) is None),
        ("with a row for each token", lambda t: t.shape[0] in sizes),
        ("beside the input", lambda t: given is not None and _first_part(t) == _first_part(given)),
        ("shared by encoder and decoder", lambda t: t.name.endswith("shared.weight")),
        ("of the encoder", lambda t: "encoder" in t.name),
        ("without a prefix", lambda t: _first_part(t) in ("model", "transformer", "embeddings", "wte")),
    ):
        fewer = [tensor for tensor in found if keeps(tensor)]
        if fewer and len(fewer) < len(found):
            found, kept = fewer, [*kept, rule]
    if all(_is_same(found[0], other) for other in found[1:]):
        return Chosen(found[0], f"the one {' and '.join(kept)}" if kept else "")
    raise _SeveralError(_undecided(found, found))


def _first_part(tensor: "TableTensor") -> str:
    return tensor.name.split(".")[0]


def _is_same(one: StoredTensor, other: StoredTensor) -> bool:
    """Whether two tensors are one table under two names; those of a model on the Hub are not compared."""
    return one.fetch is None and other.fetch is None and same_rows(one, other)


def _bare(tensors: Mapping[str, StoredTensor]) -> Chosen | None:
    """Return the table of a file that holds one layer and no name for it, unless that is a dense layer."""
    for name in BARE_INPUT:
        if name in tensors and _may_be_table(tensors[name]) and "bias" not in tensors:
            return Chosen(tensors[name], "")
    return None


def _looks_alike(name: str) -> bool:
    return is_untrained_copy(name) or any(part in name for part in _LOOK_ALIKES)


def _by_shape(
    tensors: Mapping[str, StoredTensor], sizes: Sizes, n_ids: int | None
) -> tuple[Chosen | None, Chosen | None]:
    """Return the tensors with a row for each token: one, or two of which one is named as a head."""
    tables = list(_tables_in_files_that_are_there(tensors))
    fitting = [
        tensor
        for tensor in tables
        if tensor.shape[0] in sizes and not _looks_alike(tensor.name) and not _IN_A_LAYER.search(tensor.name)
    ]
    if not fitting and len(tables) == 1 and _may_be_the_only_one(tables[0], tensors, n_ids):
        return Chosen(tables[0], "the only table in the file"), None
    why = f"a table of {fitting[0].shape[0]:,} rows, one for each token" if fitting else ""
    heads = [tensor for tensor in fitting if _is_head(tensor.name, tensors)]
    others = [tensor for tensor in fitting if tensor not in heads]
    if len(others) > 1 or len(heads) > 1 or not fitting:
        raise UnsupportedFile(_undecided(tables, fitting))
    return Chosen(others[0], why) if others else None, Chosen(heads[0], why) if heads else None


def _beside_output(tensors: Mapping[str, StoredTensor], output: "TableTensor") -> Chosen | None:
    """Return the table that is named as one of tokens and is of the shape of the output; None without.

    Raises UnsupportedFile where there are several.
    """
    found = [
        tensor
        for tensor in _tables_in_files_that_are_there(tensors)
        if tensor.shape == output.shape
        and tensor.name != output.name
        and not _looks_alike(tensor.name)
        and not _IN_A_LAYER.search(tensor.name)
        and not _is_head(tensor.name, tensors)
        and _NAMED_AS_TABLE.search(tensor.name)
    ]
    if len(found) > 1:
        raise UnsupportedFile(_undecided(found, found))
    return Chosen(found[0], "a table of the shape of the output, named as one of tokens") if found else None


def _is_head(name: str, tensors: Mapping[str, StoredTensor]) -> bool:
    """Whether a table scores tokens, by its name, or a bias beside it, which a table of vectors never has."""
    layer = name.removesuffix(".weight")
    return (
        any(part in name for part in _HEAD_WORDS)
        or layer.rpartition(".")[2] in _HEAD_NAMES
        or (layer != name and f"{layer}.bias" in tensors)
    )


def _tables_in_files_that_are_there(tensors: Mapping[str, StoredTensor]) -> Iterator[StoredTensor]:
    for name in tensors:
        try:
            tensor = tensors[name]
        except BadFile:  # of a file that is missing, which may hold anything
            continue
        if _may_be_table(tensor):
            yield tensor


def _may_be_the_only_one(table: StoredTensor, tensors: Mapping[str, StoredTensor], n_ids: int | None) -> bool:
    """Whether the only table of a file may be one of tokens: the weights of a dense layer are none."""
    layer, _, last = table.name.rpartition(".")
    if _looks_alike(table.name) or (n_ids is not None and table.shape[0] < n_ids):
        return False
    if last != "weight":
        return True
    return f"{layer}.bias" not in tensors and _NAMED_AS_TABLE.search(layer.rpartition(".")[2]) is not None


def _undecided(tables: Sequence[StoredTensor], fitting: Sequence[StoredTensor]) -> str:
    if not tables:
        return "it holds no tensor of two dimensions"
    what = (
        "several tensors could be the table of tokens"
        if fitting
        else "none of its tensors is known as a table of tokens"
    )
    largest = sorted(fitting or tables, key=lambda tensor: -tensor.shape[0])[:_SHOWN]
    shown = ", ".join(f"{tensor.name} ({shape_text(tensor.shape)})" for tensor in largest)
    return f"{what}; name one as SOURCE#TENSOR: {shown}"


def tensor_named(store: TensorStore, name: str) -> StoredTensor:
    """Return the tensor that a user names. Raises UnsupportedFile with those that are there."""
    tensor = store.tensors.get(name)
    if tensor is None:
        import difflib

        near = difflib.get_close_matches(name, list(store.tensors), n=3, cutoff=0.4)
        some = near or [other for other, t in list(store.tensors.items()) if _may_be_table(t)][:3]
        raise UnsupportedFile(f"it holds no tensor {name!r}; there are {', '.join(some) or 'none'}")
    return tensor

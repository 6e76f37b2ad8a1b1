"""Which tensors of a model are its input and output tables, and why these.

The name that its kind of model uses decides; else a name that any kind uses; else the shape. What was
chosen is always told, and where several tensors could be meant none is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tovec.formats.damage import UnsupportedError
from tovec.formats.tensors.stored import StoredTensor, TensorStore, shape_text
from tovec.models.architectures import (
    ARCHITECTURES,
    GGUF,
    ORIGINAL_OUTPUT,
    Architecture,
    gguf_architecture,
    names_of_inputs,
    names_of_outputs,
)

_TOLD = 8  # names in an error message
# Tables of other things that have as many rows as there are tokens, or more.
_LOOK_ALIKES = ("per_layer", "position", "token_type", "wpe.", "vision", "audio", "visual")


@dataclass(frozen=True)
class Chosen:
    """A tensor and the reason why it was taken for what it is."""

    tensor: StoredTensor
    why: str


@dataclass(frozen=True)
class Tables:
    """The input table and the output table of a model; one may be missing.

    architecture: None for a kind of model that is not known.
    """

    input: Chosen | None
    output: Chosen | None
    bias: StoredTensor | None
    architecture: Architecture | None


def find_tables(store: TensorStore, config: Mapping[str, Any], n_ids: int | None) -> Tables:
    """Return the tables of a model whose configuration is `config`.

    n_ids: how many ids its tokenizer knows, None without a tokenizer; with the configuration's
    vocab_size it tells which shapes can be tables.
    Raises DamageError when no tensor can be the input or the output, or several could.
    """
    model_type = config.get("model_type")
    architecture = _architecture(store, model_type)
    output = _output(store.tensors, architecture, model_type)
    given = _of_graph(store) or _input(store.tensors, architecture, model_type)
    if given is None and output is None:
        # Last, for it looks at every tensor, and in a model of many files at every file.
        tables = {name: tensor for name, tensor in store.tensors.items() if _may_be_table(tensor)}
        given, output = _by_shape(tables, config.get("vocab_size"), n_ids)
    bias = None
    if architecture is not None:  # a tied head may have a bias and no table of its own
        names = (name for name in architecture.output_bias if name in store.tensors)
        bias = next((store.tensors[name] for name in names), None)
    return Tables(given, output, bias, architecture)


def _architecture(store: TensorStore, model_type: object) -> Architecture | None:
    if store.origin.startswith("GGUF"):
        return gguf_architecture(str(model_type))
    return ARCHITECTURES.get(
        str(model_type).replace("xlm_roberta", "xlm-roberta").replace("deberta_v2", "deberta-v2")
    )


def _may_be_table(tensor: StoredTensor) -> bool:
    return len(tensor.shape) == 2 and 0 not in tensor.shape


def _of_graph(store: TensorStore) -> Chosen | None:
    """Return the table that an ONNX graph names as the one that ids are looked up in."""
    if store.input_table is None:
        return None
    return Chosen(store.tensors[store.input_table], "the table that the graph looks ids of tokens up in")


def _input(
    tensors: Mapping[str, StoredTensor], architecture: Architecture | None, model_type: object
) -> Chosen | None:
    if architecture is not None:
        found = _named(tensors, architecture.input)
        if found is not None:
            return Chosen(found, _reason("GGUF" if architecture.input == GGUF.input else model_type, "input"))
    return _usual(tensors, names_of_inputs(), "input")


def _output(
    tensors: Mapping[str, StoredTensor], architecture: Architecture | None, model_type: object
) -> Chosen | None:
    if architecture is not None:
        found = _named(tensors, architecture.output)
        if found is None:  # a head may be left out; nothing else is taken for it
            return None
        return Chosen(found, _reason("GGUF" if architecture.input == GGUF.input else model_type, "output"))
    return _usual(tensors, (*names_of_outputs(), *ORIGINAL_OUTPUT), "output")


def _reason(kind: object, which: str) -> str:
    return f"the name of the {which} table in {kind} models"


def _named(tensors: Mapping[str, StoredTensor], names: Sequence[str]) -> StoredTensor | None:
    """Return the first of `names` that is a table, as it is or behind a prefix such as `model.`."""
    for name in names:
        if name in tensors and _may_be_table(tensors[name]):
            return tensors[name]
    tails = tuple(f".{name}" for name in names)
    behind = [other for other in tensors if other.endswith(tails) and not _looks_alike(other)]
    for tail in tails:
        longer = [other for other in behind if other.endswith(tail)]
        found = [tensors[other] for other in longer if _may_be_table(tensors[other])]
        if len(found) == 1:
            return found[0]
    return None


def _usual(tensors: Mapping[str, StoredTensor], names: Sequence[str], which: str) -> Chosen | None:
    found = _named(tensors, names)
    return None if found is None else Chosen(found, f"a usual name of an {which} table")


def _looks_alike(name: str) -> bool:
    return any(part in name for part in _LOOK_ALIKES)


def _by_shape(
    tables: Mapping[str, StoredTensor], vocab_size: object, n_ids: int | None
) -> tuple[Chosen | None, Chosen | None]:
    """Return the tensors with a row for each token: one, or two of which one is named as a head."""
    sizes = {size for size in (vocab_size, n_ids) if isinstance(size, int)}
    fitting = [t for t in tables.values() if t.shape[0] in sizes and not _looks_alike(t.name)]
    if not fitting and len(tables) == 1:
        (only,) = tables.values()
        return Chosen(only, "the only table in the file"), None
    why = f"a table of {fitting[0].shape[0]:,} rows, one for each token" if fitting else ""
    heads = [t for t in fitting if any(part in t.name for part in ("head", "output", "decoder", "unembed"))]
    others = [t for t in fitting if t not in heads]
    if len(others) > 1 or len(heads) > 1 or not fitting:
        raise UnsupportedError(_undecided(list(tables.values()), fitting))
    return Chosen(others[0], why) if others else None, Chosen(heads[0], why) if heads else None


def _undecided(tables: Sequence[StoredTensor], fitting: Sequence[StoredTensor]) -> str:
    if not tables:
        return "it holds no tensor of two dimensions"
    what = (
        "several tensors could be the table of tokens"
        if fitting
        else "none of its tensors is known as a table of tokens"
    )
    largest = sorted(fitting or tables, key=lambda tensor: -tensor.shape[0])[:_TOLD]
    told = ", ".join(f"{tensor.name} ({shape_text(tensor.shape)})" for tensor in largest)
    return f"{what}; name one as SOURCE#TENSOR: {told}"


def tensor_named(store: TensorStore, name: str) -> StoredTensor:
    """Return the tensor that a user names. Raises DamageError with those that are there."""
    tensor = store.tensors.get(name)
    if tensor is None:
        import difflib

        near = difflib.get_close_matches(name, list(store.tensors), n=3, cutoff=0.4)
        some = near or [other for other, t in list(store.tensors.items()) if _may_be_table(t)][:3]
        raise UnsupportedError(f"it holds no tensor {name!r}; there are {', '.join(some) or 'none'}")
    return tensor

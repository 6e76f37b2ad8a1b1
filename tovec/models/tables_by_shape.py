"""Tables by their shape, where no name is known: a row for each token, or as many as another table has.

Every tensor is looked at, and in a model of many files the header of every file.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tovec.counted import counted
from tovec.models.table_choice import (
    IN_A_LAYER,
    NAMED_AS_TABLE,
    Sizes,
    TableChoice,
    looks_alike,
    may_be_table,
    undecided,
)
from tovec.storage.file_errors import BadFile, UnsupportedFile
from tovec.vectors.stored import StoredTensor

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

_HEAD_WORDS = ("head", "output", "decoder", "unembed", "logits", "classifier")
_HEAD_NAMES = ("out", "out_proj", "proj_out", "fc_out", "score")


def tables_by_shape(
    tensors: Mapping[str, StoredTensor], sizes: Sizes, n_ids: int | None
) -> tuple[TableChoice | None, TableChoice | None]:
    """Return the input and the output among tensors with a row for each token; a head is the output."""
    tables = list(_tables_in_files_that_exist(tensors))
    fitting = [
        tensor
        for tensor in tables
        if tensor.shape[0] in sizes and not looks_alike(tensor.name) and not IN_A_LAYER.search(tensor.name)
    ]
    if not fitting and len(tables) == 1 and _may_be_the_only_one(tables[0], tensors, n_ids):
        return TableChoice(tables[0], "the only table in the file"), None
    why = f"a table of {counted(fitting[0].shape[0], 'row')}, one for each token" if fitting else ""
    heads = [tensor for tensor in fitting if _is_head(tensor.name, tensors)]
    others = [tensor for tensor in fitting if tensor not in heads]
    if len(others) > 1 or len(heads) > 1 or not fitting:
        raise UnsupportedFile(undecided(tables, fitting))
    return TableChoice(others[0], why) if others else None, TableChoice(heads[0], why) if heads else None


def table_like_output(tensors: Mapping[str, StoredTensor], output: "TableTensor") -> TableChoice | None:
    """Return the table of the output's shape whose name is that of a token table; None without one.

    Raises UnsupportedFile where there are several.
    """
    found = [
        tensor
        for tensor in _tables_in_files_that_exist(tensors)
        if tensor.shape == output.shape
        and tensor.name != output.name
        and not looks_alike(tensor.name)
        and not IN_A_LAYER.search(tensor.name)
        and not _is_head(tensor.name, tensors)
        and NAMED_AS_TABLE.search(tensor.name)
    ]
    if len(found) > 1:
        raise UnsupportedFile(undecided(found, found))
    return (
        TableChoice(found[0], "a table of the shape of the output, named as a token table") if found else None
    )


def _is_head(name: str, tensors: Mapping[str, StoredTensor]) -> bool:
    """Whether a table is a head, by its name or by a bias beside it, which a table of vectors never has."""
    layer = name.removesuffix(".weight")
    return (
        any(part in name for part in _HEAD_WORDS)
        or layer.rpartition(".")[2] in _HEAD_NAMES
        or (layer != name and f"{layer}.bias" in tensors)
    )


def _tables_in_files_that_exist(tensors: Mapping[str, StoredTensor]) -> Iterator[StoredTensor]:
    for name in tensors:
        try:
            tensor = tensors[name]
        except BadFile:  # in a missing file, which may hold anything
            continue
        if may_be_table(tensor):
            yield tensor


def _may_be_the_only_one(table: StoredTensor, tensors: Mapping[str, StoredTensor], n_ids: int | None) -> bool:
    """Whether the only table of a file may be a token table, and not the weights of a dense layer."""
    layer, _, last = table.name.rpartition(".")
    if looks_alike(table.name) or (n_ids is not None and table.shape[0] < n_ids):
        return False
    if last != "weight":
        return True
    return f"{layer}.bias" not in tensors and NAMED_AS_TABLE.search(layer.rpartition(".")[2]) is not None

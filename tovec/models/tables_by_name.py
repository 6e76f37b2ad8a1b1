"""A table by its name: as it is, behind a prefix such as `model.`, or in a file of one layer."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tovec.models.adapters import plain_name
from tovec.models.architectures.families import BARE_INPUT
from tovec.models.table_choice import (
    IN_A_LAYER,
    SeveralError,
    Sizes,
    TableChoice,
    looks_alike,
    may_be_table,
    undecided,
)
from tovec.vectors.stored import StoredTensor, same_rows

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

# Parts of a model with token tables of their own, apart from the one that reads the user's text.
_BESIDE_TEXT = re.compile(
    r"(^|\.)(talker|code_predictor|depth_decoder|speech\w*|image\w*|draft\w*|mtp\w*|dit|action\w*)(\.|$)"
)


def table_named(
    tensors: Mapping[str, StoredTensor],
    names: Sequence[str],
    sizes: Sizes,
    given: "TableTensor | None" = None,
) -> TableChoice | None:
    """Return the first of `names` that is a table, as it is or behind a prefix such as `model.`.

    given: the input table, when an output is looked for. Raises UnsupportedFile where several fit, and
    BadFile where the file of the only one is missing.
    """
    taken = None if given is None else given.name
    for name in names:
        if name in tensors and name != taken and may_be_table(tensors[name]):
            return TableChoice(tensors[name], "")
    return table_behind_prefix(tensors, names, sizes, given)


def table_behind_prefix(
    tensors: Mapping[str, StoredTensor],
    names: Sequence[str],
    sizes: Sizes,
    given: "TableTensor | None" = None,
) -> TableChoice | None:
    """Return the table whose name ends in one of `names`; raises as `table_named`."""
    tails = tuple(f".{name}" for name in names)
    ending = [name for name in tensors if f".{plain_name(name)}".endswith(tails) and not looks_alike(name)]
    found = [tensors[name] for name in ending if given is None or name != given.name]
    found = [tensor for tensor in found if may_be_table(tensor)]
    return _the_one_that_reads_text(found, sizes, given) if found else None


def _the_one_that_reads_text(
    found: Sequence[StoredTensor], sizes: Sizes, given: "TableTensor | None" = None
) -> TableChoice:
    """Return the one of several tables that the model reads text with; of outputs the one beside `given`.

    Each rule keeps the tables that it fits, if it fits any. Raises UnsupportedFile that names the remaining
    tables, unless they are one table under several names.
    """
    kept: list[str] = []
    for rule, keeps in (
        ("outside the layers", lambda t: IN_A_LAYER.search(t.name) is None),
        ("of the part for text", lambda t: _BESIDE_TEXT.search(t.name) is None),
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
        return TableChoice(found[0], f"the one {' and '.join(kept)}" if kept else "")
    raise SeveralError(undecided(found, found))


def _first_part(tensor: "TableTensor") -> str:
    return tensor.name.split(".")[0]


def _is_same(one: StoredTensor, other: StoredTensor) -> bool:
    """Whether two tensors are one table under two names; those of a model on the Hub are not compared."""
    return one.fetch is None and other.fetch is None and same_rows(one, other)


def bare_table(tensors: Mapping[str, StoredTensor]) -> TableChoice | None:
    """Return the table of a file with one unnamed layer, unless that is a dense layer."""
    for name in BARE_INPUT:
        if name in tensors and may_be_table(tensors[name]) and "bias" not in tensors:
            return TableChoice(tensors[name], "")
    return None

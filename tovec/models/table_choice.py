"""A tensor chosen as a table, and why; what rules a tensor out, and the message where none is chosen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tovec.models.adapters import is_untrained_copy
from tovec.storage.file_errors import UnsupportedFile
from tovec.vectors.stored import StoredTensor, shape_text

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

_SHOWN = 8  # names in an error message
# Parts of the names of other tables with as many rows as there are tokens, or more.
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
IN_A_LAYER = re.compile(r"(^|\.)(layers?|blocks?|h)\.\d+\.")
NAMED_AS_TABLE = re.compile(r"emb|wte|tok|vocab|word|vector|lookup", re.IGNORECASE)
Sizes = frozenset[int]  # how many rows a table of tokens should have, by what is known of the model


@dataclass(frozen=True)
class TableChoice:
    """A tensor and the reason why it was chosen."""

    tensor: "TableTensor"
    why: str


class SeveralError(UnsupportedFile):
    """Several tensors could be the table."""


def may_be_table(tensor: StoredTensor) -> bool:
    """Whether a tensor has two dimensions and numbers in it."""
    return len(tensor.shape) == 2 and 0 not in tensor.shape


def looks_alike(name: str) -> bool:
    """Whether a name is that of another kind of table, or of a copy that an adapter leaves as it was."""
    return is_untrained_copy(name) or any(part in name for part in _LOOK_ALIKES)


def undecided(tables: Sequence[StoredTensor], fitting: Sequence[StoredTensor]) -> str:
    """Return the message where none is chosen. fitting: those of `tables` that could be the table."""
    if not tables:
        return "it holds no tensor of two dimensions"
    what = (
        "several tensors could be the token table"
        if fitting
        else "none of its tensors is known as a token table"
    )
    largest = sorted(fitting or tables, key=lambda tensor: -tensor.shape[0])[:_SHOWN]
    shown = ", ".join(f"{tensor.name} ({shape_text(tensor.shape)})" for tensor in largest)
    return f"{what}; name one as SOURCE#TENSOR: {shown}"

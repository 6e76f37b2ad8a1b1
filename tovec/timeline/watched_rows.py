"""The rows of a module that are watched while it trains: all of them, the first, or those of some tokens."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, whole_number
from tovec.errors import TovecError
from tovec.timeline.row_names import vocabulary_of


class WatchedRows:
    """Some rows of the `weight` of a module, such as torch.nn.Embedding, and their names.

    tokens: as in `vocabulary_of`. rows: how many, the first ones, or the tokens of which; None for all.
    Raises TovecError for what has no table, UnknownToken.
    """

    def __init__(self, module: Any, tokens: Any, rows: int | Iterable[str] | None = None) -> None:
        self._module = module
        self.n_in_module = _n_rows(module)
        vocabulary = vocabulary_of(tokens, self.n_in_module)
        self._rows: Any = slice(None)
        if rows is not None and not isinstance(rows, Iterable):
            n = min(whole_number("rows", rows, 1), self.n_in_module)
            vocabulary, self._rows = vocabulary.first(n), slice(n)
        elif rows is not None:
            self._rows = list(dict.fromkeys(vocabulary.ids(rows).tolist()))
            vocabulary = vocabulary.select(self._rows)
        self.vocabulary = vocabulary

    @property
    def is_sharded(self) -> bool:
        """Whether each process has a part of the table, so that all of them have to ask for a copy."""
        return hasattr(self._module.weight, "full_tensor")

    def copy(self) -> NDArray[np.float32]:
        """Return the rows as they are now."""
        weight = self._module.weight
        if hasattr(weight, "detach"):
            weight = weight.detach()
        if hasattr(weight, "full_tensor"):
            weight = weight.full_tensor()
        rows = weight[self._rows]
        if hasattr(rows, "cpu"):  # which leave a GPU as they are, and become float32 after that
            rows = rows.cpu().float().numpy()
        return np.array(rows, dtype=np.float32)


def _n_rows(module: Any) -> int:
    weight = getattr(module, "weight", None)
    shape = tuple(getattr(weight, "shape", ()))
    if weight is None:
        raise TovecError(
            f"a module to watch has a `weight`, such as torch.nn.Embedding; {in_one_line(module)} has none"
        )
    if len(shape) != 2 or 0 in shape:
        raise TovecError(
            f"the weight of a module to watch is a table of (n_rows, dim), not of shape {shape}; one that "
            "DeepSpeed or FSDP has spread over several processes is gathered first, and given to `add`"
        )
    return int(shape[0])

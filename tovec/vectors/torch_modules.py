"""Tables from modules of torch, and modules of torch from tables; memory is shared where torch allows it."""

from typing import Any

import numpy as np

from tovec.errors import MissingExtra
from tovec.vectors.table import Rows, Vectors, in_float32


def weight_of(module: Any) -> Rows:
    """Return the `weight` of a module, (n_rows, dim) float32; shared where it is float32 on the CPU."""
    weight: Rows = module.weight.detach().cpu().float().numpy()
    return weight


def can_share(vectors: Vectors) -> bool:
    """Whether torch takes this memory as it is: it has no negative steps and warns of read-only arrays."""
    if not isinstance(vectors, np.ndarray) or vectors.dtype != np.float32:
        return False
    return bool(vectors.flags.writeable) and min(vectors.strides) >= 0


def embedding_module(vectors: Vectors, freeze: bool) -> Any:
    """Return a torch.nn.Embedding of a table, which shares its memory where `can_share`.

    Raises MissingExtra without torch.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("to_torch", "torch") from error
    rows = vectors if can_share(vectors) else in_float32(vectors, slice(None))
    return torch.nn.Embedding.from_pretrained(torch.from_numpy(rows), freeze=freeze)

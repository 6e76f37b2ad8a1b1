"""The loss of the next tokens."""

from torch import Tensor
from torch.nn import functional


def next_token_loss(vectors: Tensor, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the sum of the cross-entropies in nats of targets (n,); NO_TARGET does not count.

    vectors: (n, dim). outputs: (n_tokens, dim).
    """
    return functional.cross_entropy(functional.linear(vectors, outputs), targets, reduction="sum")

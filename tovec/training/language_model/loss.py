"""The loss of the next tokens, without keeping the scores of all tokens at all positions.

The scores are by far the largest thing of a small language model. Here they are made for a few positions at a
time, which stay in the processor's cache, and the gradients of vectors and table are taken before the next
few overwrite them.

It imports torch, as the network does.
"""

from typing import Any

import torch
from torch import Tensor

from tovec.training.language_model.stream import NO_TARGET

# Scores at a time. Those of a processor stay in the cache that its cores share; a GPU wants much at once.
_CHUNK_BYTES = {"cpu": 4 << 20, "cuda": 256 << 20}
_LEAST_CHUNK = 64  # positions; with fewer the products are slow


def next_token_loss(
    vectors: Tensor, outputs: Tensor, targets: Tensor, products: torch.dtype | None = None
) -> Tensor:
    """Return the sum of the cross-entropies in nats of targets (n,); NO_TARGET does not count.

    vectors: (n, dim). outputs: (n_tokens, dim). products: the type of the numbers that are multiplied, where
    it is not that of the outputs; what is summed up is of the type of the outputs in any case.
    """
    loss: Tensor = _NextTokenLoss.apply(vectors, outputs, targets, products)
    return loss


class _NextTokenLoss(torch.autograd.Function):  # type: ignore[misc]
    """Takes both gradients while it goes over the scores, and hands them out later."""

    @staticmethod
    def forward(
        ctx: Any, vectors: Tensor, outputs: Tensor, targets: Tensor, products: torch.dtype | None
    ) -> Tensor:
        learned = ctx.needs_input_grad[0] or ctx.needs_input_grad[1]
        vectors_gradient = torch.empty_like(vectors) if learned else None
        outputs_gradient = torch.zeros_like(outputs) if learned else None
        loss = outputs.new_zeros(())
        factor = outputs if products is None else outputs.to(products)
        counts = (targets != NO_TARGET).to(outputs.dtype).unsqueeze(1)
        targets = targets.clamp_min(0).unsqueeze(1)
        of_position = outputs.element_size() * len(outputs)
        length = max(_LEAST_CHUNK, _CHUNK_BYTES[outputs.device.type] // of_position)
        for start in range(0, len(vectors), length):
            chunk = slice(start, start + length)
            read, target = vectors[chunk].to(factor.dtype), targets[chunk]
            scores = (read @ factor.T).to(outputs.dtype)
            scores -= scores.amax(dim=1, keepdim=True)
            score = scores.gather(1, target)
            sums = scores.exp_().sum(dim=1, keepdim=True)
            loss += ((sums.log() - score) * counts[chunk]).sum()
            if vectors_gradient is None or outputs_gradient is None:
                continue
            # The gradient of the scores is their softmax, less 1 at the target. What softmax divides by is
            # divided by after the products, where there are fewer numbers.
            pulls = scores.scatter_add_(1, target, -sums).to(factor.dtype)
            share = counts[chunk] / sums
            vectors_gradient[chunk] = (pulls @ factor) * share
            outputs_gradient += pulls.T @ (read * share).to(factor.dtype)
        if learned:
            ctx.save_for_backward(vectors_gradient, outputs_gradient)
        return loss

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        vectors_gradient, outputs_gradient = ctx.saved_tensors
        return vectors_gradient * gradient, outputs_gradient * gradient, None, None

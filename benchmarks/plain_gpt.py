"""A small GPT in plain torch, as tutorials write it; the opponent of language_model.py.

GPT-2's network (Radford et al. 2019) trained as nanoGPT (github.com/karpathy/nanoGPT) trains its small ones:
LayerNorm, learned positions, GELU, one table for input and output, AdamW with weight decay, warm-up and a
cosine, float32, cross-entropy of all scores at once. It reads on from a document into the next.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

PEAK, LAST, WARM_UP = 1e-3, 1e-4, 100  # learning rates, and steps


class Block(nn.Module):
    """Attention, then a network of two layers."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_network = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention, self.attention_out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.network = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return vectors of the same shape, (n, length, dim)."""
        n, length, dim = vectors.shape
        parts = self.attention(self.before_attention(vectors)).split(dim, dim=2)
        queries, keys, values = (part.view(n, length, self.heads, -1).transpose(1, 2) for part in parts)
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        vectors = vectors + self.attention_out(mixed.transpose(1, 2).reshape(n, length, dim))
        return vectors + self.network(self.before_network(vectors))


class PlainGPT(nn.Module):
    """Ids to the scores of the next tokens."""

    def __init__(self, n_tokens: int, dim: int, layers: int, heads: int, context: int) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(n_tokens, dim), nn.Embedding(context, dim)
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                is_last = name.endswith(("attention_out.weight", "network.2.weight"))
                nn.init.normal_(parameter, 0, 0.02 / math.sqrt(2 * layers) if is_last else 0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Return (n, length, n_tokens)."""
        vectors = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            vectors = block(vectors)
        return functional.linear(self.norm(vectors), self.tokens.weight)

    def loss(self, ids: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
        """Return the cross-entropy of targets (n, length)."""
        scores = self(ids)
        return functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction=reduction)


class PlainTraining:
    """Takes steps. total: of the whole run."""

    def __init__(self, network: PlainGPT, total: int) -> None:
        self.network, self._total = network, total
        matrices = [parameter for parameter in network.parameters() if parameter.ndim == 2]
        others = [parameter for parameter in network.parameters() if parameter.ndim != 2]
        groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
        self._optimizer = torch.optim.AdamW(groups, lr=PEAK, betas=(0.9, 0.99), fused=True)

    def step(self, step: int, ids: Tensor, targets: Tensor) -> None:
        """Take step number `step`."""
        share = (step - WARM_UP) / max(1, self._total - WARM_UP)
        rate = LAST + (PEAK - LAST) * (1 + math.cos(math.pi * share)) / 2
        for group in self._optimizer.param_groups:
            group["lr"] = PEAK * (step + 1) / WARM_UP if step < WARM_UP else rate
        self._optimizer.zero_grad(set_to_none=True)
        self.network.loss(ids, targets).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()

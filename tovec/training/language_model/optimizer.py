"""The steps of a language model's parameters."""

import torch
from torch import Tensor

from tovec.language_model.network.transformer import Llama


class Optimizer:
    """AdamW. total: all steps of the run."""

    def __init__(self, network: Llama, learning_rate: float, total: int) -> None:
        self._parameters = list(network.parameters())
        self._names = [name for name, _ in network.named_parameters()]
        self._first = [torch.zeros_like(p) for p in self._parameters]
        self._second = [torch.zeros_like(p) for p in self._parameters]
        self._rate, self._total = learning_rate, total

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold, by name; changed in place."""
        first = {f"{name}.mean": t for name, t in zip(self._names, self._first, strict=True)}
        return first | {f"{name}.square": t for name, t in zip(self._names, self._second, strict=True)}

    @torch.no_grad()
    def step(self, step: int) -> None:
        """Take step number `step` of the run, counted from 0, by the gradients of the parameters."""
        rate = self._rate * min(1.0, (step + 1) / 20) * (1 - step / self._total)
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        for p, m, v in zip(self._parameters, self._first, self._second, strict=True):
            assert p.grad is not None
            m.lerp_(p.grad, 0.1)
            v.mul_(0.95).addcmul_(p.grad, p.grad, value=0.05)
            p.addcdiv_(
                m / (1 - 0.9 ** (step + 1)), (v / (1 - 0.95 ** (step + 1))).sqrt_() + 1e-8, value=-rate
            )

"""The steps of a language model's parameters: Muon for the matrices of its layers, Adam for all else.

Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) takes the mean of the last gradients of a matrix
and makes all its singular values about 1, so that directions that gradients rarely show are learned as well.
Matrices that the network keeps as one parameter are separate ones here. Adam (Kingma and Ba 2015,
arXiv:1412.6980) makes the steps of each number as large as its rate says.

All that is kept between steps is in `state`; the number of the step is the caller's.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from tovec.language_model.network.transformer import Llama

INPUT_RATE = 10.0  # times that of the matrices: rows of a size of 1, most of which a step leaves alone
OUTPUT_RATE = 0.5
TIED_RATE = 0.3
NORM_RATE = 0.3
WARM_UP = 0.02  # of all steps; after it the rates fall in a line, to almost 0 at the end
LONGEST_GRADIENT = 1.0  # of all parameters together; a longer one is shortened

MOMENTUM = 0.95
# The polynomial a x + b x³ + c x⁵ of singular values that Jordan et al. chose; five times brings them near 1.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_TIMES = 5

MEAN, SQUARE = 0.9, 0.95  # what Adam's means keep in a step
_LEAST_SQUARE = 1e-10  # root of a mean square that counts as none


class Optimizer:
    """Moves the parameters of a network by their gradients. learning_rate: of the matrices, at the peak.

    total: the steps of the whole run. products: the type of the numbers that Muon multiplies, where it is not
    that of the parameters.
    """

    def __init__(
        self, network: Llama, learning_rate: float, total: int, products: torch.dtype | None = None
    ) -> None:
        self._network, self._rate, self._total, self._products = network, learning_rate, total, products
        self._adam = [_Adam(name, *found) for name, found in _by_adam(network).items()]
        self._muon = _Muon(network)

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold, by name; float32, changed in place."""
        found = dict(self._muon.means)
        for one in self._adam:
            found |= {f"{one.name}.mean": one.mean, f"{one.name}.square": one.square}
        return found

    def step(self, step: int) -> None:
        """Take step number `step` of the run, from 0, by the gradients of the parameters.

        Gradients are overwritten.
        """
        rate = self._rate * share_of_rate(step, self._total)
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), LONGEST_GRADIENT)
        with torch.no_grad():
            for one in self._adam:
                one.step(step, rate)
            self._muon.step(rate, self._products)


def share_of_rate(step: int, total: int) -> float:
    """Return what share of the rates at the peak a step has, above 0: up in a line, then down in one."""
    warm_up = int(WARM_UP * total)
    return min((step + 1) / (warm_up + 1), (total - step) / (total - warm_up))


def _by_muon(network: Llama) -> Iterator[tuple[str, Tensor, list[int]]]:
    """Yield the matrices of the layers, each with its name, and the rows of those that it stands for."""
    shape = network.shape
    keys = shape.key_heads * shape.head_dim
    parts = {
        "attention.query_key_value": [shape.heads * shape.head_dim, keys, keys],
        "feed_forward.gate_up": [shape.inner, shape.inner],
    }
    for name, parameter in network.layers.named_parameters(prefix="layers"):
        if parameter.ndim == 2:
            module = name.split(".", 2)[2].removesuffix(".weight")
            yield name, parameter, parts.get(module, [len(parameter)])


def _by_adam(network: Llama) -> dict[str, tuple[Tensor, float]]:
    """Return the parameters that Adam moves, by name, each with its rate as a multiple of the matrices'."""
    found: dict[str, tuple[Tensor, float]] = {}
    for name, parameter in network.named_parameters():
        if parameter is network.inputs:
            found[name] = parameter, TIED_RATE if network.shape.tied else INPUT_RATE
        elif parameter is network.outputs:
            found[name] = parameter, OUTPUT_RATE
        elif parameter.ndim == 1:
            found[name] = parameter, NORM_RATE
    return found


class _Adam:
    def __init__(self, name: str, parameter: Tensor, rate: float) -> None:
        self.name, self._parameter, self._rate = name, parameter, rate
        self.mean, self.square = torch.zeros_like(parameter), torch.zeros_like(parameter)

    def step(self, step: int, rate: float) -> None:
        gradient = self._parameter.grad
        assert gradient is not None
        self.mean.lerp_(gradient, 1 - MEAN)
        self.square.mul_(SQUARE).addcmul_(gradient, gradient, value=1 - SQUARE)
        # Both means began at 0, which is made up for.
        mean_share, root_share = 1 - MEAN ** (step + 1), math.sqrt(1 - SQUARE ** (step + 1))
        root = torch.sqrt(self.square, out=gradient).add_(_LEAST_SQUARE * root_share)
        self._parameter.addcdiv_(self.mean, root, value=-rate * self._rate * root_share / mean_share)


class _Muon:
    """means: of the gradients, by name; of parameters that stand for several matrices one."""

    def __init__(self, network: Llama) -> None:
        self._parameters = list(_by_muon(network))
        self.means = {f"{name}.mean": torch.zeros_like(found) for name, found, _ in self._parameters}

    def step(self, rate: float, products: torch.dtype | None) -> None:
        together: dict[torch.Size, list[tuple[Tensor, Tensor, float]]] = {}
        for (_, parameter, rows), mean in zip(self._parameters, self.means.values(), strict=True):
            gradient = parameter.grad
            assert gradient is not None
            mean.lerp_(gradient, 1 - MOMENTUM)
            gradient.lerp_(mean, MOMENTUM)  # Nesterov's: as if the mean had moved on already
            for matrix, direction in zip(parameter.detach().split(rows), gradient.split(rows), strict=True):
                height, width = matrix.shape
                if height > width:
                    matrix, direction = matrix.T, direction.T
                # A matrix that makes long vectors of short ones moves each number as far as a square one.
                far = math.sqrt(max(1.0, height / width))
                together.setdefault(matrix.shape, []).append((matrix, direction, far))
        for found in together.values():
            directions = orthogonal(torch.stack([direction for _, direction, _ in found]), products)
            for (matrix, _, far), direction in zip(found, directions, strict=True):
                matrix.sub_(direction, alpha=rate * far)


def orthogonal(matrices: Tensor, products: torch.dtype | None = None) -> Tensor:
    """Return matrices (n, rows, columns), at least as wide as high, with singular values of about 1.

    They lie between 0.7 and 1.2, but for those that were below a thousandth of all together. Zeros stay.
    """
    found = (matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-12)).to(products or matrices.dtype)
    for _ in range(_TIMES):
        square = found @ found.mT
        found = torch.baddbmm(found, torch.baddbmm(square, square, square, beta=_B, alpha=_C), found, beta=_A)
    return found.to(matrices.dtype)

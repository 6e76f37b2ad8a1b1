"""One step of training, worked out on the real numbers: of the two tables alone, at the last position alone.

Training itself sums the losses of all positions of many texts, and moves the matrices of the network too.
Here is one text and one next token, and plain gradient descent of the rows: the input rows of the tokens that
were read, and every output row, each by the difference between its token's probability and the truth.

    loss = -log(p(target))             d loss / d score of v = p(v) - [v = target] = error of v
    p = softmax of the scores
    score of v = output row v · hidden d loss / d output row v = error of v × hidden
    hidden = network(input rows)       d loss / d input row: back through the network

Nothing of the model is changed: the loss after the step is computed from the moved rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tovec.language_model.network.transformer import Llama

# The slope alone would lower the loss by this part of it; what it really becomes is computed. A step of
# training is far smaller, and comes after millions of others.
FALL = 0.5
_MOST_HALVINGS = 60


@dataclass(frozen=True)
class MovedRow:
    """A row of the `input` or the `output` table, (dim,), before and after the step."""

    table: str
    token: str
    id: int
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """One step: what was read, the token that should have come next, and what has moved.

    ids: of the tokens that were read. target: the id of the next token. hidden: (dim,), what the network
    made of the last of them; its products with the rows of the output table are the `scores`, (n_tokens,),
    whose softmax is `probabilities`. loss: -log of the target's. loss_after: with the rows as they are after
    the step. rows: the input rows of the tokens, then the output rows of the target and of the most likely
    token that is not the target. Of a model that has one table for both, what moves a row as an input and as
    an output is added up.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    target: int
    hidden: NDArray[np.float32]
    scores: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    learning_rate: float
    loss: float
    loss_after: float
    rows: tuple[MovedRow, ...]


class _Slope(NamedTuple):
    """The loss of a next token, and its gradient.

    distinct: the ids of the tokens, each once; places: which of them each token is. inputs: what the loss
    says to input row distinct[i], (n, dim). errors: probability minus truth of each token; what it says to
    output row v is errors[v] × hidden.
    """

    loss: float
    target: int
    distinct: list[int]
    places: Tensor
    inputs: Tensor
    hidden: Tensor
    scores: Tensor
    errors: Tensor


def worked_step(
    network: Llama, ids: Sequence[int], target: int, learning_rate: float | None, names: Sequence[str]
) -> Step:
    """Return the step that teaches that `target` comes after `ids`.

    learning_rate: None for the one at which the loss would fall by `FALL` of itself if it went on falling
    as steeply as it begins to, in two digits, halved until the loss does fall. names: of the rows.
    """
    slope = _slope(network, ids, target)
    rate = _rate(network, slope) if learning_rate is None else float(learning_rate)
    probabilities = torch.softmax(slope.scores.double(), 0)
    likely = torch.argsort(probabilities, descending=True, stable=True)[:2].tolist()
    outputs = [target, *[row for row in likely if row != target][:1]]
    return Step(
        ids=tuple(ids),
        tokens=tuple(names[row] for row in ids),
        target=target,
        hidden=slope.hidden.float().numpy(),
        scores=slope.scores.float().numpy(),
        probabilities=probabilities.numpy(),
        learning_rate=rate,
        loss=slope.loss,
        loss_after=_loss_after(network, slope, rate),
        rows=(
            *_moved(network, slope, "input", slope.distinct, rate, names),
            *_moved(network, slope, "output", outputs, rate, names),
        ),
    )


def _slope(network: Llama, ids: Sequence[int], target: int) -> _Slope:
    distinct = list(dict.fromkeys(ids))
    place = {row: number for number, row in enumerate(distinct)}
    places = torch.tensor([place[row] for row in ids])
    rows = network.inputs.detach()[distinct].requires_grad_()
    hidden = network.from_rows(rows[places][None])[0, -1]
    scores = network.scores(hidden)
    loss = _loss(scores, target)
    (inputs,) = torch.autograd.grad(loss, rows)
    errors = torch.softmax(scores.detach(), 0)
    errors[target] -= 1
    return _Slope(*(loss.item(), target, distinct, places, inputs), hidden.detach(), scores.detach(), errors)


def _loss(scores: Tensor, target: int) -> Tensor:
    return -torch.log_softmax(scores.double(), 0)[target]


def _gradient(network: Llama, slope: _Slope, table: str, rows: Sequence[int]) -> Tensor:
    """Return what the loss says to some rows of a table, (n, dim); of a tied one as input and as output."""
    gradient = torch.zeros(len(rows), network.shape.dim, dtype=slope.hidden.dtype)
    if table == "output" or network.shape.tied:
        gradient += torch.outer(slope.errors[list(rows)], slope.hidden)
    if table == "input" or network.shape.tied:
        for number, row in enumerate(rows):
            if row in slope.distinct:
                gradient[number] += slope.inputs[slope.distinct.index(row)]
    return gradient


def _moved(
    network: Llama, slope: _Slope, table: str, rows: Sequence[int], rate: float, names: Sequence[str]
) -> list[MovedRow]:
    before = (network.inputs if table == "input" else network.outputs).detach()[list(rows)]
    after = before - rate * _gradient(network, slope, table, rows)
    return [
        MovedRow(table, names[row], row, *(rows.float().numpy() for rows in pair))
        for row, *pair in zip(rows, before, after, strict=True)
    ]


def _rate(network: Llama, slope: _Slope) -> float:
    """Return the learning rate; 0 where the loss has no slope, as of a vocabulary of one."""
    steepness = slope.errors.square().sum() * slope.hidden.square().sum() + slope.inputs.square().sum()
    if network.shape.tied:
        steepness += 2 * (slope.errors[slope.distinct] * (slope.inputs @ slope.hidden)).sum()
    if not steepness > 0:
        return 0.0
    rate = float(f"{FALL * slope.loss / float(steepness):.2g}")
    for _ in range(_MOST_HALVINGS):
        if _loss_after(network, slope, rate) < slope.loss:
            return rate
        rate /= 2
    return 0.0


def _loss_after(network: Llama, slope: _Slope, rate: float) -> float:
    """Return the loss with all rows moved; the moved output table is multiplied without being made."""
    with torch.inference_mode():
        inputs = network.inputs[slope.distinct] - rate * _gradient(network, slope, "input", slope.distinct)
        hidden = network.from_rows(inputs[slope.places][None])[0, -1]
        scores = network.scores(hidden) - rate * (slope.hidden @ hidden) * slope.errors
        if network.shape.tied:
            scores[slope.distinct] -= rate * (slope.inputs @ hidden)
        return float(_loss(scores, slope.target))

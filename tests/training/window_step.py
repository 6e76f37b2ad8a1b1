"""The slow, obvious twin of the training of minibatches: numpy, float64, one row after the other."""

from typing import NamedTuple

import numpy as np

TILE = 6  # targets that are learned from together; those of the next tile meet the inputs moved already


class Minibatch(NamedTuple):
    """Windows that share noise. windows: first, stop and the center's place among the contexts, of each."""

    contexts: list[int]
    windows: list[tuple[int, int, int]]
    targets: list[int]  # the centers, then the noise
    noise_weight: float = 1.0


def alone(contexts, targets):
    """Return a window by itself; the center, which does not count, stands after its contexts."""
    n = len(contexts)
    return Minibatch([*contexts, targets[0]], [(0, n + 1, n)], targets)


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def labels_of(batch):
    return np.array([1.0 if t < len(batch.windows) else -1.0 for t in range(len(batch.targets))])


def weights_of(batch):
    """Return how much each pair counts, (contexts, targets): noise that is the center does not."""
    weights = np.zeros((len(batch.contexts), len(batch.targets)))
    for center, (first, stop, place) in enumerate(batch.windows):
        for context in range(first, stop):
            if context == place:
                continue
            weights[context, center] += 1
            for t in range(len(batch.windows), len(batch.targets)):
                if batch.targets[t] != batch.targets[center]:
                    weights[context, t] += batch.noise_weight
    return weights


def loss_of(w_in, w_out, batch):
    """Return the loss by its definition: the weighted sum of -log s(label * score) over all pairs."""
    scores = w_in[batch.contexts].astype(np.float64) @ w_out[batch.targets].astype(np.float64).T
    return float((weights_of(batch) * np.logaddexp(0, -labels_of(batch) * scores)).sum())


def gradients_of(w_in, w_out, batch, rate):
    """Return rate * weight * label * (1 - s(label * score)) for each pair, (contexts, targets)."""
    labels = labels_of(batch)
    scores = w_in[batch.contexts] @ w_out[batch.targets].T
    return rate * weights_of(batch) * labels * sigmoid(-labels * scores)


def step(w_in, w_out, batches, rate):
    """Take one step for some minibatches, changing float64 tables in place.

    All of them are scored before any is learned from. Returns the sum of their losses.
    """
    loss = sum(loss_of(w_in, w_out, batch) for batch in batches)
    gradients = [gradients_of(w_in, w_out, batch, rate) for batch in batches]
    for batch, gradient in zip(batches, gradients, strict=True):
        for tile in range(0, len(batch.targets), TILE):
            targets = batch.targets[tile : tile + TILE]
            update(w_in, w_out, batch.contexts, targets, gradient[:, tile : tile + TILE])
    return loss


def update(w_in, w_out, contexts, targets, gradient):
    """Add gradient-weighted targets to inputs and inputs to targets, one input after the other."""
    before = w_out[targets].copy()
    moves = np.zeros_like(before)
    for i, context in enumerate(contexts):
        moves += np.outer(gradient[i], w_in[context])
        w_in[context] += gradient[i] @ before
    np.add.at(w_out, targets, moves)

"""The slow, obvious twin of the training of windows: numpy, float64, one row after the other."""

import numpy as np

TILE = 6  # targets that are learned from together; those of the next tile meet the inputs moved already


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def label_of(t):
    return 1.0 if t == 0 else -1.0


def weights_of(contexts, targets):
    """Return which pairs of a window count, (contexts, targets): noise that is the center does not."""
    counts = [t == 0 or target != targets[0] for t, target in enumerate(targets)]
    return np.tile(np.array(counts, dtype=np.float64), (len(contexts), 1))


def loss_of(w_in, w_out, contexts, targets):
    """Return the loss of a window by its definition: the sum of -log s(label * score) over its pairs."""
    labels = np.array([label_of(t) for t in range(len(targets))])
    scores = w_in[contexts].astype(np.float64) @ w_out[targets].astype(np.float64).T
    return float((weights_of(contexts, targets) * np.logaddexp(0, -labels * scores)).sum())


def gradients_of(w_in, w_out, contexts, targets, rate):
    """Return rate * label * (1 - s(label * score)) for each pair, (contexts, targets)."""
    labels = np.array([label_of(t) for t in range(len(targets))])
    scores = w_in[contexts] @ w_out[targets].T
    return rate * weights_of(contexts, targets) * labels * sigmoid(-labels * scores)


def step(w_in, w_out, windows, rate):
    """Take one step for `windows`, pairs of contexts and targets, changing float64 tables in place.

    All of them are scored before any is learned from. Returns the sum of their losses.
    """
    loss = sum(loss_of(w_in, w_out, *window) for window in windows)
    gradients = [gradients_of(w_in, w_out, *window, rate) for window in windows]
    for (contexts, targets), gradient in zip(windows, gradients, strict=True):
        for tile in range(0, len(targets), TILE):
            update(w_in, w_out, contexts, targets[tile : tile + TILE], gradient[:, tile : tile + TILE])
    return loss


def update(w_in, w_out, contexts, targets, gradient):
    """Add gradient-weighted targets to inputs and inputs to targets, one input after the other."""
    before = w_out[targets].copy()
    moves = np.zeros_like(before)
    for i, context in enumerate(contexts):
        moves += np.outer(gradient[i], w_in[context])
        w_in[context] += gradient[i] @ before
    np.add.at(w_out, targets, moves)

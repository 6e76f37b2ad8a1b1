"""One step of the objectives over bags, by their definitions, in float64, which the compiled loops equal."""

import numpy as np


def rows_of(bag, ngrams):
    """The rows of each token of a bag: its own and those of its n-grams."""
    return [[token, *ngrams.get(token, ())] for token in bag]


def hidden(w_in, places, bag, ngrams, first_place):
    """The mean of all rows, each times the vector of its token's position where there are any."""
    parts = []
    for j, rows in enumerate(rows_of(bag, ngrams)):
        factor = 1.0 if first_place is None else places[first_place + j]
        parts += [factor * w_in[row] for row in rows]
    return np.mean(parts, axis=0)


def weighted(positives, noise):
    """Pairs of token and weight: positives, then noise, which is noise of all positives but itself."""
    return [(token, 1.0) for token in positives], [
        (token, float(sum(token != positive for positive in positives))) for token in noise
    ]


def loss(w_in, w_out, places, bag, positives, noise, ngrams, first_place):
    """- log sigmoid(h . positive), and - log sigmoid(- h . noise) for noise."""
    h = hidden(w_in, places, bag, ngrams, first_place)
    right, wrong = weighted(positives, noise)
    total = sum(weight * np.logaddexp(0, -h @ w_out[token]) for token, weight in right)
    return total + sum(weight * np.logaddexp(0, h @ w_out[token]) for token, weight in wrong)


def step(w_in, w_out, places, bag, positives, noise, ngrams, first_place, rate):
    """Move all tables down the gradient, worked out by hand; return the loss before."""
    before = loss(w_in, w_out, places, bag, positives, noise, ngrams, first_place)
    h = hidden(w_in, places, bag, ngrams, first_place)
    right, wrong = weighted(positives, noise)
    slope, out = np.zeros_like(h), np.zeros_like(w_out)
    for label, pairs in ((1.0, right), (0.0, wrong)):
        for token, weight in pairs:
            gradient = rate * weight * (label - 1 / (1 + np.exp(-h @ w_out[token])))
            slope += gradient * w_out[token]
            out[token] += gradient * h
    rows = rows_of(bag, ngrams)
    slope /= sum(map(len, rows))
    into, of_places = np.zeros_like(w_in), np.zeros_like(places)
    for j, members in enumerate(rows):
        for row in members:
            if first_place is None:
                into[row] += slope
            else:
                into[row] += slope * places[first_place + j]
                of_places[first_place + j] += slope * w_in[row]
    w_in += into
    w_out += out
    places += of_places
    return before

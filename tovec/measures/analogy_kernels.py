"""Inner loops of analogies: for each question the row of the highest score, a block of the table at a time.

Compiled by numba; no checks. A call writes only the questions it is given, so calls on different questions
may run in threads. Most blocks hold no better row; that is found by counting, in vector instructions.
"""

import numpy as np

from tovec.compiled import compiled


@compiled()
def best_sums(cosines, questions, kinds, start, scores, found, first, last):
    """Set scores[q] and found[q] where row start + j has the highest cos(b) - cos(a) + cos(c) so far.

    cosines: (n_words, n_rows) float32, of the words with the rows of a block. questions: (n_questions, 6)
    int32: the words a, b and c, then their kinds. kinds: (n_rows,) int32; rows of the kinds of a question,
    and those of kind -1, are no answers to it. scores, found: (n_questions,) float32 and int64.
    """
    for q in range(first, last):
        a, b, c = cosines[questions[q, 0]], cosines[questions[q, 1]], cosines[questions[q, 2]]
        highest, n_higher = scores[q], np.int32(0)
        for j in range(a.shape[0]):
            n_higher += np.int32(b[j] - a[j] + c[j] > highest)
        if n_higher == 0:
            continue
        for j in range(a.shape[0]):
            score = b[j] - a[j] + c[j]
            if score > scores[q] and _is_answer(kinds[j], questions[q]):
                scores[q], found[q] = score, start + j


@compiled(error_model="numpy")
def best_products(closeness, questions, kinds, start, scores, found, first, last, epsilon):
    """As `best_sums`, for closeness(b) * closeness(c) / (closeness(a) + epsilon).

    closeness: (n_words, n_rows) float32, (cosine + 1) / 2.
    """
    for q in range(first, last):
        a, b, c = closeness[questions[q, 0]], closeness[questions[q, 1]], closeness[questions[q, 2]]
        highest, n_higher = scores[q], np.int32(0)
        for j in range(a.shape[0]):
            n_higher += np.int32(b[j] * c[j] / (a[j] + epsilon) > highest)
        if n_higher == 0:
            continue
        for j in range(a.shape[0]):
            score = b[j] * c[j] / (a[j] + epsilon)
            if score > scores[q] and _is_answer(kinds[j], questions[q]):
                scores[q], found[q] = score, start + j


@compiled(inline="always")
def _is_answer(kind, question):
    return kind >= 0 and kind != question[3] and kind != question[4] and kind != question[5]

"""How much each token counts in the vector of a text: less the more frequent it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting
from tovec.text.text_cutter import Numbers
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.pooling import Weights

WEIGHTINGS = ("mean", "sif")
_A = 1e-3  # as Arora, Liang and Ma take it


def weights_named(weighting: object, vocabulary: Vocabulary) -> Weights | None:
    """Return the weights of the tokens, None where all are equal. Raises BadSetting for an unknown name."""
    if weighting == "mean":
        return None
    if weighting == "sif":
        return sif_weights(vocabulary)
    raise BadSetting("weighting", weighting, f"one of {', '.join(WEIGHTINGS)}")


def sif_weights(vocabulary: Vocabulary) -> Weights:
    """Return smooth inverse frequency, a / (a + p) with a = 0.001 (Arora, Liang and Ma 2017, ICLR).

    p is the share of a token among all counts. Without counts it follows Zipf's law in the order of ids, as
    model2vec has it: proportional to 1 / (id + 2). An unknown token, which only n-grams make a vector of,
    weighs 1.
    """
    n, counts = len(vocabulary), vocabulary.counts
    total = float(counts.sum()) if counts is not None else 0.0
    zipf_total = _harmonic(n + 1) - 1

    def weights(rows: Numbers) -> NDArray[np.float64]:
        known = np.minimum(rows, n - 1)
        share = counts[known] / total if counts is not None and total else 1 / ((known + 2) * zipf_total)
        weighed: NDArray[np.float64] = _A / (_A + np.where(rows < n, share, 0.0))
        return weighed

    return weights


def idf_weights(idf: NDArray[np.float64], unknown: float) -> Weights:
    """Return the weights `idf`, (n_tokens,), and `unknown` for tokens without a row."""
    return lambda rows: np.append(idf, unknown)[np.minimum(rows, len(idf))]


def inverse_document_frequency(n_texts: int, n_with: NDArray[np.int64] | int) -> Any:
    """Return ln((1 + n_texts) / (1 + n_with)) + 1, as scikit-learn has it, in the shape of `n_with`.

    n_with: in how many of the texts a token stands.
    """
    return np.log((1 + n_texts) / (1 + np.asarray(n_with))) + 1


def _harmonic(n: int) -> float:
    """Return 1 + 1/2 + … + 1/n; of a large `n` by Euler and Maclaurin, to all digits."""
    if n < 1000:
        return float((1 / np.arange(1, n + 1)).sum())
    return float(np.log(n) + np.euler_gamma + 1 / (2 * n) - 1 / (12 * n**2))

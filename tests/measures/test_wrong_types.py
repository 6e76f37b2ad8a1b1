"""What callers in Python give wrong is one line of ours, which names the argument."""

import numpy as np
import pytest

import tovec
from tovec.errors import TovecError
from tovec.measures.measure import measure
from tovec.measures.word_pairs import WordPairs

EMBEDDING = tovec.Embedding(["cat", "dog", "tax"], [[1, 0], [0.9, 0.1], [0, 1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure(EMBEDDING, similarity=None), "similarity must be a path, a WordPairs, or a list"),
        (lambda: measure(EMBEDDING, similarity=[3]), "similarity must be a path, a WordPairs, or a list"),
        (lambda: measure(EMBEDDING, analogies=b"a.txt"), "analogies must be a path, an? Analogies"),
        (
            lambda: measure(EMBEDDING, methods=None),
            "methods must be some of 3CosAdd, 3CosMul, LRCos, not None",
        ),
        (lambda: measure(EMBEDDING, methods="LRcos"), "methods must be some of 3CosAdd, .* not 'LRcos'"),
        (lambda: tovec.geometry(EMBEDDING, near="x"), "near must be a cosine above 0, at most 1, not 'x'"),
        (lambda: tovec.suspects(EMBEDDING, indicator=["input_norm"]), "indicator must be one of input_norm"),
        (lambda: tovec.why(EMBEDDING, "cat", "dog", axes=3), "axes must be what independent_axes gives"),
        (lambda: tovec.stability(["a b"], 3), "tokens must be a token, or a list of them, not 3"),
    ],
)
def test_wrong_type_is_one_line(call, message):
    with pytest.raises(TovecError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_ratings_may_be_a_list_and_a_method_one_string():
    pairs = WordPairs("mine", (("cat", "dog"), ("cat", "tax"), ("dog", "tax")), [9, 1, 1.5])
    assert measure(EMBEDDING, similarity=pairs).figures["mine.spearman"] == pytest.approx([1.0])
    assert measure(EMBEDDING, similarity=[pairs, pairs], methods="LRCos").similarity[1][0].name == "mine-2"
    assert np.isfinite(measure(EMBEDDING, EMBEDDING, similarity=pairs).differences[0][0].difference)

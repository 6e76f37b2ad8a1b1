import numpy as np

import tovec
from tovec.demo.content_words import content_words


def test_words_that_occur_in_all_contexts_are_left_out():
    """Sentences of one subject each, with words of grammar in between that are as frequent."""
    rng = np.random.default_rng(0)
    letters = [a + b for a in "abcdefgh" for b in "abcdefgh"]
    grammar = [f"gram{pair}" for pair in letters[:30]]
    subjects = [[f"subj{group}{pair}" for pair in letters[:30]] for group in "abcdef"]
    zipf = 1 / np.arange(1, 31)
    zipf /= zipf.sum()
    texts = [
        " ".join(rng.permutation([*rng.choice(subjects[n % 6], 6, p=zipf), *rng.choice(grammar, 2, p=zipf)]))
        for n in range(4000)
    ]
    embedding = tovec.train(texts, dim=20, min_count=1, epochs=5, threads=1, sample=0)
    words = content_words(embedding, among=200)
    assert sum(token.startswith("gram") for token in words) <= 2
    assert sum(token.startswith("subj") for token in words) >= 60


def test_few_tokens_or_tokens_without_counts_are_all_kept():
    four = tovec.Embedding.random(["cat", "dog", "a", "1"], 3)
    assert content_words(four) == ["cat", "dog", "a", "1"]
    many = tovec.Embedding.random([f"t{n}" for n in range(150)], 3)
    assert content_words(many, among=120) == [f"t{n}" for n in range(120)]

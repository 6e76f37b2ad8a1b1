import numpy as np

import tovec
from tovec.demo.content_words import telling_tokens


def test_words_that_stand_in_all_contexts_are_left_out():
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
    told = telling_tokens(embedding, among=200)
    assert sum(token.startswith("gram") for token in told) <= 2
    assert sum(token.startswith("subj") for token in told) >= 60


def test_few_tokens_or_no_counts_are_all_told():
    four = tovec.Embedding.random(["cat", "dog", "a", "1"], 3)
    assert telling_tokens(four) == ["cat", "dog", "a", "1"]
    many = tovec.Embedding.random([f"t{n}" for n in range(150)], 3)
    assert telling_tokens(many, among=120) == [f"t{n}" for n in range(120)]

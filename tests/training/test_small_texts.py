"""`tovec.train(texts)` with nothing set, on small texts: words that are used alike become neighbors.

The texts are planted: the words of a group take the same places in sentences, so which words belong together
is known beforehand. What a run chooses for itself, it chooses by a rule (recipe.py), so nothing is set here,
and no measure of time is taken.
"""

import re

import numpy as np
import pytest
from needs import needs

import tovec

PETS = ["the cat sat on the mat", "the dog sat on the log"] * 50  # the README's

ENGLISH = {
    "animal": "cat dog horse cow pig sheep",
    "food": "bread rice soup cheese apple cake",
    "place": "park house school garden river kitchen",
    "person": "mother father sister brother teacher doctor",
    "thing": "book letter song story poem report",
}
ENGLISH_SENTENCES = (
    "the {animal} slept in the {place}",
    "the {animal} ate the {food}",
    "my {person} wrote a {thing}",
    "the {person} read the {thing} in the {place}",
    "my {person} likes {food}",
)
KOREAN = {  # no final consonant in the first three, so one form of each particle fits all words
    "동물": "고양이 호랑이 토끼 여우 거미 오리",
    "음식": "사과 국수 과자 고기 만두 우유",
    "사람": "엄마 아빠 누나 친구 의사 이모",
    "장소": "학교 공원 시장 병원 회사 극장",
    "물건": "편지 잡지 일기 소설 신문 사전",
}
KOREAN_SENTENCES = (
    "{동물}가 잠을 잤다",
    "{동물}가 {음식}를 먹었다",
    "{사람}는 {장소}에 갔다",
    "{사람}는 {물건}도 읽었다",
    "{장소}에 {물건}도 있었다",
    "{사람}는 {음식}를 좋아한다",
)


def written(n, sentences, groups, seed, zipf=0.0):
    """`n` sentences, the place of a group taken by one of its words, evenly or by Zipf's law."""
    rng = np.random.default_rng(seed)
    words = {name: line.split() for name, line in groups.items()}

    def one_of(match):
        choices = words[match[1]]
        chances = np.arange(1, len(choices) + 1) ** -zipf
        return choices[rng.choice(len(choices), p=chances / chances.sum())]

    return [re.sub(r"\{(\w+)\}", one_of, sentences[i]) for i in rng.integers(len(sentences), size=n)]


def forms(sentences, groups):
    """The words of each group as whitespace cuts them, with each ending that the sentences give them."""
    endings = {found for line in sentences for found in re.findall(r"\{(\w+)\}(\S*)", line)}
    return [[word + ending for word in groups[name].split()] for name, ending in sorted(endings)]


def groups_of(groups):
    return [line.split() for line in groups.values()]


def topics(n_sentences, n_groups, per_group, length, seed, n_shared=0, noise=0.0):
    """Sentences of the words of one group, half of them words that all share, a part out of place."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(n_sentences):
        group = rng.integers(n_groups)
        words = []
        for _ in range(length):
            own = rng.integers(n_groups) if rng.random() < noise else group
            is_shared = n_shared and rng.random() < 0.5
            words.append(
                f"shared{rng.integers(n_shared)}" if is_shared else f"g{own}w{rng.integers(per_group)}"
            )
        texts.append(" ".join(words))
    return texts, [[f"g{g}w{w}" for w in range(per_group)] for g in range(n_groups)]


def slots(n_sentences, n_groups, per_group, seed):
    """Sentences with places for words of four groups, after words of grammar; no group twice in one."""
    rng = np.random.default_rng(seed)
    kinds = [np.roll(rng.permutation(n_groups), i)[:4] for i in range(n_groups)]
    used = sorted({int(g) for kind in kinds for g in kind})
    texts = []
    for kind in rng.integers(n_groups, size=n_sentences):
        words = [f"of{kind % 4} g{g}w{rng.integers(per_group)}" for g in kinds[kind]]
        texts.append(" ".join(words))
    return texts, [[f"g{g}w{w}" for w in range(per_group)] for g in used]


def share_of_own_group(embedding, groups):
    """Of the nearest of each word, as many as its group has others, the share of its group; mean."""
    shares = []
    for group in groups:
        for word in group:
            near = embedding.neighbors(word, len(group) - 1) if word in embedding else []
            shares.append(sum(hit.token in group for hit in near) / (len(group) - 1))
    return float(np.mean(shares))


def trained(texts, seed, **settings):
    return tovec.train(texts, seed=seed, **settings)


def four_words(n):
    """Two animals and two verbs, each animal with each verb: alike are those that never meet."""
    rng = np.random.default_rng(0)
    texts = [f"{rng.choice(['cat', 'dog'])} {rng.choice(['runs', 'sleeps'])}" for _ in range(n)]
    return texts, [["cat", "dog"], ["runs", "sleeps"]]


@pytest.mark.parametrize("seed", range(20))
def test_the_readme_s_first_text_gives_dog_as_the_nearest_of_cat(seed):
    assert trained(PETS, seed).neighbors("cat", 1)[0].token == "dog"
    as_written = trained(PETS, seed, dim=20, min_count=1, epochs=20)
    assert as_written.neighbors("cat", 1)[0].token == "dog"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [100, 300, 2000])
def test_four_words_are_enough(n, seed):
    texts, groups = four_words(n)
    assert share_of_own_group(trained(texts, seed), groups) == 1.0
    texts, groups = topics(n, 2, 2, length=6, seed=seed)
    assert share_of_own_group(trained(texts, seed), groups) == 1.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("zipf", [0.0, 0.7])
@pytest.mark.parametrize(("n", "least"), [(200, 0.85), (1000, 0.95), (5000, 0.95)])
def test_english_sentences_teach_which_words_are_used_alike(n, least, zipf, seed):
    texts = written(n, ENGLISH_SENTENCES, ENGLISH, seed, zipf)
    assert share_of_own_group(trained(texts, seed), groups_of(ENGLISH)) > least - 0.15 * (zipf > 0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "least"), [(200, 0.75), (1000, 0.95), (5000, 0.95)])
def test_korean_words_with_their_particles_are_near_words_used_alike(n, least, seed):
    texts = written(n, KOREAN_SENTENCES, KOREAN, seed)
    assert share_of_own_group(trained(texts, seed), forms(KOREAN_SENTENCES, KOREAN)) > least


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [200, 1000])
def test_korean_with_n_grams_of_jamo_has_words_used_alike_near_each_other(n, seed):
    texts = written(n, KOREAN_SENTENCES, KOREAN, seed)
    embedding = trained(texts, seed, tokenizer="whitespace", ngrams="jamo", ngram_buckets=20_000)
    assert share_of_own_group(embedding, forms(KOREAN_SENTENCES, KOREAN)) > 0.6


def test_korean_morphemes_used_alike_are_near_each_other():
    needs("kiwipiepy")
    texts = written(200, KOREAN_SENTENCES, KOREAN, seed=0)
    embedding = trained(texts, 0, tokenizer="kiwi")
    known = [[word for word in group if word in embedding] for group in groups_of(KOREAN)]
    assert all(len(group) >= 4 for group in known)  # kiwi cuts some words differently
    assert share_of_own_group(embedding, known) > 0.85


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("n", "n_groups", "per_group"), [(200, 6, 5), (1000, 10, 8), (10_000, 30, 10)], ids=str
)
def test_words_that_never_meet_but_take_the_same_places_are_neighbors(n, n_groups, per_group, seed):
    texts, groups = slots(n, n_groups, per_group, seed=100 + seed)
    assert share_of_own_group(trained(texts, seed), groups) > 0.8


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("n", "n_groups", "per_group", "n_shared", "noise"),
    [(200, 10, 4, 0, 0.0), (200, 6, 5, 6, 0.0), (500, 8, 8, 10, 0.3), (5000, 40, 10, 30, 0.2)],
    ids=str,
)
def test_words_of_one_topic_are_neighbors(n, n_groups, per_group, n_shared, noise, seed):
    texts, groups = topics(n, n_groups, per_group, 10, seed, n_shared, noise)
    assert share_of_own_group(trained(texts, seed), groups) > 0.85


@pytest.mark.parametrize("per_document", [150, 10**9], ids=["of 1,000 tokens", "a single line"])
def test_long_documents_teach_as_short_ones_do(per_document):
    lines = written(3000, ENGLISH_SENTENCES, ENGLISH, seed=3)
    texts = [" ".join(lines[i : i + per_document]) for i in range(0, len(lines), per_document)]
    assert share_of_own_group(trained(texts, 0), groups_of(ENGLISH)) > 0.9


def drawn(chances, n_ids, per_document, seed=0):
    """Documents of tokens drawn one by one, each with its chance."""
    tokens = np.random.default_rng(seed).choice(len(chances), size=n_ids, p=chances)
    return [[f"w{token}" for token in tokens[i : i + per_document]] for i in range(0, n_ids, per_document)]


def one_frequent():
    return drawn(np.array([0.99] + [0.01 / 50] * 50), 20_000, 20)


def twice_each():
    tokens = np.random.default_rng(0).permutation(np.repeat(np.arange(100_000), 2))
    return [[f"w{token}" for token in document] for document in tokens.reshape(-1, 20)]


EXTREMES = {
    "one token is 99 % of the text": one_frequent,
    "ten tokens": lambda: drawn(np.full(10, 0.1), 3_000, 10),
    "two tokens in one document": lambda: drawn(np.full(2, 0.5), 3_000, 3_000),
    "one sentence again and again": lambda: ["a a a a a a a a b"] * 300,
    "three tokens in turn": lambda: ["x " + "a b " * 200] * 20,
    "documents of two tokens": lambda: topics(300, 40, 2, length=50, seed=0)[0],
    "each token once": lambda: drawn(np.full(10**6, 1e-6), 1_000, 10),
}
OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow", "glove"]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("extreme", EXTREMES)
def test_no_extreme_makes_a_run_diverge(extreme, objective):
    embedding = trained(EXTREMES[extreme](), 0, objective=objective)
    lengths = np.linalg.norm(embedding.vectors[:], axis=1)
    assert np.isfinite(lengths).all()
    assert lengths.max() < 50


@pytest.mark.parametrize("objective", OBJECTIVES[:3])
@pytest.mark.parametrize(
    "extreme", ["one token is 99 % of the text", "ten tokens", "documents of two tokens"]
)
def test_no_extreme_makes_a_run_with_n_grams_diverge(extreme, objective):
    embedding = trained(
        EXTREMES[extreme](), 0, objective=objective, ngrams="characters", ngram_buckets=10_000
    )
    assert np.isfinite(embedding.vectors[:]).all()
    assert np.linalg.norm(embedding.vectors[:], axis=1).max() < 50


def test_a_large_vocabulary_of_rare_tokens_does_not_diverge():
    embedding = trained(twice_each(), 0)
    assert len(embedding) == 100_000
    assert np.isfinite(embedding.vectors[:]).all()

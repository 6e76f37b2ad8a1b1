"""Analogies: files of both forms; 3CosAdd against gensim, 3CosMul and LRCos against plain NumPy."""

import numpy as np
import pytest
from needs import needs, shared_data

import tovec
from tovec.errors import BadSetting, BadTestSet
from tovec.measures.analogies import EPSILON, analogies
from tovec.measures.analogy_files import AnalogySection, read_analogies
from tovec.measures.lrcos import classifiers
from tovec.vectors.cosine import unit_rows

GOOGLE = (
    ": capitals\nAthens Greece Oslo Norway\nAthens Greece Cairo Egypt\n: gram1-plural\ncat cats dog dogs\n"
)


@pytest.fixture(scope="module")
def google():
    return read_analogies(shared_data("eval/questions-words.txt"))


def relation(n=12, dim=8, n_others=60, seed=0, noise=0.3):
    """Return an embedding in which words a0 … lead to b0 … by one offset, with noise, and pairs of them."""
    rng = np.random.default_rng(seed)
    words, offset = rng.standard_normal((n, dim)), 1.5 * rng.standard_normal(dim)
    answers = words + offset + noise * rng.standard_normal((n, dim))
    names = [f"{side}{i}" for side in "ab" for i in range(n)] + [f"o{i}" for i in range(n_others)]
    vectors = np.concatenate([words, answers, 2 * rng.standard_normal((n_others, dim))])
    return tovec.Embedding(names, vectors.astype(np.float32))


def bats(path, n=12):
    path.write_text("".join(f"a{i}\tb{i}\n" for i in range(n)))
    return read_analogies(path)


def test_googles_file_has_sections_of_two_groups(google, tmp_path):
    assert [
        sum(section.group == group for section in google.sections) for group in ("semantic", "syntactic")
    ] == [5, 9]
    assert sum(len(section.questions) for section in google.sections) == 19_544
    (tmp_path / "g.txt").write_text(GOOGLE, encoding="utf-8-sig", newline="\r\n")
    capitals, plural = read_analogies(tmp_path / "g.txt").sections
    assert capitals.questions[1] == (("Athens", ("Greece",)), ("Cairo", ("Egypt",)))
    assert [word for word, _ in capitals.pairs] == ["Athens", "Oslo", "Cairo"]
    assert (capitals.group, plural.group) == (None, "syntactic")


def test_korean_file_is_googles_form():
    found = read_analogies(shared_data("eval/word_analogy_korean.txt"))
    assert {section.group for section in found.sections} == {"semantic", "syntactic"}


def test_folder_of_bats_has_a_section_for_each_file_and_asks_by_every_other_pair(tmp_path):
    folders = (
        ("1_Inflectional_morphology", "I01 [noun - plural_reg].txt"),
        ("4_Lexicographic_semantics", "L07 [x].txt"),
    )
    for folder, name in folders:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("album\talbums\nsofa\tcouch/lounge / settee\nant\tants\n")
    (tmp_path / "README.txt").write_text("not a relation, of several words")
    found = read_analogies(tmp_path)
    assert [section.group for section in found.sections] == ["syntactic", "semantic"]
    section = found.sections[0]
    assert section.pairs[1] == ("sofa", ("couch", "lounge", "settee"))
    assert len(section.questions) == 6 and section.name == "I01 [noun - plural_reg]"


def test_pair_that_a_file_has_twice_is_asked_about_once(tmp_path):
    (tmp_path / "a.txt").write_text("king\tqueen\nman\twoman\nking\tqueen\n")
    (section,) = read_analogies(tmp_path / "a.txt").sections
    assert len(section.pairs) == 2 and len(section.questions) == 2
    embedding = tovec.Embedding(["king", "queen", "man", "woman"], np.eye(4) + 0.1)
    assert analogies(embedding, read_analogies(tmp_path / "a.txt"), "LRCos").total.n_questions == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.txt has no lines"),
        (": s\na b c d\na b c\n", "a.txt, line 3: a question is four words, not 3"),
        ("a\tb\nc\t/\n", "a.txt, line 2: a pair is a word, a tab and its answers"),
        ("one\ntwo\n", "a.txt holds no analogies: a line is four words, or"),
    ],
)
def test_what_is_no_set_is_one_line(text, message, tmp_path):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(BadTestSet, match=message):
        read_analogies(tmp_path / "a.txt")


def google_table(google, n_others=3000, seed=0):
    """Return words of Google's set, some missing or in another case, and vectors that answer some."""
    rng = np.random.default_rng(seed)
    words = list(
        dict.fromkeys(w for s in google.sections for word, (answer,) in s.pairs for w in (word, answer))
    )
    offset = {section.name: rng.standard_normal(20) for section in google.sections}
    made = {word: rng.standard_normal(20) for word in words}
    for section in google.sections:
        for word, (answer,) in section.pairs:
            made[answer] = made[word] + offset[section.name] + 0.4 * rng.standard_normal(20)
    kept = [word for word in words if rng.random() < 0.95]
    names = kept + [f"other{i}" for i in range(n_others)]
    vectors = [*(made[word] for word in kept), *rng.standard_normal((n_others, 20))]
    order = rng.permutation(len(names))
    names = [names[i].lower() if rng.random() < 0.5 else names[i] for i in order]
    names = list(dict.fromkeys(names))
    table = np.array([vectors[i] for i in order], np.float32)[: len(names)]
    variants = [
        name.upper() for name in names[::7] if name.upper() not in names
    ]  # near their lower-case twins
    near = table[[names.index(name) for name in names[::7] if name.upper() not in names]]
    noise = 0.02 * rng.standard_normal(near.shape).astype(np.float32)
    return [*names, *variants], np.concatenate([table, near + noise])


def test_3cosadd_is_gensims_section_by_section(google, tmp_path):
    models = needs("gensim.models")
    names, vectors = google_table(google)
    # Some questions: gensim takes a millisecond for each.
    lines = shared_data("eval/questions-words.txt").read_text().splitlines()
    (tmp_path / "few.txt").write_text(
        "\n".join(line for i, line in enumerate(lines) if line.startswith(":") or i % 40 == 0)
    )
    theirs = models.KeyedVectors(20)
    theirs.add_vectors(names, vectors)
    limit = len(names) - 200
    _, sections = theirs.evaluate_word_analogies(str(tmp_path / "few.txt"), restrict_vocab=limit)
    ours = analogies(tovec.Embedding(names, vectors), read_analogies(tmp_path / "few.txt"), limit=limit)
    expected = [(len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections[:-1]]
    assert [(s.n_correct, s.n_covered) for s in ours.sections] == expected
    total = ours.total
    assert 0.2 < total.accuracy < 0.95 and 0 < total.n_covered < total.n_questions
    assert sum(group.n_correct for group in ours.groups) == total.n_correct


def slow_3cosmul(embedding, a, b, c):
    units = unit_rows(embedding[:])
    near = [(units @ units[embedding.vocabulary.id(word)] + 1) / 2 for word in (a, b, c)]
    score = near[1] * near[2] / (near[0] + EPSILON)
    score[[embedding.vocabulary.id(word) for word in (a, b, c)]] = -np.inf
    return embedding.vocabulary.tokens[int(score.argmax())]


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_3cosmul_is_that_of_its_formula_and_near_to_gensims(tmp_path):
    embedding, asked = relation(noise=1.2), bats(tmp_path / "r.txt")
    ours = analogies(embedding, asked, "3CosMul").total
    right = [slow_3cosmul(embedding, a, b, c) == d for ((a, (b,)), (c, (d,))) in asked.sections[0].questions]
    assert (ours.n_correct, ours.n_covered) == (sum(right), len(right) == 132 and 132)
    assert 0.05 < ours.accuracy < 0.95
    models = needs("gensim.models")
    theirs = models.KeyedVectors(embedding.dim)
    theirs.add_vectors(list(embedding), embedding[:])
    answers = [
        theirs.most_similar_cosmul(positive=[b, c], negative=[a], topn=1)[0][0] == d
        for ((a, (b,)), (c, (d,))) in asked.sections[0].questions
    ]
    assert abs(sum(answers) - ours.n_correct) <= 2  # it adds 0.000001 in place of 0.001


def test_classifiers_are_those_of_scikit_learn():
    linear = needs("sklearn.linear_model")
    rng = np.random.default_rng(0)
    answers, words, noise = (unit_rows(rng.standard_normal((15, 40)) + shift) for shift in (0.3, -0.3, 0))
    found = classifiers(answers, words, noise)
    for left_out in (0, 7, 14):
        keep = np.arange(15) != left_out
        rows = np.concatenate([answers[keep], *[words[keep]] * 4, noise[keep]])
        labels = np.repeat([1, 0], [14, 14 * 5])
        model = linear.LogisticRegression(class_weight="balanced", solver="newton-cholesky", tol=1e-10)
        model.fit(rows, labels)
        assert found[left_out, :-1] == pytest.approx(model.coef_[0], abs=1e-6)
        assert found[left_out, -1] == pytest.approx(model.intercept_[0], abs=1e-6)


def slow_lrcos(embedding, left, right, seed):
    """Return the answers of LRCos by scikit-learn's regression."""
    linear = needs("sklearn.linear_model")
    units, n = unit_rows(embedding[:]), len(left)
    noise = np.random.default_rng(seed).choice(np.arange(len(embedding)), n)
    answers = []
    for pair in range(n):
        keep = np.arange(n) != pair
        rows = units[np.concatenate([right[keep], *[left[keep]] * 4, noise[keep]])]
        model = linear.LogisticRegression(class_weight="balanced", solver="newton-cholesky", tol=1e-10)
        model.fit(rows, np.repeat([1, 0], [n - 1, 5 * (n - 1)]))
        score = model.predict_proba(units)[:, 1] * (units @ units[left[pair]])
        score[left[pair]] = -np.inf
        answers.append(int(score.argmax()))
    return np.array(answers)


def test_lrcos_is_that_of_scikit_learn(tmp_path):
    embedding, asked = relation(noise=1.0, seed=3), bats(tmp_path / "r.txt")
    expected = slow_lrcos(embedding, np.arange(12), np.arange(12, 24), seed=5)
    found = analogies(embedding, asked, "LRCos", seed=5).total
    assert (found.n_correct, found.n_covered, found.n_questions) == (
        int((expected == np.arange(12, 24)).sum()),
        12,
        12,
    )
    assert 0 < found.n_correct < 12


def test_any_of_several_answers_is_right_and_the_first_known_one_stands_for_its_pair(tmp_path):
    embedding, scores = relation(noise=0.8), []
    for answers in ("b{0}", "unknown/b{0}", "b{0}/unknown", "o0/b{0}"):
        (tmp_path / "r.txt").write_text("".join(f"a{i}\t{answers.format(i)}\n" for i in range(12)))
        scores.append(analogies(embedding, read_analogies(tmp_path / "r.txt")).total)
    assert scores[0] == scores[1] == scores[2] and 0 < scores[0].n_correct < 132
    assert 0 < scores[3].n_correct != scores[0].n_correct and scores[3].n_covered == 132


@pytest.mark.parametrize("method", ["3CosAdd", "3CosMul", "LRCos"])
def test_rows_without_direction_are_no_answers(method, tmp_path):
    embedding = relation(noise=0.1)
    rows = np.concatenate([embedding[:], np.zeros((1, 8)), np.full((1, 8), np.nan)]).astype(np.float32)
    more = tovec.Embedding([*embedding, "zero", "nan"], rows)
    asked = bats(tmp_path / "r.txt")
    scores = [analogies(each, asked, method).total for each in (embedding, more)]
    assert scores[0].n_correct > 6
    assert scores[1].n_correct >= scores[0].n_correct - 1  # the random words of LRCos are others


def test_lazy_tables_and_tokens_out_of_order_give_the_same(tmp_path):
    """Without an order by count, the most frequent tokens are not the first rows."""
    embedding, asked = relation(noise=0.8), bats(tmp_path / "r.txt")
    order = np.random.default_rng(1).permutation(84)
    counts = np.arange(84, 0, -1)
    shuffled = tovec.Embedding(
        tovec.Vocabulary([embedding.vocabulary.tokens[i] for i in order], counts[order]), embedding[order]
    )
    few = [analogies(each, asked, limit=40) for each in (embedding, shuffled)]
    assert few[0] == few[1] and few[0].limit == 40
    shuffled.save(tmp_path / "saved.safetensors")
    lazy = tovec.open(tmp_path / "saved.safetensors")
    assert analogies(lazy, asked) == analogies(embedding, asked)


def test_what_cannot_be_asked_is_one_line(tmp_path):
    embedding, asked = relation(), bats(tmp_path / "r.txt")
    with pytest.raises(
        BadTestSet, match="r: no question has all its words in the vocabulary, of which the first 5 take"
    ):
        analogies(embedding, asked, limit=5)
    with pytest.raises(BadSetting, match="method must be one of 3CosAdd, 3CosMul, LRCos, not 'cos'"):
        analogies(embedding, asked, "cos")


def test_section_without_covered_questions_has_no_accuracy():
    assert AnalogySection("x", (), ()).group is None

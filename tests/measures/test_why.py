"""Why two tokens are near: their cosine as a sum over axes, and what a text says."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli
from tovec.errors import BadSetting, NoDirection, TovecError, UnknownToken
from tovec.measures import evidence, independent_axes
from tovec.measures import why as module
from tovec.measures.independent_axes import fast_ica
from tovec.measures.why import product_tail, why
from tovec.progress import StageReporter

TEXT = [
    "the old king rules the land",
    "the old queen rules the land",
    "A king, and the queen, sat",
    "a dog sat on the mat",
    "the wise king rules the sea",
    "the wise queen rules the sea",
]


def total(found):
    return sum(share.contribution for share in found) + found.mean + found.outside


def topics(n_topics=12, n_tokens=600, seed=0):
    """Return an embedding of tokens such as 17:3+8, which lie along the directions of topics 3 and 8."""
    rng = np.random.default_rng(seed)
    directions, _ = np.linalg.qr(rng.standard_normal((n_topics, n_topics)))
    active = rng.random((n_tokens, n_topics)) < 0.1
    active[np.arange(n_tokens), np.arange(n_tokens) % n_topics] = True
    strength = active * rng.uniform(0.7, 1.3, active.shape) + 0.05 * rng.standard_normal(active.shape)
    tokens = [f"{n}:{'+'.join(map(str, np.flatnonzero(row)))}" for n, row in enumerate(active)]
    return tovec.Embedding(tokens, (strength @ directions).astype(np.float32))


def topics_of(token):
    return set(token.partition(":")[2].split("+"))


def test_p_values_are_those_that_the_paper_publishes():
    # ultraviolet and light in GloVe, 300 axes (arXiv:2406.10984, table 1 and the data of its repository)
    ultraviolet = np.array([0.0592547220871234, 0.2652503504325442, 0.5347782959973116, 0.02285184736762195])
    light = np.array([0.37880045929315037, 0.11442387517247972, 0.5536371089934756, 0.014683618980479447])
    published = [0.00016900066437121848, 0.000013818835165210664, 1.1188250686729021e-40, 0.39057311832831254]
    assert product_tail(300 * ultraviolet * light) == pytest.approx(published, rel=1e-6)
    assert product_tail(np.array([0.0])) == pytest.approx([0.5])


def test_p_value_is_the_share_of_products_of_normal_numbers():
    a, b = np.random.default_rng(0).standard_normal((2, 400_000))
    for product in (0.3, -1.0, 3.0):
        beyond = np.mean(a * b > product) if product > 0 else np.mean(a * b < product)
        assert product_tail(np.array([product])) == pytest.approx([beyond], rel=0.05)


def test_components_are_those_of_scikit_learn():
    fast = needs("sklearn.decomposition").FastICA
    rng = np.random.default_rng(1)
    rows = rng.laplace(size=(4000, 6)) @ rng.standard_normal((6, 6))
    centered = rows - rows.mean(axis=0)
    variances, columns = np.linalg.eigh(centered.T @ centered / len(rows))
    whitened = (centered @ columns / np.sqrt(variances)).astype(np.float32)
    rotation, converged = fast_ica(whitened, 0, StageReporter(None))
    theirs = fast(whiten="unit-variance", random_state=3, tol=1e-6, max_iter=1000).fit_transform(rows)
    correlations = np.abs(np.corrcoef((whitened @ rotation).T, theirs.T)[:6, 6:])
    assert converged
    assert correlations.max(axis=1) == pytest.approx(np.ones(6), abs=1e-4)
    assert sorted(correlations.argmax(axis=1)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("most_axes", [300, 4])
def test_contributions_add_up_to_the_cosine(most_axes, monkeypatch):
    monkeypatch.setattr(independent_axes, "MAX_AXES", most_axes)
    embedding = topics()
    for pair in ((1, 13), (1, 40), (7, 7)):
        pair = [embedding.vocabulary.tokens[row] for row in pair]
        found = why(embedding, *pair)
        assert len(found) == min(12, most_axes)
        assert total(found) == pytest.approx(found.similarity, abs=1e-12)
        assert found.similarity == pytest.approx(embedding.similarity(*pair), abs=1e-6)
        assert (abs(found.outside) < 1e-12) == (most_axes > 12)


def test_axes_are_orthonormal_ordered_by_skewness_and_turned_to_it():
    found = independent_axes.independent_axes(topics())
    assert found.directions.T @ found.directions == pytest.approx(np.eye(12), abs=1e-9)
    stats = needs("scipy.stats")
    skewness = stats.skew(found.components, axis=0)
    assert skewness == pytest.approx(found.skewness, abs=1e-3)
    assert (np.diff(found.skewness) <= 0).all() and (found.skewness >= 0).all()


def test_what_two_tokens_share_is_named_by_tokens_of_their_topic_and_significant():
    embedding = topics()
    axes = independent_axes.independent_axes(embedding)
    for topic in map(str, range(12)):
        pair = [token for token in embedding.vocabulary.tokens if topics_of(token) == {topic}][:2]
        first, second, *_ = why(embedding, *pair, axes=axes)
        assert all(topic in topics_of(token) for token in first.tokens)
        assert first.is_significant and first.contribution > 0.5
        assert abs(second.contribution) < 0.2


def test_equal_seeds_give_equal_axes_which_can_be_used_again():
    embedding = topics()
    pair = embedding.vocabulary.tokens[:2]
    axes = independent_axes.independent_axes(embedding, seed=3)
    assert why(embedding, *pair, seed=3) == why(embedding, *pair, axes=axes)


def test_what_cannot_be_explained_is_one_line():
    embedding = tovec.Embedding(["a", "b", "c"], [[1.0, 2.0], [0.0, 0.0], [2.0, 1.0]])
    with pytest.raises(NoDirection, match="'b' has no direction: its row is all zeros"):
        why(embedding, "a", "b")
    with pytest.raises(TovecError, match="at least 5 rows"):
        why(embedding, "a", "c")
    with pytest.raises(UnknownToken):
        why(embedding, "a", "z")
    same = tovec.Embedding([f"w{n}" for n in range(20)], np.ones((20, 3)))
    with pytest.raises(TovecError, match="one direction"):
        why(same, "w1", "w2")
    axes = independent_axes.independent_axes(topics())
    with pytest.raises(BadSetting, match="axes"):
        why(embedding, "a", "c", axes=axes)


def counted(texts=TEXT, **settings):
    return tovec.train(texts, dim=4, min_count=1, epochs=1, threads=1, window=2, **settings)


def test_contexts_and_lines_of_a_small_text():
    found = why(counted(), "king", "queen", text=TEXT).evidence
    assert (found.window, found.count_a, found.count_b, found.together) == (2, 3, 3, 0)
    contexts = {context.token: context for context in found.contexts}
    # by hand: the old [king] rules the · a [king] and the · the wise [king] rules the
    assert (contexts["rules"].with_a, contexts["rules"].with_b) == (2, 2)
    assert "old" not in contexts and "dog" not in contexts  # near one of them once each, near none
    near = [line for line in found.lines if line.context == "rules"]
    assert [(line.kind, line.before + line.word + line.after) for line in near] == [
        ("a", TEXT[4]),  # the first line is of "the", which both share more often
        ("b", TEXT[5]),
    ]
    assert found.note is None


def test_lines_with_both_and_a_window_of_ones_own():
    found = why(counted(), "king", "queen", text=TEXT, window=3).evidence
    assert found.together == 1
    (line,) = [line for line in found.lines if line.kind == "both"]
    assert (line.before, line.word, line.after, line.document) == ("A ", "king, and the queen", ", sat", 3)


def test_shares_add_up_to_the_cosine_of_ppmi_rows():
    texts = [line for line in TEXT for _ in range(3)]
    embedding = counted(texts)
    found = why(embedding, "king", "queen", text=texts, contexts=100).evidence
    near = {name: np.zeros(len(embedding)) for name in ("king", "queen")}
    for text in texts:  # the definition, word by word
        words = text.lower().replace(",", "").split()
        for at, word in enumerate(words):
            if word in near:
                for context in words[max(0, at - 2) : at] + words[at + 1 : at + 3]:
                    near[word][embedding.vocabulary.id(context)] += 1
    expected = embedding.vocabulary.counts**0.75 / (embedding.vocabulary.counts**0.75).sum()
    with np.errstate(divide="ignore"):
        rows = [np.maximum(0, np.log(row / row.sum() / expected)) for row in near.values()]
    cosine = rows[0] @ rows[1] / np.linalg.norm(rows[0]) / np.linalg.norm(rows[1])
    assert found.similarity == pytest.approx(cosine)
    assert sum(context.share for context in found.contexts) == pytest.approx(cosine)


def test_leaving_out_documents_by_their_letters_changes_nothing(monkeypatch):
    embedding = counted()
    quick = why(embedding, "king", "queen", text=TEXT).evidence
    monkeypatch.setattr(evidence, "_filter", lambda *_: None)
    assert why(embedding, "king", "queen", text=TEXT).evidence == quick


def test_decomposed_hangul_is_found_and_shown_where_it_stands():
    import unicodedata

    texts = ["최고의 영화 였다", "최고의 드라마 였다", "나는 다시 보고 또 본다"] * 3
    decomposed = [unicodedata.normalize("NFD", text) for text in texts]
    embedding = counted(texts)
    found = why(embedding, "영화", "드라마", text=decomposed).evidence
    assert found.note is None and found.count_a == found.count_b == 3
    assert unicodedata.normalize("NFC", found.lines[0].word) == "영화"


def test_another_text_is_noticed_and_one_without_the_tokens_refused():
    embedding = counted()
    found = why(embedding, "king", "queen", text=TEXT[:3]).evidence
    assert "'king' has the count 3, not 2" in found.note
    with pytest.raises(TovecError, match="does not hold 'king'"):
        why(embedding, "king", "queen", text=["nothing of that"])
    with pytest.raises(TovecError, match="not lists of tokens"):
        why(embedding, "king", "queen", text=[["king", "queen"]])


def test_recorded_text_that_has_changed_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("\n".join(TEXT * 10), encoding="utf-8")
    tovec.train("text.txt", dim=6, min_count=1, epochs=1, threads=1).save("vectors")
    assert "lines with king" in CliRunner().invoke(cli, ["why", "vectors", "king", "queen"]).output
    (tmp_path / "text.txt").write_text("another")
    assert (
        "the text of these vectors, text.txt, is not there any more or has changed; --text FILE gives"
        in CliRunner().invoke(cli, ["why", "vectors", "king", "queen"]).output
    )


def test_text_that_is_missing_is_reported_before_the_axes_are_computed(monkeypatch):
    monkeypatch.setattr(module, "independent_axes", None)
    with pytest.raises(TovecError, match=r"missing\.txt: no such file"):
        why(counted(), "king", "queen", text="missing.txt")


def test_command_prints_axes_that_add_up_and_aligned_lines(tmp_path):
    counted().save(tmp_path / "vectors")
    (tmp_path / "text.txt").write_text("\n".join(TEXT), encoding="utf-8")
    arguments = ["why", str(tmp_path / "vectors"), "king", "queen", "-k", "2"]
    alone = CliRunner().invoke(cli, arguments)
    assert "--text FILE gives" in alone.output and alone.exit_code == 0
    arguments += ["--text", str(tmp_path / "text.txt")]
    printed = CliRunner().invoke(cli, arguments).output.splitlines()
    at = [line.index("[king]") for line in printed if "[king]" in line]
    assert len(at) > 1 and len(set(at)) == 1
    sums = [float(line.split()[0]) for line in printed if line[:1] in "+-" and line[1:2].isdigit()]
    assert sum(sums) == pytest.approx(float(printed[0].split()[5].rstrip(",")), abs=5e-4)
    beyond = CliRunner().invoke(cli, [*arguments, "--fail-over", "similarity=-1"])
    assert beyond.exit_code == 3 and "failed: similarity is" in beyond.output
    one = CliRunner().invoke(cli, [*arguments[:3], "king", *arguments[4:]]).output
    assert "in the text: king 3 times, within" in one and one.count("lines with king") == 1
    found = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).output)
    shared = sum(share["contribution"] for share in found["results"])
    assert shared + found["mean"] + found["outside"] == pytest.approx(found["similarity"], abs=1e-9)
    assert found["evidence"]["contexts"][0].keys() == {"token", "with_a", "with_b", "share"}

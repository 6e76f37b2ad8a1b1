"""benchmarks/evaluation.py: files of word pairs, and the scores of a table whose cosines are known."""

import math
from pathlib import Path

import numpy as np
import pytest
from evaluation import (
    cosines_of,
    evaluate,
    language_of,
    sets_for,
    sets_in,
    similarity_score,
    vectors_of_tokens,
)

import tovec

ANGLES = {"east": 0, "near": 20, "north": 90, "west": 180}  # degrees


@pytest.fixture
def embedding():
    radians = np.radians(list(ANGLES.values()))
    return tovec.Embedding(list(ANGLES), np.stack([np.cos(radians), np.sin(radians)], axis=1))


def test_sets_of_a_folder_are_the_files_that_hold_pairs(tmp_path):
    (tmp_path / "b.txt").write_text("tiger cat 7\ncat dog 5\n")
    (tmp_path / "a.csv").write_text("호랑이,고양이,7.17\n")
    (tmp_path / "analogies.txt").write_text(": capitals\nAthens Greece Baghdad Iraq\n")
    (tmp_path / "folder").mkdir()
    assert {name: len(pairs) for name, pairs in sets_in(tmp_path).items()} == {"a": 1, "b": 2}
    assert list(sets_for(Path("any.txt"), tmp_path)) == ["a", "b"]


def test_folder_without_a_set_is_one_line(tmp_path):
    with pytest.raises(SystemExit, match="holds no file with lines of two words and a score"):
        sets_in(tmp_path)


def test_cosine_of_a_pair_is_that_of_its_vectors_and_missing_without_one(embedding):
    pairs = [("east", "near", 1.0), ("east", "north", 1.0), ("east", "west", 1.0), ("east", "moon", 1.0)]
    cosines = cosines_of(vectors_of_tokens(embedding), pairs)
    assert cosines[:3] == pytest.approx([math.cos(math.radians(20)), 0, -1], abs=1e-6)
    assert np.isnan(cosines[3])


def test_score_counts_pairs_that_are_covered_or_all_with_a_value_for_the_missing(embedding):
    pairs = [("east", "near", 3.0), ("east", "north", 2.0), ("east", "west", 1.0), ("east", "moon", 4.0)]
    vector_of = vectors_of_tokens(embedding)
    covered = similarity_score(vector_of, pairs)
    assert (covered.value, covered.n_found, covered.n_all) == (pytest.approx(1.0), 3, 4)
    # ranks of the cosines 4, 3, 1, 2 and of the ratings 3, 2, 1, 4: 1 - 6 * 6 / (4 * 15)
    assert similarity_score(vector_of, pairs, missing=-0.5).value == pytest.approx(0.4)


def test_evaluation_takes_given_sets(embedding):
    scores = evaluate(embedding, "english", {"mine": [("east", "near", 2.0), ("east", "west", 1.0)]})
    assert scores["mine"].value == pytest.approx(1.0)
    assert "WS-353" not in scores


def test_corpus_is_korean_where_its_name_says_so():
    assert language_of(Path("korean-reviews.txt")) == "korean"
    assert language_of(Path("english-novels.txt")) == "english"

"""Tables of several moments: tokens in common, names, and the similarity of two tokens over time."""

import numpy as np
import pytest

import tovec
from tovec.timeline import Moment

BEFORE = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [0, 1], [1, 0.1]])
AFTER = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 0.1], [0, 1]])


def test_moments_have_names_progress_and_losses():
    timeline = tovec.Timeline.from_embeddings(
        [BEFORE, AFTER], ["start", "end"], losses=[None, 2.5], progress=[0, 1000], unit="ids"
    )
    assert timeline.moments == (Moment("start", 0), Moment("end", 1000, loss=2.5))
    assert np.isnan(timeline.losses[0]) and timeline.losses[1] == 2.5
    assert timeline["end"] is AFTER and timeline[0] is BEFORE and timeline[-1] is AFTER
    assert list(timeline) == [BEFORE, AFTER]
    assert repr(timeline) == "Timeline(2 moments, 'start' to 'end': 3 tokens × 2 dimensions)"


def test_similarity_is_that_of_each_table():
    timeline = tovec.Timeline.from_embeddings([BEFORE, AFTER])
    expected = [each.similarity("cat", "dog") for each in timeline]
    np.testing.assert_allclose(timeline.similarity("cat", "dog"), expected, atol=1e-7)
    assert timeline.vectors_of("dog").tolist() == [[0, 1], [1, np.float32(0.1)]]


def test_tokens_that_some_tables_lack_are_left_out_and_said():
    other = tovec.Embedding(["dog", "rug", "cat"], [[5, 5], [7, 7], [9, 9]])
    timeline = tovec.Timeline.from_embeddings([other, AFTER])
    assert list(timeline.tokens) == ["cat", "dog"]
    assert timeline[0][:].tolist() == [[9, 9], [5, 5]]
    assert timeline.findings == ("2 of 4 tokens are in all 2 tables; the others are left out",)


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        ([], {}, "one moment at least"),
        ([BEFORE, tovec.Embedding(["cat"], [[1, 2, 3]])], {}, "tables of one dim"),
        ([BEFORE, tovec.Embedding(["kiwi"], [[1, 2]])], {}, "tokens in common"),
        ([BEFORE, AFTER], {"names": ["one"]}, "one for each of 2 tables"),
        ([BEFORE, AFTER], {"names": ["one", "one"]}, "a name of its own for each"),
        ([BEFORE, "film"], {}, "an Embedding"),
    ],
)
def test_what_makes_no_timeline_is_refused(tables, options, message):
    with pytest.raises(tovec.TovecError, match=message):
        tovec.Timeline.from_embeddings(tables, **options)


def test_an_unknown_moment_names_those_that_there_are():
    with pytest.raises(tovec.TovecError, match="one of 1, 2"):
        tovec.Timeline.from_embeddings([BEFORE, AFTER])["3"]

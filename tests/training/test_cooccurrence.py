"""Counting co-occurrences: cooccurrence.py, _counting.py, _matrix.py, and their kernels."""

import math
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.in_memory import Texts
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.cooccurrence_counting import Spill
from tovec.training.cooccurrence_matrix import ENTRY, grid_of
from tovec.training.kernels import cooccurrence as kernels
from tovec.training.kernels.arguments import CountedRows, Occurrences, RowSums


def corpus_of(documents, n_tokens):
    ids = np.array([token for document in documents for token in document], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    vocabulary = Vocabulary(map(str, range(n_tokens)), np.bincount(ids, minlength=n_tokens))
    return Corpus(vocabulary, tokenizer_from_name("whitespace"), ids, offsets, len(ids), 0)


def random_corpus(n_tokens, n_ids, seed=0):
    """Ids that fall off as in text, in documents of 0 to 39."""
    rng = np.random.default_rng(seed)
    ids = np.minimum(rng.zipf(1.3, n_ids) - 1, n_tokens - 1)
    cuts = np.cumsum(rng.integers(0, 40, n_ids // 20))
    return corpus_of([part.tolist() for part in np.split(ids, cuts[cuts < n_ids])], n_tokens)


def plainly_counted(corpus, window):
    """The slow, obvious twin: each pair of each document, both ways."""
    counts = Counter()
    for start, stop in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True):
        document = corpus.ids[start:stop].tolist()
        for at, token in enumerate(document):
            for other in range(max(0, at - window), at):
                counts[token, document[other]] += 1 / (at - other)
                counts[document[other], token] += 1 / (at - other)
    return counts


def as_dict(cooccurrences):
    """The whole matrix, both halves, from the blocks on the diagonal and above."""
    counts = {}
    grid = cooccurrences.grid
    for p in range(grid):
        for q in range(p, grid):
            for row, column, count in cooccurrences.block(p, q).tolist():
                i, j = row * grid + p, column * grid + q
                assert (i, j) not in counts
                counts[i, j] = count
                if p != q:
                    counts[j, i] = count
    return counts


def assert_counts(cooccurrences, expected):
    counts = as_dict(cooccurrences)
    assert counts.keys() == expected.keys()
    assert cooccurrences.n_entries == len(counts)
    for pair, count in expected.items():
        assert counts[pair] == pytest.approx(count, rel=1e-6)
    partners = Counter(i for i, _ in expected)
    assert cooccurrences.partners.tolist() == [partners[i] for i in range(cooccurrences.n_tokens)]


def test_counts_of_a_sentence_are_those_made_by_hand(tmp_path):
    # the cat sat on the mat, window 3: "the" (0) meets cat at 1 and at 3, sat at 2 and at 2,
    # on at 3 and at 1, itself never (4 apart), mat at 1.
    rules = VocabularyRules()
    corpus = build_corpus(
        Texts(["the cat sat on the mat"]), tokenizer_from_name("words"), tmp_path, rules, threads=1
    )
    counts = as_dict(count_cooccurrences(corpus, 3, tmp_path))
    spelled = {tuple(corpus.vocabulary.tokens[i] for i in pair): count for pair, count in counts.items()}
    above = {
        ("the", "cat"): 1 + 1 / 3, ("the", "sat"): 1 / 2 + 1 / 2, ("the", "on"): 1 / 3 + 1, ("the", "mat"): 1,
        ("cat", "sat"): 1, ("cat", "on"): 1 / 2,
        ("sat", "on"): 1, ("sat", "mat"): 1 / 3, ("on", "mat"): 1 / 2,
    }  # fmt: skip
    expected = above | {(b, a): count for (a, b), count in above.items()}
    assert spelled == {pair: pytest.approx(count) for pair, count in expected.items()}


def test_a_token_beside_itself_counts_from_both_sides(tmp_path):
    # As in cooccur.c, which adds each pair to both of its entries, here the same.
    assert as_dict(count_cooccurrences(corpus_of([[0, 0]], 1), 5, tmp_path)) == {(0, 0): 2.0}


@pytest.mark.parametrize("window", [1, 2, 10, 1 << 40])
def test_counts_equal_those_of_the_slow_twin(tmp_path, window):
    corpus = random_corpus(300, 3000)
    cooccurrences = count_cooccurrences(corpus, window, tmp_path, threads=2)
    assert cooccurrences.grid > 1
    assert_counts(cooccurrences, plainly_counted(corpus, window))


@settings(max_examples=60)
@given(
    documents=st.lists(st.lists(st.integers(0, 150), max_size=12), max_size=8),
    window=st.integers(1, 6),
    memory=st.integers(1, 20_000),
    threads=st.integers(1, 3),
)
def test_any_memory_and_any_number_of_threads_give_the_same_bytes(documents, window, memory, threads):
    corpus = corpus_of(documents, 151)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        plenty = count_cooccurrences(corpus, window, Path(one), threads=1)
        assert_counts(plenty, plainly_counted(corpus, window))
        little = count_cooccurrences(corpus, window, Path(other), memory=memory, threads=threads)
        assert little.entries.tobytes() == plenty.entries.tobytes()
        np.testing.assert_array_equal(little.bounds, plenty.bounds)
        np.testing.assert_array_equal(little.partners, plenty.partners)
        assert [path.name for path in Path(other).iterdir()] == ["cooccurrences.bin"]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_little_memory_spills_many_runs_and_changes_nothing(tmp_path, threads):
    corpus = random_corpus(400, 20_000, seed=1)
    plenty = count_cooccurrences(corpus, 5, tmp_path / "plenty", threads=1)
    little = count_cooccurrences(corpus, 5, tmp_path / "little", memory=8192, threads=threads)
    assert little.entries.tobytes() == plenty.entries.tobytes()


def test_no_window_reaches_over_the_end_of_a_document(tmp_path):
    counts = as_dict(count_cooccurrences(corpus_of([[0, 1], [], [2], [3, 4]], 5), 9, tmp_path))
    assert counts == {(0, 1): 1, (1, 0): 1, (3, 4): 1, (4, 3): 1}


def test_documents_without_pairs_give_an_empty_matrix(tmp_path):
    cooccurrences = count_cooccurrences(corpus_of([[0], [1]], 2), 3, tmp_path)
    assert cooccurrences.n_entries == len(cooccurrences.block(0, 0)) == 0


def test_a_count_is_rounded_once_not_at_every_addition(tmp_path):
    # Thirty thousand thirds added up in float32 are off in the fifth digit.
    corpus = corpus_of([[0, 2, 2, 1]] * 30_000, 3)
    counts = as_dict(count_cooccurrences(corpus, 3, tmp_path))
    assert counts[0, 1] == np.float32(math.fsum([1 / 3] * 30_000))


def test_entries_of_a_block_are_shuffled_by_the_seed(tmp_path):
    corpus = random_corpus(100, 5000)
    blocks = [count_cooccurrences(corpus, 5, tmp_path / str(seed), seed=seed).block(0, 0) for seed in (1, 2)]
    assert blocks[0].tobytes() != blocks[1].tobytes()
    assert np.sort(blocks[0]).tobytes() == np.sort(blocks[1]).tobytes()
    for block in blocks:  # ranks of rows along the block: no trend
        rows = block["row"].astype(float)
        assert abs(np.corrcoef(rows, np.arange(len(rows)))[0, 1]) < 0.05


def test_progress_counts_every_id_once(tmp_path):
    corpus = random_corpus(200, 3000)
    for memory in (1, 4000, 1 << 20):
        seen = []
        count_cooccurrences(corpus, 2, tmp_path, memory=memory, threads=2, on_counted=seen.append)
        assert sum(seen) == 3000


def test_the_spill_file_is_removed_when_counting_fails(tmp_path):
    def fails(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count_cooccurrences(random_corpus(200, 3000), 2, tmp_path, on_counted=fails)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("memory", [1, 1 << 20])
def test_a_full_disk_is_reported_and_blocks_no_thread(tmp_path, monkeypatch, memory):
    def full(self, buffer):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spill, "append", full)
    with pytest.raises(OSError, match="No space left"):
        count_cooccurrences(random_corpus(400, 20_000), 5, tmp_path, memory=memory, threads=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("n_tokens", "grid"), [(1, 1), (64, 1), (127, 1), (128, 2), (4096, 32), (262_144, 32), (3_000_000, 46)]
)
def test_rows_of_a_block_fit_their_type_and_blocks_are_worth_it(n_tokens, grid):
    assert grid_of(n_tokens) == grid
    assert (n_tokens - 1) // grid < 1 << 16


def copied(argument):
    if isinstance(argument, tuple):
        return type(argument)(*map(copied, argument))
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def arrays_in(arguments):
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from arrays_in(argument)
        elif isinstance(argument, np.ndarray):
            yield argument


def assert_compiled_equals_python(name, *arguments):
    """Check that the compiled kernel and its Python source give the same answer and write the same bytes."""
    results = []
    for function in (getattr(kernels, name), getattr(kernels, name).py_func):
        copies = [copied(argument) for argument in arguments]
        with np.errstate(over="ignore"):  # keys multiply modulo 2**64
            answer = function(*copies)
        results.append((answer, [array.tobytes() for array in arrays_in(copies)]))
    assert results[0] == results[1]


def test_compiled_kernels_equal_their_python_sources():
    corpus = random_corpus(10, 200)
    occurrences = np.bincount(corpus.ids, minlength=10)
    bounds = np.concatenate([[0], np.cumsum(occurrences)])
    listed = Occurrences(
        *(0, bounds, np.zeros(200, np.int64), np.zeros(200, np.int32), np.zeros(200, np.int32))
    )
    listing = corpus.ids, corpus.offsets, 10, 2, bounds[:-1].copy(), listed
    assert_compiled_equals_python("count_ids", corpus.ids, np.zeros(10, np.int64))
    assert_compiled_equals_python("find_occurrences", *listing)
    kernels.find_occurrences(*listing)
    row_sums = RowSums(np.zeros(10), np.zeros(11, np.int32), weights=np.array([0, 1, 0.5]))
    counted = CountedRows(np.zeros(60, np.int32), np.zeros(60, np.int32), np.zeros(60, np.float32))
    scratch = row_sums, np.zeros(10, np.int64), counted
    assert_compiled_equals_python("count_rows", corpus.ids, 0, 10, listed, *scratch, 0)
    assert_compiled_equals_python("count_row", corpus.ids, corpus.offsets, 1, 2, *scratch, 3)
    _, n = kernels.count_rows(corpus.ids, 0, 10, listed, *scratch, 0)
    sizes = np.zeros(9, np.int64)
    assert_compiled_equals_python("block_sizes", counted, n, 3, sizes)
    kernels.block_sizes(counted, n, 3, sizes)
    begins = np.cumsum(sizes) - sizes
    entries = np.zeros(sizes.sum(), ENTRY)
    assert_compiled_equals_python("to_blocks", counted, n, 3, begins.copy(), entries)
    kernels.to_blocks(counted, n, 3, begins, entries)
    assert_compiled_equals_python("shuffling_keys", entries, np.uint64(7), np.zeros(len(entries), np.uint64))


def test_counting_keeps_to_its_memory(tmp_path):
    ids = np.random.default_rng(0).integers(0, 2000, 200_000)
    corpus = corpus_of(ids.reshape(-1, 100).tolist(), 2000)
    count_cooccurrences(corpus_of([[0, 1]], 2), 5, tmp_path)  # what compiling takes is not counted
    memory = 2 << 20
    tracemalloc.start()
    try:
        cooccurrences = count_cooccurrences(corpus, 5, tmp_path, memory=memory, threads=2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert cooccurrences.entries.nbytes > 3 * memory
    assert peak < 1.5 * memory

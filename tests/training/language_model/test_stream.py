"""The stream of documents: what a slow layout gives, each target once, and no look across an end of text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Vocabulary
from tovec.training.language_model import stream as streams
from tovec.training.language_model.stream import NO_TARGET, Stream, block_order

END = 9
documents = st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=12), min_size=1, max_size=12)


def corpus_of(lists):
    offsets = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    ids = np.array([token for tokens in lists for token in tokens], dtype=np.int32)
    vocabulary = Vocabulary([f"t{row}" for row in range(10)])
    return Corpus(vocabulary, None, ids, offsets, len(ids), 0, end_of_text=END)


def laid_out(lists):
    return [token for tokens in lists for token in (END, *tokens)]


@given(documents)
def test_each_document_follows_an_end_of_text(lists):
    assert Stream.of(corpus_of(lists), END).ids.tolist() == laid_out(lists)


def test_a_long_text_is_laid_out_part_by_part_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "_AT_ONCE", 7)
    lists = [[row % 9] * (1 + row * 5 % 23) for row in range(40)]
    stream = Stream.of(corpus_of(lists), END, tmp_path)
    assert stream.ids.tolist() == laid_out(lists)
    assert (tmp_path / streams.NAME).stat().st_size == 4 * len(stream)


@given(documents, st.integers(2, 9), st.integers(0, 8))
def test_blocks_have_each_target_once_after_the_ids_before_it(lists, context, shift):
    stream, whole = Stream.of(corpus_of(lists), END), laid_out(lists)
    length = stream.block_length(context)
    blocks = stream.blocks(np.arange(stream.n_blocks(length)), length, shift)
    pairs = list(zip(blocks.ids.ravel().tolist(), blocks.targets.ravel().tolist(), strict=True))
    turned = whole[shift % len(whole) :] + whole[: shift % len(whole)]
    assert [pair for pair in pairs if pair[1] != NO_TARGET] == list(
        zip(turned, turned[1:] + turned[:1], strict=True)
    )
    assert blocks.n_targets == len(whole)


@given(documents, st.integers(2, 9))
def test_a_position_sees_back_to_the_last_end_of_text_or_the_begin_of_its_block(lists, context):
    stream = Stream.of(corpus_of(lists), END)
    length = stream.block_length(context)
    blocks = stream.blocks(np.arange(stream.n_blocks(length)), length)
    for ids, first in zip(blocks.ids.tolist(), blocks.first.tolist(), strict=True):
        for position in range(length):
            ends = [at for at in range(position + 1) if ids[at] == END]
            assert first[position] == (ends[-1] if ends else 0)


def test_the_order_of_blocks_is_that_of_seed_and_epoch():
    stream = Stream.of(corpus_of([[1] * 50, [2] * 60]), END)
    orders = {key: block_order(stream, 4, *key) for key in ((0, 0), (0, 1), (1, 0))}
    assert all(sorted(order.tolist()) == list(range(28)) for order, _ in orders.values())
    assert len({(*order.tolist(), shift) for order, shift in orders.values()}) == 3
    again, shift = block_order(stream, 4, 0, 1)
    assert again.tolist() == orders[0, 1][0].tolist() and shift == orders[0, 1][1]


@pytest.mark.parametrize("context", [200, 10**9])
def test_a_context_longer_than_the_text_is_one_block(context):
    stream = Stream.of(corpus_of([[1, 2], [3]]), END)
    assert stream.block_length(context) == 5
    assert stream.n_blocks(5) == 1

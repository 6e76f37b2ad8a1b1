"""Pieces of equal score: SentencePiece itself decides which of our lists of merges are right."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from sentencepiece_files import model

from tovec.models.tokenizer_files import merge_order
from tovec.models.tokenizer_files.merge_order import NoOrder, final_pair, order_of_ties
from tovec.models.tokenizer_files.pieces_tokenizer import tokenizer_of
from tovec.models.tokenizer_files.sentencepiece import read_pieces

SCORES = st.integers(-4, -1).map(float)
PIECES = st.dictionaries(st.text("ab▁", min_size=2, max_size=5), SCORES, min_size=2, max_size=9)
RUNS = st.builds(
    lambda letter, lengths, score: {letter * n: score for n in lengths},
    st.sampled_from("ab▁"),
    st.sets(st.integers(2, 9)),
    SCORES,
)
MODELS = st.one_of(PIECES, st.builds(lambda pieces, runs: pieces | runs, PIECES, RUNS), RUNS)
TEXTS = st.lists(st.text("ab▁", min_size=1, max_size=30), min_size=1, max_size=8)


def both(pieces):
    """Return SentencePiece's processor and our tokenizer, None without one, of pieces over a, b and ▁."""
    listed = [("<unk>", 0.0, 2), *((letter, -99.0, 1) for letter in "ab▁")]
    listed += [(piece, score, 1) for piece, score in pieces.items()]
    proto = model(listed, dummy_prefix=False, extra_whitespaces=False)
    tokenizer, _ = tokenizer_of(read_pieces(proto), "a.model")
    return needs("sentencepiece").SentencePieceProcessor(model_proto=proto), tokenizer


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(MODELS, TEXTS)
def test_what_gets_a_tokenizer_cuts_text_as_sentencepiece_does(pieces, texts):
    processor, tokenizer = both(pieces)
    if tokenizer is not None:
        texts = [*texts, *("▁" * n for n in range(1, 40))]
        assert list(tokenizer.ids_of_each(texts)) == processor.encode(texts)


# Llama's and Mistral's runs of blanks, all of score -1e9: none of 15.
BLANKS = {"▁" * n: -1e9 for n in (2, 4, 8, 5, 16, 6, 12, 13, 10, 14, 3, 9, 7, 11)}


def test_runs_of_blanks_of_equal_score_are_cut_as_sentencepiece_cuts_them():
    processor, tokenizer = both(BLANKS | {"ab": -2.0, "▁a": -3.0})
    texts = [" " * n + end for n in range(200) for end in ("", "a", "ab ", "b  b")]
    assert list(tokenizer.ids_of_each(texts)) == processor.encode(texts)


def test_a_piece_is_made_in_one_way():
    scores = {"ab": -1.0, "bc": -2.0, "abc": -3.0, "abd": -4.0, "cd": -0.5, "bcd": -9.0}
    assert final_pair("abc", scores) == ("ab", "c")
    assert final_pair("bcd", scores) == ("b", "cd")
    assert final_pair("abcd", scores) is None


def test_of_two_pairs_that_share_a_symbol_the_left_one_is_listed_first():
    assert order_of_ties({"ab": -1.0, "bc": -1.0, "cd": -1.0}) == {-1.0: [("a", "b"), ("b", "c"), ("c", "d")]}
    with pytest.raises(NoOrder, match="the same score"):
        order_of_ties({"ab": -1.0, "ba": -1.0})


def test_too_many_tied_pieces_are_refused(monkeypatch):
    monkeypatch.setattr(merge_order, "_MOST", 3)
    with pytest.raises(NoOrder, match="4 of its pieces have the score of another"):
        order_of_ties({"ab": -1.0, "cd": -1.0, "ef": -2.0, "gh": -2.0, "ij": -3.0})


def test_real_models_without_a_tokenizer_json_cut_text_as_sentencepiece_does():
    from pathlib import Path

    data = Path(needs("mistral_common").__file__).parent / "data"
    # Texts of llama.cpp's tests of tokenizers, and of reports about blanks and bytes.
    texts = [
        *(" " * n + "Hello" for n in range(40)),
        *("\n" * n + " \t" * n for n in range(9)),
        "This is 🦙.cpp",
        "ied 4 ½ months",
        "нещо на Български",
        "កាន់តែពិសេសអាចខលចេញ",
        "🚀 (normal) 😶\u200d🌫️ (multiple emojis concatenated) ✅",
        "Hello, y'all! How are you 😁 ?我想在apple工作1314151天～",
        "!!!!!!\u200b\u200d <s>x</s> [INST] hi [/INST] [REFERENCE_DOC_1]",
        "\u1100\u1161\u11a8 e\u0301 ﬁ① \u3000 \0",
    ]
    for path in sorted(data.glob("*tokenizer*.model.*")):
        proto = path.read_bytes()
        tokenizer, why_none = tokenizer_of(read_pieces(proto), path.name)
        assert why_none == ""
        processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)
        assert list(tokenizer.ids_of_each(texts)) == processor.encode(texts)

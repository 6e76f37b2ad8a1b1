import functools
import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from sentencepiece_files import TEXTS, message, model, piece, trained, varint
from tokenizers import Tokenizer

import tovec
from tovec import Embedding, Vocabulary
from tovec.errors import BadSource
from tovec.formats.damage import DamageError
from tovec.models.tokenizer_files import read_tokenizer_file
from tovec.models.tokenizer_files.pieces import definition, is_exact
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.text.spelling import Spelling, bytes_of_name

OWN = ("<h1>", "\n", "▁▁", "__")
SETTINGS = [
    {
        "model_type": "bpe",
        "vocab_size": 400,
        "byte_fallback": fallback,
        "add_dummy_prefix": prefix,
        "remove_extra_whitespaces": extra,
        "normalization_rule_name": "identity",
        **({"user_defined_symbols": list(own)} if own else {}),
    }
    for fallback, prefix, extra, own in itertools.product(
        (False, True), (False, True), (False, True), ((), OWN)
    )
]
ALPHABET = sorted(set("".join(TEXTS)))
PARTS = st.one_of(
    st.text(max_size=8),
    st.text(st.sampled_from(ALPHABET), max_size=16),
    st.sampled_from([*OWN, " ", "  ", "▁", "\t", "\0", "\u3000", "e\u0301", "ﬁ①", "가", "한국어", "<<h1>>"]),
)
SOME_TEXTS = st.lists(PARTS, max_size=6).map("".join)


@functools.cache
def both(number):
    """Return SentencePiece's processor, and our tokenizer, of one of SETTINGS."""
    proto = trained(**SETTINGS[number])
    pieces = read_pieces(proto)
    assert is_exact(pieces)
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)
    return processor, Tokenizer.from_str(definition(pieces))


PLAIN = {"model_type": "bpe", "normalization_rule_name": "identity"}


def names_itself(text):
    """Whether the name of a byte or control piece is in the text, which is documented to become it."""
    return re.search("<(s|/s|unk|0x[0-9A-F]{2})>", text) is not None


def ids(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_text_is_cut_as_sentencepiece_cuts_it(number):
    processor, tokenizer = both(number)

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(SOME_TEXTS)
    def compare(text):
        if not names_itself(text):
            assert ids(tokenizer, text) == processor.encode(text)

    compare()
    for text in TEXTS[:6]:
        assert ids(tokenizer, text) == processor.encode(text)


@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("prefix", [False, True])
def test_unigram_text_is_cut_as_sentencepiece_cuts_it_up_to_ties(fallback, prefix):
    proto = trained(
        model_type="unigram",
        vocab_size=450,
        byte_fallback=fallback,
        add_dummy_prefix=prefix,
        normalization_rule_name="identity",
    )
    pieces = read_pieces(proto)
    assert is_exact(pieces)
    tokenizer = Tokenizer.from_str(definition(pieces))
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(SOME_TEXTS)
    def compare(text):
        ours, theirs = ids(tokenizer, text), processor.encode(text)
        if ours != theirs and not names_itself(text):
            # Sums of the same scores in another order differ in the last bit of a float32.
            assert len(ours) == len(theirs)
            scores = [sum(processor.get_score(row) for row in cut) for cut in (ours, theirs)]
            assert scores[0] == pytest.approx(scores[1], abs=1e-4)

    compare()
    for text in TEXTS[:6]:
        assert ids(tokenizer, text) == processor.encode(text)


def test_tokens_are_sentencepieces_own(tmp_path):
    proto = trained(vocab_size=400, byte_fallback=True, **PLAIN)
    (tmp_path / "a.model").write_bytes(proto)
    processor = needs("sentencepiece").SentencePieceProcessor(model_file=str(tmp_path / "a.model"))
    tokens = read_tokenizer_file(tmp_path / "a.model")
    rows = range(processor.get_piece_size())
    assert tokens.names == [processor.id_to_piece(row) for row in rows]
    assert tokens.special == {row for row in rows if processor.is_control(row) or processor.is_unknown(row)}
    assert tokens.unknown == processor.unk_id()
    assert (tokens.spelling, tokens.origin) == (Spelling.PIECES, "a.model")
    byte = processor.piece_to_id("<0xE2>")
    assert bytes_of_name(tokens.names[byte], tokens.spelling) == b"\xe2"
    assert tokens.tokenizer.tokens("the cat") == processor.encode("the cat", out_type=str)
    assert tokens.tokenizer.vocabulary == tuple(tokens.names)


def test_a_real_models_262_144_pieces_cut_text_as_sentencepiece_does(gemma_pieces):
    # The pieces of Gemma 3 from its GGUF, written as a .model for SentencePiece to read.
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=gemma_pieces)
    pieces = read_pieces(gemma_pieces)
    assert is_exact(pieces)
    tokenizer = Tokenizer.from_str(definition(pieces))
    texts = [
        *TEXTS[:6],
        "a  b\n\n\n\tc <h1>제목</h1>   ",
        " king<b>Queen </b>",
        "😀𓀀 \0",
        "x" * 50 + " " * 40,
    ]
    assert [ids(tokenizer, text) for text in texts] == [processor.encode(text) for text in texts]


@pytest.mark.parametrize(
    "changed",
    [
        {"normalization_rule_name": "nmt_nfkc"},
        {"model_type": "word"},
        {"model_type": "char"},
        {"model_type": "unigram", "user_defined_symbols": ["<x>"]},
        {"treat_whitespace_as_suffix": True},
    ],
)
def test_no_tokenizer_is_better_than_a_wrong_one(changed, tmp_path):
    path = tmp_path / "tokenizer.model"
    path.write_bytes(trained(vocab_size=450, **PLAIN))
    assert read_tokenizer_file(path).tokenizer is not None
    path.write_bytes(trained(vocab_size=450, **{**PLAIN, **changed}))
    assert read_tokenizer_file(path).tokenizer is None


NORMAL = [("<unk>", 0.0, 2), ("a", -3.0, 1), ("b", -4.0, 1), ("▁", -5.0, 1)]


@pytest.mark.parametrize(
    "more",
    [
        [("ab", -1.0, 1), ("ba", -1.0, 1)],  # equal scores: SentencePiece takes the left one
        [("ab", -1.0, 5)],  # unused pieces are made and cut again
        [("xy", -1.0, 1)],  # x is no piece, yet SentencePiece merges it
        [("a\udcff", -1.0, 1)],  # no tokenizer.json can hold it
    ],
)
def test_merges_that_are_not_clear_give_no_tokenizer(more):
    assert is_exact(read_pieces(model(NORMAL)))
    assert not is_exact(read_pieces(model([*NORMAL, *more])))


def test_byte_fallback_needs_all_bytes():
    assert not is_exact(read_pieces(model([*NORMAL, ("<0x00>", 0.0, 6)], byte_fallback=True)))
    every = [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    assert is_exact(read_pieces(model([*NORMAL, *every], byte_fallback=True)))


def test_a_piece_twice_is_refused_as_sentencepiece_refuses_it(tmp_path):
    data = model([("<unk>", 0.0, 2), ("a", -1.0, 1), ("▁", -2.0, 1), ("a", -3.0, 1)])
    with pytest.raises(RuntimeError, match="a is already defined"):
        needs("sentencepiece").SentencePieceProcessor().LoadFromSerializedProto(data)
    with pytest.raises(DamageError, match="token 'a' stands there twice, as 1 and 3"):
        read_pieces(data)


def test_bytes_that_are_no_utf8_stay_in_the_name():
    assert read_pieces(model([("<unk>", 0.0, 2), ("\udce2", -1.0, 1)])).names == ["<unk>", "\udce2"]


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        (b"", "holds no pieces"),
        (message(2, b""), "holds no pieces"),
        (piece("a") * 2, "token 'a' stands there twice, as 0 and 1"),
        (piece(""), "piece 0 is empty"),
        (piece("a", float("nan")), "the score of token 0 is nan"),
        (piece("a", kind=7), "token 0 is of kind 7"),
        (piece("a", kind=1 << 63), "of kind"),
        (piece("a")[:-1], "goes on past its end"),
        (b"\x0a" + b"\xff" * 9 + b"\x01", "goes on past its end"),
        (b"\x0a" + b"\xff" * 20, "the number at byte 1 does not end"),
        (b"\x08\x01", "its field 1 is 1, not a message"),
        (message(1, message(2, b"abcd")), "its field 'score' is b'abcd'"),
        (b"\x0b", "is of kind 3"),
        (varint(1 << 3 | 5) + b"abc", "goes on past its end"),
    ],
)
def test_damage_is_told(damaged, why):
    with pytest.raises(DamageError, match=why):
        read_pieces(damaged)


SMALL = model([*NORMAL, ("ab", -1.0, 1), ("<s>", 0.0, 3), ("한", -2.0, 4)], byte_fallback=False)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_bad_source_or_read(data, tmp_path):
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not content:
            break
    path = tmp_path / "a.model"
    path.write_bytes(bytes(content))
    try:
        tokens = read_tokenizer_file(path)
        if tokens.tokenizer is not None:
            tokens.tokenizer.tokens("ab 한 b")
    except BadSource as error:
        assert str(path) in str(error) and "\n" not in str(error)


def test_a_tokenizer_of_pieces_saves_with_its_table(tmp_path):
    path = tmp_path / "spiece.model"
    path.write_bytes(SMALL)
    tokens = read_tokenizer_file(path)
    vocabulary = Vocabulary(tokens.names, spelling=tokens.spelling, special=tokens.special)
    saved = Embedding.random(vocabulary, 3, tokenizer=tokens.tokenizer).save(tmp_path / "saved")
    again = tovec.open(saved)
    assert again.vocabulary.tokens == tuple(tokens.names)
    assert again.tokenizer.tokens("abab") == tokens.tokenizer.tokens("abab") == ["▁", "ab", "ab"]

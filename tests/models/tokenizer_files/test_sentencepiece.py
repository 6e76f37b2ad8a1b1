"""SentencePiece's .model files: text is cut as SentencePiece itself cuts it.

Covers pieces_tokenizer.py and sentencepiece_model.py too.
"""

import copy
import functools
import itertools
import pickle
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from protobuf_bytes import message, varint
from sentencepiece_files import TEXTS, model, piece, trained

import tovec
from tovec import Embedding, Vocabulary
from tovec.errors import BadSource
from tovec.formats.conversion import convert
from tovec.models.tokenizer_files import read_tokenizer_file
from tovec.models.tokenizer_files.pieces_tokenizer import tokenizer_of
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.storage.file_errors import CorruptFile
from tovec.text.spans import SpanFinder
from tovec.text.token_bytes import Spelling, bytes_of_name

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
    return compared(trained(**SETTINGS[number]))


def compared(proto):
    """Return SentencePiece's processor of a model, and our tokenizer."""
    tokenizer, why_none = tokenizer_of(read_pieces(proto), "a.model")
    assert why_none == ""
    return needs("sentencepiece").SentencePieceProcessor(model_proto=proto), tokenizer


def why_none(proto):
    tokenizer, why = tokenizer_of(read_pieces(proto), "a.model")
    assert (tokenizer is None) == (why != "")
    return why


PLAIN = {"model_type": "bpe", "normalization_rule_name": "identity"}


def names_itself(text):
    """Whether the name of a byte or control piece is in the text, which is documented to become it."""
    return re.search("<(s|/s|unk|0x[0-9A-F]{2})>", text) is not None


def ids(tokenizer, text):
    return next(tokenizer.ids_of_each([text]))


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


def assert_same_up_to_ties(processor, tokenizer, text):
    """Assert that the ids are equal, or others of the same sum of scores where the sum is what decides."""
    ours, theirs = ids(tokenizer, text), processor.encode(text)
    if ours != theirs:
        # Sums of the same scores in another order differ in the last bit of a float32.
        assert len(ours) == len(theirs)
        scores = [sum(processor.get_score(row) for row in cut) for cut in (ours, theirs)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-4)


@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("own", [(), OWN])
def test_unigram_text_is_cut_as_sentencepiece_cuts_it_up_to_ties(fallback, prefix, own):
    processor, tokenizer = compared(
        trained(
            model_type="unigram",
            vocab_size=450,
            byte_fallback=fallback,
            add_dummy_prefix=prefix,
            normalization_rule_name="identity",
            **({"user_defined_symbols": list(own)} if own else {}),
        )
    )

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(SOME_TEXTS)
    def compare(text):
        if not names_itself(text):
            assert_same_up_to_ties(processor, tokenizer, text)

    compare()
    for text in TEXTS[:6]:
        assert ids(tokenizer, text) == processor.encode(text)


# What NFKC and its rules for white space change: from bug reports of tokenizers (2116, 2334) and our own.
CHANGED = [
    *(
        "²\u0301",
        "ª\u0300",
        "\u1100\u1161\u11a8",
        "한국",
        "\u1112\u1161\u11ab\u1100\u116e\u11a8",
        "Tie\u0302\u0301ng",
    ),
    *(
        "ﬁ①",
        "\u3000",
        "\t \r\n",
        "\u200b",
        "\u200d",
        "¨",
        " ¨ ",
        "ｶﾞ",
        "ㅎㅏㄴ",
        "…",
        "Ａ½㍿ﷺ",
        "\ufeff",
        "\u00ad",
    ),
    *("~～", "\u212b", "İß", "\0\x01", "  ", "▁", "a²", "😶\u200d🌫️", "the cat", "한국어"),
]
RULES = [
    {"model_type": kind, "normalization_rule_name": rule, "treat_whitespace_as_suffix": suffix, **more}
    for kind, rule, suffix, more in [
        ("bpe", "nmt_nfkc", False, {}),
        ("bpe", "nmt_nfkc", True, {"user_defined_symbols": [*OWN, "a²"], "byte_fallback": True}),
        ("bpe", "nfkc", False, {"user_defined_symbols": ["a²"], "remove_extra_whitespaces": False}),
        ("bpe", "identity", True, {"remove_extra_whitespaces": False}),
        ("unigram", "nmt_nfkc", False, {}),
        (
            "unigram",
            "nmt_nfkc_cf",
            False,
            {"add_dummy_prefix": False, "user_defined_symbols": ["<h1>", "a²"]},
        ),
        ("unigram", "nmt_nfkc", True, {"remove_extra_whitespaces": False, "byte_fallback": True}),
        ("char", "nmt_nfkc", False, {"user_defined_symbols": list(OWN)}),
        ("char", "identity", False, {}),
    ]
]


@pytest.mark.parametrize(
    "rules", RULES, ids=lambda rules: f"{rules['model_type']}-{rules['normalization_rule_name']}"
)
def test_text_is_normalized_as_by_sentencepiece(rules):
    processor, tokenizer = compared(trained(vocab_size=450, **rules))

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(st.sampled_from([*CHANGED, *OWN]), PARTS), max_size=6).map("".join))
    def compare(text):
        if not names_itself(text):
            assert_same_up_to_ties(processor, tokenizer, text)

    compare()
    for text in CHANGED:
        assert_same_up_to_ties(processor, tokenizer, text)


def test_spans_of_normalized_text_are_correct():
    _, tokenizer = compared(trained(model_type="bpe", vocab_size=450))
    pieces = read_pieces(trained(model_type="bpe", vocab_size=450))
    finder = SpanFinder(tokenizer, Vocabulary(pieces.names, spelling=Spelling.PIECES))
    text = "The  cat\u3000sat"
    spans = [text[span.start : span.end] for span in finder.spans(text)]
    assert "".join(spans) == "Thecatsat"


def test_normalizing_tokenizer_has_no_tokenizer_json(tmp_path):
    path = tmp_path / "spiece.model"
    path.write_bytes(trained(model_type="unigram", vocab_size=450))
    tokens = read_tokenizer_file(path)
    vocabulary = Vocabulary(tokens.names, spelling=tokens.spelling, special=tokens.special)
    embedding = Embedding.random(vocabulary, 3, tokenizer=tokens.tokenizer)
    assert embedding.tokenize("²\u0301") == ["▁", "2", "\u0301"]
    saved = embedding.save(tmp_path / "saved")
    assert tovec.open(saved).tokenizer is None
    assert "tokenizer" in (saved / "README.md").read_text()
    (note,) = convert(embedding.parts, tmp_path / "converted").warnings
    assert note == f"dropped: the tokenizer {path}, which no tokenizer.json can hold"


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
    processor, tokenizer = compared(gemma_pieces)
    texts = [
        *TEXTS[:6],
        "a  b\n\n\n\tc <h1>제목</h1>   ",
        " king<b>Queen </b>",
        "😀𓀀 \0",
        "x" * 50 + " " * 40,
        " YYYY",  # a piece that no merges make
        "<0x41>",  # the name of a byte
    ]
    assert [ids(tokenizer, text) for text in texts] == [processor.encode(text) for text in texts]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"model_type": "word"}, "it is a word model, not BPE, unigram or characters"),
        ({"user_defined_symbols": ["a b"]}, "one of its user-defined pieces holds a space"),
    ],
)
def test_no_tokenizer_is_better_than_a_wrong_one(changed, why, tmp_path):
    path = tmp_path / "tokenizer.model"
    path.write_bytes(trained(vocab_size=450, **PLAIN))
    assert read_tokenizer_file(path).tokenizer is not None
    path.write_bytes(trained(vocab_size=450, **{**PLAIN, **changed}))
    tokens = read_tokenizer_file(path)
    assert tokens.tokenizer is None and why in tokens.why_none


NORMAL = [("<unk>", 0.0, 2), ("a", -3.0, 1), ("b", -4.0, 1), ("▁", -5.0, 1)]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ([("ab", -1.0, 5)], "it has unused pieces"),
        ([("xy", -1.0, 1)], "piece 'xy' is made of a character that is not a piece"),
        ([("a\udcff", -1.0, 1)], "one of its pieces is not UTF-8"),
        ([("ab", -1.0, 1), ("abab", -1.0, 1)], "piece 'abab' is made from 'ab', whose score is not higher"),
        ([("aa", -1.0, 1), ("ab", -1.0, 1)], "pieces 'ab' and 'aa' have the same score"),
    ],
)
def test_ambiguous_merges_give_no_tokenizer(more, why):
    assert not why_none(model(NORMAL))
    assert why in why_none(model([*NORMAL, *more]))


def test_byte_fallback_needs_all_bytes():
    assert why_none(model([*NORMAL, ("<0x00>", 0.0, 6)], byte_fallback=True)) == (
        "it falls back to bytes, and not all 256 are pieces"
    )
    every = [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    assert not why_none(model([*NORMAL, *every], byte_fallback=True))


def test_a_piece_twice_is_refused_as_sentencepiece_refuses_it(tmp_path):
    data = model([("<unk>", 0.0, 2), ("a", -1.0, 1), ("▁", -2.0, 1), ("a", -3.0, 1)])
    with pytest.raises(RuntimeError, match="a is already defined"):
        needs("sentencepiece").SentencePieceProcessor().LoadFromSerializedProto(data)
    with pytest.raises(CorruptFile, match="token 'a' occurs twice, with the ids 1 and 3"):
        read_pieces(data)


def test_bytes_that_are_not_utf8_are_kept_in_names():
    assert read_pieces(model([("<unk>", 0.0, 2), ("\udce2", -1.0, 1)])).names == ["<unk>", "\udce2"]


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        (b"", "holds no pieces"),
        (message(2, b""), "holds no pieces"),
        (piece("a") * 2, "token 'a' occurs twice, with the ids 0 and 1"),
        (piece(""), "piece 0 is empty"),
        (piece("a", float("nan")), "the score of token 0 is nan"),
        (piece("a", kind=7), "token 0 is of kind 7"),
        (piece("a", kind=1 << 63), "of kind"),
        (piece("a")[:-1], "is longer than the rest of its message"),
        (b"\x0a" + b"\xff" * 9 + b"\x01", "is longer than the rest of its message"),
        (b"\x0a" + b"\xff" * 20, "the number at byte 1 does not end"),
        (b"\x08\x01", "its field 1 is 1, not a message"),
        (message(1, message(2, b"abcd")), "its field 'score' is b'abcd'"),
        (b"\x0b", "is of kind 3"),
        (varint(1 << 3 | 5) + b"abc", "is longer than the rest of its message"),
    ],
)
def test_damage_is_one_line(damaged, why):
    with pytest.raises(CorruptFile, match=why):
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


@pytest.mark.parametrize("rule", ["identity", "nmt_nfkc"])
def test_a_pickle_and_a_copy_cut_text_alike(rule):
    _, tokenizer = compared(trained(model_type="bpe", vocab_size=300, normalization_rule_name=rule))
    for other in (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer)):
        assert list(other.ids_of_each(TEXTS)) == list(tokenizer.ids_of_each(TEXTS))
        assert (other.name, other.vocabulary) == (tokenizer.name, tokenizer.vocabulary)

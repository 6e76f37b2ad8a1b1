"""How names spell bytes, against Hugging Face `tokenizers`, which reads and writes them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tovec.errors import UnknownToken
from tovec.text.token_bytes import (
    BYTE_OF,
    CHARACTER_OF,
    Spelling,
    byte_level_name,
    bytes_of_name,
    is_byte_piece,
    name_of_bytes,
    readable,
)
from tovec.text.vocabulary import Vocabulary


def test_the_256_characters_are_those_of_the_byte_level_pre_tokenizer():
    assert set(BYTE_OF) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_OF.values()) == list(range(256))


@given(st.text())
def test_a_byte_level_name_is_what_the_byte_level_pre_tokenizer_writes(text):
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    written = "".join(piece for piece, _ in splitter.pre_tokenize_str(text))
    assert byte_level_name(text.encode()) == written


@given(st.binary())
def test_every_string_of_bytes_has_a_byte_level_name_and_only_one(text):
    assert bytes_of_name(byte_level_name(text), Spelling.BYTE_LEVEL) == text


@given(st.binary(min_size=1))
def test_bytes_that_are_not_utf8_survive_in_a_plain_name(text):
    assert bytes_of_name(text.decode("utf-8", "surrogateescape"), Spelling.PLAIN) == text


@given(st.binary(min_size=1) | st.text(alphabet=" a▁é", min_size=1).map(str.encode))
@pytest.mark.parametrize("spelling", Spelling)
def test_bytes_are_named_as_their_spelling_reads_them(spelling, text):
    has_no_name = {
        Spelling.PIECES: "▁".encode() in text or is_byte_piece(text.decode(errors="replace")),
        Spelling.WORDPIECE: text == b" " or text.startswith(b" ##"),
    }
    assume(not has_no_name.get(spelling))
    assert bytes_of_name(name_of_bytes(text, spelling), spelling) == text


def test_pieces_stand_for_the_text_that_the_decoder_of_a_llama_gives():
    pieces = ["▁the", "▁▁", "ing", "<0xE3>", "<0x81>", "<0x82>", "▁<0x41>"]
    decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    whole = b"".join(bytes_of_name(piece, Spelling.PIECES) for piece in pieces)
    assert whole.decode() == decoder.decode(pieces) == " the  ingあ <0x41>"


def test_one_text_has_one_identity_in_every_spelling():
    names = {
        Spelling.BYTE_LEVEL: "Ġking",
        Spelling.PIECES: "▁king",
        Spelling.WORDPIECE: "king",
        Spelling.PLAIN: " king",
    }
    assert {bytes_of_name(name, spelling) for spelling, name in names.items()} == {b" king"}
    assert bytes_of_name("##ing", Spelling.WORDPIECE) == b"ing"
    assert bytes_of_name("##", Spelling.WORDPIECE) == b" ##"  # the piece of two number signs


@pytest.mark.parametrize(
    ("name", "spelling", "shown"),
    [
        ("Ġking", Spelling.BYTE_LEVEL, "▁king"),
        ("íķľêµŃ", Spelling.BYTE_LEVEL, "한국"),
        ("Ġíķ", Spelling.BYTE_LEVEL, "▁<0xED><0x95>"),
        ("<|endoftext|>", Spelling.BYTE_LEVEL, "<|endoftext|>"),
        ("日本<tool>", Spelling.BYTE_LEVEL, "日本<tool>"),  # an added token, outside the 256 characters
        ("▁king", Spelling.PIECES, "▁king"),
        ("##ing", Spelling.WORDPIECE, "##ing"),
        ("caf\udce9", Spelling.PLAIN, "caf<0xE9>"),
    ],
)
def test_names_are_shown_as_people_read_them(name, spelling, shown):
    assert readable(name, spelling) == shown


def test_tokens_of_a_byte_level_vocabulary_are_found_as_they_read_and_by_their_text():
    names = ["<|endoftext|>", "Ġking", "íķľêµŃ", "king", CHARACTER_OF[0xED]]
    vocabulary = Vocabulary(names, spelling=Spelling.BYTE_LEVEL, special=[0])
    assert [vocabulary.get(key) for key in ("Ġking", "▁king", " king", "king")] == [1, 1, 1, 3]
    assert vocabulary.id("한국") == 2
    assert vocabulary.id("<0xED>") == 4
    assert " king" in vocabulary and "king " not in vocabulary
    assert vocabulary.text(1) == b" king"
    assert vocabulary.text(0) is None  # a special token stands for no text
    assert vocabulary.readable(2) == "한국"


def test_a_name_comes_before_a_reading_and_plain_names_have_no_readings():
    both = Vocabulary(["Ġa", "▁a"], spelling=Spelling.BYTE_LEVEL)
    assert both.id("▁a") == 1
    assert Vocabulary(["▁a"]).get(" a") is None


def test_the_error_for_an_unknown_word_suggests_the_piece_that_begins_a_word():
    with pytest.raises(UnknownToken, match="nearest spellings: '▁monarch'"):
        Vocabulary(["▁monarch", "ing"], spelling=Spelling.PIECES).id("monarch")


def test_text_of_tokens_joins_to_the_text_that_was_cut():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    from tokenizers.trainers import BpeTrainer

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["한국의 the king 'tis"] * 3,
        BpeTrainer(vocab_size=290, initial_alphabet=alphabet, show_progress=False),
    )
    names = [tokenizer.id_to_token(row) for row in range(tokenizer.get_vocab_size())]
    vocabulary = Vocabulary(names, spelling=Spelling.BYTE_LEVEL)
    text = "the 한국 kings\n\U0001f600"
    assert b"".join(vocabulary.text(row) or b"" for row in tokenizer.encode(text).ids).decode() == text

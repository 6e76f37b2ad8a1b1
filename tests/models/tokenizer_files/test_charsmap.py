"""SentencePiece's table of characters: its own normalizer says what each text becomes."""

import struct
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs
from sentencepiece_files import trained

from tovec.models.tokenizer_files.charsmap import Charsmap, normalizer
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.storage.file_errors import CorruptFile

ALL = [chr(point) for point in range(1, 0x110000) if not 0xD800 <= point < 0xE000]
AS_IT_IS = {
    "add_dummy_prefix": False,
    "remove_extra_whitespaces": False,
    "escape_whitespaces": True,
    "whitespace_as_suffix": False,
}


@pytest.fixture(scope="module", params=["nmt_nfkc", "nfkc_cf"])
def proto(request):
    return trained(
        model_type="bpe",
        vocab_size=400,
        normalization_rule_name=request.param,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
    )


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_every_character_becomes_what_sentencepiece_makes_of_it(proto, form):
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)
    normalize = normalizer(Charsmap(read_pieces(proto).charsmap), [], **AS_IT_IS)
    for start in range(0, len(ALL), 997):  # each beside others, which long rules may take in
        text = unicodedata.normalize(form, "".join(ALL[start : start + 997]))
        assert normalize(text) == processor.normalize(text)


def test_without_a_table_text_stays_as_it_is():
    normalize = normalizer(Charsmap(b""), [], **AS_IT_IS)
    assert normalize("a²  e\u0301 \0") == "a²▁▁e\u0301▁\0"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"\1", "does not have the length"),
        (struct.pack("<II", 8, 0), "does not have the length"),
        (struct.pack("<II", 3, 0), "does not have the length"),
        (struct.pack("<II", 4, 0x100 | 9 << 10), "an entry past its end"),
        (struct.pack("<IIII", 12, 1 << 10, 0x100 | ord("a"), 1 << 31), "that does not exist"),
        (struct.pack("<II", 4, 0) + b"\xff\0", "is not UTF-8"),
    ],
)
def test_damage_is_one_line(table, why):
    with pytest.raises(CorruptFile, match=why):
        Charsmap(table)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_random_damage_is_one_line_or_gives_text(data):
    table = bytearray(_small_table())
    for _ in range(data.draw(st.integers(1, 3))):
        table[data.draw(st.integers(0, len(table) - 1))] = data.draw(st.integers(0, 255))
    try:
        charsmap = Charsmap(bytes(table))
    except CorruptFile:
        return
    assert isinstance(normalizer(charsmap, ["b"], **AS_IT_IS)("aab ab a"), str)


def _small_table():
    """A double array by hand: `a` becomes `xy`. `a` is at 1 ^ 0x61 = 0x60, its leaf at 0x62."""
    units = [0] * 0x64
    units[0] = 1 << 10
    units[0x60] = ord("a") | 0x100 | (0x60 ^ 0x62) << 10
    units[0x62] = 1 << 31
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + b"xy\0"


def test_handmade_charsmap_is_applied():
    assert normalizer(Charsmap(_small_table()), [], **AS_IT_IS)("banana") == "bxynxynxy"

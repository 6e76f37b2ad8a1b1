"""Folders as spaCy's `Vectors.to_disk` and `Vocab.to_disk` write them (3.8), byte by byte.

Covers spacy_strings.py and msgpack.py too.
"""

import contextlib
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tovec
from tovec.errors import BadSource
from tovec.formats.msgpack import map_of_numbers
from tovec.formats.vectors.spacy_strings import numbers_of
from tovec.storage.file_errors import CorruptFile

# What spacy.strings.StringStore gives, of spaCy 3.8.18; `det` is a symbol.
NUMBERS = {
    "cat": 5439657043933447811,
    "dog": 7562983679033046312,
    "한국어": 2669758034498594942,
    "🚀": 1450545737412984427,
    "a": 11901859001352538922,
    "x" * 40: 16963168017376624600,
    "apple": 8566208034543834098,
    "coffee": 3197928453018144401,  # also in spaCy's own documentation
    "case": 8110129090154140942,
    "det": 415,
    "PERSON": 380,
}
TABLE = np.arange(12, dtype=np.float32).reshape(4, 3)


def write(folder, rows, *, strings=None, table=TABLE, config=None):
    """Write a folder of vectors: rows of words by their numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "vectors").open("wb") as file:
        np.save(file, table, allow_pickle=False)
    entries = [struct.pack(">BQB", 0xCF, NUMBERS.get(word, word), row) for word, row in rows.items()]
    (folder / "key2row").write_bytes(bytes([0x80 | len(rows)]) + b"".join(entries))
    names = list(rows) if strings is None else strings
    (folder / "strings.json").write_text(json.dumps(names, indent=2))
    (folder / "vectors.cfg").write_text(json.dumps(config or {"mode": "default"}))
    return folder


def test_string_numbers_equal_spacys():
    assert numbers_of(list(NUMBERS)).tolist() == list(NUMBERS.values())


@given(st.lists(st.text()))
def test_string_numbers_equal_reference_murmurhash(texts):
    # MurmurHash2.cpp, MurmurHash64A, one text at a time.
    def murmur(data):
        mix, mask = 0xC6A4A7935BD1E995, (1 << 64) - 1
        found = 1 ^ (len(data) * mix & mask)
        for start in range(0, len(data) - 7, 8):
            word = int.from_bytes(data[start : start + 8], "little") * mix & mask
            found = (found ^ ((word ^ word >> 47) * mix & mask)) * mix & mask
        if len(data) % 8:
            found = (found ^ int.from_bytes(data[len(data) // 8 * 8 :], "little")) * mix & mask
        found = (found ^ found >> 47) * mix & mask
        return found ^ found >> 47

    texts = [text for text in texts if len(text) > 1 and not text.isascii()]
    assert numbers_of(texts).tolist() == [murmur(text.encode()) for text in texts]


@pytest.mark.parametrize("where", ["", "vocab", "en_core_web_md-3.8.0/vocab"])
def test_a_pipeline_its_vocab_and_its_vectors_open(tmp_path, where):
    folder = tmp_path / "en_core_web_md"
    # strings.json does not list symbols, and a word may well be one.
    write(folder / where, {"cat": 1, "dog": 0, "한국어": 2, "det": 3}, strings=["cat", "dog", "한국어"])
    (folder / where).parent.joinpath("meta.json").write_text("{}")
    embedding = tovec.open(folder)
    assert embedding.vocabulary.tokens == ("dog", "cat", "한국어", "det")
    assert embedding["det"].tolist() == [9, 10, 11]
    assert embedding.vectors[:].tolist() == TABLE.tolist()
    assert embedding.provenance == {"format": "spaCy", "file": "en_core_web_md"}


def test_words_of_pruned_vectors_share_a_row(tmp_path):
    embedding = tovec.open(write(tmp_path / "v", {"cat": 2, "dog": 0, "🚀": 2, "apple": 0}))
    assert embedding.vocabulary.tokens == ("dog", "apple", "cat", "🚀")
    assert embedding.vectors[[0, 1, 2, 3]].tolist() == TABLE[[0, 0, 2, 2]].tolist()
    assert embedding.similarity("cat", "🚀") == pytest.approx(1)


def test_a_key_without_a_string_is_left_out_and_counted(tmp_path):
    embedding = tovec.open(write(tmp_path / "v", {"cat": 0, "dog": 1}, strings=["dog", "unused"]))
    assert embedding.vocabulary.tokens == ("dog",) and embedding["dog"].tolist() == [3, 4, 5]
    assert embedding.provenance["without_string"] == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"config": {"mode": "floret", "minn": 4}}, "vectors.cfg cannot be read: its vectors are floret's"),
        ({"rows": {}, "table": np.zeros((0, 0), np.float32)}, "it has no vectors; pipelines of spaCy that"),
        ({"rows": {"cat": 4}}, "key2row is damaged: it refers to row 4, and there are 4"),
        ({"strings": ["nobody"]}, "strings.json cannot be read: none of its strings has a vector"),
        ({"strings": {"a": 1}}, "strings.json is damaged: it is not a list of strings"),
        ({"table": np.zeros(4, np.float32)}, "vectors cannot be read: its shape is"),
    ],
)
def test_unreadable_spacy_folders_say_why(tmp_path, more, why):
    write(tmp_path / "v", **{"rows": {"cat": 0}, **more})
    with pytest.raises(BadSource, match=why):
        tovec.open(tmp_path / "v")


def test_maps_of_msgpack_have_numbers_of_all_widths():
    assert map_of_numbers(b"\xdf\0\0\0\1\x07\xe0") == {7: -32}
    assert map_of_numbers(b"\xde\0\2\x05\xcc\xff\xcd\1\0\xce\0\1\0\0") == {5: 255, 256: 65536}
    assert map_of_numbers(b"\x81\xd0\x80\xd1\xff\0") == {-128: -256}
    assert map_of_numbers(b"\x81\xd2" + b"\xff" * 4 + b"\xd3" + b"\xff" * 8) == {-1: -1}
    assert map_of_numbers(b"\x81\xcf" + b"\xff" * 8 + b"\0") == {(1 << 64) - 1: 0}
    for damaged in (b"", b"\x81\x01", b"\x80\0", b"\x01", b"\x81\xa1a\1", b"\xde\0"):
        with pytest.raises(CorruptFile):
            map_of_numbers(damaged)


@given(st.dictionaries(st.integers(-(1 << 63), (1 << 64) - 1), st.integers(-(1 << 63), (1 << 64) - 1)))
def test_maps_of_any_numbers_are_read(numbers):
    listed = [number for entry in numbers.items() for number in entry]
    data = struct.pack(">BI", 0xDF, len(numbers)) + b"".join(map(packed, listed))
    assert map_of_numbers(data) == numbers


def packed(number):
    """Return a number in the fewest bytes, as msgpack's spec.md asks of a writer."""
    if -32 <= number < 128:
        return struct.pack(">b", number)
    first, codes = (0xCC, "BHIQ") if number > 0 else (0xD0, "bhiq")
    for n, code in enumerate(codes):
        if -(1 << (8 << n) - 1) <= number < 1 << (8 << n):
            return bytes([first + n]) + struct.pack(f">{code}", number)
    raise AssertionError(number)


@given(st.binary(max_size=40))
def test_random_damage_of_a_msgpack_map_is_read_or_one_line(data):
    with contextlib.suppress(CorruptFile):
        assert isinstance(map_of_numbers(data), dict)

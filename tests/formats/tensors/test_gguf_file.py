"""GGUF files: the gguf package as writer and reader, exact bytes, damage of all kinds, a real model.

Covers gguf_header.py too.
"""

import re
import struct
import tracemalloc

import numpy as np
import pytest
from gguf_bytes import (
    ARRAY,
    BOOL,
    F32,
    F64,
    I8,
    I16,
    I64,
    STRING,
    U8,
    U16,
    U32,
    U64,
    array,
    gguf,
    key,
    number,
    text,
)
from gguf_bytes import tensor as entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import gemma_gguf, needs

from tovec.errors import BadSource
from tovec.formats.tensors.gguf_file import read_gguf
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.vectors.tensor_store import TensorStore

NUMBERS = np.arange(12, dtype="<f4").reshape(3, 4)
PADDED = NUMBERS.tobytes() + bytes(16)
TABLE = entry(b"table", (4, 3), 0, 0)


@pytest.fixture
def written(tmp_path):
    """Write bytes as a file and return its path."""

    def write(data, name="model.gguf"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def refusal(path):
    """Return what is said when `path` is refused, which is one line that names it."""
    with pytest.raises(BadSource, match=re.escape(str(path.parent))) as caught:
        read_gguf(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


# What a file says


@pytest.mark.parametrize("version", [2, 3])
def test_a_file_of_exact_bytes(written, version):
    keys = [
        key(b"general.alignment", U32, number(U32, 64)),
        key(b"n.u8", U8, number(U8, 255)),
        key(b"n.i8", I8, number(I8, -128)),
        key(b"n.u16", U16, number(U16, 65535)),
        key(b"n.i16", I16, number(I16, -32768)),
        key(b"n.u64", U64, number(U64, 2**64 - 1)),
        key(b"n.i64", I64, number(I64, -(2**63))),
        key(b"n.f32", F32, number(F32, 0.5)),
        key(b"n.f64", F64, number(F64, 0.1)),
        key(b"yes", BOOL, number(BOOL, True)),
        key("이름".encode(), STRING, text("고양이".encode())),
        key(b"stray", STRING, text(b"\xff\xfe")),
        key(b"tokens", ARRAY, array(STRING, [text(b"cat"), text(b""), text(b"\xe2\x96"), text(b"dog")])),
        key(b"types", ARRAY, array(I16, [number(I16, 1), number(I16, -6)])),
        key(b"flags", ARRAY, array(BOOL, [b"\1", b"\0"])),
        key(b"none", ARRAY, array(U32, [])),
        key(b"nested", ARRAY, array(ARRAY, [array(U8, [b"\5"]), array(STRING, [text(b"deep")])])),
    ]
    tensors = [TABLE, entry(b"bias", (3,), 1, 64), entry(b"one", (), 0, 128)]
    data = (
        NUMBERS.tobytes() + bytes(16) + np.float16([1, 2, 3]).tobytes() + bytes(58) + np.float32(7).tobytes()
    )
    path = written(gguf(keys, tensors, data, version=version, alignment=64))
    store = read_gguf(path)
    assert store.origin == f"GGUF {version}"
    assert store.files == (path,)
    said = store.metadata
    assert len(said) == len(keys)
    assert [said[f"n.{kind}"] for kind in ("u8", "i8", "u16", "i16")] == [255, -128, 65535, -32768]
    assert [said[f"n.{kind}"] for kind in ("u64", "i64", "f32", "f64")] == [2**64 - 1, -(2**63), 0.5, 0.1]
    assert said["yes"] is True
    assert said["이름"] == "고양이"
    assert said["stray"].encode("utf-8", "surrogateescape") == b"\xff\xfe"
    assert said["tokens"] == ("cat", "", "\udce2\udc96", "dog")
    assert said["types"].dtype == np.int16
    assert said["types"].tolist() == [1, -6]
    assert said["flags"].tolist() == [True, False]
    assert said["none"].shape == (0,)
    assert [list(part) for part in said["nested"]] == [[5], ["deep"]]
    assert "tokens" in said
    assert said.get("other") is None
    assert list(store.tensors) == ["table", "bias", "one"]
    assert np.array_equal(store.tensors["table"].table()[:], NUMBERS)
    assert store.tensors["bias"].values().tolist() == [1, 2, 3]
    assert store.tensors["one"].values() == 7


def test_gguf_file_equals_what_the_gguf_package_reads(tmp_path):
    package = needs("gguf")
    path = tmp_path / "model.gguf"
    writer = package.GGUFWriter(path, "llama")
    writer.add_custom_alignment(128)
    writer.add_context_length(77)
    writer.add_float32("a.float", 0.1)
    writer.add_bool("a.bool", False)
    writer.add_token_list(["cat", "▁dog", b"\xf0\x9f", "영화"])
    writer.add_token_scores([0.0, -1.5, 2.0, 1e-3])
    writer.add_token_types([1, 3, 6, 4])
    writer.add_array("a.ints", [-1, 2**31 - 1])
    rows = np.random.default_rng(0).standard_normal((6, 256), dtype=np.float32)
    kinds = package.GGMLQuantizationType
    for kind in (kinds.Q8_0, kinds.Q4_0, kinds.Q5_1, kinds.TQ2_0):
        writer.add_tensor(kind.name, package.quants.quantize(rows, kind), raw_dtype=kind)
    writer.add_tensor("f32", rows)
    writer.add_tensor("f16", rows.astype(np.float16))
    writer.add_tensor("cube", np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    store = read_gguf(path)
    theirs = package.GGUFReader(path)
    fields = {name: field for name, field in theirs.fields.items() if not name.startswith("GGUF.")}
    assert store.metadata.keys() == fields.keys()
    for name, field in fields.items():
        if name != "tokenizer.ggml.tokens":  # it cannot decode the half of a character
            assert np.array_equal(store.metadata[name], field.contents()), name
    assert store.metadata["tokenizer.ggml.tokens"] == ("cat", "▁dog", "\udcf0\udc9f", "영화")
    assert list(store.tensors) == [tensor.name for tensor in theirs.tensors]
    for other in theirs.tensors:
        found = store.tensors[other.name]
        assert (found.offset, found.size) == (other.data_offset, other.n_bytes)
        assert list(found.shape) == other.shape.tolist()[::-1]
        expected = package.quants.dequantize(other.data, other.tensor_type)
        assert np.array_equal(found.values(), expected.reshape(found.shape))
    assert store.tensors["Q8_0"].table()[np.array([5, 0])].shape == (2, 256)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.binary(max_size=20), max_size=20))
def test_strings_of_any_bytes_round_trip(tmp_path, words):
    path = tmp_path / "model.gguf"
    path.write_bytes(
        gguf([key(b"words", ARRAY, array(STRING, list(map(text, words)))), key(b"after", U8, b"\7")])
    )
    said = read_gguf(path).metadata
    assert [word.encode("utf-8", "surrogateescape") for word in said["words"]] == words
    assert said["after"] == 7


def test_unread_strings_take_no_memory(written):
    path = written(gguf([key(b"merges", ARRAY, array(STRING, [text(b"a b")] * 200_000))]))
    tracemalloc.start()
    try:
        store = read_gguf(path)
        assert "merges" in store.metadata
        assert tracemalloc.get_traced_memory()[1] < 1 << 19
    finally:
        tracemalloc.stop()
    assert store.metadata["merges"] == ("a b",) * 200_000


def test_unsupported_tensor_type_leaves_other_tensors_readable(written):
    tensors = [entry(b"table", (4, 3), 0, 0), entry(b"odd", (256, 2), 16, 64)]
    store = read_gguf(written(gguf(tensors=tensors, data=PADDED + bytes(132))))
    assert np.array_equal(store.tensors["table"].table()[1:], NUMBERS[1:])
    with pytest.raises(CorruptFile, match="is of IQ2_XXS, which cannot be read"):
        store.tensors["odd"].table()[:1]


# Damage


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "magic number at byte 0 needs 4 bytes, and the file ends at byte 0"),
        (b"GGUF", "at byte 4 needs 4 bytes, and the file ends at byte 4"),
        (b"GGML" + gguf()[4:], "begins with b'GGML'"),
        (gguf(version=1), "version 1"),
        (gguf(version=4), "version 4"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (gguf(n_keys=2**64 - 1), "promises 18446744073709551615 keys"),
        (gguf(n_tensors=10**12), "promises 1000000000000 tensors"),
        (gguf([struct.pack("<Q", 2**63) + b"a"]), "a string at byte 32 needs 9223372036854775808 bytes"),
        (gguf([key(b"a", 13, b"")]), "the value at byte 33 is of type 13, which does not exist"),
        (gguf([key(b"a", STRING, struct.pack("<Q", 10**15))]), "needs 1000000000000000 bytes"),
        (gguf([key(b"a", BOOL, b"\2")]), "neither 0 nor 1, at byte 37"),
        (gguf([key(b"a", ARRAY, array(BOOL, [b"\1", b"\3"]))]), "neither 0 nor 1, at byte 50"),
        (gguf([key(b"a", ARRAY, array(U64, [], 2**61))]), "promises 2305843009213693952 numbers"),
        (gguf([key(b"a", ARRAY, array(STRING, [], 10**9))]), "promises 1000000000 strings"),
        (gguf([key(b"a", ARRAY, array(ARRAY, [], 10**9))]), "promises 1000000000 arrays"),
        (gguf([key(b"a", ARRAY, array(13, [b"\1"]))]), "is of type 13, which does not exist"),
        (
            gguf([key(b"a", ARRAY, array(STRING, [struct.pack("<Q", 2**64 - 1), text(b"x")]))]),
            "the strings from byte 49 on",
        ),
        (
            gguf([key(b"a", ARRAY, array(STRING, [text(b"x"), struct.pack("<Q", 99)]))]),
            "the strings from byte 49 on",
        ),
        (
            gguf([key(b"a", ARRAY, array(9, [array(9, [array(9, [array(9, [array(0, [])])])])]))]),
            "arrays are nested 5 deep",
        ),
        (gguf([key(b"a", U8, b"\1"), key(b"a", U8, b"\1")]), "key 'a' occurs twice, again at byte 38"),
        (
            gguf([key(b"general.alignment", U32, number(U32, 24))]),
            "alignment is 24, which is not a power of two",
        ),
        (
            gguf([key(b"general.alignment", U32, number(U32, 0))]),
            "alignment is 0, which is not a power of two",
        ),
        (gguf([key(b"general.alignment", STRING, text(b"32"))]), "alignment is str, not a whole number"),
        (gguf([key(b"split.count", ARRAY, array(U8, [b"\1"]))]), "split.count is ndarray, not a whole"),
        (gguf([key(b"split.count", U16, number(U16, 3))]), "its key split.count says 3 parts"),
        (gguf([key(b"split.no", U16, number(U16, 3))]), "its key split.no says part 4"),
        (gguf(tensors=[TABLE, TABLE], data=PADDED * 2), "tensor 'table' occurs twice"),
        (gguf(tensors=[entry(b"t", (1, 1, 1, 1, 1), 0, 0)], data=PADDED), "has 5 dimensions"),
        (gguf(tensors=[entry(b"t", (4, 3), 4, 0)], data=PADDED), "numbers of type 4, which"),
        (gguf(tensors=[entry(b"t", (4, 3), 99, 0)], data=PADDED), "numbers of type 99, which"),
        (gguf(tensors=[entry(b"t", (48, 1), 8, 0)], data=PADDED), "no multiple of the 32 that Q8_0 packs"),
        (gguf(tensors=[entry(b"t", (4, 3), 0, 8)], data=PADDED), "is at 8, not a multiple of 32"),
        (gguf(tensors=[entry(b"t", (4, 3), 0, 32)], data=PADDED), "tensor 't' ends at byte 176"),
        (gguf(tensors=[entry(b"t", (4, 3), 0, 2**63)], data=PADDED), "tensor 't' ends at byte"),
        (gguf(tensors=[entry(b"t", (4, 10**12), 0, 0)], data=PADDED), "tensor 't' ends at byte"),
        (gguf(tensors=[entry(b"t", (2**63, 2**63), 0, 0)], data=PADDED), "tensor 't' has 92233720"),
        (gguf(tensors=[entry(b"t", (0, 2**63), 0, 0)], data=PADDED), "tensor 't' has 92233720"),
        (
            gguf(tensors=[TABLE, entry(b"inside", (4,), 0, 32)], data=PADDED),
            "tensor 'inside' at byte 160 overlaps the one before",
        ),
    ],
)
def test_damage_is_one_line_with_its_place(written, data, reason):
    tracemalloc.start()
    try:
        assert reason in refusal(written(data))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "is missing" in refusal(tmp_path / "model.gguf")
    assert "cannot be read" in refusal(tmp_path)


def test_a_file_cut_short_anywhere_is_refused(written):
    data = gguf([key(b"tokens", ARRAY, array(STRING, [text(b"cat"), text(b"dog")]))], [TABLE], PADDED[:48])
    for length in range(len(data)):
        refusal(written(data[:length]))
    assert read_gguf(written(data)).metadata["tokens"] == ("cat", "dog")


VALID = gguf(
    [
        key(b"general.alignment", U32, number(U32, 32)),
        key(b"general.name", STRING, text(b"four words")),
        key(b"split.count", U16, number(U16, 1)),
        key(b"tokens", ARRAY, array(STRING, [text(word) for word in (b"cat", b"dog", b"mat", b"sat")])),
        key(b"scores", ARRAY, array(F32, [number(F32, score) for score in (1, 2, 3, 4)])),
        key(b"flags", ARRAY, array(BOOL, [b"\1", b"\0"])),
        key(b"nested", ARRAY, array(ARRAY, [array(U8, [b"\1"]), array(STRING, [text(b"a")])])),
    ],
    [TABLE, entry(b"packed", (32, 2), 8, 64), entry(b"bias", (4,), 1, 160)],
    PADDED + bytes(range(68)) + bytes(28) + bytes(8),
)
EXTREMES = [0, 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1]


def read_all(path):
    """Read all that a file says; what is not refused with an error of ours comes back as numbers."""
    try:
        store = read_gguf(path)
    except BadSource as error:
        assert "\n" not in str(error)
        return
    assert isinstance(store, TensorStore)
    assert len(dict(store.metadata)) == len(store.metadata)
    for tensor in store.tensors.values():
        try:
            rows = tensor.table()[:1]
        except CorruptFile:
            rows = None
        assert rows is None or rows.shape == (1, tensor.shape[1])
        if tensor.kind.why_not:
            with pytest.raises(UnsupportedFile, match="cannot be read"):
                tensor.values()
        else:
            assert tensor.values().shape == tensor.shape


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=4),
    length=st.just(len(VALID)) | st.integers(0, len(VALID)),
)
def test_changed_bytes_are_read_or_one_line(tmp_path, edits, length):
    data = bytearray(VALID)
    for at, byte in edits:
        data[at] = byte
    path = tmp_path / "model.gguf"
    path.write_bytes(data[:length])
    read_all(path)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(4, len(VALID) - 8), value=st.sampled_from(EXTREMES), width=st.sampled_from([4, 8]))
def test_extreme_numbers_are_read_or_one_line(tmp_path, at, value, width):
    data = bytearray(VALID)
    data[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    read_all(path)


# Models in several files


def part(number, count, name, keys=()):
    said = [
        key(b"split.no", U16, struct.pack("<H", number)),
        key(b"split.count", U16, struct.pack("<H", count)),
    ]
    rows = NUMBERS + np.float32(100 * number)
    return gguf([*said, *keys], [entry(name, (4, 3), 0, 0)], rows.tobytes())


def test_any_part_of_a_split_model_stands_for_all(written):
    paths = [
        written(part(n, 3, b"t%d" % n, [key(b"of", U8, bytes([n]))]), f"m-0000{n + 1}-of-00003.gguf")
        for n in range(3)
    ]
    for path in paths:
        store = read_gguf(path)
        assert store.files == tuple(paths)
        assert list(store.tensors) == ["t0", "t1", "t2"]
        assert store.metadata["of"] == 0
        assert store.tensors["t2"].table()[0, 0] == 200


def test_parts_of_the_gguf_package_are_read_as_one(tmp_path):
    package = needs("gguf")
    writer = package.GGUFWriter(tmp_path / "model.gguf", "llama", split_max_tensors=2)
    writer.add_token_list(["cat", "dog"])
    for n in range(5):
        writer.add_tensor(f"t{n}", NUMBERS + np.float32(n))
    writer.write_header_to_file(tmp_path / "model.gguf")
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    store = read_gguf(tmp_path / "model-00002-of-00003.gguf")
    assert len(store.files) == 3
    assert store.metadata["tokenizer.ggml.tokens"] == ("cat", "dog")
    assert [tensor.table()[0, 0] for tensor in store.tensors.values()] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("parts", "asked", "reason"),
    [
        (
            {"m-00001-of-00002.gguf": part(0, 2, b"a")},
            "m-00001-of-00002.gguf",
            "m-00002-of-00002.gguf is missing",
        ),
        (
            {"m-00001-of-99999.gguf": part(0, 2, b"a")},
            "m-00001-of-99999.gguf",
            "m-00002-of-99999.gguf is missing",
        ),
        (
            {"m-00003-of-00002.gguf": part(0, 2, b"a")},
            "m-00003-of-00002.gguf",
            "its name says part 3 of 2, which cannot exist",
        ),
        (
            {"m-00000-of-00000.gguf": part(0, 2, b"a")},
            "m-00000-of-00000.gguf",
            "its name says part 0 of 0, which cannot exist",
        ),
        ({"m.gguf": part(0, 2, b"a")}, "m.gguf", "its key split.count says 2 parts and its name 1"),
        (
            {"m-00001-of-00002.gguf": part(0, 2, b"a"), "m-00002-of-00002.gguf": part(0, 2, b"b")},
            "m-00001-of-00002.gguf",
            "m-00002-of-00002.gguf is damaged: its key split.no says part 1 and its name part 2",
        ),
        (
            {"m-00001-of-00002.gguf": part(0, 2, b"a"), "m-00002-of-00002.gguf": part(1, 2, b"a")},
            "m-00001-of-00002.gguf",
            "tensor 'a' is also in m-00001-of-00002.gguf",
        ),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(written, tmp_path, parts, asked, reason):
    for name, data in parts.items():
        written(data, name)
    assert reason in refusal(tmp_path / asked)


# A real model


@pytest.fixture(scope="module")
def gemma(tmp_path_factory):
    return gemma_gguf(tmp_path_factory.getbasetemp())


def test_rows_of_a_real_model_are_those_of_the_gguf_package(gemma):
    package = needs("gguf")
    store = read_gguf(gemma)
    assert store.origin == "GGUF 3"
    assert len(store.tensors) == 236
    assert "output.weight" not in store.tensors
    tensor = store.tensors["token_embd.weight"]
    assert (tensor.kind.name, tensor.shape) == ("Q8_0", (262_144, 640))
    table = tensor.table()
    raw = np.memmap(gemma, dtype=np.uint8, mode="r", offset=tensor.offset, shape=(262_144, 680))
    ids = np.append(np.random.default_rng(0).integers(0, 262_144, 500), [0, 262_143])
    assert np.array_equal(table[ids], package.quants.dequantize(raw[ids], package.GGMLQuantizationType.Q8_0))
    assert np.array_equal(table[262_140:], table[np.arange(262_140, 262_144)])
    others = {tensor.kind.name: tensor for tensor in store.tensors.values()}
    assert others.keys() == {"F32", "Q5_0", "Q4_K", "Q8_0", "Q6_K"}
    for name in ("Q5_0", "Q4_K", "Q6_K"):
        other = others[name]
        packed = np.fromfile(gemma, dtype=np.uint8, count=other.size, offset=other.offset)
        packed = packed.reshape(other.shape[0], -1)
        theirs = package.quants.dequantize(packed, package.GGMLQuantizationType[name])
        assert np.array_equal(other.values(), theirs)


def test_the_tokens_of_a_real_model(gemma):
    said = read_gguf(gemma).metadata
    tokens = said["tokenizer.ggml.tokens"]
    assert len(tokens) == 262_144
    assert tokens[:4] == ("<pad>", "<eos>", "<bos>", "<unk>")
    assert "▁한국" in tokens
    assert tokens is said["tokenizer.ggml.tokens"]  # read once
    assert said["tokenizer.ggml.scores"].shape == said["tokenizer.ggml.token_type"].shape == (262_144,)
    assert np.bincount(said["tokenizer.ggml.token_type"])[6] == 256  # bytes


@pytest.mark.slow
def test_tensor_places_of_a_real_model_equal_the_gguf_packages(gemma):
    theirs = needs("gguf").GGUFReader(gemma)
    store = read_gguf(gemma)
    assert [(tensor.name, tensor.data_offset, tensor.n_bytes) for tensor in theirs.tensors] == [
        (tensor.name, tensor.offset, tensor.size) for tensor in store.tensors.values()
    ]
    for name, value in store.metadata.items():
        assert np.array_equal(value, theirs.fields[name].contents()), name


def test_very_long_name_is_shortened_in_messages(written):
    name = bytes(range(48, 112)) * 1000
    said = refusal(written(gguf(tensors=[entry(name, (2,) * 5, 0, 0)])))
    assert len(said) < 800 and "…" in said and said.endswith("has 5 dimensions; there are at most 4")

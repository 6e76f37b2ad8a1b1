"""Pickles followed, not run: what Python pickled is understood, and nothing is ever imported or called.

Covers pickle_bytes.py and values.py too.
"""

import argparse
import collections
import copyreg
import datetime
import decimal
import enum
import fractions
import io
import os
import pathlib
import pickle
import pickletools
import struct
import sys
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tovec.formats.pickles import machine
from tovec.formats.pickles.machine import read_pickle
from tovec.formats.pickles.values import Global, Items, Object, bytes_of, elements_of, named, pairs_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def refuse(*args, **others):
    raise AssertionError(f"it was called with {args}")


def plain(value):
    """What was built, as Python's own values; records of calls as `(name, ...)`."""
    pairs = pairs_of(value)
    if pairs is not None:
        return {plain(key): plain(inner) for key, inner in pairs}
    if isinstance(value, Object) and bytes_of(value) is not None:
        return bytes_of(value)
    if isinstance(value, Object) and elements_of(value) is not None:
        return set(map(plain, elements_of(value)))
    if isinstance(value, Object):
        return str(value.made_by)
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    return value


def read(data):
    return read_pickle(data).value


SCALARS = st.none() | st.booleans() | st.integers(-(1 << 600), 1 << 600) | st.floats(allow_nan=False)
PLAIN = st.recursive(
    SCALARS | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4)
        | st.sets(SCALARS, max_size=4)
        | st.frozensets(st.text(), max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_values_are_those_that_python_pickled(value, protocol):
    assert plain(read(pickle.dumps(value, protocol))) == value


def test_infinite_and_long_numbers_equal_pythons():
    for value in (float("inf"), -float("inf"), 1 << 4000, -(1 << 4000), "\ud800", "a\nb\\u0041"):
        for protocol in PROTOCOLS:
            assert read(pickle.dumps(value, protocol)) == value
    assert read(b"I01\n.") is True and read(b"I00\n.") is False and read(b"L-7L\n.") == -7


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_dictionaries_of_all_kinds_are_their_pairs(protocol):
    ordered = collections.OrderedDict(a=1, b=collections.OrderedDict(c=2))
    ordered._metadata = collections.OrderedDict({"": {"version": 1}})
    counted = collections.defaultdict(list, x=[1])
    value = [ordered, counted, collections.Counter("aab"), {"a": {}}]
    expected = [{"a": 1, "b": {"c": 2}}, {"x": [1]}, {"a": 2, "b": 1}, {"a": {}}]
    assert plain(read(pickle.dumps(value, protocol))) == expected


def test_an_ordered_dictionary_may_be_filled_by_its_call():
    data = b"ccollections\nOrderedDict\n](X\x01\x00\x00\x00aK\x01\x86X\x01\x00\x00\x00bK\x02\x86e\x85R."
    assert pairs_of(read(data)) == [("a", 1), ("b", 2)]


class Shade(enum.Enum):
    DARK = 1


class Settings:
    """Of protocol 2 by NEWOBJ and BUILD, of 4 by NEWOBJ_EX where it asks for arguments by name."""

    def __init__(self, **values):
        self.__dict__.update(values)


class Named(Settings):
    def __new__(cls, *, size=0):
        made = super().__new__(cls)
        made.size = size
        return made

    def __init__(self, **values):
        pass

    def __getnewargs_ex__(self):
        return (), {"size": 3}


class Slotted:
    __slots__ = ("left",)

    def __init__(self, left):
        self.left = left


OBJECTS = [
    argparse.Namespace(lr=0.1, layers=[1, 2]),
    pathlib.PurePosixPath("a/b"),
    datetime.datetime(2020, 1, 2),
    datetime.timedelta(3),
    fractions.Fraction(1, 3),
    decimal.Decimal("0.5"),
    complex(1, 2),
    slice(1, 2),
    range(5),
    Shade.DARK,
    Settings(a=1),
    Slotted(3),
    collections.deque([1, 2]),
    print,
    int,
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", OBJECTS, ids=lambda value: type(value).__name__)
def test_objects_become_records_and_their_classes_are_not_imported(value, protocol, monkeypatch):
    protocol = max(2, protocol) if isinstance(value, Slotted) else protocol  # Python refuses it before
    data = pickle.dumps([value, "beside"], protocol)
    monkeypatch.setattr("builtins.__import__", refuse)
    found, beside = read(data)
    assert isinstance(found, (Object, Global)) and beside == "beside"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_attributes_are_kept_by_name(protocol):
    found = read(pickle.dumps(argparse.Namespace(lr=0.1, layers=[1, 2]), protocol))
    assert named(found.attributes) == {"lr": 0.1, "layers": [1, 2]}
    if protocol >= 2:
        assert named(read(pickle.dumps(Slotted(3), protocol)).attributes) == {"left": 3}
        assert named(read(pickle.dumps(Named(size=3), protocol)).attributes) == {"size": 3}


def test_python_2_text_is_utf8_with_other_bytes_kept():
    raw = "é".encode() + b"\xff\x00"
    for data in (b"U\x04" + raw + b".", b"T\x04\x00\x00\x00" + raw + b".", b"S'\\xc3\\xa9\\xff\\x00'\n."):
        text = read(data)
        assert text == "é\udcff\0" and bytes_of(text) == raw
    assert read(rb"""S'a\'\"\\\n\t\q'""" + b"\n.") == "a'\"\\\n\t\\q"


def test_bytes_of_protocol_2_and_byte_arrays_are_bytes():
    for value in (b"", b"ab\xff", bytearray(b"ab\xff")):
        for protocol in PROTOCOLS:
            assert bytes_of(read(pickle.dumps(value, protocol))) == bytes(value), (value, protocol)


def test_persistent_ids_are_listed():
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", 3) if isinstance(value, Settings) else None

    file = io.BytesIO()
    Pickler(file, 2).dump({"a": Settings()})
    found = read_pickle(file.getvalue())
    assert [one.args for one in found.persistent] == [(("storage", 3),)]
    assert pairs_of(found.value)[0][1] is found.persistent[0]
    assert read(b"Pa name\n.").args == ("a name",)


def test_several_pickles_in_one_file_follow_each_other():
    data = b"xx" + pickle.dumps([1]) + pickle.dumps("two", 0) + b"rest"
    first = read_pickle(data, 2)
    second = read_pickle(data, first.stop)
    assert (first.value, second.value, data[second.stop :]) == ([1], "two", b"rest")


def test_copyreg_extensions_stay_unresolved():
    copyreg.add_extension("collections", "deque", 0x1234)
    try:
        data = pickle.dumps([collections.deque([1])], 2)
    finally:
        copyreg.remove_extension("collections", "deque", 0x1234)
    assert str(read(data)[0].made_by) == "copyreg.extension 4660"


# Nothing is called


class Sentinel:
    """An object whose unpickling calls `function`."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


def calls(path):
    """Pickles that would make the file `path`, by every road that Python's unpickler has."""
    command = f"touch {path}"
    text = command.encode()
    string = b"X" + struct.pack("<I", len(text)) + text
    yield "posix.system", pickle.dumps(Sentinel(os.system, command), 2)
    yield "posix.system", pickle.dumps(Sentinel(os.system, command), 0)
    yield "posix.system", pickle.dumps(Sentinel(os.system, command), 5)
    yield "builtins.eval", pickle.dumps(Sentinel(eval, f"open({str(path)!r}, 'w')"), 4)
    yield "builtins.getattr", b"\x80\x02cbuiltins\ngetattr\n(cposix\n__dict__\nX\x06\x00\x00\x00systemtR."
    yield "os.system", b"cos\nsystem\n(" + string + b"tR."
    yield "os.system", b"(" + string + b"ios\nsystem\n."  # INST
    yield "os.system", b"(cos\nsystem\n" + string + b"o."  # OBJ
    yield "os.system", b"\x80\x04\x8c\x02os\x8c\x06system\x93" + string + b"\x85R."  # STACK_GLOBAL
    yield "subprocess.Popen", b"\x80\x02csubprocess\nPopen\n" + string + b"\x85\x81."  # NEWOBJ
    yield "subprocess.Popen", b"\x80\x04csubprocess\nPopen\n" + string + b"\x85}\x92."  # NEWOBJ_EX
    yield "torch._utils.os.system", b"ctorch._utils\nos.system\n" + string + b"\x85R."
    yield "torch.storage._load_from_bytes", b"ctorch.storage\n_load_from_bytes\n" + string + b"\x85R."
    yield "numpy.core.multiarray._reconstruct", b"cnumpy.core.multiarray\n_reconstruct\n)R."
    yield "posix.system", b"cposix\nsystem\n" + string + b"\x85R}X\x01\x00\x00\x00aK\x01sb."  # BUILD


def test_what_a_pickle_would_call_is_recorded_and_never_called(tmp_path, monkeypatch):
    path = tmp_path / "sentinel"
    programs = list(calls(path))
    before = set(sys.modules)
    with monkeypatch.context() as patched:
        patched.setattr(os, "system", refuse)
        patched.setattr("builtins.__import__", refuse)
        for name, data in programs:
            found = read(data)
            assert type(found) is Object and str(found.made_by) == name
            assert not path.exists()
    assert set(sys.modules) == before
    pickle.loads(programs[0][1])
    assert path.exists()  # the trap does work


def test_no_value_is_hashed_or_compared(monkeypatch):
    for kind in (Object, Items, Global):
        monkeypatch.setattr(kind, "__hash__", refuse)
        monkeypatch.setattr(kind, "__eq__", refuse)
    data = b"}(ca\nb\nca\nb\n)R}K\x01ca\nb\n)RK\x02u\x8f(ca\nb\n)R\x90\x86."
    items, elements = read(data)
    assert len(pairs_of(items)) == 3 and len(elements_of(elements)) == 1
    assert named(items.pairs) == {}


@pytest.mark.parametrize("code", [b"\x97", b"\x98"])
def test_buffers_from_outside_the_file_are_refused(code):
    with pytest.raises(UnsupportedFile, match="parts of its pickle are outside the file"):
        read(b"\x80\x05" + code + b".")


def test_every_operation_of_python_is_known():
    for operation in pickletools.opcodes:
        data = b"K\x01K\x02(" + operation.code.encode("latin-1")
        with pytest.raises(CorruptFile) as error:
            read(data)
        assert "no operation" not in str(error.value), operation.name
    with pytest.raises(CorruptFile, match="its pickle has b'z' at byte 0, which is not an operation"):
        read(b"z.")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"K\x01)R", "is cut short"),
        (b"", "is cut short"),
        (b"\x80", "is cut short"),
        (b"}", "is cut short"),
        (b"X\xff\xff\xff\xffabc", "is cut short"),
        (b"T\xff\xff\xff\xffabc", "is cut short"),
        (b"\x8b\xff\xff\xff\xffabc", "is cut short"),
        (b"\x8d" + b"\xff" * 8 + b"abc", "is cut short"),
        (b"\x96" + b"\xff" * 8 + b"abc", "is cut short"),
        (b"X\x01\x00\x00\x00\xff.", "not UTF-8"),
        (b"V\\u12\n.", "not RAW-UNICODE-ESCAPE"),
        (b"cos", "is cut short"),
        (b".", "is invalid"),
        (b"0.", "is invalid"),
        (b"1.", "is invalid"),
        (b"2.", "is invalid"),
        (b"a.", "is invalid"),
        (b"t.", "is invalid"),
        (b"d.", "is invalid"),
        (b"(K\x01d.", "is invalid"),
        (b"K\x01q\x00h\x01.", "is invalid"),
        (b"q\x00.", "is invalid"),
        (b"K\x01K\x02K\x03s.", "is invalid"),
        (b"}(K\x01u.", "is invalid"),
        (b"K\x01K\x02\x93.", "is invalid"),
        (b"K\x01K\x02R.", "is invalid"),
        (b"]}b.", "is invalid"),
        (b"cos\nsystem\n}b.", "is invalid"),
        (b"Itrue\n.", "is invalid"),
        (b"I" + b"1" * 5000 + b"\n.", "is invalid"),
        (b"F1.2.3\n.", "is invalid"),
        (b"Sabc\n.", "is invalid"),
        (b"Np-1\n.", "is invalid"),
        (b"Np99999999999999999999\n.", "is invalid"),
        (b"g0\n.", "is invalid"),
    ],
)  # fmt: skip
def test_broken_pickles_are_one_line(data, message):
    with pytest.raises(CorruptFile, match=message) as error:
        read(data)
    assert "\n" not in str(error.value)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_random_operations_build_inert_values_or_one_line(data):
    codes = st.sampled_from([operation.code.encode("latin-1") for operation in pickletools.opcodes])
    words = st.sampled_from([b"ca\nb\n", b"K\x01", b"X\x01\x00\x00\x00a", b"1\n", b"'a'\n"])
    program = data.draw(st.lists(codes | words | st.binary(max_size=2), max_size=40))
    try:
        built = read(b"".join(program) + b".")
    except CorruptFile as error:
        assert "\n" not in str(error)
    else:
        types = (type(None), bool, int, float, str, bytes, list, tuple, Items, Object, Global)
        assert type(built) in types


SAME_HASH = [n * ((1 << 61) - 1) for n in range(20_000)]  # a dictionary would look at each for each


@pytest.mark.parametrize(
    "data",
    [
        b"Nr\xff\xff\xff\xff.",  # a place in the memo that a list would need 32 GB for
        b"N" + b"\x85" * 50_000 + b".",
        b"(" * 20_000 + b"t" * 20_000 + b".",
        b"]q\x00" + b"(" + b"h\x00" * 50_000 + b"e.",  # a list that holds itself
        b"]q\x00" + b"]q\x01h\x00ah\x00aq\x00" * 10_000 + b".",  # 2 ** 10,000 paths to the first
        b"}(" + b"".join(b"\x8a\x0a" + key.to_bytes(10, "little") + b"N" for key in SAME_HASH) + b"u.",
        b"ca\nb\n" + b")R" * 50_000 + b".",
        b"ca\nb\n)Rq\x00" + b"h\x00b" * 50_000 + b"h\x00.",  # an object that is its own state
        b"\x8f" * 50_000 + b".",
    ],
    ids=["memo", "nested tuples", "marks", "itself", "paths", "hashes", "calls", "state", "sets"],
)  # fmt: skip
def test_time_and_memory_stay_in_proportion_to_the_pickle(data):
    tracemalloc.start()
    read(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 200 * len(data) + 1_000_000


def test_a_pickle_of_too_many_operations_is_refused(monkeypatch):
    monkeypatch.setattr(machine, "MAX_OPERATIONS", 1000)
    assert read(b"]" + b"Na" * 499 + b".") == [None] * 499
    with pytest.raises(UnsupportedFile, match="its pickle has more than 1,000 operations"):
        read(b"]" + b"Na" * 500 + b".")

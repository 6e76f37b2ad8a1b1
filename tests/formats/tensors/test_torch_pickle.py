"""Pickles of torch.save followed, not run: what PyTorch writes is understood, nothing is ever called."""

import collections
import io
import os
import pickle
import pickletools
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.formats.damage import DamageError, UnsupportedError
from tovec.formats.tensors.torch_calls import Items, Opaque, Storage, Tensor
from tovec.formats.tensors.torch_pickle import read_tensor_pickle

NOTHING_ELSE = "tovec builds tensors and nothing else; save the state_dict of the model alone"


def plain(value):
    """What was built, as Python's own values."""
    if isinstance(value, Items):
        return {key: plain(inner) for key, inner in value.pairs}
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    return value


class Sentinel:
    """An object whose unpickling calls `function`."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 600), 1 << 600) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(PLAIN, st.integers(2, 5))
def test_plain_values_are_those_that_python_pickled(value, protocol):
    text = repr(value)
    if "\\ud" in text:  # halves of surrogate pairs, which no name may hold
        return
    assert plain(read_tensor_pickle(pickle.dumps(value, protocol))) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_ordered_dictionary_keeps_its_items_and_its_attributes_are_left_out(protocol):
    value = collections.OrderedDict(a=1, b=collections.OrderedDict(c=2))
    value._metadata = collections.OrderedDict({"": {"version": 1}})
    assert plain(read_tensor_pickle(pickle.dumps(value, protocol))) == {"a": 1, "b": {"c": 2}}


def pickled_by_torch(value, protocol=2):
    torch = needs("torch")
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol)
    return zipfile.ZipFile(buffer).read("archive/data.pkl")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_of_torch_are_places_of_numbers(protocol):
    torch = needs("torch")
    table = torch.zeros(5, 4, dtype=torch.float16)
    value = {
        "view": table[1:3],
        "turned": table.T,
        "weight": torch.nn.Parameter(table),
        "small": torch.zeros(2, 3, dtype=torch.float8_e4m3fn),
        "rest": [table.shape, table.device, 0.5],
    }
    items = dict(read_tensor_pickle(pickled_by_torch(value, protocol)).pairs)
    view, turned, weight, small = (items[name] for name in ("view", "turned", "weight", "small"))
    assert (view.kind, view.offset, view.shape, view.strides, view.span) == ("F16", 4, (2, 4), (4, 1), 8)
    assert (turned.shape, turned.strides, turned.span, turned.is_contiguous) == ((4, 5), (1, 4), 20, False)
    assert view.is_contiguous and weight.is_contiguous and weight.shape == (5, 4)
    assert (weight.storage.kind, weight.storage.key, weight.storage.n_numbers) == ("F16", "0", 20)
    assert (small.kind, small.storage.kind, small.storage.n_numbers) == ("F8_E4M3", None, 6)
    assert [type(part) for part in items["rest"]] == [Opaque, Opaque, float]


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0), (2, 1, 3), (1, 4), (4, 1), (2, 3)])
def test_rows_lie_one_behind_the_other_where_torch_says_so(shape):
    torch = needs("torch")
    whole = torch.zeros(shape)
    for tensor in (whole, whole.T if len(shape) == 2 else whole, whole[..., :1] if shape else whole):
        read = Tensor(Storage("F32", "0", 99), "F32", 0, tuple(tensor.shape), tensor.stride())
        assert read.is_contiguous == tensor.is_contiguous()
        reached = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True)) + 1
        assert read.span == (reached if tensor.numel() else 0)


# Nothing is called


def calls(path):
    """Pickles that would make the file `path`, by every road that Python's unpickler has."""
    command = f"touch {path}"
    text = command.encode()
    string = b"X" + struct.pack("<I", len(text)) + text
    yield "posix.system", pickle.dumps(Sentinel(os.system, command), 2)
    yield "posix.system", pickle.dumps({"a": [Sentinel(os.system, command)]}, 5)
    yield "builtins.eval", pickle.dumps(Sentinel(eval, f"open({str(path)!r}, 'w')"), 4)
    yield "builtins.getattr", b"\x80\x02cbuiltins\ngetattr\n(cposix\n__dict__\nX\x06\x00\x00\x00systemtR."
    yield "os.system", b"cos\nsystem\n(" + string + b"tR."
    yield "os.system", b"(ios\nsystem\n."  # INST
    yield "os.system", b"(" + string + b"ios\nsystem\n."
    yield "os.system", b"(cos\nsystem\n" + string + b"o."  # OBJ
    yield "os.system", b"\x80\x04\x8c\x02os\x8c\x06system\x93" + string + b"\x85R."  # STACK_GLOBAL
    yield "subprocess.Popen", b"\x80\x02csubprocess\nPopen\n" + string + b"\x85\x81."  # NEWOBJ
    yield "torch._utils.os.system", b"ctorch._utils\nos.system\n" + string + b"\x85R."
    yield "torch.os.system", b"\x80\x04\x8c\x05torch\x8c\x09os.system\x93" + string + b"\x85R."
    yield (
        "torch._utils._rebuild_tensor_v2",
        (
            b"\x80\x04\x8c\x05torch\x8c\x19_utils._rebuild_tensor_v2\x93)R."  # not by this module and name
        ),
    )
    yield "numpy.core.multiarray._reconstruct", b"cnumpy.core.multiarray\n_reconstruct\n)R."
    yield "torch.storage._load_from_bytes", b"ctorch.storage\n_load_from_bytes\n" + string + b"\x85R."
    yield "torch.float32", b"ctorch\nfloat32\n)R."
    yield "torch.FloatStorage", b"ctorch\nFloatStorage\nK\x05\x85R."


def test_what_a_pickle_would_call_is_named_and_never_called(tmp_path):
    path = tmp_path / "sentinel"
    for name, data in calls(path):
        with pytest.raises(UnsupportedError, match=f"^its pickle calls {name}; {NOTHING_ELSE}$"):
            read_tensor_pickle(data)
        assert not path.exists()
    pickle.loads(pickle.dumps(Sentinel(os.system, f"touch {path}"), 2))
    assert path.exists()  # the trap does work


@pytest.mark.parametrize(
    "code",
    [b"\x81", b"\x92", b"o", b"\x82\x01", b"\x83\x01\x00", b"\x84\1\0\0\0", b"P0\n", b"\x97", b"\x98"],
)
def test_operations_that_make_objects_or_come_from_outside_are_refused(code):
    with pytest.raises(UnsupportedError, match=r"its pickle does operation .* at byte 28; tovec builds"):
        read_tensor_pickle(b"\x80\x02ccollections\nOrderedDict\n)" + code + b".")


def test_every_operation_of_python_is_followed_or_refused_and_none_crashes():
    for operation in pickletools.opcodes:
        data = b"]}(KKKccollections\nOrderedDict\n)" + operation.code.encode("latin-1") + b"1\n1\n" + bytes(9)
        with pytest.raises(DamageError):
            read_tensor_pickle(data)


def test_state_is_refused_but_for_the_attributes_of_a_dictionary():
    for target in (b"]", b"K\x01", b"ctorch\nfloat32\n", b"ctorch\ndevice\nX\x03\x00\x00\x00cpu\x85R"):
        with pytest.raises(DamageError, match="makes no sense"):
            read_tensor_pickle(target + b"}b.")
    assert read_tensor_pickle(b"}X\x0c\x00\x00\x00__setstate__K\x01sK\x05b.").pairs == [("__setstate__", 1)]


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x0ctQ"
V2 = b"ctorch._utils\n_rebuild_tensor_v2\n("
V3 = b"ctorch._utils\n_rebuild_tensor_v3\n("


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (V2 + b"tR.", "makes no sense"),
        (V2 + b"NNNNtR.", "a tensor in its pickle has no storage of numbers"),
        (V2 + STORAGE + b"K\x00K\x03K\x04tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00))tR.", None),
        (V2 + STORAGE + b"J\xff\xff\xff\xffK\x03\x85K\x01\x85tR.", "the offset of a tensor"),
        (V2 + STORAGE + b"\x88K\x03\x85K\x01\x85tR.", "the offset of a tensor"),
        (V2 + STORAGE + b"K\x00J\xff\xff\xff\xff\x85K\x01\x85tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00K\x03\x85J\xff\xff\xff\xff\x85tR.", "the stride of a tensor"),
        (V2 + STORAGE + b"K\x00K\x03\x85K\x03K\x01\x86tR.", "of different lengths"),
        (V2 + STORAGE + b"K\x00\x8a\xff" + b"\x7f" * 255 + b"\x85K\x01\x85tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00(" + b"K\x01" * 65 + b"t(" + b"K\x01" * 65 + b"ttR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00(ctorch\nfloat32\ntK\x01\x85tR.", "the shape of a tensor"),
        (V3 + STORAGE + b"K\x00K\x03\x85K\x01\x85NNNtR.", "has no storage of numbers"),
        (V3 + STORAGE + b"K\x00K\x03\x85K\x01\x85NNctorch\nSize\ntR.", "has no storage of numbers"),
        (b"ctorch._utils\n_rebuild_parameter\nN\x85R.", "a parameter in its pickle is no tensor"),
        (b"ccollections\nOrderedDict\n]\x85R.", "fills an OrderedDict by a call"),
        (b"ccollections\nOrderedDict\n]R.", "makes no sense"),
        (b"K\x01)R.", "makes no sense"),
        (b"NQ.", "makes no sense"),
        (STORAGE.replace(b"storage", b"modules") + b".", "makes no sense"),
        (STORAGE.replace(b"K\x0c", b"N") + b".", "makes no sense"),
        (b"", "breaks off"),
        (b"\x80", "breaks off"),
        (b"}", "breaks off"),
        (b"X\xff\xff\xff\xffabc", "breaks off"),
        (b"\x8d" + b"\xff" * 8 + b"abc", "breaks off"),
        (b"X\x01\x00\x00\x00\xff.", "not UTF-8"),
        (b"cos", "breaks off"),
        (b".", "makes no sense"),
        (b"a.", "makes no sense"),
        (b"t.", "makes no sense"),
        (b"K\x01q\x00h\x01.", "makes no sense"),
        (b"q\x00.", "makes no sense"),
        (b"K\x01K\x02K\x03s.", "makes no sense"),
        (b"}(K\x01u.", "makes no sense"),
        (b"K\x01K\x02\x93.", "makes no sense"),
    ],
)  # fmt: skip
def test_odd_arguments_and_broken_pickles_are_one_line(data, message):
    if message is None:
        assert read_tensor_pickle(data).shape == ()
        return
    with pytest.raises(DamageError, match=message) as error:
        read_tensor_pickle(data)
    assert "\n" not in str(error.value)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_operations_in_any_order_build_inert_values_or_are_one_line(data):
    codes = st.sampled_from(
        [bytes([code]) for code in b"(N\x88\x89KMJ\x8aGX\x8c)\x85\x86\x87t]ae}suqr\x94hjRbQ"]
    )
    words = st.sampled_from(
        [STORAGE, V2, V3, b"ccollections\nOrderedDict\n", b"K\x01", b"X\x01\x00\x00\x00a"]
    )
    program = data.draw(st.lists(codes | words | st.binary(max_size=2), max_size=40))
    try:
        built = read_tensor_pickle(b"".join(program) + b".")
    except DamageError as error:
        assert "\n" not in str(error)
    else:
        types = (type(None), bool, int, float, str, list, tuple, Items, Tensor, Storage, Opaque)
        assert isinstance(built, types) or type(built).__name__ == "Global"


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
    ],
    ids=["memo", "nested tuples", "marks", "itself", "paths", "hashes"],
)  # fmt: skip
def test_time_and_memory_stay_in_proportion_to_the_pickle(data):
    tracemalloc.start()
    read_tensor_pickle(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 200 * len(data) + 1_000_000

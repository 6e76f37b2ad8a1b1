"""Tensors in pickles of torch.save, held against torch."""

import io
import struct
import zipfile

import numpy as np
import pytest
from needs import needs

from tovec.formats.pickles.machine import read_pickle
from tovec.formats.pickles.values import Object, pairs_of
from tovec.formats.tensors.torch_tensors import Storage, Tensor, tensor_of
from tovec.storage.file_errors import CorruptFile


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
        "rest": [table.shape, table.device, 0.5, torch.float32],
    }
    items = dict(pairs_of(read_pickle(pickled_by_torch(value, protocol)).value))
    view, turned, weight, small = (tensor_of(items[name]) for name in ("view", "turned", "weight", "small"))
    assert (view.kind, view.offset, view.shape, view.strides, view.span) == ("F16", 4, (2, 4), (4, 1), 8)
    assert (turned.shape, turned.strides, turned.span, turned.is_contiguous) == ((4, 5), (1, 4), 20, False)
    assert view.is_contiguous and weight.is_contiguous and weight.shape == (5, 4)
    assert (weight.storage.kind, weight.storage.key, weight.storage.n_numbers) == ("F16", "0", 20)
    assert (small.kind, small.storage.kind, small.storage.n_numbers) == ("F8_E4M3", None, 6)
    assert [tensor_of(part) for part in items["rest"]] == [None] * 4


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0), (2, 1, 3), (1, 4), (4, 1), (2, 3)])
def test_contiguity_equals_torchs(shape):
    torch = needs("torch")
    whole = torch.zeros(shape)
    for tensor in (whole, whole.T if len(shape) == 2 else whole, whole[..., :1] if shape else whole):
        read = Tensor(Storage("FloatStorage", "0", 99), "F32", 0, tuple(tensor.shape), tensor.stride())
        assert read.is_contiguous == tensor.is_contiguous()
        reached = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True)) + 1
        assert read.span == (reached if tensor.numel() else 0)


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x0ctQ"
PART = STORAGE[:-2] + b"(X\x01\x00\x00\x001K\x04K\x06ttQ"
V2 = b"ctorch._utils\n_rebuild_tensor_v2\n("
V3 = b"ctorch._utils\n_rebuild_tensor_v3\n("
PARAMETER = b"ctorch._utils\n_rebuild_parameter\n"


def tensor(data):
    return tensor_of(read_pickle(data).value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (V2 + b"tR.", "has 0 parts, not 4"),
        (V2 + b"NNNNtR.", "a tensor in its pickle has no storage of numbers"),
        (V2 + STORAGE.replace(b"storage", b"modules") + b"K\x00))tR.", "has no storage of numbers"),
        (V2 + STORAGE.replace(b"K\x0c", b"N") + b"K\x00))tR.", "has no storage of numbers"),
        (V2 + PART.replace(b"K\x06", b"K\x09") + b"K\x00))tR.", "a part of a storage .* is not inside it"),
        (V2 + STORAGE + b"K\x00K\x03K\x04tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"J\xff\xff\xff\xffK\x03\x85K\x01\x85tR.", "the offset of a tensor"),
        (V2 + STORAGE + b"\x88K\x03\x85K\x01\x85tR.", "the offset of a tensor"),
        (V2 + STORAGE + b"K\x00J\xff\xff\xff\xff\x85K\x01\x85tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00K\x03\x85J\xff\xff\xff\xff\x85tR.", "the stride of a tensor"),
        (V2 + STORAGE + b"K\x00K\x03\x85K\x03K\x01\x86tR.", "of different lengths"),
        (V2 + STORAGE + b"K\x00\x8a\xff" + b"\x7f" * 255 + b"\x85K\x01\x85tR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00(" + b"K\x01" * 65 + b"t(" + b"K\x01" * 65 + b"ttR.", "the shape of a tensor"),
        (V2 + STORAGE + b"K\x00(ctorch\nfloat32\ntK\x01\x85tR.", "the shape of a tensor"),
        (V3 + STORAGE + b"K\x00K\x03\x85K\x01\x85NNNtR.", "the type of a tensor .* is not one of torch's"),
        (V3 + STORAGE + b"K\x00K\x03\x85K\x01\x85NNcos\nfloat32\ntR.", "not one of torch's"),
        (b"ctorch._utils\n_rebuild_device_tensor_from_numpy\nN\x85R.", "has no array of numbers"),
    ],
)  # fmt: skip
def test_tensors_that_contradict_themselves_are_one_line(data, message):
    with pytest.raises(CorruptFile, match=message) as error:
        tensor(data)
    assert "\n" not in str(error.value)


def test_unusual_tensors_have_torchs_shape_and_strides():
    assert tensor(V2 + STORAGE + b"K\x00))tR.").shape == ()
    part = tensor(V2 + PART + b"K\x01K\x03\x85K\x01\x85tR.").storage
    assert (part.start, part.n_numbers) == (4, 6)
    assert tensor(V2.replace(b"_v2", b"") + STORAGE + b"K\x00))tR.").kind == "F32"
    odd = tensor(V3 + STORAGE + b"K\x00K\x03\x85K\x01\x85NNctorch\nuint3\ntR.")
    assert odd.why_not == "is of uint3, which tovec does not read"


@pytest.mark.parametrize(
    "data",
    [
        PARAMETER + b"N\x85R.",
        b"N" + b"\x85" + PARAMETER[:0] + b".",
        b"ctorch\n_utils._rebuild_tensor_v2\n)R.",  # not by this module and name
        b"cos\n_rebuild_tensor_v2\n)R.",
        b"".join([PARAMETER, b"N"]) + b"\x85R" + b"\x85" * 50 + b".",
        PARAMETER * 5000 + b"N" + b"\x85R" * 5000 + b".",
    ],
)
def test_other_records_are_not_tensors(data):
    assert tensor(data) is None


def test_classes_of_torch_before_0_4_hold_their_tensor_as_an_argument():
    whole = V2 + STORAGE + b"K\x00K\x03\x85K\x01\x85tR"
    for name in (b"torch.nn.parameter\nParameter\n", b"torch.autograd.variable\nVariable\n"):
        assert tensor(b"c" + name + whole + b"\x85\x81.").shape == (3,)


def kinds(torch):
    """Tensors that are no plain numbers in a storage, and what is said of each."""

    class Whole(torch.Tensor):
        pass

    class Pair(torch.Tensor):
        @staticmethod
        def __new__(cls, inner):
            return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

        @classmethod
        def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
            raise NotImplementedError(function)

    table = torch.arange(6.0).reshape(2, 3)
    imaginary = torch.complex(table, table).conj().imag  # whose sign is a mark
    return {
        "own class": (table.as_subclass(Whole), ""),
        "quantized": (torch.quantize_per_tensor(table, 0.1, 0, torch.qint8), "is quantized by torch"),
        "sparse": (table.to_sparse(), r"is sparse; save it as tensor.to_dense\(\)"),
        "compressed": (table.to_sparse_csr(), "is sparse"),
        "absent": (torch.zeros(2, 3, device="meta"), "has no numbers: it was saved on the device 'meta'"),
        "negative": (imaginary, r"is marked as neg; save it as tensor.resolve_neg\(\)"),
        "parts": (Pair(table), "is a Pair, which keeps its numbers in parts"),
        "nested": (torch.nested.nested_tensor([table, table[:1]]), "is nested, of rows of different"),
    }


def make_picklable(monkeypatch, cases):
    """Let pickle find the classes of `kinds`, which are made inside a function."""
    for value, _ in cases.values():
        kind = type(value)
        if kind.__module__ == __name__:
            monkeypatch.setitem(globals(), kind.__name__, kind)
            kind.__qualname__ = kind.__name__


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_tensors_of_other_kinds_say_what_they_are(monkeypatch):
    torch = needs("torch")
    cases = kinds(torch)
    make_picklable(monkeypatch, cases)
    for name, (value, said) in cases.items():
        built = read_pickle(pickled_by_torch([value])).value[0]
        assert isinstance(built, Object)
        found = tensor_of(built)
        assert found.why_not.startswith(said.replace("\\", "")) and bool(found.why_not) == bool(said), name
        if name != "nested":
            assert found.shape == (2, 3), name


def test_numbers_from_another_device_are_read_from_the_pickle():
    torch = needs("torch")

    class Device:
        """Pickled as torch does a tensor of a device that has no storage of its own (XLA, MTIA)."""

        def __reduce__(self):
            array = np.arange(6, dtype=np.float32).reshape(2, 3)
            return torch._utils._rebuild_device_tensor_from_numpy, (array, torch.bfloat16, "xla:0", False)

    found = tensor_of(read_pickle(pickled_by_torch([Device()])).value[0])
    assert (found.kind, found.shape, found.data) == ("F32", (2, 3), struct.pack("<6f", *range(6)))

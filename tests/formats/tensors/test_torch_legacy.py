"""Files of torch.save in the way of before 1.6, held against torch."""

import io
import pickle
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource
from tovec.formats.tensors.torch_file import read_torch, recognizes
from tovec.formats.tensors.torch_legacy import is_legacy
from tovec.vectors.stored import StoredTable

NUMBERS = np.arange(12, dtype=np.float32).reshape(4, 3) - 5
DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")


@pytest.fixture
def torch():
    return needs("torch")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.pth"


MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2)


def save(value, path, protocol=2):
    needs("torch").save(value, path, _use_new_zipfile_serialization=False, pickle_protocol=protocol)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_numbers_are_those_that_torch_loads(torch, path, protocol):
    table = torch.tensor(NUMBERS)
    value = {name: table.abs().to(getattr(torch, name)) for name in DTYPES}
    value |= {"part": table[1:3], "none": torch.zeros(0, 3), "one": table[0, 0]}
    save({"epoch": 3, "state_dict": value}, path, protocol)
    loaded = torch.load(path, weights_only=False)["state_dict"]
    tensors = read_torch(path).tensors
    assert [*tensors] == [*loaded]
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor.values(), loaded[name].float().numpy(), name)
    assert isinstance(tensors["float32"].table(), StoredTable)


@pytest.mark.filterwarnings("ignore")  # torch cannot find the source of a class made here
def test_a_whole_model_has_the_names_of_its_state_dict(torch, path):
    model = torch.nn.Sequential(torch.nn.Embedding(7, 4), torch.nn.BatchNorm1d(4))
    save(model, path)
    tensors = read_torch(path).tensors
    assert [*tensors] == [*model.state_dict()]
    np.testing.assert_array_equal(tensors["0.weight"].table(), model[0].weight.detach().numpy())


def test_tied_tables_and_complex_ones_are_found(torch, path):
    table = torch.tensor(NUMBERS)
    wide = torch.complex(table, table).to(torch.complex128)
    save({"a": table, "c": wide, "b": table.view(3, 4), "x": torch.ones(1, 2)}, path)
    tensors = read_torch(path).tensors
    assert tensors["a"].offset == tensors["b"].offset
    assert tensors["c"].kind.name == "C128" and tensors["x"].values().tolist() == [[1, 1]]


def text(word):
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def written(saved, keys, numbers, *, little=True, version=1001):
    """Return the bytes of a file. saved: a pickle; numbers: (count, bytes) of each storage."""
    parts = [MAGIC, pickle.dumps(version, 2), pickle.dumps({"little_endian": little}, 2), saved]
    parts += [pickle.dumps(keys, 2), *(struct.pack("<q", count) + data for count, data in numbers)]
    return b"".join(parts)


def tensor(view=b"N", kind=b"FloatStorage", size=12):
    storage = (
        b"(" + text("storage") + b"ctorch\n" + kind + b"\n" + text("7") + text("cpu") + b"K" + bytes([size])
    )
    return b"ctorch._utils\n_rebuild_tensor\n(" + storage + view + b"tQK\x02K\x02K\x03\x86K\x03K\x01\x86tR"


SAVED = b"\x80\x02}" + text("x") + tensor() + b"s."
WHOLE = [(12, np.arange(12, dtype="<f4").tobytes())]


def test_storage_view_begins_at_its_offset(torch, path):
    """As torch 0.1 to 0.3 wrote tensors that share a storage; torch.load says what is right."""
    saved = SAVED.replace(tensor(), tensor(b"(" + text("v") + b"K\x03K\x09t"))
    path.write_bytes(written(saved, ["7"], WHOLE))
    assert recognizes(path, path.read_bytes()[:4096]) and is_legacy(MAGIC)
    np.testing.assert_array_equal(read_torch(path).tensors["x"].values(), [[5, 6, 7], [8, 9, 10]])
    np.testing.assert_array_equal(torch.load(path, weights_only=False)["x"], [[5, 6, 7], [8, 9, 10]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (written(SAVED, ["7"], WHOLE, little=False), "cannot be read: its numbers are big-endian; load it"),
        (written(SAVED, ["7"], WHOLE, version=1002), "cannot be read: its version of torch's legacy"),
        (written(SAVED, ["8"], WHOLE), "is damaged: its list of storages is not that of its pickle"),
        (written(SAVED, ["7", "7"], WHOLE * 2), "its list of storages is not that of its pickle"),
        (written(SAVED, {"7": 1}, WHOLE), "it has no list of its storages"),
        (written(SAVED, [], []), "tensor 'x' is in an entry '7' that does not exist"),
        (written(SAVED, ["7"], [(-1, b"")]), "its storage '7' has -1 numbers"),
        (written(SAVED, ["7"], [(1 << 60, b"")]), "storage '7' at byte .* needs 4611686018427387904 bytes"),
        (written(SAVED, ["7"], [(11, bytes(44))]), "the entry of tensor 'x' has 44 bytes, not 48"),
        (written(SAVED, ["7"], [(12, bytes(47))]), "storage '7' at byte .* needs 48 bytes"),
        (written(SAVED, ["7"], []), "the size of storage '7' at byte"),
        (written(SAVED.replace(tensor(), tensor(size=7)), ["7"], WHOLE), "reaches past the 28 bytes"),
        (written(SAVED.replace(tensor(), tensor(kind=b"OddStorage")), ["7"], WHOLE), "it has a OddStorage"),
        (written(b"](" + tensor() + tensor(kind=b"HalfStorage") + b"e.", ["7"], WHOLE), "of two types"),
        (MAGIC, "its pickle is cut short"),
        (MAGIC + SAVED, "its pickle is cut short"),
    ],
)  # fmt: skip
def test_contradictory_file_is_one_line(path, data, message):
    path.write_bytes(data)
    with pytest.raises(BadSource, match=message) as error:
        read_torch(path)
    assert "\n" not in str(error.value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_tensors_or_one_line(torch, path, data):
    buffer = io.BytesIO()
    value = {"x": torch.tensor(NUMBERS).bfloat16(), "y": {"z": torch.ones(3)}, "n": torch.nn.Linear(1, 2)}
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    broken = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(broken[: data.draw(st.just(len(broken)) | st.integers(0, len(broken)))])
    try:
        for tensor in read_torch(path).tensors.values():
            tensor.values()
    except BadSource as error:
        assert "\n" not in str(error)
    except Exception as error:
        assert type(error).__name__ in ("CorruptFile", "UnsupportedFile"), error

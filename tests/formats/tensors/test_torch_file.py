"""Files of torch.save, held against torch: what it wrote, what it refuses, and archives made by hand."""

import argparse
import collections
import datetime
import fractions
import io
import os
import pathlib
import random
import struct
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
from bounded import run_bounded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec.errors import BadSource, TovecError
from tovec.formats.tensors import torch_state_dict as torch_names
from tovec.formats.tensors.torch_file import read_torch, recognizes
from tovec.storage.file_errors import UnsupportedFile, reporting_file
from tovec.vectors.stored import StoredTable, same_rows

TORCH_DTYPES = [
    *("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"),
    *("uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"),
]
NUMBERS = np.arange(12, dtype=np.float32).reshape(4, 3) - 5


@pytest.fixture
def torch():
    return needs("torch")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.pt"


def names(path):
    return [*read_torch(path).tensors]


def values(path, name):
    return read_torch(path).tensors[name].values()


# What torch writes


@pytest.mark.parametrize("name", TORCH_DTYPES)
def test_numbers_are_those_that_torch_saved(torch, path, name):
    saved = torch.tensor(np.abs(NUMBERS) if name.startswith("u") else NUMBERS).to(getattr(torch, name))
    torch.save({"x": saved, "part": saved[1:3], "one": saved[2, 1]}, path)
    tensors = read_torch(path).tensors
    expected = saved.to(torch.float32).numpy()
    np.testing.assert_array_equal(np.asarray(tensors["x"].table()[:], np.float32), expected)
    np.testing.assert_array_equal(np.asarray(tensors["part"].table()[1:], np.float32), expected[2:3])
    np.testing.assert_array_equal(tensors["one"].values(), expected[2, 1])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_state_of_a_model_has_the_names_of_torch(torch, path, protocol):
    model = torch.nn.Sequential(torch.nn.Embedding(7, 4), torch.nn.BatchNorm1d(4)).to(torch.bfloat16)
    torch.save(model.state_dict(), path, pickle_protocol=protocol)
    store = read_torch(path)
    assert store.origin == "PyTorch" and store.files == (path,)
    assert [*store.tensors] == [*model.state_dict()]
    for name, saved in model.state_dict().items():
        np.testing.assert_array_equal(store.tensors[name].values(), saved.float().numpy())


def test_a_table_is_not_loaded(torch, path):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    table = read_torch(path).tensors["x"].table()
    assert isinstance(table, StoredTable)
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(BadSource, match="has changed"):  # so nothing was read before
        table[:1]


def test_tied_tables_are_two_names_of_one_place(torch, path):
    table = torch.nn.Parameter(torch.tensor(NUMBERS))
    torch.save({"embed.weight": table, "copy": table.detach().clone(), "head.weight": table.detach()}, path)
    tensors = read_torch(path).tensors
    assert tensors["embed.weight"].offset == tensors["head.weight"].offset != tensors["copy"].offset
    np.testing.assert_array_equal(tensors["head.weight"].table(), tensors["copy"].table())


def test_non_contiguous_tensor_says_so_when_read(torch, path):
    table = torch.tensor(NUMBERS)
    torch.save(
        {"turned": table.T, "columns": table[:, :2], "wide": table[0].expand(10**9, 3), "x": table}, path
    )
    tensors = read_torch(path).tensors
    assert tensors["turned"].shape == (3, 4) and tensors["columns"].shape == (4, 2)
    assert tensors["x"].table().shape == (4, 3)
    for name, strides in (("turned", "1 x 3"), ("columns", "3 x 1"), ("wide", "0 x 1")):
        message = (
            rf"tensor '{name}' is stored with strides of {strides}, not row by row; save it as tensor.contig"
        )
        with pytest.raises(BadSource, match=f"model.pt cannot be read: {message}"), reporting_file(path):
            tensors[name].table()


def test_nested_names_are_joined_without_wrappers(torch, path):
    x, y = torch.ones(2), torch.zeros(3)
    torch.save({"epoch": 3, "model": {"embed.weight": x}, "optimizer": {"state": {0: {"avg": y}}}}, path)
    assert names(path) == ["embed.weight", "optimizer.state.0.avg"]
    torch.save({"state_dict": {"module": {"a": x}}}, path)
    assert names(path) == ["a"]
    torch.save({"model": {"a": x}, "module": {"a": y}}, path)
    assert names(path) == ["model.a", "module.a"]
    torch.save({"encoder": {"model": x}, "model": y}, path)
    assert names(path) == ["encoder.model", "model"]
    torch.save([x, (y, x)], path)
    assert names(path) == ["0", "1.0", "1.1"]
    torch.save(x, path)
    assert names(path) == ["tensor"]
    torch.save({("a", "tuple"): x, None: y, "kept": y}, path)
    assert names(path) == ["kept"]
    torch.save({"a": {"b": x}, "a.b": y}, path)
    with pytest.raises(BadSource, match="two of its tensors have the same name"):
        read_torch(path)


def test_empty_tensors_and_complex_ones_leave_the_rest_readable(torch, path):
    torch.save(
        {"none": torch.zeros(0, 3), "c": torch.zeros(2, 2, dtype=torch.complex64), "x": torch.ones(1, 1)},
        path,
    )
    tensors = read_torch(path).tensors
    assert tensors["none"].values().shape == (0, 3) and tensors["x"].table()[:] == 1
    with pytest.raises(UnsupportedFile, match="tensor 'c' is of C64, complex numbers"):
        tensors["c"].table()


def test_real_weights_are_those_that_torch_reads(torch, path):
    torch.manual_seed(3)
    model = torch.nn.Transformer(16, 2, 1, 1, 32, batch_first=True)
    torch.save({"model_state_dict": model.state_dict(), "lr": 0.1}, path)
    loaded = torch.load(path, weights_only=True)["model_state_dict"]
    tensors = read_torch(path).tensors
    assert [*tensors] == [*loaded]
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor.values(), loaded[name].numpy())


# What is refused


def test_tar_of_early_torch_is_refused_with_a_way_out(path):
    with tarfile.open(path, "w") as archive:
        for name in ("sys_info", "pickle", "tensors", "storages"):  # in the order of torch 0.1.9
            archive.addfile(tarfile.TarInfo(name))
    assert recognizes(Path("x"), path.read_bytes()[:4096])
    with pytest.raises(
        BadSource, match=r"model.pt cannot be read: it is a tar archive from before torch 0.1.10; load"
    ):
        read_torch(path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_program_of_torchscript_is_refused(torch, path):
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), path)
    assert recognizes(path, path.read_bytes()[:4096])
    with pytest.raises(
        BadSource, match=r"cannot be read: it is a program \(TorchScript\), not only tensors; load"
    ):
        read_torch(path)


class Sentinel:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("old", [False, True], ids=["zip", "before 1.6"])
def test_nothing_is_called_and_tensors_still_open(torch, path, tmp_path, old):
    sentinel = tmp_path / "sentinel"
    hostile = Sentinel(sentinel)
    value = {
        "a": hostile,
        "x": torch.ones(2),
        "inside": [hostile, {"y": torch.zeros(3), hostile: torch.ones(1)}],
    }
    torch.save(value, path, _use_new_zipfile_serialization=not old)
    assert names(path) == ["x", "inside.1.y"]
    np.testing.assert_array_equal(values(path, "x"), [1, 1])
    assert not sentinel.exists()
    torch.save(hostile, path, _use_new_zipfile_serialization=not old)
    with pytest.raises(
        BadSource,
        match=r"model.pt cannot be read: it holds posix.system",
    ):
        read_torch(path)
    assert not sentinel.exists()
    torch.load(path, weights_only=False)
    assert sentinel.exists()  # the trap does work


def everything(torch):
    """What checkpoints of people hold beside tensors."""
    generator = np.random.default_rng(0)
    return {
        "best": np.float64(1.5),
        "losses": np.ones(3),
        "args": argparse.Namespace(lr=1.0, betas=(0.9, 0.99)),
        "where": pathlib.PurePosixPath("run"),
        "seen": {1, 2},
        "frozen": frozenset({"a"}),
        "when": datetime.datetime(2020, 1, 2),
        "hits": collections.defaultdict(list, a=[1]),
        "counts": collections.Counter("aab"),
        "rng": [
            random.getstate(),
            np.random.RandomState(0).get_state(),
            generator,
            generator.bit_generator.state,
        ],
        "size": torch.Size([1, 2]),
        "dtype": torch.bfloat16,
        "device": torch.device("cpu"),
        "part": slice(1, 2),
        "odd": [complex(1, 2), fractions.Fraction(1, 3), b"bytes", bytearray(b"b"), 1 << 300, float("nan")],
        "kind": torch.nn.Linear,
        "call": torch.nn.functional.relu,
        "layout": torch.strided,
        "error": ValueError("no"),
        "nothing": None,
    }


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("old", [False, True], ids=["zip", "before 1.6"])
def test_tensors_open_beside_whatever_a_checkpoint_holds(torch, path, protocol, old):
    table = torch.tensor(NUMBERS)
    value = {"state_dict": {"embed.weight": table}, **everything(torch)}
    torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not old)
    assert names(path) == ["embed.weight"]
    np.testing.assert_array_equal(values(path, "embed.weight"), NUMBERS)


# Classes of people's checkpoints that torch.load (weights_only) was reported to refuse.
REPORTED = [
    *(("omegaconf.listconfig", "ListConfig"), ("omegaconf.dictconfig", "DictConfig"), ("utils", "HParams")),
    *(("__main__", "SimpleTokenizer"), ("pytorch_forecasting.data.encoders", "GroupNormalizer")),
    *(("fairseq.data.dictionary", "Dictionary"), ("torchtext.vocab", "Vocab")),
    ("pytorch_lightning.utilities.parsing", "AttributeDict"),
]


@pytest.mark.parametrize(("module", "name"), REPORTED)
def test_objects_of_missing_classes_are_ignored(torch, path, monkeypatch, module, name):
    kind = type(name, (dict,) if name == "AttributeDict" else (), {"__module__": module})
    holder = types.ModuleType(module)
    setattr(holder, name, kind)
    with monkeypatch.context() as patched:
        for n_parts in range(module.count(".") + 1):
            patched.setitem(sys.modules, module.rsplit(".", n_parts)[0], holder)
        around, inside = kind(), kind()
        around.content, inside.parent = [inside, {"lr": 1.0}], around  # as the nodes of omegaconf
        torch.save({"config": around, "state_dict": {"x": torch.tensor(NUMBERS)}, "again": inside}, path)
    for n_parts in range(module.count(".") + 1 if module != "__main__" else 0):  # where it is installed too
        monkeypatch.setitem(sys.modules, module.rsplit(".", n_parts)[0], None)
    with pytest.raises((ImportError, AttributeError)):
        torch.load(path, weights_only=False)
    assert names(path) == ["x"]
    np.testing.assert_array_equal(values(path, "x"), NUMBERS)


def test_arrays_of_numpy_are_read_where_there_is_no_tensor(torch, path):
    by_columns = np.asfortranarray(NUMBERS)
    torch.save({"a": by_columns, "b": NUMBERS.astype(">f8"), "c": [NUMBERS.astype("f2"), "words"]}, path)
    tensors = read_torch(path).tensors
    assert [*tensors] == ["a", "b", "c.0"]
    for tensor in tensors.values():
        np.testing.assert_array_equal(np.asarray(tensor.table()[:], np.float32), NUMBERS)
        np.testing.assert_array_equal(np.asarray(tensor.table()[[2, 0]], np.float32), NUMBERS[[2, 0]])
    assert not same_rows(tensors["b"], tensors["a"]) and same_rows(tensors["a"], tensors["a"])


def test_tensors_that_cannot_be_read_leave_the_rest_readable(torch, path):
    table = torch.tensor(NUMBERS)
    values = {"sparse": table.to_sparse(), "absent": table.to("meta"), "x": table, "lost": table.to("meta")}
    torch.save(values, path)
    tensors = dict(read_torch(path).tensors)
    assert not same_rows(tensors["absent"], tensors.pop("lost"))
    assert [(tensor.shape, tensor.kind.name) for tensor in tensors.values()] == [
        *[((4, 3), "sparse"), ((4, 3), "F32"), ((4, 3), "F32")]
    ]
    np.testing.assert_array_equal(tensors["x"].table(), NUMBERS)
    with (
        pytest.raises(BadSource, match=r"cannot be read: tensor 'sparse' is sparse; save it"),
        reporting_file(path),
    ):
        tensors["sparse"].table()
    with (
        pytest.raises(BadSource, match=r"cannot be read: tensor 'absent' has no numbers"),
        reporting_file(path),
    ):
        tensors["absent"].values()


def copied(path, change=None, compress=zipfile.ZIP_STORED, extra=()):
    """Write the archive again; change: name and bytes of an entry -> its new bytes, None for none."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", compress) as archive:
        for name, data in (*entries, *extra):
            kept = data if change is None else change(name, data)
            if kept is not None:
                archive.writestr(name, kept)


def changed(end, new):
    return lambda name, data: new if name.endswith(end) else data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"compress": zipfile.ZIP_DEFLATED}, "its entry 'model/data.pkl' is compressed or encrypted"),
        ({"change": changed("byteorder", b"big")}, "its numbers are big-endian; load it with torch"),
        ({"change": changed("data.pkl", None)}, "it is a zip archive, but not one of torch.save"),
        ({"extra": [("other/data.pkl", b"")]}, "but not one of torch.save, which holds one data.pkl"),
        ({"change": changed("data/0", None)}, "tensor 'x' is in an entry '0' that does not exist"),
        ({"change": changed("data/0", bytes(47))}, "the entry of tensor 'x' has 47 bytes, not 48"),
        ({"change": changed("data.pkl", b"")}, "its pickle is cut short"),
        ({"change": changed("data.pkl", b"}.")}, "cannot be read: it holds no tensor"),
        ({"change": changed("data.pkl", b"K\x01.")}, "cannot be read: it holds no tensor"),
    ],
)  # fmt: skip
def test_an_archive_of_something_else_is_one_line(torch, path, arguments, message):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    copied(path, **arguments)
    with pytest.raises(BadSource, match=message) as error:
        read_torch(path)
    assert "\n" not in str(error.value)


def test_archive_without_byteorder_is_little_endian(torch, path):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    copied(path, change=changed("byteorder", None))
    np.testing.assert_array_equal(values(path, "x"), NUMBERS)


@pytest.mark.filterwarnings("ignore")
def test_a_part_of_a_distributed_checkpoint_is_never_taken_for_a_model(torch, tmp_path):
    checkpoint = needs("torch.distributed.checkpoint")
    value = {"a": torch.tensor(NUMBERS), "b": torch.ones(4, 4)}
    checkpoint.save(value, checkpoint_id=str(tmp_path), no_dist=True)
    (part,) = tmp_path.glob("*.distcp")
    with pytest.raises(
        BadSource, match=r"cannot be read: it is several archives in one, .*dcp_to_torch_save"
    ):
        read_torch(part)
    whole = tmp_path / "whole.pt"
    needs("torch.distributed.checkpoint.format_utils").dcp_to_torch_save(str(tmp_path), str(whole))
    np.testing.assert_array_equal(values(whole, "a"), NUMBERS)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_repeated_archive_entry_is_refused(torch, path):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    copied(path, extra=[("model/data/0", bytes(48))])
    with pytest.raises(BadSource, match="its entry 'model/data/0' occurs twice"):
        read_torch(path)


def test_overlapping_and_overlong_entries_are_refused(torch, path):
    torch.save({"x": torch.tensor(NUMBERS), "y": torch.ones(2)}, path)
    whole = path.read_bytes()
    end = struct.unpack_from("<I", whole, whole.rindex(b"PK\5\6") + 16)[0]
    entry = whole.index(b"PK\1\2", whole.index(b"model/data/1", end) - 60)
    for field, number, message in (
        (42, 0, "its entry 'model/data/1' overlaps the one before"),
        (42, 3, "no entry begins at byte 3|overlaps the one before"),
        (24, 1 << 30, "'model/data/1' does not have the 1073741824 bytes that it says"),
    ):
        broken = bytearray(whole)
        struct.pack_into("<I", broken, entry + field, number)
        path.write_bytes(broken)
        with pytest.raises(BadSource, match=message):
            read_torch(path)


def test_a_tensor_past_the_end_of_its_storage_is_refused(torch, path):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    with zipfile.ZipFile(path) as archive:
        pickled = archive.read("model/data.pkl")
    shape = b"K\x04K\x03\x86"
    assert pickled.count(shape) == 1
    copied(path, change=changed("data.pkl", pickled.replace(shape, b"K\x05K\x03\x86")))
    with pytest.raises(BadSource, match="tensor 'x' reaches past the 48 bytes of its entry"):
        read_torch(path)
    copied(
        path, change=changed("data.pkl", pickled.replace(shape, b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"))
    )
    with pytest.raises(BadSource, match="tensor 'x' reaches past the 48 bytes of its entry"):
        read_torch(path)


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x0ctQ"
ONE = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"K\x00K\x0c\x85K\x01\x85tR"
KEY = b"X" + struct.pack("<I", 300) + b"k" * 300


@pytest.mark.parametrize(
    ("pickled", "message"),
    [
        (ONE + b"q\x00" + b"\x85" * 40 + b".", "its dictionaries are nested deeper than 32"),
        (b"}" + KEY + b"}" + KEY + ONE + b"ss.", "the name of a tensor is longer than 512 characters"),
        (b"](" + ONE + b"q\x00" + b"h\x00" * 1000 + b"e.", "it holds more than 1000 tensors"),
    ],
)  # fmt: skip
def test_small_pickle_cannot_make_endless_names(torch, path, pickled, message, monkeypatch):
    monkeypatch.setattr(torch_names, "MAX_TENSORS", 1000)
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    copied(path, change=changed("data.pkl", pickled))
    with pytest.raises(BadSource, match=f"cannot be read: {message}"):
        read_torch(path)


def test_shared_and_recursive_dictionaries_are_walked_once(torch, path):
    torch.save({"x": torch.tensor(NUMBERS)}, path)
    many = b"](" + ONE + b"eq\x00" + b"]q\x01h\x00ah\x00aq\x00" * 20 + b"."
    copied(path, change=changed("data.pkl", many))
    assert names(path) == [".".join("0" * 21)]
    copied(path, change=changed("data.pkl", b"]q\x00h\x00a" + ONE + b"a."))
    assert names(path) == ["1"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is not a whole zip archive"),
        (b"PK\3\4" + bytes(60), "it is not a whole zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "it is a pointer of Git LFS"),
    ],
)
def test_file_that_is_no_archive_is_one_line(path, data, message):
    path.write_bytes(data)
    with pytest.raises(BadSource, match=message):
        read_torch(path)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_tensors_or_one_line(torch, tmp_path, data):
    path = tmp_path / "model.pt"
    buffer = io.BytesIO()
    torch.save({"x": torch.tensor(NUMBERS).to(torch.bfloat16), "y": {"z": torch.ones(3)}}, buffer)
    broken = bytearray(buffer.getvalue())
    size = len(broken)
    lists = broken.index(b"PK\1\2")
    for _ in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.sampled_from([0, lists, size - 22]))
        broken[data.draw(st.integers(first, size - 1))] = data.draw(st.integers(0, 255))
    kept = data.draw(st.just(size) | st.integers(0, size))
    path.write_bytes(broken[:kept])
    try:
        for tensor in read_torch(path).tensors.values():
            with reporting_file(path):
                tensor.values()
    except TovecError as error:
        assert "\n" not in str(error)


def test_format_is_recognized_by_first_bytes_and_name(torch, path, tmp_path):
    torch.save({"x": torch.ones(2)}, path)
    head = path.read_bytes()[:4096]
    assert recognizes(Path("x.bin"), head) and recognizes(Path("x"), head)
    np.savez(tmp_path / "x.npz", x=np.ones(3))
    assert not recognizes(tmp_path / "x.npz", (tmp_path / "x.npz").read_bytes())
    assert not recognizes(Path("vectors.bin"), b"3 2\ncat ")


@pytest.mark.parametrize("shape", [(100_000_000, 4), (4, 100_000_000), (10_000, 10_000, 10_000)])
def test_broadcast_tensor_is_refused_without_memory(tmp_path, shape):
    torch = needs("torch")
    large = torch.ones(1).expand(shape)
    torch.save({"model.embed_tokens.weight": large, "norm.weight": torch.ones(4)}, tmp_path / "x.pt")
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    assert (tmp_path / "x.pt").stat().st_size < 3000
    code = """
import sys
import tovec
for tokenizer in (None, sys.argv[2]):
    try:
        tovec.open(sys.argv[1], tokenizer)[:]
    except tovec.TovecError as error:
        print(error)
"""
    ran = run_bounded(code, tmp_path / "x.pt", tmp_path / "vocab.txt")
    assert ran.peak < 500 << 20
    assert all("x.pt cannot be read: " in line for line in ran.output.splitlines())
    assert len(ran.output.splitlines()) == 2


def test_a_table_beside_broadcast_and_tied_ones_opens(tmp_path):
    torch = needs("torch")
    table = torch.randn(3, 4)
    tensors = {
        "model.embed_tokens.weight": table,
        "lm_head.weight": table,
        "position_ids": torch.arange(512).expand((1, -1)),
        "mask": torch.ones(1).expand(1000, 1000),
    }
    torch.save(tensors, tmp_path / "x.pt")
    np.testing.assert_array_equal(tovec.open(tmp_path / "x.pt")[:], table.numpy())
    assert tovec.open_model(tmp_path / "x.pt").report.tying == "tied"

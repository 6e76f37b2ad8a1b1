"""Names of tensors in files of torch.save, held against torch's state_dict."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from needs import needs

from tovec.formats.pickles.machine import read_pickle
from tovec.formats.tensors import torch_state_dict as torch_names
from tovec.formats.tensors.torch_state_dict import named_tensors
from tovec.storage.file_errors import CorruptFile, UnsupportedFile


@pytest.fixture
def torch():
    return needs("torch")


def pickled(value):
    buffer = io.BytesIO()
    needs("torch").save(value, buffer)
    return zipfile.ZipFile(buffer).read("archive/data.pkl")


def names(value):
    return [*named_tensors(read_pickle(pickled(value)).value, 1 << 20)]


def models(torch):
    nn = torch.nn
    torch.manual_seed(0)
    table = nn.Embedding(7, 4)
    tied = nn.ModuleDict({"model": nn.ModuleDict({"embed": nn.Embedding(7, 4)}), "head": nn.Linear(4, 7)})
    tied["head"].weight = tied["model"]["embed"].weight
    buffers = nn.BatchNorm1d(4)
    buffers.register_buffer("kept", torch.ones(2))
    buffers.register_buffer("lost", torch.ones(2), persistent=False)
    buffers.register_parameter("nothing", None)
    return {
        "layers": nn.Sequential(table, nn.LSTM(4, 3, bidirectional=True), buffers),
        "tied": tied,
        "one module twice": nn.ModuleDict({"a": table, "b": nn.ModuleList([table])}),
        "parallel": nn.DataParallel(nn.Linear(2, 2)),
        "transformer": nn.Transformer(8, 2, 1, 1, 16, batch_first=True),
        "without tensors of its own": nn.Sequential(nn.ReLU(), nn.Linear(1, 1, bias=False)),
    }


@pytest.mark.parametrize(
    "name", ["layers", "tied", "one module twice", "parallel", "transformer", "without tensors of its own"]
)
def test_a_whole_model_has_the_names_of_its_state_dict(torch, name):
    model = models(torch)[name]
    assert names(model) == [*model.state_dict()]
    assert names({"epoch": 1, "model": model}) == [*model.state_dict()]
    inside = names({"net": model, "ema": torch.ones(1)})
    assert inside == [*(f"net.{key}" for key in model.state_dict()), "ema"]


def test_a_model_of_transformers_has_the_names_of_its_state_dict():
    transformers = needs("transformers")
    config = transformers.LlamaConfig(
        vocab_size=11, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2
    )
    model = transformers.LlamaForCausalLM(config)
    assert names(model) == [*model.state_dict()]


class Learner:
    """As fastai and many others keep a model: in an attribute."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Words(dict):
    """A dictionary of a class of its own."""


class Rows(list):
    """A list of a class of its own."""


def test_tensors_in_attributes_and_in_containers_of_their_own_classes_are_found(torch):
    x = torch.ones(2)
    assert names(Learner(model=torch.nn.Linear(2, 1), opt=Learner(step=x), n=3)) == [
        *("weight", "bias", "opt.step")
    ]
    assert names(Words(a=x, b=Words(c=x))) == ["a", "b.c"]
    assert names(Rows([x, Rows([x])])) == ["0", "1.0"]


def test_arrays_are_used_when_there_is_no_tensor(torch):
    table = np.ones((2, 3), np.float32)
    assert names({"rng": table, "x": torch.ones(1)}) == ["x"]
    assert names({"words": ["a", "b"], "vectors": table}) == ["vectors"]
    assert names(table) == ["tensor"]
    assert names({"words": np.array(["a", "b"]), "objects": np.array([{}]), "vectors": table}) == ["vectors"]


def test_integer_keys_are_names_unless_too_long(torch):
    x = torch.ones(1)
    assert names({3: x, -1: x, 1 << 70: x, 10**5000: x, True: x, 1.5: x}) == ["3", "-1"]


class Model:
    """What holds no tensor."""


def test_pickle_without_tensors_says_what_it_holds(torch):
    with pytest.raises(UnsupportedFile, match=r"^it holds no tensor$"):
        names({"a": [1, "b", {}]})
    with pytest.raises(
        UnsupportedFile, match=r"it holds .*test_torch_state_dict.Model, which .*; load it with the"
    ):
        names(Model())
    with pytest.raises(UnsupportedFile, match=r"it holds 'a.\\nb\\n', which"):
        named_tensors(
            read_pickle(b"\x8c\x01a\x8c\x01\n\x93)\x81.".replace(b"\x01\n", b"\x03\nb\n")).value, 1 << 20
        )


def test_call_of_a_calls_result_is_an_object():
    deep = b"ca\nb\n" + b")R" * 5000 + b"."
    with pytest.raises(UnsupportedFile, match="it holds an object, which tovec does not create"):
        named_tensors(read_pickle(deep).value, 1 << 20)


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x0ctQ"
ONE = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"K\x00K\x0c\x85K\x01\x85tR"
ARRAY = pickle.dumps(np.ones(1000), 3)[2:-1]


def text(word):
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def module(parameters=b"}", modules=b"}"):
    inside = text("_parameters") + parameters + text("_modules") + modules
    return b"cm\nM\n)\x81}(" + inside + b"ub"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (module(modules=b"}" + text("a") + b"h\x00s").replace(b")\x81", b")\x81q\x00"), "contain each other"),
        ((b"}" + text("x")) * 40 + ONE + b"s" * 40, "deeper than 32"),
        (b"](" + ONE + b"q\x00" + b"h\x00" * 1000 + b"e", "more than 1000 tensors"),
    ],
)  # fmt: skip
def test_small_pickle_cannot_make_endless_names(data, message, monkeypatch):
    monkeypatch.setattr(torch_names, "MAX_TENSORS", 1000)
    with pytest.raises(UnsupportedFile, match=message):
        named_tensors(read_pickle(data + b".").value, 1 << 20)


def test_modules_reached_by_too_many_paths_are_refused(monkeypatch):
    """2 ** 30 paths through 30 modules, each of which holds the one before twice."""
    monkeypatch.setattr(torch_names, "MAX_STEPS", 10_000)
    data = module() + b"q\x00"
    for _ in range(30):
        data += b"0" + module(modules=b"}(" + text("a") + b"h\x00" + text("b") + b"h\x00u") + b"q\x00"
    with pytest.raises(UnsupportedFile, match="its model has too many modules"):
        named_tensors(read_pickle(data + b".").value, 1 << 20)


def test_objects_sharing_too_many_parts_are_refused(monkeypatch):
    """The work is the product of both numbers; what is said of it here holds for a hundred million."""
    monkeypatch.setattr(torch_names, "MAX_ELEMENTS", 100_000)
    state = b"}(" + b"".join(text(f"k{n}") + b"N" for n in range(1000)) + b"uq\x00"
    calls = b"cm\nO\n)R" + b"h\x00b"
    with pytest.raises(UnsupportedFile, match="its objects hold more parts than are allowed"):
        named_tensors(read_pickle(b"](" + state + calls * 1000 + b"e.").value, 1 << 20)


def test_arrays_sharing_bytes_are_not_copied_endlessly():
    dtype = b"cnumpy\ndtype\n" + text("f8") + b"\x85R"
    state = b"(K\x01M\xe8\x03\x85" + dtype + b"\x89B\x40\x1f\x00\x00" + bytes(8000) + b"tq\x01"
    array = b"cnumpy._core.multiarray\n_reconstruct\n)Rh\x01b"
    pickled = b"](" + state + array * 100 + b"e."
    with pytest.raises(CorruptFile, match="its arrays have more bytes than the file"):
        named_tensors(read_pickle(pickled).value, len(pickled))


def test_repeated_array_is_read_once():
    found = named_tensors(read_pickle(b"](" + ARRAY + b"q\xff" + b"h\xff" * 1000 + b"e.").value, 1 << 20)
    assert len(found) == 1001 and len({id(tensor.data) for tensor in found.values()}) == 1


def test_deep_objects_beside_a_tensor_are_left_out():
    chain = b"cm\nO\n)\x81}" + text("next")
    data = b"](" + ONE + chain * 40 + ONE + b"sb" * 40 + b"e."
    assert [*named_tensors(read_pickle(data).value, 1 << 20)] == ["0"]

"""The tensors that a pickle of PyTorch holds, by the names of torch's `state_dict`.

A tensor is reached through dictionaries, lists and the attributes of objects. A whole model
(`torch.nn.Module`) keeps its tensors in the attributes `_parameters`, `_buffers` and `_modules`, which are
followed as its `state_dict()` follows them. Source: torch/nn/modules/module.py (`_save_to_state_dict`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from tovec.formats.pickles.values import Global, Items, Object, Pairs, elements_of, is_name, named, pairs_of
from tovec.formats.tensors.torch_tensors import Tensor, array_tensor, tensor_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

WRAPPERS = frozenset({"state_dict", "model_state_dict", "model", "module"})
MAX_TENSORS = 1 << 18
MAX_STEPS = 1 << 22  # two seconds; a module takes about 20
MAX_ELEMENTS = 1 << 26  # objects may share what they hold, so there may be more to look at than the file has
_MAX_DEPTH = 32
_MAX_NAME = 512

Keys = tuple[str, ...]
Leaf = Callable[[object], Tensor | None]


def named_tensors(pickled: object, size: int) -> dict[str, Tensor]:
    """Return the tensors that `pickled` holds, in its order; where it holds none, its NumPy arrays.

    Names are the keys of the dictionaries around a tensor, joined by dots; those of outer dictionaries that
    only wrap a model (`state_dict`, `model`, ...) are omitted where names stay different. A tensor alone is
    named `tensor`. The names inside a whole model are those of its `state_dict`. A dictionary that occurs
    twice counts once. What has no key of text or whole number is left out, and so is what is nested deeper
    in objects than 32 steps. size: the bytes of the file.
    Raises UnsupportedFile: no tensor, too many or nested
    too deep, two of the same name; CorruptFile as `tensor_of`.
    """
    return _named(pickled, tensor_of, size) or _named(pickled, array_tensor, size) or _nothing(pickled)


def _nothing(pickled: object) -> dict[str, Tensor]:
    if isinstance(pickled, Object):
        raise UnsupportedFile(
            f"it holds {_shown(pickled.made_by)}, which tovec does not create, and no tensor outside it; "
            "load it with the program that wrote it and save only the state_dict of the model"
        )
    raise UnsupportedFile("it holds no tensor")


def _shown(called: object) -> str:
    if isinstance(called, Object) and called.args and isinstance(called.args[0], tuple):
        # Before torch 1.6 a class was saved with its source.
        called = next((part for part in called.args[0] if isinstance(part, Global)), None)
    if not isinstance(called, Global):
        return "an object"
    name = str(called)
    return name if name.isprintable() and len(name) <= 100 else repr(name[:100])


def _named(pickled: object, leaf: Leaf, size: int) -> dict[str, Tensor]:
    found = list(islice(_Walk(leaf, size).tensors(pickled, ()), MAX_TENSORS + 1))
    if len(found) > MAX_TENSORS:
        raise UnsupportedFile(f"it holds more than {MAX_TENSORS} tensors")
    for parts in ([(_unwrapped(keys), tensor) for keys, tensor in found], found):
        names = [_name(keys) for keys, _ in parts]
        if len(set(names)) == len(names):
            return dict(zip(names, (tensor for _, tensor in parts), strict=True))
    raise UnsupportedFile("two of its tensors have the same name; save only its state_dict")


def _unwrapped(keys: Keys) -> Keys:
    while len(keys) > 1 and keys[0] in WRAPPERS:
        keys = keys[1:]
    return keys


def _name(keys: Keys) -> str:
    if sum(map(len, keys)) > _MAX_NAME:
        raise UnsupportedFile(f"the name of a tensor is longer than {_MAX_NAME} characters")
    return ".".join(keys) or "tensor"


@dataclass
class _Walk:
    """A walk through what a pickle would build, with limits that a damaged file cannot exceed.

    leaf: returns the tensor that a value is, or None. n_bytes: how many more bytes of arrays the file can
    hold. n_steps, n_elements: how many more names of modules, and parts of anything, are looked at.
    """

    leaf: Leaf
    n_bytes: int
    seen: set[int] = field(default_factory=set)
    made: dict[int, Tensor | None] = field(default_factory=dict)
    n_steps: int = field(default_factory=lambda: MAX_STEPS)
    n_elements: int = field(default_factory=lambda: MAX_ELEMENTS)

    def tensors(self, value: Any, keys: Keys, in_object: bool = False) -> Iterator[tuple[Keys, Tensor]]:
        """Yield each tensor with the keys that lead to it. in_object: whether `value` is inside an object."""
        tensor = self._leaf(value)
        if tensor is not None:
            yield keys, tensor
        elif isinstance(value, _HOLDERS) and id(value) not in self.seen:
            self.seen.add(id(value))
            if isinstance(value, Object) and self._is_module(value):
                for name, found in self._of_module(value, "", frozenset()):
                    yield (*keys, name), found
            else:
                yield from self._inside(value, keys, in_object)

    def _leaf(self, value: object) -> Tensor | None:
        if id(value) not in self.made:
            tensor = self.made[id(value)] = self.leaf(value)
            self.n_bytes -= len(tensor.data or b"") if tensor is not None else 0
            if self.n_bytes < 0:
                raise CorruptFile("its arrays have more bytes than the file")
        return self.made[id(value)]

    def _inside(self, value: Any, keys: Keys, in_object: bool) -> Iterator[tuple[Keys, Tensor]]:
        in_object = in_object or (isinstance(value, Object) and pairs_of(value) is None)
        if len(keys) == _MAX_DEPTH:
            if in_object:
                return
            raise UnsupportedFile(f"its dictionaries are nested deeper than {_MAX_DEPTH}")
        inner = _inner(value)
        self._spend(len(inner))
        for key, part in inner:
            if is_name(key) and isinstance(part, _HOLDERS):
                yield from self.tensors(part, (*keys, str(key)), in_object)

    def _of_module(self, module: Object, prefix: str, around: frozenset[int]) -> Iterator[tuple[str, Tensor]]:
        """Yield the tensors of a module as its `state_dict` lists them, a shared one at each place."""
        if id(module) in around or len(around) == _MAX_DEPTH:
            raise UnsupportedFile("the modules of its model contain each other in a circle")
        attributes = self._named(module.attributes)
        not_kept = elements_of(attributes.get("_non_persistent_buffers_set")) or []
        self._spend(len(not_kept))
        kept_out = {name for name in not_kept if type(name) is str}
        parameters = self._named(pairs_of(attributes["_parameters"]))
        buffers = self._named(pairs_of(attributes.get("_buffers")))
        kept = ((name, value) for name, value in buffers.items() if name not in kept_out)
        for name, value in chain(parameters.items(), kept):
            tensor = self._leaf(value)
            if tensor is not None:
                yield prefix + name, tensor
        for name, value in self._named(pairs_of(attributes["_modules"])).items():
            if isinstance(value, Object) and self._is_module(value):
                yield from self._of_module(value, f"{prefix}{name}.", around | {id(module)})

    def _is_module(self, value: Object) -> bool:
        attributes = value.attributes
        self._spend(len(attributes))
        names = named(attributes)
        return "_parameters" in names and "_modules" in names

    def _spend(self, n_elements: int) -> None:
        self.n_elements -= n_elements
        if self.n_elements < 0:
            raise UnsupportedFile("its objects hold more parts than are allowed")

    def _named(self, pairs: Pairs | None) -> dict[str, Any]:
        self.n_steps -= 1 + len(pairs or [])
        if self.n_steps < 0:
            raise UnsupportedFile("its model has too many modules")
        return named(pairs or [])


_HOLDERS = (Object, Items, list, tuple)


def _inner(value: Any) -> list[tuple[object, object]]:
    """Return what a value holds, with keys."""
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    pairs = pairs_of(value) or []
    if not isinstance(value, Object):
        return pairs
    return [*pairs, *enumerate(elements_of(value) or []), *value.attributes]

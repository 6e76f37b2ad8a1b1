"""Which files of a folder hold a model's tensors, by their names: for folders here and on the Hub."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

# In order; the first pattern that fits any file counts: formats that can be fetched in parts before those
# that cannot, one file before several, as transformers does, and names that say little last.
_PATTERNS = (
    *("model.safetensors", "model.safetensors.index.json", "consolidated.safetensors", "*.safetensors"),
    *("*.gguf", "pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"),
    *("*.bin", "*.pt", "*.pth", "model.onnx", "*.onnx"),
)
# Used where there is nothing else: files that change another model, and may hold a table of their own.
_ADAPTERS = ("adapter_model.safetensors", "adapter_model.bin")
# Not models: parts for models that see, adapters, and OpenVINO's .bin, which holds numbers without names.
_OF_OTHERS = ("mmproj", "adapter", "openvino_")
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.(safetensors|bin)\Z", re.DOTALL)
# What trainers save beside a model to continue training: not its tensors.
_OF_TRAINING = frozenset(
    {
        *("training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.bin", "scheduler.pt"),
        *("scaler.pt", "scaler.bin", "optimizer.safetensors", "optimizer.pth", "scheduler.pth", "scaler.pth"),
    }
)
_RANDOM_STATE = re.compile(r"(rng|random)_states?(_\d+)?\.(pth|pt|bin|pkl)\Z")
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf\Z", re.DOTALL)


class SplitName(NamedTuple):
    """The name of one file of a split GGUF model, `stem-00001-of-00003.gguf`; number: from 1."""

    stem: str
    number: int
    n_parts: int

    def part(self, number: int) -> str:
        """Return the name of another part."""
        return f"{self.stem}-{number:05}-of-{self.n_parts:05}.gguf"


def split_name(name: str) -> SplitName | None:
    """Return which part of a split GGUF model a file is, by its name; None for any other name."""
    found = _PART.match(name)
    return None if found is None else SplitName(found[1], int(found[2]), int(found[3]))


class ShardName(NamedTuple):
    """The name of one of several files that an index joins, `model-00001-of-00003.safetensors`."""

    number: int  # from 1
    n_parts: int
    index_file: str  # which says which tensor is in which file


def shard_name(name: str) -> ShardName | None:
    """Return which of several files of a model a file is, by its name; None for any other name."""
    found = _SHARD.match(name)
    if found is None:
        return None
    return ShardName(int(found[2]), int(found[3]), f"{found[1]}.{found[4]}.index.json")


def same_model(names: Iterable[str]) -> bool:
    """Whether files are the parts of one model, by their names; their index may be missing."""
    shards = [shard_name(name) for name in names]
    return len({shard and (shard.n_parts, shard.index_file) for shard in shards}) == 1 and None not in shards


def tensor_files(names: Iterable[str]) -> list[str]:
    """Return the file of tensors among the names in a folder; several where it is not clear which one.

    The index or the first part stands for all files of one model.
    """
    names = list(names)
    known = sorted(filter(_is_of_model, names))
    for pattern in _PATTERNS:
        found = [name for name in known if fnmatchcase(name, pattern)]
        if found:
            return found
    return [name for name in _ADAPTERS if name in names][:1]


def _is_of_model(name: str) -> bool:
    if name.startswith(_OF_OTHERS) or name in _OF_TRAINING or _RANDOM_STATE.match(name):
        return False
    split = split_name(name)
    return split is None or split.number == 1

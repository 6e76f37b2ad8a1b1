"""Which files of a folder are a model's tensors, by their names: on this machine and on a server."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

# The first of which there is one: what can be read in parts from a server before what cannot, a whole file
# before one in parts as for transformers, and last what is named in no way that tells much.
_PATTERNS = (
    *("model.safetensors", "model.safetensors.index.json", "consolidated.safetensors", "*.safetensors"),
    *("*.gguf", "pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"),
    *("*.bin", "*.pt", "*.pth", "model.onnx", "*.onnx"),
)
# Looked for where nothing else is: what changes another model, and may hold a table of its own.
_ADAPTERS = ("adapter_model.safetensors", "adapter_model.bin")
# What goes with a model that sees, or changes another, is not a model; OpenVINO's .bin holds bare numbers.
_OF_OTHERS = ("mmproj", "adapter", "openvino_")
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.(safetensors|bin)\Z", re.DOTALL)
# What trainers keep beside a model to go on with: not its tensors.
_OF_TRAINING = frozenset(
    {
        *("training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.bin", "scheduler.pt"),
        *("scaler.pt", "scaler.bin", "optimizer.safetensors", "optimizer.pth", "scheduler.pth", "scaler.pth"),
    }
)
_RANDOM_STATE = re.compile(r"(rng|random)_states?(_\d+)?\.(pth|pt|bin|pkl)\Z")
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf\Z", re.DOTALL)


class SplitName(NamedTuple):
    """The name of one file of a split GGUF model, `stem-00001-of-00003.gguf`; number: from 1 on."""

    stem: str
    number: int
    n_parts: int

    def part(self, number: int) -> str:
        """Return the name of another part."""
        return f"{self.stem}-{number:05}-of-{self.n_parts:05}.gguf"


def split_name(name: str) -> SplitName | None:
    """Return what the name of a file says of its part in a split model; None for any other name."""
    found = _PART.match(name)
    return None if found is None else SplitName(found[1], int(found[2]), int(found[3]))


class ShardName(NamedTuple):
    """The name of one of several files that an index joins, `model-00001-of-00003.safetensors`."""

    number: int  # from 1 on
    n_parts: int
    index_file: str  # the one that says which tensor lies in which


def shard_name(name: str) -> ShardName | None:
    """Return what the name of a file says of its part in a model; None where it is not one of several."""
    found = _SHARD.match(name)
    if found is None:
        return None
    return ShardName(int(found[2]), int(found[3]), f"{found[1]}.{found[4]}.index.json")


def same_model(names: Iterable[str]) -> bool:
    """Whether files are the parts of one model, by their names; the index that joins them may be missing."""
    shards = [shard_name(name) for name in names]
    return len({shard and (shard.n_parts, shard.index_file) for shard in shards}) == 1 and None not in shards


def tensor_files(names: Iterable[str]) -> list[str]:
    """Return the file of tensors among the names in a folder; several where it is not clear which.

    Of several files that are one model, the index or the first part stands for all.
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
    return _stands_for_itself(name)


def _stands_for_itself(name: str) -> bool:
    split = split_name(name)
    return split is None or split.number == 1

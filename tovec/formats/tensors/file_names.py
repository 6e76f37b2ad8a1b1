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
# What goes with a model that sees, or changes another, is not a model; OpenVINO's .bin holds bare numbers.
_OF_OTHERS = ("mmproj", "adapter", "openvino_")
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


def tensor_files(names: Iterable[str]) -> list[str]:
    """Return the file of tensors among the names in a folder; several where it is not clear which.

    Of several files that are one model, the index or the first part stands for all.
    """
    known = sorted(name for name in names if not name.startswith(_OF_OTHERS) and _stands_for_itself(name))
    for pattern in _PATTERNS:
        found = [name for name in known if fnmatchcase(name, pattern)]
        if found:
            return found
    return []


def _stands_for_itself(name: str) -> bool:
    split = split_name(name)
    return split is None or split.number == 1

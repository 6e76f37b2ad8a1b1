"""Adapters of PEFT: their configuration, and which of their tensors are token tables.

An adapter holds the changes to a base model. Where it trains a whole table (`modules_to_save`) it holds that
table; where it trains some tokens (`trainable_token_indices`), their rows. Source:
https://github.com/huggingface/peft, utils/save_and_load.py, tuners/trainable_tokens/layer.py.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents

CONFIG = "adapter_config.json"
_DELTA = re.compile(r"(?:\.token_adapter)?\.trainable_tokens_delta$")
# What PEFT inserts between the name of a module and `weight`.
_WRAPPED = re.compile(r"\.(?:modules_to_save(?:\.\w+)?|base_layer)(?=\.weight$)")
_OF_BASE = "base_model."
_UNTRAINED = ".original_module."
_LOW_RANK = "lora_embedding_"


class Adapter(NamedTuple):
    """What adapter_config.json says.

    base: the model that it changes, as a name on the Hub or a path; None where it is not stated. kind: such
    as LORA. token_ids: the ids of the tokens whose rows it trains, by the last part of a module's name, or
    under the empty name for all modules. is_beside: whether the tensors are those of a whole model, in whose
    folder the adapter is.
    """

    base: str | None
    kind: str
    token_ids: Mapping[str, tuple[int, ...]]
    is_beside: bool = False

    @property
    def finding(self) -> str:
        """What the adapter is, in one line."""
        what = f"an adapter ({self.kind}) for {self.base or 'a base model that it does not name'}"
        return f"{what} is in the same folder and is not applied" if self.is_beside else what

    def ids_of(self, name: str) -> tuple[int, ...] | None:
        """Return the token id of each row of the tensor `name`; None where it is a whole table."""
        found = _DELTA.search(name)
        if found is None:
            return None
        module = name[: found.start()].rpartition(".")[2]
        return self.token_ids.get(module, self.token_ids.get(""))


def read_adapter(folder: Path) -> Adapter | None:
    """Return the adapter in `folder`, None without one. Raises BadSource for a damaged one."""
    path = folder / CONFIG
    if not path.is_file():
        return None
    with reporting_file(path):
        config = json_object(contents(path), "its text")
        base, kind = config.get("base_model_name_or_path"), config.get("peft_type")
        ids = config.get("trainable_token_indices", config.get("token_indices"))
        return Adapter(
            base if isinstance(base, str) and base else None,
            kind if isinstance(kind, str) else "PEFT",
            _token_ids(ids),
        )


def holds_adapter(file: str, names: Iterable[str]) -> bool:
    """Whether a file of tensors with these names is an adapter, not a whole model."""
    return file.startswith("adapter") or any(name.startswith(_OF_BASE) for name in names)


def _token_ids(ids: Any) -> Mapping[str, tuple[int, ...]]:
    if ids is None:
        return {}
    by_module = {name.rpartition(".")[2]: ids[name] for name in ids} if isinstance(ids, dict) else {"": ids}
    for some in by_module.values():
        if not isinstance(some, list) or not all(type(one) is int and one >= 0 for one in some):
            raise CorruptFile("its token indices are not lists of whole numbers from 0 up")
    return {name: tuple(some) for name, some in by_module.items()}


def plain_name(name: str) -> str:
    """Return the name that a tensor of an adapter has in its base model; any other name unchanged."""
    return _DELTA.sub(".weight", _WRAPPED.sub("", name))


def is_untrained_copy(name: str) -> bool:
    """Whether a tensor is the base model's, saved in addition to the one that the adapter trains."""
    return _UNTRAINED in name


def low_rank_parts(name: str, names: Iterable[str]) -> list[str]:
    """Return the names of the low-rank changes that are to be added to the table `name`; none for most."""
    module = plain_name(name).removesuffix("weight")
    return [other for other in names if other.startswith(module) and _LOW_RANK in other]

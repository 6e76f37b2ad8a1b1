"""config.json of a model: what it says of the part for text, wherever that is nested."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tovec.storage.file_errors import reporting_file
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents

CONFIG, PARAMS = "config.json", "params.json"
# Keys for the configuration of the part for text, in the order in which they are looked for: those of
# `get_text_config` of transformers, then those of models with their own code.
_TEXT_PARTS = (
    *("text_config", "thinker_config", "llm_config", "language_config", "language_model_config"),
    *("text_model_config", "text_encoder_config", "llm", "language_model", "llm_cfg", "text_cfg"),
    *("text_encoder", "generator", "decoder", "decoder_config"),
)
_MAX_DEPTH = 4


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json of a folder, or params.json; {} without. Fields about text are moved to the top."""
    path = folder / CONFIG
    if not path.is_file():
        if not (folder / PARAMS).is_file():
            return {}
        from tovec.formats.tensors.model_parallel import read_params

        return read_params(folder)
    with reporting_file(path):
        return with_text_part(json_object(contents(path), "its text"))


def with_text_part(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return `config` with the fields of its part about text at the top.

    A value at the top wins, as in transformers; of nested parts the outer one.
    """
    merged: dict[str, Any] = {}
    for part in text_parts(config):
        for name, value in part.items():
            if merged.get(name) is None:
                merged[name] = value
    return merged


def text_parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the configuration, then its part about text, then that one's, as deep as they are nested."""
    for _ in range(_MAX_DEPTH):
        yield config
        nested = next((config[name] for name in _TEXT_PARTS if isinstance(config.get(name), dict)), None)
        if nested is None:
            return
        config = nested

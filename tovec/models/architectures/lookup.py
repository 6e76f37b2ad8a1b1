"""What the families say of a model: its names in GGUF, whether its class has a head, all names of tables."""

import re
from collections.abc import Mapping
from typing import Any

from tovec.models.architectures.families import (
    ARCHITECTURES,
    GGUF,
    GGUF_SCALES,
    ORIGINAL_INPUT,
    Architecture,
)

# The ends of names of classes with a head over the vocabulary; Electra's is a discriminator with two outputs.
_HEADED = re.compile(
    "(For(CausalLM|MaskedLM|ConditionalGeneration|PreTraining|TextToText|SpeechToText)"
    "|(LMHead|DoubleHeads|MT|EncoderDecoder)Model)$"
)
_NAMED = re.compile("Model$|For[A-Z]")  # classes whose names follow the rule
_HEADLESS = ("ElectraForPreTraining",)


def gguf_architecture(name: str) -> Architecture:
    """Return the names of GGUF and the scale of the architecture `name`, which is `general.architecture`."""
    return Architecture(GGUF.input, GGUF.output, GGUF.tied, GGUF.output_bias, GGUF_SCALES.get(name))


def has_head(name: str) -> bool | None:
    """Whether the transformers class `name` has a head over the vocabulary; None when unknown."""
    if _NAMED.search(name) is None:
        return None
    return _HEADED.search(name) is not None and name not in _HEADLESS


def stated_widths(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the row lengths that a model's configuration states, the usual one first."""
    keys = ("hidden_size", "embedding_size", "word_embed_proj_dim", "d_model", "n_embd")
    return tuple(width for key in keys if isinstance(width := config.get(key), int))


def names_of_inputs() -> tuple[str, ...]:
    """Return every name of an input table, the most common first."""
    known = (name for architecture in ARCHITECTURES.values() for name in architecture.input)
    return tuple(dict.fromkeys((*known, *GGUF.input, *ORIGINAL_INPUT)))


def names_of_outputs() -> tuple[str, ...]:
    """Return every name of an output table, the most common first."""
    known = (name for architecture in ARCHITECTURES.values() for name in architecture.output)
    return tuple(dict.fromkeys((*known, *GGUF.output)))

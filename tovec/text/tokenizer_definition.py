"""What a tokenizer.json says of its tokens: how their names spell bytes, and which stand for no text.

Source: the serialization of Hugging Face `tokenizers` (0.23).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import Tokenizer


class ClosedNames(NamedTuple):
    """Of the tokens of a closed tokenizer: how names spell bytes, and which stand for no text.

    special: ids. unknown: the one that stands for unknown text, None without.
    """

    spelling: Spelling = Spelling.PLAIN
    special: frozenset[int] = frozenset()
    unknown: str | None = None


def closed_names(tokenizer: Tokenizer) -> ClosedNames:
    """Return what is known of the names of a closed tokenizer; nothing where no tokenizer.json holds it."""
    definition = tokenizer.to_json(tokenizer.vocabulary or ())
    if definition is None:
        return ClosedNames()
    fields = json.loads(definition)
    special = frozenset(added["id"] for added in fields.get("added_tokens") or () if added.get("special"))
    unknown = _unknown(fields["model"])
    return ClosedNames(
        spelling_of(fields), special, unknown if unknown in (tokenizer.vocabulary or ()) else None
    )


def _unknown(model: Mapping[str, Any]) -> str | None:
    """Return the token for unknown text, which unigram models give as a number."""
    row = model.get("unk_id")
    name: str | None = model.get("unk_token") if row is None else model["vocab"][row][0]
    return name


def spelling_of(definition: Mapping[str, Any]) -> Spelling:
    """Return how the names of a tokenizer.json spell bytes: by its decoder, else by how it changes text.

    Never by how the names look: a vocabulary of words may hold a `Ġ`.
    """
    model = definition.get("model")
    model = model if isinstance(model, Mapping) else {}
    for stage in ("decoder", "pre_tokenizer", "normalizer"):
        for step in _steps(definition.get(stage)):
            spelling = _STEPS.get(str(step.get("type")), _no_spelling)(step)
            if spelling is not None:
                return spelling
    if model.get("type") == "WordPiece" and model.get("continuing_subword_prefix", "##") == "##":
        return Spelling.WORDPIECE
    return Spelling.PIECES if model.get("byte_fallback") is True else Spelling.PLAIN


def _no_spelling(step: Mapping[str, Any]) -> Spelling | None:
    return None


def _of_metaspace(step: Mapping[str, Any]) -> Spelling | None:
    return Spelling.PIECES if step.get("replacement", "▁") == "▁" else None


def _of_replace(step: Mapping[str, Any]) -> Spelling | None:
    pattern = step.get("pattern")
    replaced = pattern.get("String") if isinstance(pattern, Mapping) else None
    return Spelling.PIECES if {replaced, step.get("content")} == {"▁", " "} else None


def _of_wordpiece(step: Mapping[str, Any]) -> Spelling | None:
    return Spelling.WORDPIECE if step.get("prefix", "##") == "##" else None


_STEPS = {
    "ByteLevel": lambda step: Spelling.BYTE_LEVEL,
    "ByteFallback": lambda step: Spelling.PIECES,
    "Metaspace": _of_metaspace,
    "Replace": _of_replace,
    "WordPiece": _of_wordpiece,
}


def _steps(stage: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the steps of a stage in order, also those inside a Sequence."""
    waiting = [stage]
    while waiting:
        step = waiting.pop()
        if not isinstance(step, Mapping):
            continue
        if step.get("type") == "Sequence":
            inner: list[Any] = next((step[key] for key in _SEQUENCES if isinstance(step.get(key), list)), [])
            waiting.extend(reversed(inner))
        else:
            yield step


_SEQUENCES = ("decoders", "pretokenizers", "normalizers")

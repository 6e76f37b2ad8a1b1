"""What a model folder says of its tokens outside the tokenizer's own file: tokens added later, moved ids.

Source: transformers' tokenization_utils_base.py (`added_tokens.json`, `added_tokens_decoder`) and
tokenization_xlm_roberta.py. A tokenizer.json holds all of this itself.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.formats.damage import DamageError, reading
from tovec.formats.json_text import field, json_object
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files.names import are_different, check_highest_id

if TYPE_CHECKING:
    from tovec.models.tokenizer_files.pieces import Pieces

# fairseq's four come first, SentencePiece's own three go, `<mask>` is the last.
_XLM_ROBERTA = ("<s>", "<pad>", "</s>", "<unk>")
_MOVED: Mapping[str, bool] = MappingProxyType(
    {"xlm-roberta": True, "xlm-roberta-xl": True}
    | dict.fromkeys(("camembert", "mbart", "nllb-moe", "m2m_100", "pegasus", "bigbird_pegasus"), False)
)


def json_beside(folder: Path, name: str) -> dict[str, Any]:
    """Return the JSON object of a file of the folder, an empty one when it is missing. Raises BadSource."""
    path = folder / name
    if not path.is_file():
        return {}
    with reading(path):
        return json_object(path.read_bytes(), "its text")


def moved(pieces: "Pieces", folder: Path) -> "Pieces | None":
    """Return the pieces under the ids that the model of the folder gives them.

    None for a kind of model that moves them in a way not known here: no names are better than wrong ones.
    """
    from tovec.models.tokenizer_files.pieces import Kind

    kind = json_beside(folder, "config.json").get("model_type")
    if not isinstance(kind, str) or kind not in _MOVED:
        return pieces
    if not _MOVED[kind]:
        return None
    n = len(_XLM_ROBERTA)
    return dataclasses.replace(
        pieces,
        names=[*_XLM_ROBERTA, *pieces.names[3:], "<mask>"],
        scores=np.concatenate([np.zeros(n), pieces.scores[3:], np.zeros(1)]),
        kinds=np.concatenate([[Kind.CONTROL] * (n - 1), [Kind.UNKNOWN], pieces.kinds[3:], [Kind.CONTROL]]),
        unknown=n - 1,
    )


def with_added(tokens: TokenList, folder: Path) -> TokenList:
    """Return the tokens with those that the folder adds to them.

    The tokenizer knows nothing of added tokens: no text is cut into them. It goes where one of them takes
    the place of another token, or is there already under another id. Raises BadSource.
    """
    names, special = list(tokens.names), set(tokens.special)
    keeps = True
    for source in ("added_tokens.json", "tokenizer_config.json"):
        content = json_beside(folder, source)
        with reading(folder / source):
            for row, name, is_special in _added(content, source):
                check_highest_id(row, len(names) + 1)
                names.extend([None] * (row + 1 - len(names)))
                keeps = keeps and (names[row] in (None, name))
                names[row] = name
                if is_special:
                    special.add(row)
    return dataclasses.replace(
        tokens,
        names=names,
        special=frozenset(special),
        tokenizer=tokens.tokenizer if keeps and are_different(names) else None,
    )


def _added(content: dict[str, Any], source: str) -> list[tuple[int, str, bool]]:
    if source == "added_tokens.json":
        entries = [(row, name, False) for name, row in content.items()]
    else:
        listed = field(content, "added_tokens_decoder", dict, {})
        entries = [_decoder_entry(row, token) for row, token in listed.items()]
    for row, name, _ in entries:
        if type(row) is not int or row < 0 or not isinstance(name, str):
            raise DamageError(f"added token {name!r} has the id {row!r}")
    return entries


def _decoder_entry(row: str, token: Any) -> tuple[Any, Any, bool]:
    if not isinstance(token, dict) or not (row.isdecimal() and row.isascii() and len(row) < 10):
        raise DamageError(f"its added token {row!r} is none")
    return int(row), token.get("content"), token.get("special") is True

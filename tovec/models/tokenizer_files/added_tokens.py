"""Tokens that a model's folder adds to those in the tokenizer's own file.

Source: transformers' tokenization_utils_base.py (`added_tokens.json`, `added_tokens_decoder`). A
tokenizer.json includes them.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import are_different, check_highest_id
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import field, json_object
from tovec.storage.limits import check_names, contents


def optional_json(folder: Path, name: str) -> dict[str, Any]:
    """Return the JSON object of a file of the folder, an empty one when it is missing. Raises BadSource."""
    path = folder / name
    if not path.is_file():
        return {}
    with reporting_file(path):
        return json_object(contents(path), "its text")


def with_added(tokens: TokenList, folder: Path) -> TokenList:
    """Return the tokens with those that the folder adds to them.

    The tokenizer does not know added tokens: no text is cut into them. It is dropped where one of them
    replaces another token, or has a second id.
    Raises BadSource.
    """
    names, special = list(tokens.names), set(tokens.special)
    keeps = True
    for source in ("added_tokens.json", "tokenizer_config.json"):
        content = optional_json(folder, source)
        with reporting_file(folder / source):
            added = _added(content, source)
            n_tokens = len(names) + len(added)
            for row, name, is_special in added:
                check_highest_id(row, n_tokens)
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
        why_none=tokens.why_none if keeps else "an added token replaces another one",
    )


def _added(content: dict[str, Any], source: str) -> list[tuple[int, str, bool]]:
    if source == "added_tokens.json":
        entries = [(row, name, False) for name, row in content.items()]
    else:
        listed = field(content, "added_tokens_decoder", dict, {})
        entries = [_decoder_entry(row, token) for row, token in listed.items()]
    for row, name, _ in entries:
        if type(row) is not int or row < 0 or not isinstance(name, str):
            raise CorruptFile(f"added token {name!r} has the id {row!r}")
    check_names([name for _, name, _ in entries], lambda place: f"of id {entries[place][0]}")
    return entries


def _decoder_entry(row: str, token: Any) -> tuple[Any, Any, bool]:
    if not isinstance(token, dict) or not (row.isdecimal() and row.isascii() and len(row) < 10):
        raise CorruptFile(f"its added token {row!r} is not a token")
    return int(row), token.get("content"), token.get("special") is True

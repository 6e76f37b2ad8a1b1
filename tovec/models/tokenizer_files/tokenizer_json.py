"""tokenizer.json of Hugging Face `tokenizers`: its tokens, and how their names spell bytes.

Source: the library's own serialization (tokenizers 0.23). Only the JSON is read here; the library builds the
tokenizer when the first text is cut.

Added tokens that are not special stand for text, and their names spell it like all others: in WordPiece one
begins a word, as in the library's decoder; in a byte-level vocabulary one whose characters are all in GPT-2's
map stands for those bytes, which for ASCII is itself.
"""

from pathlib import Path
from typing import Any

from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import are_different, check_highest_id, names_by_id
from tovec.storage.file_bytes import BOM
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import field, json_object, utf8
from tovec.storage.limits import contents
from tovec.text.tokenizer_definition import spelling_of
from tovec.text.tokenizers.lazy import LazyTokenizer


def read(path: Path) -> TokenList:
    """Return the tokens of a tokenizer.json. Raises CorruptFile.

    The library allows a token with two ids; which of them a text gets depends on where both are listed, so
    the tokenizer is then None.
    """
    definition = json_object(contents(path), "its text")
    model = field(definition, "model", dict)
    if model is None:
        raise UnsupportedFile("it has no 'model', so it is not a tokenizer.json")
    names = _model_names(model)
    special = _add(names, field(definition, "added_tokens", list, []))
    unknown = _unknown(model, names)
    return TokenList(
        names=names,
        spelling=spelling_of(definition),
        origin=path.name,
        special=frozenset(special if unknown is None else {*special, unknown}),
        unknown=unknown,
        tokenizer=LazyTokenizer(str(path), names, lambda: _text(path)) if are_different(names) else None,
    )


def _text(path: Path) -> str:
    with reporting_file(path):
        return utf8(contents(path).removeprefix(BOM), "it")


def _model_names(model: dict[str, Any]) -> list[str | None]:
    vocab = field(model, "vocab", (dict, list), {})
    if isinstance(vocab, dict):
        return names_by_id(vocab)
    for row, entry in enumerate(vocab):
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            raise CorruptFile(f"entry {row} of its vocabulary is not a token with its score")
    return [name for name, _ in vocab]


def _add(names: list[str | None], added: list[Any]) -> set[int]:
    """Write the added tokens into `names` by their ids; return the ids of the special ones."""
    special = set()
    for entry in added:
        if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
            raise CorruptFile("one of its added tokens has no text")
        row, content = entry.get("id"), entry["content"]
        if type(row) is not int or row < 0:
            raise CorruptFile(f"the id of added token {content!r} is {row!r}, not a whole number from 0 up")
        check_highest_id(row, len(names) + len(added))
        names.extend([None] * (row + 1 - len(names)))
        names[row] = content
        if entry.get("special") is True:
            special.add(row)
    return special


def _unknown(model: dict[str, Any], names: list[str | None]) -> int | None:
    """Return the id of the token for unknown text; unigram models give it as a number."""
    if isinstance(model.get("vocab"), list):
        row: int | None = field(model, "unk_id", int)
        if row is not None and not 0 <= row < len(model["vocab"]):
            raise CorruptFile(f"its token for unknown text is {row}, and there are {len(model['vocab'])}")
        return row
    name = field(model, "unk_token", str)
    return names.index(name) if name is not None and name in names else None

"""tovec.json of a saved folder: what the other files cannot hold; and the tokenizer beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tovec.errors import CannotSave
from tovec.formats.saved.fields import optional_fields, read_scale, read_vocabulary
from tovec.formats.saved.tokenizer_file import hidden_rows, tokenizer_definition
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import field, json_object, utf8
from tovec.storage.limits import MAX_LIST, contents
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.embedding_parts import EmbeddingParts

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer

NAME = "tovec.json"
# A folder has the lowest version that can say all of it: 2 has n-grams, 3 is that of a model. A tovec that
# knows only 1 refuses the others: without n-grams, unknown tokens would be errors that they are not.
FORMAT_VERSION = 3
STATIC, MODEL = "static", "model"  # the layouts; a file without the field is of a static one


class TokenizerJson(NamedTuple):
    """The tokenizer.json of an embedding.

    exact: whether it cuts text as the tokenizer does. hidden: the entries after its tokens, for unknown text.
    """

    text: str
    exact: bool
    hidden: int


def tokenizer_json(embedding: EmbeddingParts) -> TokenizerJson:
    """Return the tokenizer.json of an embedding. Raises CannotSave where it would not fit the tokens."""
    definition, exact = tokenizer_definition(embedding.tokenizer, embedding.vocabulary)
    try:
        hidden = hidden_rows(definition, embedding.vocabulary.tokens)
    except CorruptFile as error:
        way = "" if embedding.tokenizer is None else "; with_tokenizer(None).save(…) saves them without it"
        raise CannotSave(
            f"the tokens are not those of the tokenizer, whose tokenizer.json does not fit: {error}{way}"
        ) from error
    return TokenizerJson(definition, exact, hidden)


def tovec_json(
    embedding: EmbeddingParts,
    version: int,
    of_tokenizer: TokenizerJson,
    provenance: Mapping[str, Any],
    scale: float = 1.0,
    *,
    layout: str = STATIC,
    ngrams: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of tovec.json. ngrams: what it says of them."""
    vocabulary, tokenizer = embedding.vocabulary, embedding.tokenizer
    counts = vocabulary.counts
    return json_lines(
        {
            "format_version": version,
            **({} if layout == STATIC else {"layout": layout}),
            "n_tokens": embedding.n_tokens,
            "dim": embedding.dim,
            "tokenizer": None if tokenizer is None else dict(tokenizer.settings),
            "tokenizer_json": "exact" if of_tokenizer.exact else "approximate",
            "hidden_row": embedding.n_tokens if of_tokenizer.hidden else None,
            "unknown": vocabulary.unknown,
            "provenance": provenance,
            **({} if ngrams is None else {"ngrams": ngrams}),
            **optional_fields(vocabulary, scale),
            "counts": None if counts is None else counts.tolist(),
            "tokens": list(vocabulary.tokens),
        }
    )


def json_lines(fields: Mapping[str, Any]) -> str:
    """Return a JSON object with one field a line, so that a pager can skip long lists.

    Raises CannotSave for values that JSON cannot hold.
    """
    try:
        parts = [f" {json.dumps(key)}: {_json(value)}" for key, value in fields.items()]
    except (TypeError, ValueError) as error:
        raise CannotSave(f"the provenance of an embedding must be JSON values: {error}") from error
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name in it may hold bytes that are not text, which escapes can say
        return json.dumps(value)
    return text


class SavedFields(NamedTuple):
    """What tovec.json says. settings: of the tokenizer. ngrams: what it says of them, None without."""

    layout: str
    vocabulary: Vocabulary
    scale: float
    settings: dict[str, Any] | None
    is_exact: bool
    provenance: dict[str, Any]
    ngrams: dict[str, Any] | None


def read_tovec_json(folder: Path) -> SavedFields:
    """Return what the tovec.json in `folder` says. Raises BadSource that names it."""
    with reporting_file(folder / NAME):
        saved = json_object(contents(folder / NAME, MAX_LIST), "its text")
        version = field(saved, "format_version", int, 0)
        if version > FORMAT_VERSION:
            raise UnsupportedFile(
                f"its format is version {version}, and {FORMAT_VERSION} is the newest that this tovec reads"
            )
        return SavedFields(
            layout=field(saved, "layout", str, STATIC),
            vocabulary=read_vocabulary(saved),
            scale=read_scale(saved),
            settings=field(saved, "tokenizer", dict),
            is_exact=field(saved, "tokenizer_json", str, "exact") != "approximate",
            provenance=field(saved, "provenance", dict, {}),
            ngrams=field(saved, "ngrams", dict),
        )


def read_tokenizer(folder: Path, saved: SavedFields) -> "tuple[Tokenizer | None, int]":
    """Return the tokenizer of a folder and the entries that its tokenizer.json has after the tokens.

    None where it has none, or one that no folder can hold. Raises BadSource that names the file.
    """
    from tovec.text.tokenizers import tokenizer_from_settings

    with reporting_file(folder / "tokenizer.json"):
        definition = utf8(contents(folder / "tokenizer.json", MAX_LIST), "its text")
        hidden = hidden_rows(definition, saved.vocabulary.tokens)
        settings = saved.settings
        if settings is None or (settings.get("closed") and not saved.is_exact):
            return None, hidden
        exact = definition if saved.is_exact else None
        return tokenizer_from_settings(settings, exact, saved.vocabulary.tokens), hidden

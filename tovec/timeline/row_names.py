"""Names for the rows of a table that a loop trains: a list, a tokenizer, or the numbers of the rows."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary


def vocabulary_of(tokens: Any, n_rows: int) -> Vocabulary:
    """Return the names of `n_rows` rows.

    tokens: a Vocabulary; a list, in the order of the rows; the id of each, as `get_vocab()` of a tokenizer
    gives them; a tokenizer of `transformers` or `tokenizers`, or a processor that has one; None names rows by
    their numbers. Ids past the table, which a tokenizer may have, are left out.
    """
    if isinstance(tokens, Vocabulary):
        return tokens
    tokenizer = tokenizer_in(tokens)
    if tokenizer is not None:
        return _of_tokenizer(tokenizer, n_rows)
    if isinstance(tokens, Mapping):
        return Vocabulary.from_ids(tokens, n_rows)
    return Vocabulary((), n_rows=n_rows) if tokens is None else Vocabulary(tokens)


def tokenizer_in(given: Any) -> Any:
    """Return what knows the id of each token: `given`, or the tokenizer that it has; None where none does."""
    return next(
        (each for each in (given, getattr(given, "tokenizer", None)) if hasattr(each, "get_vocab")), None
    )


def _of_tokenizer(tokenizer: Any, n_rows: int) -> Vocabulary:
    ids: dict[str, int] = {token: row for token, row in tokenizer.get_vocab().items() if row < n_rows}
    named = Vocabulary.from_ids(ids, n_rows)
    given = named.tokens[: max(ids.values(), default=-1) + 1]
    special: Iterable[int] = getattr(tokenizer, "all_special_ids", ())
    unknown = getattr(tokenizer, "unk_token", None)
    return Vocabulary(
        given,
        unknown=unknown if unknown in ids else None,
        spelling=_spelling(tokenizer),
        special={row for row in (*special, *named.special) if row < len(given)},
        n_rows=n_rows,
    )


def _spelling(tokenizer: Any) -> Spelling:
    """Return how the names spell bytes; that of a tokenizer without a tokenizer.json is not known."""
    from tovec.text.tokenizer_definition import spelling_of

    definition = getattr(getattr(tokenizer, "backend_tokenizer", tokenizer), "to_str", None)
    return spelling_of(json.loads(definition())) if callable(definition) else Spelling.PLAIN

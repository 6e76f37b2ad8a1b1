"""The tokenizer.json of a saved folder: its entries are the rows of the table.

How text is cut is decided in text/tokenizers; here only the entries and their order count.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tovec.counted import counted
from tovec.errors import CannotSave
from tovec.formats.writing.names import NameRule
from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import field, json_object
from tovec.text.numbered import numbered_name
from tovec.text.token_bytes import is_text
from tovec.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer


def tokenizer_definition(tokenizer: "Tokenizer | None", vocabulary: Vocabulary) -> tuple[str, bool]:
    """Return the text of a tokenizer.json for a vocabulary, and whether it cuts text as `tokenizer` does.

    Where the format cannot hold the tokenizer, the file splits text at white space, which is nearest to it;
    nothing is near to a function, so for one a text is one token.
    Raises CannotSave for a token that is not valid Unicode.
    """
    from tovec.text.tokenizers import FunctionTokenizer, tokenizer_from_name, whole_text_json

    tokens, unknown = _entry_names(vocabulary.tokens), vocabulary.unknown
    if unknown is not None:
        unknown = tokens[vocabulary.id(unknown)]
    if tokenizer is None:
        return whole_text_json(tokens, unknown), True
    if isinstance(tokenizer, FunctionTokenizer):
        return whole_text_json(tokens, unknown), False
    definition = tokenizer.to_json(tokens, unknown)
    if definition is not None:
        return definition, True
    approximate = tokenizer_from_name("whitespace").to_json(tokens, unknown)  # type: ignore[union-attr]
    assert approximate is not None
    return approximate, False


def _entry_names(tokens: Sequence[str]) -> Sequence[str]:
    r"""Return the names of tokens in a tokenizer.json: a byte that is not UTF-8 is written as `\x80`.

    No text gives such a token, so nothing is lost: only the number of entries counts. tovec.json has the
    tokens themselves.
    Raises CannotSave for any other half of a surrogate pair, which JSON cannot hold.
    """
    if is_text(tokens):
        return tokens
    for token in tokens:
        if not _BYTES.fits(token):
            raise CannotSave(
                f"token {token!r} holds half of a surrogate pair, which text files cannot; rename the token"
            )
    return [token if _TEXT.fits(token) else _TEXT.escaped(token) for token in tokens]


_TEXT, _BYTES = NameRule(), NameRule(holds_bytes=True)


def hidden_rows(definition: str, tokens: Sequence[str]) -> int:
    """Return how many entries the tokenizer.json has after the last of `tokens`: 0, or 1 for unknown text.

    Raises CorruptFile when its entries are not those tokens under their ids.
    """
    entries = _entries(json_object(definition, "its text"))
    n_entries = max(entries, default=-1) + 1
    if n_entries not in (len(tokens), len(tokens) + 1):
        raise CorruptFile(
            f"it has {counted(n_entries, 'entry', 'entries')} for {counted(len(tokens), 'token')}"
        )
    for row, token in enumerate(_entry_names(tokens)):
        if entries.get(row, numbered_name(row)) != token:  # a file may omit ids
            raise CorruptFile(f"its entry {row} is {entries.get(row)!r} where the token is {token!r}")
    return n_entries - len(tokens)


def _entries(definition: dict[str, Any]) -> dict[int, str]:
    """Return the tokens by id: those of the model, then those added to it."""
    vocab = field(field(definition, "model", dict, {}), "vocab", (dict, list), {})
    try:
        if isinstance(vocab, list):  # unigram: [token, score] in the order of ids
            entries = {row: token for row, (token, _) in enumerate(vocab)}
        else:
            entries = {row: token for token, row in vocab.items()}
        for added in field(definition, "added_tokens", list, []):
            entries[added["id"]] = added["content"]
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptFile("its entries are not tokens with ids") from error
    if not all(type(row) is int and row >= 0 for row in entries):
        raise CorruptFile("its entries are not tokens with ids")
    return entries

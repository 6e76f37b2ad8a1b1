"""What is said of a token that is not there: what it may have been meant for."""

from typing import TYPE_CHECKING

from tovec.errors import UnknownToken
from tovec.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer


def unknown_token(token: str, vocabulary: Vocabulary, tokenizer: "Tokenizer | None") -> UnknownToken:
    """Return the error, with the nearest spellings, or of a phrase the tokens that it is cut into."""
    near = vocabulary.nearest_spellings(token)
    is_phrase = len(token.split()) > 1 and token.replace(" ", "_") not in near
    parts = _parts(token, vocabulary, tokenizer) if tokenizer is not None and is_phrase else []
    return UnknownToken(token, near, parts)


def _parts(phrase: str, vocabulary: Vocabulary, tokenizer: "Tokenizer") -> list[str]:
    """Return the tokens of a phrase, as people read them; none where one of them is unknown."""
    rows = [vocabulary.get(part) for part in tokenizer.tokens(phrase)]
    return [] if None in rows else [vocabulary.readable(row) for row in rows if row is not None]

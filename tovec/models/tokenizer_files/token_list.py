"""The tokens of a model by id: what every kind of tokenizer file becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tovec.text.token_bytes import Spelling

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer


@dataclass(frozen=True)
class TokenList:
    """Tokens by id and how their names spell bytes.

    names: None for an id without a token. special: ids of tokens that stand for no text. unknown: the id of
    the token for unknown text. tokenizer: cuts text into these names; None when the file cannot say how.
    why_none: the reason for that, where it is known. origin: the file it was read from, as `inspect` names
    it. findings: what was ignored in it.
    """

    names: Sequence[str | None]
    spelling: Spelling
    origin: str
    special: frozenset[int] = frozenset()
    unknown: int | None = None
    tokenizer: "Tokenizer | None" = None
    findings: tuple[str, ...] = ()
    why_none: str = ""

"""A function as a tokenizer: whatever the user's own code cuts a text into."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from tovec.checks import in_one_line
from tovec.errors import BadText
from tovec.text.tokenizers.base import require_text

FUNCTION = "function"


class FunctionTokenizer:
    """Tokens that a function, `str -> list[str]`, gives.

    No file can hold it. The tokenizer.json of a saved folder takes a text for one token, which is a lookup in
    the vocabulary and nothing else; opened again, the embedding has no tokenizer until it is given the
    function again, with `with_tokenizer`.
    """

    name = FUNCTION
    vocabulary: tuple[str, ...] | None = None

    def __init__(self, function: Callable[[str], Iterable[str]]) -> None:
        self.function = function

    def __repr__(self) -> str:
        return f"FunctionTokenizer({self.function!r})"

    @property
    def settings(self) -> dict[str, Any]:
        """What is left of it in a file: the name of the function."""
        return {
            "name": FUNCTION,
            "function": getattr(self.function, "__qualname__", repr(type(self.function))),
        }

    def tokens(self, text: str) -> list[str]:
        """Return what the function gives for `text`. Raises BadText where that is not a list of strings."""
        given = self.function(require_text(text))
        is_not_a_list = isinstance(given, (str, bytes, Mapping, AbstractSet))  # keys and sets have no order
        if is_not_a_list or not isinstance(given, Iterable):
            raise BadText(f"a tokenizer gives a list of strings, not {in_one_line(given)}")
        tokens = list(given)
        for token in tokens:
            if not isinstance(token, str):
                raise BadText(
                    f"a tokenizer gives a list of strings, not one with "
                    f"{in_one_line(token)}; let it give the text of each token"
                )
        return tokens

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str | None:
        """Return None: a tokenizer.json cannot hold a function."""
        return None

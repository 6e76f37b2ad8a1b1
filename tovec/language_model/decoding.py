"""Ids become text again, also while they are still being drawn."""

from collections.abc import Iterable, Iterator, Sequence

from tovec.embedding import Embedding
from tovec.errors import TovecError

_UNFINISHED = "\ufffd"  # what is read in place of bytes that are not yet a character

_NEAR = 16  # tokens before one that decide how it reads: whether a blank comes first


class Decoder:
    """Puts tokens of an embedding together to text, by the decoder of its tokenizer.json.

    Special tokens, which stand for no text, are left out. Raises TovecError where there is no such decoder.
    """

    def __init__(self, embedding: Embedding) -> None:
        from tokenizers import Tokenizer

        tokenizer, vocabulary = embedding.tokenizer, embedding.vocabulary
        definition = None if tokenizer is None else tokenizer.to_json(vocabulary.tokens, vocabulary.unknown)
        if definition is None:
            name = "no tokenizer" if tokenizer is None else f"tokenizer {tokenizer.name!r}"
            raise TovecError(f"with {name}, tokens cannot be put together to text again")
        self._tokenizer = Tokenizer.from_str(definition)

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def added(self, before: Sequence[int], id: int) -> str | None:
        """Return the text that one more token adds; None where it adds none, or not a whole character."""
        near = before[-_NEAR:]
        text, longer = self.text(near), self.text([*near, id])
        added = longer[len(text) :]
        return added if longer.startswith(text) and added and _UNFINISHED not in added else None

    def stream(self, before: Sequence[int], ids: Iterable[int]) -> Iterator[str]:
        """Yield the text that `ids` add to that of `before`, each piece once its characters are whole."""
        read = list(before)
        shown = len(self.text(read).rstrip(_UNFINISHED))
        text = ""
        for id in ids:
            read.append(id)
            text = self.text(read)
            if len(text) > shown and not text.endswith(_UNFINISHED):
                yield text[shown:]
                shown = len(text)
        if len(text) > shown:
            yield text[shown:]

"""Text that further tokens add, while they are still being drawn."""

from collections.abc import Iterable, Iterator, Sequence

from tovec.text.detokenize import Detokenizer

_UNFINISHED = "\ufffd"  # what is read in place of bytes that are not yet a character
_NEAR = 16  # tokens before one that decide how it reads: whether a blank comes first


def added(detokenizer: Detokenizer, before: Sequence[int], id: int) -> str | None:
    """Return the text that one more token adds; None where it adds none, or not whole characters."""
    near = list(before[-_NEAR:])
    text, longer = detokenizer.text(near), detokenizer.text([*near, id])
    more = longer[len(text) :]
    return more if longer.startswith(text) and more and _UNFINISHED not in more else None


def streamed(detokenizer: Detokenizer, before: Sequence[int], ids: Iterable[int]) -> Iterator[str]:
    """Yield the text that `ids` add to that of `before`, each piece once its characters are whole."""
    read = list(before)
    shown = len(detokenizer.text(read).rstrip(_UNFINISHED))
    text = ""
    for id in ids:
        read.append(id)
        text = detokenizer.text(read)
        if len(text) > shown and not text.endswith(_UNFINISHED):
            yield text[shown:]
            shown = len(text)
    if len(text) > shown:
        yield text[shown:]

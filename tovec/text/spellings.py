"""How a token that is not there may have been meant: other ways to write it, and names that look like it."""

from collections.abc import Iterable

MOST_COMPARED = 20_000  # names: an error message must not cost seconds
LIKENESS = 0.6  # of difflib's ratio


def likely_spellings(token: str) -> tuple[str, ...]:
    """Return how else a tokenizer or a file may write `token`: other case, the start of a word, phrases."""
    folded = token.casefold()
    return (
        f"▁{token}",
        folded,
        token.upper(),
        token.capitalize(),
        f"▁{folded}",
        token.replace(" ", "_"),
    )


def alike(token: str, names: Iterable[str], k: int) -> list[str]:
    """Return up to `k` of `names` that are spelled most like `token`, nearest first.

    Only those of similar length that share a letter at either end are compared, and no more than
    MOST_COMPARED. A single letter is near to no longer name.
    """
    import difflib

    least = min(2, len(token))
    near = []
    for name in names if token else ():
        is_similar = len(name) >= least and abs(len(name) - len(token)) <= 2
        if is_similar and (name[0] == token[0] or name[-1] == token[-1]):
            near.append(name)
            if len(near) == MOST_COMPARED:
                break
    return difflib.get_close_matches(token, near, n=k, cutoff=LIKENESS)

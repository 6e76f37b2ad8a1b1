"""The rows of a table named by the tokens of a tokenizer; every disagreement is reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from tovec.counted import counted
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.storage.file_errors import IrregularFile
from tovec.text.numbered import numbered_name
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary

_SHOWN = 5  # tokens in one finding


@dataclass(frozen=True)
class NamedRows:
    """A vocabulary with a token for each row of a table, and what did not fit."""

    vocabulary: Vocabulary
    findings: tuple[str, ...]


def name_rows(tokens: TokenList | None, n_rows: int) -> NamedRows:
    """Return names for `n_rows` rows: the tokens of their ids, `<id 17>` for a row that has none.

    Models pad their tables, so there may be rows past the last token; a tokenizer may know ids past the
    table, which have no vector and are left out. Both are reported.
    """
    if tokens is None:
        return NamedRows(Vocabulary((), n_rows=n_rows), ("no tokenizer: rows are named by their ids",))
    names = list(tokens.names[:n_rows])
    holes = [row for row, name in enumerate(names) if name is None]
    findings = list(tokens.findings)
    if n_rows > len(names):
        findings.append(
            f"{counted(n_rows - len(names), 'row has', 'rows have')} no token in {tokens.origin}: "
            f"ids {len(names):,} to {n_rows - 1:,}"
        )
    if holes:
        has = "has" if len(holes) == 1 else "have"
        findings.append(f"{counted(len(holes), 'id')} below the last {has} no token, the first {holes[0]:,}")
    past = [(row, name) for row, name in enumerate(tokens.names[n_rows:], n_rows) if name is not None]
    if past:
        shown = ", ".join(f"{row} {name}" for row, name in past[:_SHOWN])
        tokens_have = counted(len(past), "token has an id", "tokens have ids")
        findings.append(f"{tokens_have} past the table and no vector: {shown}")
    unique, twice = _unique(names)
    if twice:
        shown = ", ".join(f"{row} {names[row]!r}" for row in twice[:_SHOWN])
        findings.append(f"tokens that occur twice: {len(twice):,}; the later row is named by its id: {shown}")
    unknown = unique[tokens.unknown] if tokens.unknown is not None and tokens.unknown < len(unique) else None
    special = {row for row in tokens.special if row < n_rows}.union(holes, twice)
    vocabulary = Vocabulary(unique, unknown=unknown, spelling=tokens.spelling, special=special, n_rows=n_rows)
    return NamedRows(vocabulary, tuple(findings))


def name_some_rows(tokens: TokenList | None, ids: Sequence[int]) -> NamedRows:
    """Return names for the rows of the tokens `ids`, in that order; `<id 17>` for one without a token."""
    known = () if tokens is None else tokens.names
    names = [(known[row] if row < len(known) else None) or numbered_name(row) for row in ids]
    spelling = Spelling.PLAIN if tokens is None else tokens.spelling
    special = {
        row
        for row, token in enumerate(ids)
        if token >= len(known) or tokens is None or token in tokens.special
    }
    vocabulary = Vocabulary(_unique(names)[0], spelling=spelling, special=special)
    return NamedRows(
        vocabulary, (f"only the rows of the {counted(len(ids), 'token')} that the adapter trained",)
    )


def check_different(tokens: TokenList) -> None:
    """Raise IrregularFile where two ids have the same token, or something in their file was ignored."""
    if tokens.findings:
        raise IrregularFile(f"{tokens.origin}: {tokens.findings[0]}")
    _, twice = _unique(tokens.names)
    if twice:
        name, later = tokens.names[twice[0]], twice[0]
        first = list(tokens.names).index(name)
        raise IrregularFile(f"token {name!r} is in {tokens.origin} twice, with the ids {first} and {later}")


def _unique(names: Sequence[str | None]) -> tuple[list[str], list[int]]:
    """Return a different name for each row, and the rows whose token an earlier row has."""
    known = [name for name in names if name is not None]
    if len(known) == len(names) == len(set(known)):  # the usual case, at once
        return known, []
    taken: dict[str, int] = {}
    twice = []
    for row, name in enumerate(names):
        if name is not None and taken.setdefault(name, row) != row:
            twice.append(row)
    numbered = set(twice)
    unique = []
    for row, name in enumerate(names):
        if name is None or row in numbered:
            name = numbered_name(row)
            while name in taken:
                name = f"<{name}>"
            taken[name] = row
        unique.append(name)
    return unique, twice

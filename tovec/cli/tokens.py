"""tovec tokens: how a text becomes tokens, ids and vectors."""

from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import takes_source
from tovec.cli.tables import display_width, padded
from tovec.counted import are, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tovec.embedding import Embedding

SHOWN_TOKENS, SHOWN_NUMBERS = 20, 5  # of the vectors, for people; --json has all


@click.command("tokens")
@takes_source
@click.argument("text")
@as_json_option
def command(embedding: "Embedding", text: str, as_json: bool) -> None:
    """Show how TEXT becomes tokens, ids and vectors; tokens that are not in the vocabulary are marked."""
    from tovec.text.token_bytes import readable

    tokens, vocabulary = embedding.tokenize(text), embedding.vocabulary
    ids = [next(iter(vocabulary.known_ids([token]).tolist()), None) for token in tokens]
    vectors = [_vector(embedding, token, row) for token, row in zip(tokens, ids, strict=True)]
    n, dim = embedding.n_tokens, embedding.dim
    n_ids, n_vectors = sum(row is not None for row in ids), sum(vector is not None for vector in vectors)
    if as_json:
        print_json(
            {
                "text": text,
                "tokens": tokens,
                "ids": ids,
                "vectors": [None if vector is None else vector.tolist() for vector in vectors],
                "n_tokens": n,
                "dim": dim,
                "one_hot_numbers": n * n_ids,
                "embedding_numbers": dim * n_vectors,
            }
        )
        return
    names = [shown(readable(token, vocabulary.spelling)) for token in tokens]
    say(f"text     {text}")
    say(f"tokens   {' · '.join(names)}")
    say(f"ids      {' · '.join('unknown' if row is None else str(row) for row in ids)}")
    say(
        f"one-hot  {n_ids} × {counted(n, 'number')}: one for each token of the "
        "vocabulary, a single 1 among them"
    )
    of_ngrams = f", and {n_vectors - n_ids} from n-grams" if n_vectors > n_ids else ""
    say(
        f"vectors  {n_vectors} × {counted(dim, 'number')}: each id one row of the {n:,} × "
        f"{dim:,} table{of_ngrams}"
    )
    width = max(map(display_width, names[:SHOWN_TOKENS]), default=0)
    for name, vector in list(zip(names, vectors, strict=True))[:SHOWN_TOKENS]:
        say(f"         {padded(name, width)}  {'no vector' if vector is None else _numbers(vector)}")
    if len(names) > SHOWN_TOKENS:
        say(f"         … and {len(names) - SHOWN_TOKENS} more; --json prints all")
    for line in _unknown(embedding, tokens, ids, n_vectors):
        say(line)


def _vector(embedding: "Embedding", token: str, row: int | None) -> "NDArray[Any] | None":
    if row is not None:
        return embedding[row]
    return None if embedding.ngrams is None else embedding.ngrams.vector(token)


def _numbers(vector: "NDArray[Any]") -> str:
    numbers = " ".join(f"{number:8.4f}" for number in vector[:SHOWN_NUMBERS])
    return numbers if len(vector) <= SHOWN_NUMBERS else f"{numbers} …"


def _unknown(embedding: "Embedding", tokens: list[str], ids: list[int | None], n_vectors: int) -> list[str]:
    """Return the lines about tokens that are not in the vocabulary."""
    unknown, lines = embedding.vocabulary.unknown, []
    if unknown is not None:
        row = embedding.vocabulary.id(unknown)
        stands_for = sum(
            at == row and token != unknown and token not in embedding.vocabulary
            for token, at in zip(tokens, ids, strict=True)
        )
        if stands_for:
            lines.append(
                f"{stands_for} of {counted(len(tokens), 'token')} {are(stands_for)} not in the vocabulary; "
                f"{shown(unknown)} stands for {'it' if stands_for == 1 else 'them'}"
            )
    n_none = len(tokens) - n_vectors
    n_made = sum(row is None for row in ids) - n_none
    if n_made:
        lines.append(
            f"{n_made} of {counted(len(tokens), 'token')} {are(n_made)} not in the vocabulary; "
            f"{'its vector is' if n_made == 1 else 'their vectors are'} made from n-grams"
        )
    if n_none:
        of, have = counted(len(tokens), "token"), "has" if n_none == 1 else "have"
        lines.append(f"{n_none} of {of} {are(n_none)} not in the vocabulary and {have} no vector")
    return lines

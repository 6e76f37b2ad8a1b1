"""Fewer rows, columns or components of an embedding, computed when asked for, and what is dropped with them.

Columns are reduced to the principal axes (Pearson 1901) around the origin, not around the mean row: that
gives the table of rank N whose dot products are nearest to the original ones (Eckart and Young 1936), and it
is linear, so that vectors made from n-grams are mapped alike. Centering the rows, as projections do,
changes all angles: of ten nearest neighbors in a language model's table of 640 columns, 6 are kept in 320
around the origin and 5 around the mean; with all 640 columns, 10 and 6.
"""

from dataclasses import dataclass, replace

from tovec.checks import as_whole
from tovec.errors import BadSetting
from tovec.formats.saved.tokenizer_file import hidden_rows, tokenizer_definition
from tovec.storage.file_errors import CorruptFile
from tovec.text.vocabulary import most_frequent
from tovec.vectors.common_components import RemainderTable, common_components
from tovec.vectors.derived import DerivedTable, MappedTable
from tovec.vectors.embedding_parts import BIASES, EmbeddingParts, has_layers
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.principal_axes import axes_around_origin

LAYERS = "the layers of the language model"
REMOVED_COMPONENTS = "removed_components"  # in the provenance: how many, besides the mean


@dataclass(frozen=True)
class Reduced:
    """An embedding made of a larger one, and what was dropped, each in words."""

    embedding: EmbeddingParts
    dropped: tuple[str, ...] = ()


def top_rows(embedding: EmbeddingParts, n: int) -> Reduced:
    """Return the embedding of `n` tokens: the most frequent where counts are known, else the first.

    They keep the order of ids; of equal counts the first are kept. An `n` larger than the table keeps all.
    The vectors are a view. The tokenizer is kept where it works with fewer tokens.
    Raises BadSetting when `n` is below 1.
    """
    if n < 1:
        raise BadSetting("top", n, "at least 1")
    if n >= embedding.n_tokens:
        return Reduced(embedding)
    vocabulary = embedding.vocabulary
    ids = most_frequent(vocabulary.counts, n)
    cut = vocabulary.select(ids)
    outputs, layers = embedding.outputs, (LAYERS,) if has_layers(embedding.state) else ()
    state = {} if layers else embedding.state
    made = EmbeddingParts(
        cut,
        DerivedTable(embedding.vectors, n, ids),
        embedding.tokenizer,
        provenance=embedding.provenance,
        ngrams=embedding.ngrams,
        outputs=None if outputs is None else DerivedTable(outputs, n, ids),
        state={name: array[ids] if name == BIASES else array for name, array in state.items()},
    )
    lost = (
        () if cut.unknown == vocabulary.unknown else (f"the token for unknown text, {vocabulary.unknown!r}",)
    )
    fitting = with_fitting_tokenizer(made)
    return Reduced(fitting.embedding, (*lost, *layers, *fitting.dropped))


def with_fitting_tokenizer(embedding: EmbeddingParts) -> Reduced:
    """Return the embedding, without its tokenizer where a saved folder cannot keep it.

    That is one that gives tokens which are not in the table, and one that neither its tokenizer.json nor its
    settings can create again.
    """
    if embedding.tokenizer is None:
        return Reduced(embedding)
    from tovec.text.tokenizers import tokenizer_from_settings

    definition, is_exact = tokenizer_definition(embedding.tokenizer, embedding.vocabulary)
    if not is_exact and tokenizer_from_settings(embedding.tokenizer.settings, None) is None:
        why = f"the tokenizer {embedding.tokenizer.name}, which no tokenizer.json can hold"
        return Reduced(replace(embedding, tokenizer=None), (why,))
    try:
        hidden_rows(definition, embedding.vocabulary.tokens)
    except CorruptFile:
        return Reduced(
            replace(embedding, tokenizer=None),
            (f"the tokenizer {embedding.tokenizer.name}, whose tokens are different",),
        )
    return Reduced(embedding)


def reduced(embedding: EmbeddingParts, dim: int) -> tuple[Reduced, float]:
    """Return the embedding along the `dim` principal axes of its rows, and the share that they explain.

    The share is of the summed squared lengths, in [0, 1], and 1 for rows of zeros. Each axis is signed so
    that its largest component in absolute value, the first of equals, is positive. With all axes the map is a
    rotation, which keeps every dot product. Rows with NaN or infinity do not count for the axes and stay as
    they are. n-grams are mapped too; output vectors are dropped, since training cannot continue from them.
    The table is read once here; the vectors are a view that maps rows when they are asked for.
    Raises BadSetting when `dim` is not from 1 to the length of the vectors.
    """
    if not 1 <= dim <= embedding.dim:
        raise BadSetting("dim", dim, f"from 1 to {embedding.dim}, the length of the vectors")
    axes, explained = axes_around_origin(embedding.vectors, dim)
    ngrams = embedding.ngrams
    made = EmbeddingParts(
        embedding.vocabulary,
        MappedTable(embedding.vectors, axes),
        embedding.tokenizer,
        provenance=embedding.provenance,
        ngrams=ngrams and NgramTable(ngrams.rule, MappedTable(ngrams.vectors, axes), ngrams.buckets),
    )
    return Reduced(made, _left_behind(embedding)), explained


def without_components(embedding: EmbeddingParts, n: int, name: str = "n") -> tuple[Reduced, float]:
    """Return the embedding without the mean row and `n` principal components, and the share that they had.

    The share is of the summed squared lengths, in [0, 1]. Rows of zeros, NaN or infinity do not count and
    stay as they are. n-grams lose the same, so that unknown tokens and tokens remain in one space: the vector
    of an unknown token is a mean, and what is subtracted from all parts of a mean is subtracted from it.
    Output vectors are dropped, since training cannot continue from them. The vectors are a view.
    Raises as `common_components`; `name` is what its errors call `n`.
    """
    common = common_components(embedding.vectors, n, name)
    removed = (as_whole(embedding.provenance.get(REMOVED_COMPONENTS)) or 0) + len(common.directions)
    ngrams = embedding.ngrams
    made = EmbeddingParts(
        embedding.vocabulary,
        RemainderTable(embedding.vectors, common, keeps_zeros=True),
        embedding.tokenizer,
        provenance={**embedding.provenance, REMOVED_COMPONENTS: removed},
        ngrams=ngrams
        and NgramTable(
            ngrams.rule, RemainderTable(ngrams.vectors, common, keeps_zeros=False), ngrams.buckets
        ),
    )
    return Reduced(made, _left_behind(embedding)), common.share


def _left_behind(embedding: EmbeddingParts) -> tuple[str, ...]:
    """Return what belongs to the vectors as they were, and not to others."""
    outputs = () if embedding.outputs is None else ("output vectors",)
    return (*outputs, LAYERS) if has_layers(embedding.state) else outputs

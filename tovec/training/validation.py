"""Held-out text as a corpus: the ids that a vocabulary gives it, without adding to it."""

from collections.abc import Iterator, Sequence

import numpy as np

from tovec.errors import BadText, EmptyCorpus
from tovec.text.corpus import Corpus
from tovec.text.corpus_files import DocumentSource
from tovec.text.documents import texts
from tovec.text.in_memory import TokenLists
from tovec.text.tokenizers import Tokenizer


def validation_corpus(documents: DocumentSource, corpus: Corpus) -> Corpus:
    """Return `documents` as ids of the vocabulary of `corpus`, in memory.

    Raises EmptyCorpus when no document has two tokens of the vocabulary, or one where it ends texts.
    """
    found = [corpus.vocabulary.known_ids(tokens) for tokens in _token_lists(documents, corpus.tokenizer)]
    least, text = (2, "two tokens that are") if corpus.end_of_text is None else (1, "a token that is")
    if not any(len(ids) >= least for ids in found):
        raise EmptyCorpus(f"the held-out text has no document with {text} in the vocabulary")
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in found])]).astype(np.int64)
    return Corpus(
        *(corpus.vocabulary, corpus.tokenizer, np.concatenate(found), offsets, int(offsets[-1]), 0),
        end_of_text=corpus.end_of_text,
    )


def _token_lists(documents: DocumentSource, tokenizer: Tokenizer | None) -> Iterator[Sequence[str]]:
    """Yield the tokens of each document, which may be a list of tokens already. Raises BadText."""
    chunks = documents.chunks(whole_documents=True)
    if isinstance(documents, TokenLists):
        for chunk in chunks:
            yield from chunk.tokens or ()
        return
    if tokenizer is None:
        raise BadText("the text is lists of tokens, so held-out documents are too; give lists of tokens")
    yield from map(tokenizer.tokens, texts(chunks))

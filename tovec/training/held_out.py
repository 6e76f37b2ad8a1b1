"""Held-out text as a corpus: the ids that a vocabulary gives it, without adding to it."""

import numpy as np

from tovec.errors import EmptyCorpus
from tovec.text.corpus import Corpus, DocumentSource
from tovec.text.documents import texts


def held_out_corpus(documents: DocumentSource, corpus: Corpus) -> Corpus:
    """Return `documents` as ids of the vocabulary of `corpus`, in memory.

    Raises EmptyCorpus when no document has two tokens of the vocabulary.
    """
    vocabulary, tokenizer = corpus.vocabulary, corpus.tokenizer
    found = [
        vocabulary.known_ids(tokenizer.tokens(text)) for text in texts(documents.chunks(whole_documents=True))
    ]
    if not any(len(ids) > 1 for ids in found):
        raise EmptyCorpus("the held-out text has no document with two tokens that are in the vocabulary")
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in found])]).astype(np.int64)
    return Corpus(vocabulary, tokenizer, np.concatenate(found), offsets, int(offsets[-1]), 0)

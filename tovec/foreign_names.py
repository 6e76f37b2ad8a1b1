"""Names in other libraries (gensim, fastText, model2vec, …), and errors that give the name in tovec."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from tovec.errors import UnknownAttribute, UnknownKeyword

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_NEIGHBORS = "neighbors(token, k=10)"
_TOKENS = "vocabulary.tokens"
_ANALOGY = "analogy(positive, negative)"
_OPEN = 'open(path), or open("hf:org/name")'

ATTRIBUTES = {
    "add_vector": "with_vectors({token: vector})",
    "add_vectors": "with_vectors({token: vector})",
    "build_vocab": "tovec.train(texts, continue_from=embedding)",
    "closer_than": "neighbors(a, k), those above similarity(a, b)",
    "distance": "1 - similarity(a, b)",
    "distances": "neighbors(token, among=tokens), whose similarity is 1 - distance",
    "embed_documents": "embed(texts)",
    "embed_query": "embed(text)",
    "embedding_dim": "dim",
    "encode_as_sequence": "embedding[tokenize(text)], a row a token",
    "encode_document": "embed(texts)",
    "encode_multi_process": "embed(texts)",
    "encode_query": "embed(text)",
    "evaluate_word_analogies": "tovec.measure(embedding, analogies=path)",
    "evaluate_word_pairs": "tovec.measure(embedding, similarity=path)",
    "from_pretrained": 'tovec.open("hf:org/name")',
    "get_analogies": _ANALOGY,
    "get_dimension": "dim",
    "get_embedding_dimension": "dim",
    "get_index": "vocabulary.id(token)",
    "get_input_matrix": "vectors",
    "get_input_vector": "embedding[id]",
    "get_mean_vector": "embed(text)",
    "get_nearest_neighbors": _NEIGHBORS,
    "get_output_matrix": "outputs",
    "get_sentence_embedding_dimension": "dim",
    "get_sentence_vector": "embed(text)",
    "get_vecattr": "vocabulary.counts, by id",
    "get_vector": "embedding[token]",
    "get_word_id": "vocabulary.id(token)",
    "get_word_vector": "embedding[token]",
    "get_words": _TOKENS,
    "has_index_for": "vocabulary, as in `token in embedding`",
    "index2entity": _TOKENS,
    "index2word": _TOKENS,
    "index_to_key": _TOKENS,
    "infer_vector": "embed(text)",
    "key_to_index": "vocabulary.id(token)",
    "load": "tovec.open(path)",
    "load_word2vec_format": "tovec.open(path)",
    "most_similar": f"{_NEIGHBORS}, or {_ANALOGY}",
    "most_similar_cosmul": _ANALOGY,
    "most_similar_to_given": "neighbors(token, k=1, among=tokens)",
    "n_similarity": "similarity(a, b), which takes vectors too, such as those of embed(text)",
    "num_embeddings": "n_tokens",
    "push_to_hub": "save(path), a folder for huggingface_hub.upload_folder",
    "quantize": 'save(path, dtype="int8")',
    "save_model": "save(path)",
    "save_pretrained": "save(path)",
    "save_word2vec_format": 'save("words.vec"), or .bin',
    "shape": "vectors.shape",
    "similar_by_key": _NEIGHBORS,
    "similar_by_vector": "neighbors(vector, k=10)",
    "similar_by_word": _NEIGHBORS,
    "train": "tovec.train(texts, continue_from=embedding)",
    "vector_size": "dim",
    "vocab": "vocabulary",
    "weight": "vectors",
    "word_vec": "embedding[token]",
    "words": _TOKENS,
    "words_closer_than": "neighbors(a, k), those above similarity(a, b)",
    "wv": "the embedding itself: embedding[token], embedding.neighbors(token)",
}

PUBLIC_NAMES = {
    "Doc2Vec": "train(texts), whose `embed` makes vectors of texts",
    "FastText": 'train(texts, ngrams="characters")',
    "KeyedVectors": "Embedding; a file is read by open(path)",
    "LineSentence": "train(path), a line a document",
    "Phrases": "train(texts, phrases=1)",
    "SentenceTransformer": _OPEN,
    "StaticModel": _OPEN,
    "Word2Vec": "train(texts)",
    "from_pretrained": 'open("hf:org/name")',
    "load": "open(path)",
    "load_facebook_model": "open(path)",
    "load_facebook_vectors": "open(path)",
    "load_model": "open(path)",
    "load_word2vec_format": "open(path)",
    "train_supervised": "TokenVectorizer, before a classifier of scikit-learn",
    "train_unsupervised": 'train(path, ngrams="characters")',
}

KEYWORDS = {
    "alpha": "learning_rate",
    "bucket": "ngram_buckets",
    "callbacks": "on_epoch",
    "cbow_mean": 'objective="cbow"',
    "corpus_file": "texts_or_paths",
    "corpus_iterable": "texts_or_paths",
    "documents": "texts_or_paths",
    "epoch": "epochs",
    "input": "texts_or_paths",
    "iter": "epochs",
    "lr": "learning_rate",
    "max_final_vocab": "max_size",
    "max_n": "ngram_max",
    "max_vocab_size": "max_size",
    "maxn": "ngram_max",
    "min_n": "ngram_min",
    "minCount": "min_count",
    "minn": "ngram_min",
    "model": "objective",
    "n": "k",
    "neg": "negative",
    "ngram_least": "ngram_min",  # the former names
    "ngram_most": "ngram_max",
    "ns": "negative",
    "pretrainedVectors": "continue_from",
    "restrict_vocab": "among, such as range(10_000)",
    "sentences": "texts_or_paths",
    "sg": 'objective, "skip-gram" or "cbow"',
    "size": "dim",
    "t": "sample",
    "texts": "texts_or_paths",
    "thread": "threads",
    "top_k": "k",
    "topk": "k",
    "topn": "k",
    "vector_size": "dim",
    "window_size": "window",
    "wordNgrams": "phrases",
    "workers": "threads",
    "ws": "window",
}

# Of functions that take texts: what `encode` of model2vec and sentence-transformers takes, and what is here.
TEXT_FUNCTIONS = ("embed", "encode")
WAYS_WITH_TEXTS = {
    "batch_size": "embed(texts) reads some thousand at a time by itself",
    "convert_to_numpy": "embed(texts) gives an array of NumPy",
    "convert_to_tensor": "torch.from_numpy(embed(texts)) is a tensor",
    "device": "embed(texts) is computed by the processor",
    "inputs": "the texts come first, without a name: embed(texts)",
    "max_length": "embed(texts) cuts no text short",
    "normalize": "sklearn.preprocessing.normalize(embed(texts)) has rows of length 1",
    "normalize_embeddings": "sklearn.preprocessing.normalize(embed(texts)) has rows of length 1",
    "prompt": "embed(texts) puts nothing before them",
    "prompt_name": "embed(texts) puts nothing before them",
    "sentences": "the texts come first, without a name: embed(texts)",
    "show_progress_bar": "embed(texts) shows none",
    "use_multiprocessing": "embed(texts) needs no other processes",
}

# Keywords that nothing here takes, and what there is in their place.
INSTEAD = {
    "binary": "the file itself or the suffix of its path says so",
    "datatype": "rows keep the number type of the file",
    "min_alpha": "the learning rate falls to almost 0",
    "mmap": "rows are read when they are asked for, where the format allows it",
    "negative": "analogy(positive, negative) does",
    "no_header": "the file itself says so",
    "positive": "analogy(positive, negative) does",
    "unicode_errors": "bytes that are not UTF-8 are kept",
}


def missing_attribute(owner: str, name: str) -> AttributeError:
    """Return the error for an attribute that `owner` does not have, with its name in tovec."""
    if name in ATTRIBUTES:
        return UnknownAttribute(f"{owner} has no {name}; it is {ATTRIBUTES[name]}")
    return AttributeError(f"{owner!r} has no attribute {name!r}")


def missing_public_name(name: str) -> AttributeError:
    """Return the error for a name that the package does not have, with its name in tovec."""
    if name in PUBLIC_NAMES:
        return UnknownAttribute(f"tovec has no {name}; it is tovec.{PUBLIC_NAMES[name]}")
    return AttributeError(f"module 'tovec' has no attribute {name!r}")


class ExplainsNames(type):
    """The metaclass of a class on which a missing attribute raises what `missing_attribute` returns."""

    if not TYPE_CHECKING:  # mypy still reports unknown names

        def __getattr__(cls, name: str) -> Any:
            raise missing_attribute(cls.__name__, name)


def explains_keywords(*more: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return a decorator that turns an unknown keyword into an UnknownKeyword with tovec's name for it.

    more: keywords that the function takes besides its own parameters.
    """

    def decorated(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        kinds = inspect.Parameter
        taken = [
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
            and parameter.name not in ("self", "cls")
        ]
        taken.extend(more)

        @functools.wraps(function)
        def checked(*args: Parameters.args, **keywords: Parameters.kwargs) -> Result:
            for name in keywords:
                if name not in taken:
                    raise UnknownKeyword(_no_keyword(checked.__name__, name, taken))
            return function(*args, **keywords)

        return checked

    return decorated


def init_explains_keywords(kind: type[Result]) -> type[Result]:
    """Decorate a class: as `explains_keywords` for its constructor."""
    checked = explains_keywords()(kind.__init__)
    checked.__name__ = kind.__name__
    kind.__init__ = checked  # type: ignore[method-assign]
    return kind


def keyword_here(name: str, taken: Iterable[str]) -> str | None:
    """Return what is called `name` in another library, where it is among `taken` here; None where not."""
    ours = KEYWORDS.get(name)
    is_taken = ours is not None and ours.partition(",")[0].partition("=")[0] in taken
    return ours if is_taken else None


def made_from(given: object) -> str:
    """Return how an embedding is made of an object of gensim or fastText, to end a message; else nothing."""
    for owner, vectors in (("", given), (".wv", getattr(given, "wv", None))):
        if hasattr(vectors, "index_to_key") and hasattr(vectors, "vectors"):
            return f"; gensim's x{owner} becomes one by Embedding(x{owner}.index_to_key, x{owner}.vectors)"
    if hasattr(given, "get_word_vector") and hasattr(given, "save_model"):
        return "; fastText's save_model(path) writes a file that tovec.open(path) opens"
    return ""


def _no_keyword(function: str, name: str, taken: Iterable[str]) -> str:
    taken = list(taken)
    ours = keyword_here(name, taken)
    if ours is not None:
        return f"{function} takes no {name}; it is {ours} here"
    if function in TEXT_FUNCTIONS and name in WAYS_WITH_TEXTS:
        return f"{function} takes no {name}; {WAYS_WITH_TEXTS[name]}"
    if name in INSTEAD:
        return f"{function} takes no {name}; {INSTEAD[name]}"
    import difflib

    near = difflib.get_close_matches(name, taken, n=1)
    way = f"did you mean {near[0]}?" if near else f"help({function}) says what it takes"
    return f"{function} takes no {name}; {way}"

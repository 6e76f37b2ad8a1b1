"""Turn text into token vectors that you can train, look up, measure and see.

>>> import tovec
>>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3, seed=0)
>>> embedding["cat"].shape
(3,)

open(source)             the embedding in a file, a folder, a model or hf:org/name
open_model(source)       all of a model: input and output tables, tokenizer, a report
open_language_model(s)   a model that predicts the next token, generates, explains a step
open_timeline(source)    the snapshots of a training run, or several sources, as a Timeline
train(texts)             an embedding trained on text, files or lists of tokens
save(embedding, path)    write it in the format that the suffix of the path means
convert(source, path)    another format, fewer tokens or fewer dimensions
measure, fertility       scores on word pairs and analogies; how a tokenizer cuts a text
geometry, suspects       the shape of a table; tokens of a model that look under-trained
why, stability           why two tokens are near; whether other runs find the same neighbors
compare, align (a, b)    what moved between two tables; table a in the space of b
plot, animate            a figure of some tokens, in 2-D or 3-D; a timeline as a film
view, widget             the page in the browser or a notebook: map, search, neighbors, axes
export(embedding, path)  that page as one HTML file that works offline

Embedding                vocabulary + vectors + tokenizer; neighbors, analogy, encode
Vocabulary               tokens and their ids, with counts
Model, LanguageModel     what open_model and open_language_model return
TokenVectorizer          texts to vectors, as a transformer of scikit-learn
Recorder                 writes the moments of a table that any loop trains, for open_timeline
Timeline                 the embeddings of several moments, with the same tokens
Neighbor                 a token that was found: token, id, similarity
ApproximateIndex         neighbors among millions of tokens in a millisecond
TrainConfig              the settings of train
NgramRule, NgramTable    character n-grams, and vectors of unknown tokens from them
TovecError, UnknownToken  base class of errors that a caller can cause; one that is a KeyError
TovecWarning             something was repaired or could not be written

help(tovec.train), or of any of these names, says more; `tovec --help` lists the commands.
"""

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is: importing that takes longer than this file
if TYPE_CHECKING:
    from tovec.approximate import ApproximateIndex as ApproximateIndex
    from tovec.comparison.alignment import align as align
    from tovec.comparison.comparison import compare as compare
    from tovec.embedding import Embedding as Embedding
    from tovec.embedding import Neighbor as Neighbor
    from tovec.errors import TovecError as TovecError
    from tovec.errors import TovecWarning as TovecWarning
    from tovec.errors import UnknownToken as UnknownToken
    from tovec.figures.animation import animate as animate
    from tovec.figures.figure import plot as plot
    from tovec.language_model.model import LanguageModel as LanguageModel
    from tovec.language_model.opening import open_language_model as open_language_model
    from tovec.measures.fertility import fertility as fertility
    from tovec.measures.geometry import geometry as geometry
    from tovec.measures.measure import measure as measure
    from tovec.measures.stability import stability as stability
    from tovec.measures.suspects import suspects as suspects
    from tovec.measures.why import why as why
    from tovec.models.model import Model as Model
    from tovec.notebook.show import widget as widget
    from tovec.saving import convert as convert
    from tovec.saving import save as save
    from tovec.server.export import export as export
    from tovec.server.open_page import view as view
    from tovec.sources import open as open
    from tovec.sources import open_model as open_model
    from tovec.sources.timeline import open_timeline as open_timeline
    from tovec.text.ngrams import NgramRule as NgramRule
    from tovec.text.vocabulary import Vocabulary as Vocabulary
    from tovec.timeline.recorder import Recorder as Recorder
    from tovec.timeline.timeline import Timeline as Timeline
    from tovec.token_vectorizer import TokenVectorizer as TokenVectorizer
    from tovec.training.config import TrainConfig as TrainConfig
    from tovec.vectors.ngram_table import NgramTable as NgramTable
    from tovec.watching import train as train

    __version__: str

# Names are loaded when first used: `import tovec` costs nothing but this file.
_HOMES = {
    "ApproximateIndex": "tovec.approximate",
    "Embedding": "tovec.embedding",
    "LanguageModel": "tovec.language_model.model",
    "Model": "tovec.models.model",
    "Neighbor": "tovec.embedding",
    "NgramRule": "tovec.text.ngrams",
    "NgramTable": "tovec.vectors.ngram_table",
    "Recorder": "tovec.timeline.recorder",
    "Timeline": "tovec.timeline.timeline",
    "TokenVectorizer": "tovec.token_vectorizer",
    "TovecError": "tovec.errors",
    "TovecWarning": "tovec.errors",
    "TrainConfig": "tovec.training.config",
    "UnknownToken": "tovec.errors",
    "Vocabulary": "tovec.text.vocabulary",
    "align": "tovec.comparison.alignment",
    "animate": "tovec.figures.animation",
    "compare": "tovec.comparison.comparison",
    "convert": "tovec.saving",
    "export": "tovec.server.export",
    "fertility": "tovec.measures.fertility",
    "geometry": "tovec.measures.geometry",
    "measure": "tovec.measures.measure",
    "open": "tovec.sources",
    "open_language_model": "tovec.language_model.opening",
    "open_model": "tovec.sources",
    "open_timeline": "tovec.sources.timeline",
    "plot": "tovec.figures.figure",
    "save": "tovec.saving",
    "stability": "tovec.measures.stability",
    "suspects": "tovec.measures.suspects",
    "train": "tovec.watching",
    "view": "tovec.server.open_page",
    "why": "tovec.measures.why",
    "widget": "tovec.notebook.show",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    import importlib

    if name == "__version__":
        from importlib.metadata import version

        return version("tovec")
    if name not in _HOMES:
        if name.startswith("_"):  # Python itself asks for some, and they cost nothing
            raise AttributeError(f"module 'tovec' has no attribute {name!r}")
        from tovec.foreign_names import missing_public_name

        raise missing_public_name(name)
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    if _is_for_help():
        raise AttributeError("help(tovec) is its docstring, one screen")
    return sorted([*globals(), *_HOMES, "__version__"])


def _is_for_help() -> bool:
    """Whether `help` asks for the names: it would print every class and function in full, 2,000 lines.

    Without names it prints the docstring alone.
    """
    import sys

    pydoc = sys.modules.get("pydoc")
    frame = sys._getframe(2)
    while pydoc is not None and frame is not None and frame.f_globals.get("__name__") in ("inspect", "pydoc"):
        if frame.f_code is pydoc.TextDoc.docmodule.__code__:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False

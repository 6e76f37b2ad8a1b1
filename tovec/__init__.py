"""tovec turns text into token vectors that you can train, look up, measure and see."""

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is: importing that takes longer than this file
if TYPE_CHECKING:
    from tovec.approximate import ApproximateIndex as ApproximateIndex
    from tovec.embedding import Embedding as Embedding
    from tovec.embedding import Neighbor as Neighbor
    from tovec.errors import TovecError as TovecError
    from tovec.errors import TovecWarning as TovecWarning
    from tovec.figures.figure import plot as plot
    from tovec.models.model import Model as Model
    from tovec.saving import save as save
    from tovec.server.open_page import view as view
    from tovec.sources import open as open
    from tovec.sources import open_model as open_model
    from tovec.text.ngrams import NgramRule as NgramRule
    from tovec.text.vocabulary import Vocabulary as Vocabulary
    from tovec.training.config import TrainConfig as TrainConfig
    from tovec.training.run import train as train
    from tovec.vectors.ngram_table import NgramTable as NgramTable

# Names are loaded when first used: `import tovec` costs nothing but this file.
_HOMES = {
    "ApproximateIndex": "tovec.approximate",
    "Embedding": "tovec.embedding",
    "Model": "tovec.models.model",
    "Neighbor": "tovec.embedding",
    "NgramRule": "tovec.text.ngrams",
    "NgramTable": "tovec.vectors.ngram_table",
    "TovecError": "tovec.errors",
    "TovecWarning": "tovec.errors",
    "TrainConfig": "tovec.training.config",
    "Vocabulary": "tovec.text.vocabulary",
    "open": "tovec.sources",
    "open_model": "tovec.sources",
    "plot": "tovec.figures.figure",
    "save": "tovec.saving",
    "train": "tovec.training.run",
    "view": "tovec.server.open_page",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        if name.startswith("_"):  # Python itself asks for some, and they cost nothing
            raise AttributeError(f"module 'tovec' has no attribute {name!r}")
        from tovec.foreign_names import missing_public_name

        raise missing_public_name(name)
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])

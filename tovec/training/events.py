"""What a training run reports beside notes and the stage of reading."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from tovec.counted import are, counted
from tovec.progress import Event, Stage
from tovec.text.corpus import Corpus
from tovec.training.recipe import Choice
from tovec.training.schedule import Progress


@dataclass(frozen=True)
class CorpusRead(Event):
    """All text has been read and checked."""

    corpus: Corpus

    @property
    def line(self) -> str:
        """How much was read and what is left of it."""
        corpus = self.corpus
        left_out = corpus.n_read - len(corpus.ids)
        return (
            f"read {counted(corpus.n_read, 'token')} in {counted(corpus.n_documents, 'document')}; "
            f"{counted(len(corpus.vocabulary), 'different one is', 'different ones are')} in the vocabulary"
            + (f", {counted(left_out, 'token')} {are(left_out)} too rare and left out" if left_out else "")
        )


@dataclass(frozen=True)
class SettingsChosen(Event):
    """Settings that were not given have values that fit the text. choices: by name.

    has_preset: whether a preset has other values for them.
    """

    choices: Mapping[str, Choice]
    has_preset: bool = True

    @property
    def line(self) -> str:
        """The values, those with one reason in one line."""
        together: dict[str, list[str]] = {}
        for name, choice in self.choices.items():
            together.setdefault(choice.reason, []).append(f"`{name}` {choice.value:g}")
        lines = [f"  {', '.join(values)}: {reason}" for reason, values in together.items()]
        others = " (`preset` word2vec takes the values of 2013)" if self.has_preset else ""
        return "\n".join([f"chosen to fit the text{others}:", *lines])


@dataclass(frozen=True)
class TrainingBegins(Event):
    """The first step comes next. n_bytes: memory that the run takes. n_disk_bytes: the same for the disk."""

    n_bytes: int
    n_disk_bytes: int
    resumed_at: float  # epochs

    @property
    def line(self) -> str:
        """What training takes."""
        disk = f" and {self.n_disk_bytes / 1e6:,.0f} MB on the disk" if self.n_disk_bytes else ""
        return f"training takes {self.n_bytes / 1e6:,.0f} MB of memory{disk}"


@dataclass(frozen=True)
class Trained(Stage):
    """How far training is: as a stage in words, in `progress` in steps and epochs."""

    progress: Progress = field(kw_only=True)

    @classmethod
    def of(cls, progress: Progress, n_ids: int, epochs: int, unit: str = "words") -> "Trained":
        """Return the event for a run of `epochs` over `n_ids` ids."""
        # There is no loss when no step has ended since the last report.
        detail = "" if math.isnan(progress.loss) else f"loss {progress.loss:.3f}"
        done, total = round(progress.epoch * n_ids), epochs * n_ids
        return cls("training", done, total, unit, detail=detail, progress=progress)


@dataclass(frozen=True)
class EpochEnded(Event):
    """An epoch has ended; its mean losses, on the text and, where there is any, on held-out text.

    compared: what a language model's loss on held-out text comes to, and what counting reaches there; see
    training/language_model/baselines.py.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    compared: Mapping[str, float] | None = None

    @property
    def line(self) -> str:
        """Both losses; nothing without held-out text, since the bar shows the other one."""
        if self.validation_loss is None:
            return ""
        line = f"epoch {self.epoch}: loss {self.loss:.4f}, on held-out text {self.validation_loss:.4f}"
        if self.compared is None:
            return line
        found = self.compared
        bits = f" or {found['bits_per_byte']:.2f} bits for each byte" if "bits_per_byte" in found else ""
        return (
            f"{line}, a perplexity of {found['perplexity']:,.1f}{bits}; counting reaches "
            f"{found['unigram_perplexity']:,.1f} by tokens, {found['bigram_perplexity']:,.1f} by pairs"
        )

"""The request for a run: checked before any text is read, and compared with that of another run."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tovec.checks import in_one_line
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadCheckpoint, BadSetting, CannotSave, EmptyCorpus
from tovec.storage.disk import remove, reporting_write, temporary_folder
from tovec.storage.locks import Taken, held_by_one
from tovec.storage.work_folder import LOCK
from tovec.text.corpus import Corpus, build_corpus
from tovec.text.detokenize import check_gives_text
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.phrases import PhraseRules
from tovec.text.tokenizers import Tokenizer, given_tokenizer, tokenizer_from_name
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.text.training_input import GivenDocuments, TextInput, check_column, documents_from
from tovec.training.checkpoint import (
    CONTINUED,
    SavedRun,
    digest_of,
    digest_of_embedding,
    is_chosen,
)
from tovec.training.checkpoint_file import START_AGAIN
from tovec.training.config import RunConfig, Settings, TrainConfig
from tovec.training.continuing import continued
from tovec.training.recipe import Choice, Text, choices, chosen_min_count, preset_values

_OF_OLD = "the default when the run began"


@dataclass(frozen=True)
class Request:
    """Documents, settings, and the embedding to continue from (None: begin anew).

    chosen: why settings that were not given have their values, by name; nothing until they are chosen.
    """

    documents: GivenDocuments
    config: TrainConfig
    tokenizer: Tokenizer | SubwordRecipe | None
    old: Embedding | None
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts_or_paths: TextInput, settings: Settings, old: Embedding | None) -> "Request":
        """Return the request that `train` makes of its arguments; raises as `train` does."""
        if old is not None:
            check_embedding("continue_from", old)
        config = TrainConfig(**settings) if old is None else continued(settings, old)
        config.entry.check_can_run(config.device)
        documents = _documents(texts_or_paths, config)
        check_column(documents, config.column)
        if isinstance(documents, TokenLists):
            _check_for_token_lists(config)
        elif config.tokenizer is None:
            config = replace(config, tokenizer=config.entry.tokenizer)
        tokenizer = _tokenizer(config)
        if config.entry.predicts_text:
            check_gives_text(tokenizer)
        return cls(documents, config, tokenizer, old)

    def documents_of(self, more: TextInput) -> GivenDocuments:
        """Return other documents, read as those of the request are."""
        return _documents(more, self.config)

    @property
    def run_config(self) -> RunConfig:
        """The settings, which all have values by now: after `for_corpus`, or as those of a run before."""
        assert isinstance(self.config, RunConfig)
        return self.config

    @property
    def choices(self) -> dict[str, Choice]:
        """What was chosen, and why."""
        return {name: Choice(getattr(self.config, name), why) for name, why in self.chosen.items()}

    def for_corpus(self, corpus: Corpus) -> "Request":
        """Return the request with what fits the corpus where nothing is given."""
        counts = corpus.vocabulary.counts
        assert counts is not None
        text = Text.of(self.config.objective, counts)
        left = self.config.left_to_text
        made = choices(text, corpus.min_count, self.config.epochs)
        if corpus.tokenizer is not None and corpus.tokenizer.vocabulary is not None:
            made["min_count"] = Choice(corpus.min_count, "the tokenizer brings its own vocabulary")
        config = self.config.with_values({name: made[name].value for name in left})
        chosen = {name: made[name].reason for name in left}
        return replace(self, config=config, chosen={**self.chosen, **chosen})

    def resuming(self, saved: SavedRun, of_result: bool = False) -> "Request":
        """Return the request with what a saved run has chosen where nothing is given.

        of_result: whether a result says how the run was made, or a checkpoint. Raises BadCheckpoint unless it
        was made with these settings.
        """
        left, chosen = self.config.left_to_text, saved.chosen
        if chosen is None:  # of before there was a choice, so with these
            chosen, values = dict.fromkeys(left, _OF_OLD), preset_values(self.config.objective)
        else:
            values = {name: saved.settings.get(name) for name in chosen}
        kept: dict[str, Any] = {name: values.get(name) for name in left}
        try:
            config = replace(self.config, **kept)
        except BadSetting as error:
            raise BadCheckpoint(f"{saved.where} is of no run: {error}; {START_AGAIN}") from error
        request = replace(self, config=config, chosen=chosen)
        saved.check_same(request.provenance_settings if of_result else request.run_settings)
        if config.left_to_text:
            name = config.left_to_text[0]
            raise BadCheckpoint(f"{saved.where} does not say which {name} it was made with; {START_AGAIN}")
        return replace(request, config=config.with_values({}))

    @property
    def run_settings(self) -> dict[str, Any]:
        """What must be the same for a run to go on."""
        settings = self.provenance_settings
        if self.old is not None:
            settings["special_tokens"] = len(self.old)
        return settings

    @property
    def provenance_settings(self) -> dict[str, Any]:
        """What an embedding says of the settings that it was made with."""
        settings = self.config.as_json()
        if self.old is not None:
            settings |= {"special_tokens": [], CONTINUED: self._old_digest}
        return settings

    @cached_property
    def _old_digest(self) -> str | None:
        return None if self.old is None else digest_of_embedding(self.old)

    def corpus(self, folder: Path, on_read: Callable[[int], None] | None) -> Corpus:
        """Read the documents into `folder`."""
        config = self.config
        phrases = PhraseRules(config.phrases, config.phrase_threshold) if config.phrases else None
        corpus = build_corpus(
            *(self.documents, self.tokenizer, folder, config.rules),
            choose_min_count=chosen_min_count if config.min_count is None else None,
            phrases=phrases,
            end_of_text=config.entry.predicts_text,
            threads=config.threads,
            on_read=on_read,
        )
        if not config.entry.predicts_text:  # which predicts the end of a text after a single token
            self._check_pairs(corpus)
        return corpus

    def _check_pairs(self, corpus: Corpus) -> None:
        lengths = corpus.offsets[1:] - corpus.offsets[:-1]
        if lengths.max() < 2:
            ways = [_way_to_contexts(self.documents)]
            if corpus.min_count > 1:
                ways.append("use a lower `min_count`")
            raise EmptyCorpus(
                "no document has two tokens that are in the vocabulary, so no token has a context; "
                + ", or ".join(ways)
            )


def _documents(given: TextInput, config: TrainConfig) -> GivenDocuments:
    return documents_from(given, config.document, config.encoding, config.errors, config.column)


def _way_to_contexts(documents: GivenDocuments) -> str:
    if isinstance(documents, Texts):
        return (
            "a string in a list is a document, not a token, so give the words of a document in a list of "
            "their own, [words], also where no spaces separate them"
        )
    if isinstance(documents, TokenLists):
        return "a list in a list is the tokens of a document, so give whole texts as strings, [text]"
    return "use longer documents, as `document` file makes them"


def is_finished(embedding: Embedding, where: Path) -> bool:
    """Whether the run that made `embedding`, saved as `where`, came to its end. Raises BadCheckpoint."""
    interrupted = embedding.provenance.get("interrupted", False)
    if not isinstance(interrupted, bool):
        problem = f"{where} does not say whether its run was interrupted, but {in_one_line(interrupted)}"
        raise BadCheckpoint(f"{problem}; {START_AGAIN}")
    return not interrupted


def _saved_result(embedding: Embedding, where: Path) -> SavedRun:
    """Return what an embedding says of how it was made. Raises BadCheckpoint where it says nothing."""
    made = embedding.provenance
    settings = made.get("settings")
    if not isinstance(settings, dict) or "text_digest" not in made or not is_chosen(made.get("chosen", {})):
        raise BadCheckpoint(f"{where} does not say which run and text it was made by; {START_AGAIN}")
    return SavedRun(str(where), settings, made.get("chosen"))


def check_finished(embedding: Embedding, request: Request, folder: Path, where: Path) -> None:
    """Check that a run has made `embedding`, saved as `where`, from the settings and text of `request`.

    folder: where the text is read into. Raises BadCheckpoint where it has not.
    """
    made = embedding.provenance
    request = request.resuming(_saved_result(embedding, where), of_result=True)
    if made["text_digest"] != digest_of(request.corpus(folder, None)):
        raise BadCheckpoint(f"{where} was made from other text: an input has changed since; {START_AGAIN}")


@contextmanager
def work_folder(work: Path | None) -> Iterator[Path]:
    """Yield `work`, made where it is missing, for one run at a time; None for a temporary folder.

    Raises CannotSave, also where another run goes on in `work`.
    """
    if work is not None:
        with reporting_write(work):
            work.mkdir(parents=True, exist_ok=True)
        with _for_one_run(work):
            yield work
        return
    with temporary_folder() as folder:
        yield folder


@contextmanager
def _for_one_run(work: Path) -> Iterator[None]:
    with ExitStack() as until_end:
        try:
            with reporting_write(work / LOCK):
                until_end.enter_context(held_by_one(work / LOCK))
        except Taken as taken:
            problem = f"cannot train in {work}: a training run goes on in there ({taken})"
            raise CannotSave(f"{problem}; wait until it has ended, or name another folder") from taken
        until_end.callback(remove, work / LOCK)
        yield


def _check_for_token_lists(config: TrainConfig) -> None:
    """Raise BadSetting for settings that say how to cut texts: these documents are cut already."""
    for name in ("lowercase", "phrases"):
        if getattr(config, name):
            raise BadSetting(name, getattr(config, name), "left out: lists of tokens are used as they are")


def _tokenizer(config: TrainConfig) -> Tokenizer | SubwordRecipe | None:
    if isinstance(config.tokenizer, str | Path):
        return tokenizer_from_name(config.tokenizer, lowercase=config.lowercase)
    return given_tokenizer(config.tokenizer)

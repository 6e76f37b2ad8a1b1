"""A language model that answers: which token comes next, how a text goes on, vectors in context, one step."""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, whole_number
from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadSource, BadText, MissingExtra, TovecError
from tovec.language_model import TEMPERATURE
from tovec.language_model.decoding import added, streamed
from tovec.language_model.network.shape import LlamaShape
from tovec.language_model.sampling import Sampler, probabilities
from tovec.memory import available_bytes
from tovec.text.detokenize import Detokenizer
from tovec.text.spans import SpanFinder
from tovec.threads import share_of_cores
from tovec.vectors.table import Rows

if TYPE_CHECKING:
    from torch import Tensor

    from tovec.language_model.network.transformer import Kept, Llama
    from tovec.language_model.worked_step import Step

Tensors = Mapping[str, Callable[[], Rows]]


@dataclass(frozen=True)
class Prediction:
    """A token that may come next: its name, its id and its probability among all tokens."""

    token: str
    id: int
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the model reads of a text.

    ids: at most `context`; first the token that begins a text, where the model has one and the text fits.
    dropped: how many tokens before these it does not read.
    """

    ids: tuple[int, ...]
    dropped: int = 0


@dataclass(frozen=True)
class Contextual:
    """The tokens of a text and what the network has made of each: (n, dim) float32, before it is scored.

    Each vector knows the tokens before its own, none after it.
    """

    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    vectors: NDArray[np.float32]


class LanguageModel:
    """A model of Llama's architecture, opened by `tovec.open_language_model`.

    The tokenizer and the names of rows are those of `embedding`, its input table. shape: what its config.json
    states. ends: the ids of the tokens that end a text. name: of it in errors. The network is read, in
    float32, and torch imported, at the first question, which any thread may ask. A pickle holds all numbers,
    so it needs no file where it is loaded; a copy reads the same files.
    Questions raise MissingExtra without torch, BadSource for tensors that do not fit the configuration, and
    TovecError for a model without a tokenizer, or for the empty text where no token begins a text.

    >>> model = tovec.open_language_model("novels-model")  # doctest: +SKIP
    >>> [hit.token for hit in model.predict("the king of", k=3)]  # doctest: +SKIP
    ['Ġthe', 'Ġa', 'ĠEngland']
    """

    def __init__(
        self,
        embedding: Embedding,
        shape: LlamaShape,
        tensors: Tensors,
        ends: frozenset[int] = frozenset(),
        name: str = "this embedding",
    ) -> None:
        self.embedding, self.shape, self.ends, self._name = embedding, shape, ends, name
        self._tensors = tensors
        self._opening = threading.Lock()
        self._opened: Llama | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "LanguageModel":
        return LanguageModel(deepcopy(self.embedding, memo), self.shape, self._tensors, self.ends, self._name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a pickle hold the numbers of the network, as it holds those of the tables."""
        tensors = {name: partial(np.asarray, read()) for name, read in self._tensors.items()}
        return LanguageModel, (self.embedding, self.shape, tensors, self.ends, self._name)

    @property
    def context(self) -> int:
        """How many tokens it reads at most."""
        return self.shape.context

    @property
    def end_of_text(self) -> int | None:
        """The id of the token that begins a text and, of a model trained here, also ends it; None without."""
        return self.shape.end_of_text

    def read(self, text: str) -> Reading:
        """Return what the model reads of a text: its last `context` tokens."""
        if not isinstance(text, str):
            raise BadText(f"one text is read at a time, a string, not {in_one_line(text)}")
        begin = [] if self.end_of_text is None else [self.end_of_text]
        ids = begin + self.embedding.encode(text).tolist()
        if not ids:
            raise TovecError("this model has no token that begins a text, so it needs one to continue")
        dropped = max(0, len(ids) - self.context)
        return Reading(tuple(ids[dropped:]), dropped)

    def predict(self, text: str, k: int = 10) -> list[Prediction]:
        """Return the `k` most likely next tokens, the most likely first; equal ones in the order of ids.

        The token that begins a text is read before it, so the empty text has an answer too.
        """
        k = whole_number("k", k, 1)
        likely = probabilities(self._scores(self.read(text).ids))
        first = np.argsort(-likely, kind="stable")[:k]
        names = self.embedding.vocabulary.tokens
        return [Prediction(names[row], row, float(likely[row])) for row in first.tolist()]

    def generate(
        self,
        text: str,
        n_tokens: int,
        *,
        temperature: float = TEMPERATURE,
        top_k: int | None = None,
        seed: int = 0,
    ) -> str:
        """Return how the text goes on: up to `n_tokens` tokens, up to one that ends a text.

        Each is drawn from what `predict` would answer for all before it. temperature: scores are divided by
        it; 0 takes the most likely token. top_k: draws among so many, None among all.
        """
        return "".join(self.stream(text, n_tokens, temperature=temperature, top_k=top_k, seed=seed))

    def stream(
        self,
        text: str,
        n_tokens: int,
        *,
        temperature: float = TEMPERATURE,
        top_k: int | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """Yield what `generate` returns, piece by piece, as soon as it is text."""
        n_tokens = whole_number("n_tokens", n_tokens, 0)
        sampler = Sampler(temperature, top_k, seed)
        ids = list(self.read(text).ids)
        return streamed(self._detokenizer, ids, self._continuation(ids, n_tokens, sampler))

    def contextual(self, text: str) -> Contextual:
        """Return the vectors of the tokens of a text after the last layer, of the last `context` tokens.

        The token that begins a text is read, and left out of the answer.
        """
        ids = self.read(text).ids
        start = int(ids[0] == self.end_of_text)
        vectors = self._computed(lambda network, tensor: network(tensor)[0], ids)[start:]
        names = self.embedding.vocabulary.tokens
        return Contextual(tuple(names[row] for row in ids[start:]), ids[start:], vectors)

    def step(self, text: str, target: str | int | None = None, learning_rate: float | None = None) -> "Step":
        """Return one step of training, worked out: at the last position only, on the two tables only.

        target: the token that should come next. None: the last token of the text, which is predicted from
        those before it, as in training; of the empty text the second most likely token. learning_rate: of
        the step of plain gradient descent; None for one that lowers the loss visibly, see worked_step.py.
        Nothing of the model changes. Raises UnknownToken for a target that it does not have.
        """
        ids = list(self.read(text).ids)
        if target is not None:
            row = self._row(target)
        elif len(ids) > 1:
            row = ids.pop()
        else:
            row = self.predict(text, 2)[-1].id
        is_number = isinstance(learning_rate, (int, float)) and 0 < learning_rate < math.inf
        if learning_rate is not None and not is_number:
            raise BadSetting("learning_rate", learning_rate, "a number above 0")
        network = self._network
        from tovec.language_model.worked_step import worked_step

        with torch_threads():
            return worked_step(network, ids, row, learning_rate, self.embedding.vocabulary.tokens)

    def _row(self, target: str | int) -> int:
        if isinstance(target, str):
            return self.embedding.vocabulary.id(target)
        row = whole_number("target", target, 0)
        if row >= self.shape.n_tokens:
            raise BadSetting("target", row, f"an id below {self.shape.n_tokens:,}")
        return row

    def _continuation(self, ids: list[int], n_tokens: int, sampler: Sampler) -> Iterator[int]:
        """Yield the ids that come after `ids`.

        Keys and values are kept while all fits into the context; then the last `context` tokens are read
        anew for each, since what is kept of them knows of tokens that are no longer read.
        """
        ids, kept = list(ids), self._network.nothing_kept()
        unread = ids
        for _ in range(n_tokens):
            if kept[0].length + len(unread) > self.context:
                kept, unread = self._network.nothing_kept(), ids[-self.context :]
            row = sampler.draw(self._scores(unread, kept))
            if row in self.ends:
                return
            yield row
            ids.append(row)
            unread = [row]

    def _scores(self, ids: Sequence[int], kept: "list[Kept] | None" = None) -> NDArray[Any]:
        """Return the score of each token as the next one, (n_tokens,)."""
        return self._computed(lambda network, tensor: network.scores(network(tensor, kept=kept)[0, -1]), ids)

    def _computed(self, compute: "Callable[[Llama, Tensor], Tensor]", ids: Sequence[int]) -> NDArray[Any]:
        network = self._network
        import torch

        with torch_threads(), torch.inference_mode():
            computed: NDArray[Any] = compute(network, torch.tensor([list(ids)])).numpy()
        if not np.isfinite(computed).all():
            raise TovecError(
                "what the model computes is not finite: its numbers are damaged or have diverged"
            )
        return computed

    @cached_property
    def finder(self) -> SpanFinder:
        """Says where in a text its tokens lie. Raises TovecError without a tokenizer."""
        if self.embedding.tokenizer is None:
            self.embedding.tokenize("")  # raises what says so
        assert self.embedding.tokenizer is not None
        return SpanFinder(self.embedding.tokenizer, self.embedding.vocabulary)

    def added_text(self, ids: Sequence[int], row: int) -> str | None:
        """Return the text that the token of id `row` adds after `ids`.

        None where that is no text by itself: for the end of a text and a part of a character.
        """
        return added(self._detokenizer, ids, row)

    @cached_property
    def _detokenizer(self) -> Detokenizer:
        return Detokenizer(self.embedding.tokenizer, self.embedding.vocabulary)

    @property
    def _network(self) -> "Llama":
        with self._opening:
            if self._opened is None:
                try:
                    self._opened = _loaded(self.shape, self._tensors)
                except BadSource as error:
                    raise BadSource(f"{self._name} cannot predict: {error}") from error
            return self._opened


def _loaded(shape: LlamaShape, tensors: Tensors) -> "Llama":
    """Return the network.

    Raises MissingExtra, and BadSource for tensors that do not fit and where there is too little memory.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("predicting the next token", "torch") from error
    from tovec.language_model.network.transformer import Llama

    needed, available = 4 * shape.n_parameters, available_bytes()
    if available is not None and needed > available:
        raise BadSource(
            f"its {shape.n_parameters:,} numbers take {needed / 1e6:,.0f} MB of memory in float32, and "
            f"{available / 1e6:,.0f} MB are free; free some, or open a smaller model"
        )
    network: Llama = Llama(shape).requires_grad_(False)
    network.load(_TorchTensors(tensors, torch.from_numpy))
    return network


class _TorchTensors(Mapping[str, Any]):
    """Tensors of torch, each read when it is asked for, so that one is in memory twice at a time."""

    def __init__(self, tensors: Tensors, convert: Callable[[Rows], Any]) -> None:
        self._tensors, self._convert = tensors, convert

    def __getitem__(self, name: str) -> Any:
        return self._convert(np.require(self._tensors[name](), requirements=("C", "W")))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


@contextmanager
def torch_threads() -> Iterator[None]:
    """Let torch take this computation's share of the cores."""
    import torch

    before = torch.get_num_threads()
    with share_of_cores() as n_threads:
        torch.set_num_threads(n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

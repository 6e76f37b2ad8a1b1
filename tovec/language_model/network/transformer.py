"""Llama as a module of torch (Touvron et al. 2023, arXiv:2302.13971), for training and for prediction.

Pre-norm with RMSNorm, rotary positions (Su et al. 2021, arXiv:2104.09864; Llama's order of the halves),
scaled dot-product attention with grouped keys, SwiGLU (Shazeer 2020, arXiv:2002.05202). Matrices that are
multiplied by the same vectors are one parameter: fewer and larger products are faster on a CPU. `tensors`
gives them Llama's names.

This module imports torch; import it only where that is wanted.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from tovec.errors import BadSource
from tovec.language_model.network.shape import LlamaShape
from tovec.vectors.llama_tensors import INPUT, LAST_NORM, OUTPUT


class RMSNorm(nn.Module):
    """Scales vectors to a root mean square of 1, then each dimension by a weight of its own."""

    def __init__(self, dim: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.epsilon = epsilon

    def forward(self, vectors: Tensor) -> Tensor:
        """Return vectors of the same shape."""
        return functional.rms_norm(vectors, self.weight.shape, self.weight, self.epsilon)


class Kept:
    """Keys and values that a layer has computed for the tokens read so far, so none is computed twice."""

    def __init__(self) -> None:
        self._keys_values: tuple[Tensor, Tensor] | None = None

    @property
    def length(self) -> int:
        """Of how many tokens."""
        return 0 if self._keys_values is None else self._keys_values[0].shape[2]

    def extended(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Keep these too, (n, key_heads, length, head_dim), and return all."""
        if self._keys_values is not None:
            keys, values = (
                torch.cat(both, dim=2) for both in zip(self._keys_values, (keys, values), strict=True)
            )
        self._keys_values = keys, values
        return keys, values


class Attention(nn.Module):
    """Each token takes up a weighted mean of what itself and those before it offer."""

    def __init__(self, shape: LlamaShape) -> None:
        super().__init__()
        self.heads, self.key_heads, self.head_dim = shape.heads, shape.key_heads, shape.head_dim
        self.query_key_value = nn.Linear(
            shape.dim, (shape.heads + 2 * shape.key_heads) * shape.head_dim, bias=False
        )
        self.output = nn.Linear(shape.heads * shape.head_dim, shape.dim, bias=False)

    def forward(
        self,
        vectors: Tensor,
        rotation: tuple[Tensor, Tensor],
        mask: Tensor | None,
        kept: Kept | None = None,
    ) -> Tensor:
        """Return (n, length, dim). mask: (n, 1, length, length), what each sees; None: all before it.

        kept: of the tokens before these, and then also of these.
        """
        n, length, _ = vectors.shape
        both = self.query_key_value(vectors).view(n, length, -1, self.head_dim).transpose(1, 2)
        turned, values = both.split((self.heads + self.key_heads, self.key_heads), dim=1)
        queries, keys = rotate(turned, *rotation).split((self.heads, self.key_heads), dim=1)
        if kept is not None:
            keys, values = kept.extended(keys, values)
        mixed = functional.scaled_dot_product_attention(
            *(queries, keys, values),
            attn_mask=mask,
            is_causal=mask is None and length > 1,  # a single one sees all that there is
            enable_gqa=self.heads != self.key_heads,
        )
        return self.output(mixed.transpose(1, 2).reshape(n, length, -1))


class FeedForward(nn.Module):
    """Each vector by itself: into a longer one, a gate on each of its numbers, and back."""

    def __init__(self, shape: LlamaShape) -> None:
        super().__init__()
        self.gate_up = nn.Linear(shape.dim, 2 * shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.dim, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return vectors of the same shape."""
        gate, up = self.gate_up(vectors).chunk(2, dim=-1)
        return self.down(functional.silu(gate) * up)


class Layer(nn.Module):
    """Attention, then the feed-forward network; each adds to what comes in."""

    def __init__(self, shape: LlamaShape) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(shape.dim, shape.epsilon)
        self.attention = Attention(shape)
        self.feed_forward_norm = RMSNorm(shape.dim, shape.epsilon)
        self.feed_forward = FeedForward(shape)

    def forward(
        self,
        vectors: Tensor,
        rotation: tuple[Tensor, Tensor],
        mask: Tensor | None,
        kept: Kept | None = None,
    ) -> Tensor:
        """Return vectors of the same shape."""
        vectors = vectors + self.attention(self.attention_norm(vectors), rotation, mask, kept)
        return vectors + self.feed_forward(self.feed_forward_norm(vectors))


class Llama(nn.Module):
    """Ids of tokens to the vectors from which the next ones are predicted.

    `inputs` is the input table, `outputs` the output table; the same parameter where `shape.tied`.
    """

    def __init__(self, shape: LlamaShape) -> None:
        super().__init__()
        self.shape = shape
        self.inputs = nn.Parameter(torch.empty(shape.n_tokens, shape.dim))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.dim, shape.epsilon)
        self.outputs = self.inputs if shape.tied else nn.Parameter(torch.empty(shape.n_tokens, shape.dim))

    def forward(self, ids: Tensor, first: Tensor | None = None, kept: Sequence[Kept] | None = None) -> Tensor:
        """Return (n, length, dim): at each position the vector that scores the next token.

        ids: (n, length). first: (n, length), the first position that each may see; None: all before it.
        kept: by layer, of the tokens before these; where it is of any, `ids` are those of one position.
        """
        return self.from_rows(functional.embedding(ids, self.inputs), first, kept)

    def from_rows(
        self, rows: Tensor, first: Tensor | None = None, kept: Sequence[Kept] | None = None
    ) -> Tensor:
        """Return the same from rows of the input table, (n, length, dim)."""
        start = kept[0].length if kept else 0
        length = rows.shape[1]
        assert start == 0 or length == 1
        rotation = rotations(
            length, self.shape.head_dim, self.shape.rope_theta, rows.device, rows.dtype, start
        )
        mask = None if first is None else visible(first)
        for number, layer in enumerate(self.layers):
            rows = layer(rows, rotation, mask, kept[number] if kept else None)
        return self.norm(rows)

    def nothing_kept(self) -> list[Kept]:
        """Return what is kept before the first token, for each layer."""
        return [Kept() for _ in self.layers]

    def scores(self, vectors: Tensor) -> Tensor:
        """Return the score of every token as the next one, (…, n_tokens)."""
        return functional.linear(vectors, self.outputs)

    def tensors(self) -> dict[str, Tensor]:
        """Return all parameters by Llama's names, sharing memory with them; no output table where tied."""
        found = dict(_named(self))
        if self.shape.tied:
            del found[OUTPUT]
        return found

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the numbers of tensors with Llama's names.

        Raises BadSource where one is missing or of another shape.
        """
        with torch.no_grad():
            for name, own in self.tensors().items():
                given = tensors.get(name)
                if given is None:
                    raise BadSource(f"it has no tensor {name}, which its config.json asks for")
                if given.shape != own.shape:
                    raise BadSource(
                        f"its tensor {name} is {tuple(given.shape)}, "
                        f"and its config.json asks for {tuple(own.shape)}"
                    )
                own.copy_(given)


def _named(network: Llama) -> Iterator[tuple[str, Tensor]]:
    """Yield all parameters by Llama's names: parts of those that stand for several matrices."""
    shape = network.shape
    yield INPUT, network.inputs.detach()
    parts = [shape.heads * shape.head_dim, shape.key_heads * shape.head_dim, shape.key_heads * shape.head_dim]
    for number, layer in enumerate(network.layers):
        before = f"model.layers.{number}."
        attention, feed_forward = layer.attention, layer.feed_forward
        yield f"{before}input_layernorm.weight", layer.attention_norm.weight.detach()
        for letter, part in zip("qkv", attention.query_key_value.weight.detach().split(parts), strict=True):
            yield f"{before}self_attn.{letter}_proj.weight", part
        yield f"{before}self_attn.o_proj.weight", attention.output.weight.detach()
        yield f"{before}post_attention_layernorm.weight", layer.feed_forward_norm.weight.detach()
        gate, up = feed_forward.gate_up.weight.detach().chunk(2)
        yield f"{before}mlp.gate_proj.weight", gate
        yield f"{before}mlp.up_proj.weight", up
        yield f"{before}mlp.down_proj.weight", feed_forward.down.weight.detach()
    yield LAST_NORM, network.norm.weight.detach()
    yield OUTPUT, network.outputs.detach()


def rotations(
    length: int, head_dim: int, theta: float, device: torch.device, dtype: torch.dtype, start: int = 0
) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of the angles by which positions turn pairs of numbers: (length, head_dim).

    Of the positions from `start` on.
    """
    rates = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float32, device=device) / head_dim)
    angles = torch.outer(torch.arange(start, start + length, dtype=torch.float32, device=device), rates)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(vectors: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Return vectors (…, length, head_dim) turned by their positions; number i goes with i + head_dim / 2."""
    first, second = vectors.chunk(2, dim=-1)
    return vectors * cosine + torch.cat((-second, first), dim=-1) * sine


def visible(first: Tensor) -> Tensor:
    """Return which position (last) each position sees, (n, 1, length, length): from `first` to itself."""
    positions = torch.arange(first.shape[1], device=first.device)
    return ((positions <= positions[:, None]) & (positions >= first[:, :, None])).unsqueeze(1)


def initialize(network: Llama, seed: int) -> None:
    """Draw the first numbers. At the start all tokens are about as probable, and layers add nothing.

    Rows of the input table have numbers of a size of 1, as what follows a norm has; in one that is the output
    table too they are small, so that scores are. Matrices keep the size of what they multiply; the last ones
    of attention and of the feed-forward network are 0, so they grow only where that helps.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = network.shape
    with torch.no_grad():
        if shape.tied:
            network.inputs.normal_(0.0, 0.02, generator=generator)
        else:
            network.inputs.normal_(generator=generator)
            network.outputs.normal_(0.0, 0.001, generator=generator)
        for layer in network.layers:
            for linear in (layer.attention.query_key_value, layer.feed_forward.gate_up):
                bound = math.sqrt(3 / shape.dim)
                linear.weight.uniform_(-bound, bound, generator=generator)
            layer.attention.output.weight.zero_()
            layer.feed_forward.down.weight.zero_()

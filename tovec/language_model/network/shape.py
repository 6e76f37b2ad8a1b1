"""The shape of a Llama, as its config.json states it. No torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tovec.errors import BadSource

KIND = "llama"
# Options of Llama's config.json that change the arithmetic, with the values that are computed here.
_COMPUTED: Mapping[str, tuple[Any, ...]] = {
    "hidden_act": ("silu",),
    "attention_bias": (False, None),
    "mlp_bias": (False, None),
}


@dataclass(frozen=True, kw_only=True)
class LlamaShape:
    """The numbers that say which tensors a Llama has and what is computed with them.

    n_tokens: rows of its tables. dim: length of a vector between the layers. inner: of one within a
    feed-forward layer. key_heads: heads that keys and values have; each serves `heads / key_heads` heads of
    queries. context: how many tokens it was made to read. end_of_text: the id of the token before and after
    every text, None where the configuration names none.
    """

    n_tokens: int
    dim: int
    layers: int
    heads: int
    key_heads: int
    head_dim: int
    inner: int
    context: int
    tied: bool = False
    epsilon: float = 1e-5
    rope_theta: float = 10_000.0
    initial_std: float = 0.02
    end_of_text: int | None = None

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> "LlamaShape":
        """Return the shape that a config.json states.

        Raises BadSource for another architecture, for options that are not computed here, and for numbers
        that are missing or do not fit together.
        """
        kind = config.get("model_type")
        if kind != KIND:
            raise BadSource(f"its config.json is of model_type {kind!r}; only {KIND} can predict here")
        for name, computed in _COMPUTED.items():
            if name in config and config[name] not in computed:
                raise BadSource(f"its config.json has {name} {config[name]!r}, which is not computed here")
        dim, heads = _whole(config, "hidden_size"), _whole(config, "num_attention_heads")
        head_dim = _whole(config, "head_dim", dim // heads)
        key_heads = _whole(config, "num_key_value_heads", heads)
        if heads % key_heads or head_dim % 2:
            raise BadSource(
                f"its config.json has {heads} heads, {key_heads} of keys, of {head_dim} numbers each; heads "
                "must be a multiple of those of keys, and their numbers even"
            )
        n_tokens = _whole(config, "vocab_size")
        return cls(
            n_tokens=n_tokens,
            dim=dim,
            layers=_whole(config, "num_hidden_layers"),
            heads=heads,
            key_heads=key_heads,
            head_dim=head_dim,
            inner=_whole(config, "intermediate_size"),
            context=_whole(config, "max_position_embeddings", 2048),
            tied=bool(config.get("tie_word_embeddings", False)),
            epsilon=_positive("rms_norm_eps", config.get("rms_norm_eps", 1e-6)),
            rope_theta=_rope_theta(config),
            initial_std=_positive("initializer_range", config.get("initializer_range", 0.02)),
            end_of_text=_end_of_text(config, n_tokens),
        )

    def config(self) -> dict[str, Any]:
        """Return the config.json that states it, as transformers reads it."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": KIND,
            "vocab_size": self.n_tokens,
            "hidden_size": self.dim,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": self.head_dim,
            "intermediate_size": self.inner,
            "max_position_embeddings": self.context,
            "tie_word_embeddings": self.tied,
            "rms_norm_eps": self.epsilon,
            "rope_theta": self.rope_theta,
            "initializer_range": self.initial_std,
            "hidden_act": "silu",
            "attention_bias": False,
            "attention_dropout": 0.0,
            "mlp_bias": False,
            "rope_scaling": None,
            "bos_token_id": self.end_of_text,
            "eos_token_id": self.end_of_text,
            "dtype": "float32",
            "use_cache": True,
        }

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned."""
        tables = self.n_tokens * self.dim * (1 if self.tied else 2)
        return tables + self.layers * self.n_parameters_of_layer + self.dim

    @property
    def n_parameters_of_layer(self) -> int:
        """How many of them a layer has."""
        attention = 2 * (self.heads + self.key_heads) * self.head_dim * self.dim
        return attention + 3 * self.dim * self.inner + 2 * self.dim


def _whole(config: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = config.get(name)
    if value is None:
        value = default
    if type(value) is not int or value < 1:
        raise BadSource(f"its config.json has {name} {value!r}, which is not a whole number from 1 up")
    return value


def _positive(name: str, value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise BadSource(f"its config.json has {name} {value!r}, which is not a number above 0")
    return float(value)


def _rope_theta(config: Mapping[str, Any]) -> float:
    """Return the base of the rotations; newer versions of transformers keep it in `rope_parameters`."""
    theta = config.get("rope_theta")
    for name in ("rope_parameters", "rope_scaling"):
        given = config.get(name) or {}
        parameters = given if isinstance(given, Mapping) else {"rope_type": given}
        kind = parameters.get("rope_type", parameters.get("type", "default"))
        if kind != "default":
            raise BadSource(f"its config.json has {name} of the kind {kind!r}, which is not computed here")
        theta = parameters.get("rope_theta") or theta
    return _positive("rope_theta", theta or 10_000.0)


def _end_of_text(config: Mapping[str, Any], n_tokens: int) -> int | None:
    """Return the token that begins a text; of several that end one the first. Some files say -1 for none."""
    for name in ("bos_token_id", "eos_token_id"):
        value = config.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if type(value) is int and 0 <= value < n_tokens:
            return value
    return None

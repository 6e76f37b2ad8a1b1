"""How a model's weights are quantized, by its configuration.

That may be wrong, or name modules differently than the file; so it only gives settings to try, the best fit
first, and the shapes of the tensors decide.

Sources: `load_model` of https://github.com/ml-explore/mlx-lm (`quantization`), QuantizationConfig of
https://github.com/vllm-project/compressed-tensors, FineGrainedFP8Config of transformers.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

# Parts of a module's path that either the configuration or the name of the tensor may lack.
_WRAPPERS = ("model", "language_model", "text_model")
_MLX_DEFAULTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"affine": (64, 4), "mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}
)
_OTHER = 2  # the rank of a group for other modules


class MlxSettings(NamedTuple):
    """How MLX quantized a module. is_own: whether this is stated for the module itself, not for all."""

    group_size: int
    n_bits: int
    mode: str = "affine"
    is_own: bool = False


class WeightSettings(NamedTuple):
    """How a weight was quantized. block: rows and columns that share a scale, None for all of them.

    n_bits: None where it is not stated. is_own: whether this is stated for the module or its kind.
    """

    block: tuple[int | None, int | None]
    n_bits: int | None = None
    has_zero_points: bool = False
    is_own: bool = False


def quantization_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a configuration that is about quantization, {} without one."""
    for key in ("quantization_config", "compression_config"):
        part = config.get(key)
        if isinstance(part, dict):
            inner = part.get("quantization_config")
            return {**part, **inner} if isinstance(inner, dict) else part
    return {}


def method_of(config: Mapping[str, Any]) -> str | None:
    """Return the name of the method that the configuration states, None without one."""
    method = quantization_of(config).get("quant_method")
    return method if isinstance(method, str) and method else None


def mlx_settings(config: Mapping[str, Any], module: str) -> Iterator[MlxSettings]:
    """Yield the settings of MLX that may be those of a module: those of its path, then those for all.

    An unknown mode is yielded unchanged.
    """
    part = config.get("quantization", config.get("quantization_config"))
    if not isinstance(part, dict):
        return
    wanted = _bare(module)
    paths = [path for path, value in part.items() if isinstance(value, dict) and _bare(path) == wanted]
    for path in sorted(paths, key=lambda path: path != module):
        yield _mlx(part[path])._replace(is_own=True)
    if any(key in part for key in ("bits", "group_size", "mode")):
        yield _mlx(part)


def _mlx(part: Mapping[str, Any]) -> MlxSettings:
    mode = str(part.get("mode") or "affine")
    group_size, n_bits = _MLX_DEFAULTS.get(mode, (0, 0))
    return MlxSettings(_count(part.get("group_size")) or group_size, _count(part.get("bits")) or n_bits, mode)


def _bare(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split(".") if part not in _WRAPPERS)


def weight_settings(config: Mapping[str, Any], module: str) -> Iterator[WeightSettings]:
    """Yield the settings of compressed-tensors and of 8-bit floats that may be those of a module."""
    part = quantization_of(config)
    groups = part.get("config_groups")
    for group in sorted(groups.values() if isinstance(groups, dict) else (), key=lambda g: _rank(g, module)):
        weights = group.get("weights") if isinstance(group, dict) else None
        if isinstance(weights, dict):
            has_zero_points = weights.get("symmetric") is False
            n_bits, is_own = _count(weights.get("num_bits")), _rank(group, module) < _OTHER
            yield WeightSettings(_block(weights), n_bits, has_zero_points, is_own)
    block_size = _pair(part.get("weight_block_size"))
    if block_size is not None:
        yield WeightSettings(block_size)


def _rank(group: object, module: str) -> int:
    """Return how well the targets of a group fit a module: by name (0), by kind (1), or not at all."""
    targets = group.get("targets") if isinstance(group, dict) else None
    names = [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else []
    if any(_matches(target, module) for target in names):
        return 0
    kinds = ("Linear", "ParallelLMHead") if "head" in module else ("Embedding", "VocabParallelEmbedding")
    return 1 if any(target in kinds for target in names) else _OTHER


def _matches(target: str, module: str) -> bool:
    if not target.startswith("re:"):
        return _bare(target) == _bare(module)
    try:
        return re.match(target.removeprefix("re:"), module) is not None
    except re.error:
        return False


def _block(weights: Mapping[str, Any]) -> tuple[int | None, int | None]:
    group_size, strategy = weights.get("group_size"), weights.get("strategy")
    if strategy == "block":
        structure = weights.get("block_structure")
        parts = structure.split("x") if isinstance(structure, str) else structure
        return _pair(parts) or (None, None)
    if strategy in ("group", "tensor_group") or (strategy is None and _count(group_size)):
        return 1, _count(group_size)
    return (1, None) if strategy == "channel" or group_size == -1 else (None, None)


def _pair(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    rows, columns = (_count(int(n) if isinstance(n, str) and n.isdecimal() else n) for n in value)
    return None if rows is None or columns is None else (rows, columns)


def _count(value: object) -> int | None:
    """Return a number of one or more, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None

"""Weights as MLX quantizes them: whole numbers with a scale and a bias for each group, or floats of few bits.

Source: `quantize` and `dequantize` of https://github.com/ml-explore/mlx, its QuantizedEmbedding, and
`load_model` of https://github.com/ml-explore/mlx-lm.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tovec.models.architectures.lookup import stated_widths
from tovec.models.quantization.blocks import FLOATS
from tovec.models.quantization.config import MlxSettings, mlx_settings
from tovec.models.quantization.weight import Weight, decoded_by
from tovec.vectors.bit_packing import MAX_BITS, packed_e2m1, packed_integers
from tovec.vectors.number_types import NUMBER_TYPES, NumberType
from tovec.vectors.scaled import BlockNumbers, ScaledTensor
from tovec.vectors.stored import StoredTensor, shape_text

_Mode = tuple[NumberType, NumberType, int]
# The modes of floats: what decodes the codes and the scales, and the bits of a code.
_MODES: Mapping[str, _Mode] = MappingProxyType(
    {
        "mxfp4": (packed_e2m1(), NUMBER_TYPES["F8_E8M0"], 4),
        "mxfp8": (NUMBER_TYPES["F8_E4M3"], NUMBER_TYPES["F8_E8M0"], 8),
        "nvfp4": (packed_e2m1(), NUMBER_TYPES["F8_E4M3"], 4),
    }
)


def mlx_table(weight: Weight) -> ScaledTensor:
    """Return a weight of `weight`, `scales` and, where its codes are whole numbers, `biases`."""
    words, scales = weight.codes, weight.needed("scales")
    if len(scales.shape) != 2 or scales.shape[0] != words.shape[0] or not scales.shape[1]:
        raise weight.refusal(
            f"is of {shape_text(words.shape)} words and has scales of shape {shape_text(scales.shape)}"
        )
    settings = _settings(weight, words.shape[1], scales.shape[1])
    n_numbers = settings.group_size * scales.shape[1]
    if settings.mode != "affine":
        return _floats(weight, scales, settings, n_numbers)
    biases = weight.needed("biases")
    if scales.kind.name not in FLOATS or biases.kind.name not in FLOATS or biases.shape != scales.shape:
        raise weight.refusal(f"has scales of {scales.kind.name} and biases of {biases.kind.name}")
    block = (1, settings.group_size)
    return ScaledTensor(
        weight.name,
        f"MLX {settings.n_bits}-bit, groups of {settings.group_size}",
        n_numbers,
        decoded_by(words, packed_integers(settings.n_bits), n_numbers),
        BlockNumbers(scales, block),
        offsets=BlockNumbers(biases, block),
    )


def _floats(weight: Weight, scales: StoredTensor, settings: MlxSettings, n_numbers: int) -> ScaledTensor:
    codes_type, scales_type, n_bits = _MODES[settings.mode]
    if settings.n_bits != n_bits or scales.kind.name != "U8":
        raise weight.refusal(
            f"has {settings.n_bits}-bit codes and scales of {scales.kind.name}, which is not {settings.mode}"
        )
    blocks = BlockNumbers(replace(scales, kind=scales_type), (1, settings.group_size))
    codes = decoded_by(weight.codes, codes_type, n_numbers)
    return ScaledTensor(weight.name, f"MLX {settings.mode}", n_numbers, codes, blocks)


def _settings(weight: Weight, n_words: int, n_groups: int) -> MlxSettings:
    """Return how a weight was quantized, by its shapes and the configuration together."""
    widths = stated_widths(weight.config)
    stated = list(mlx_settings(weight.config, weight.module))
    for settings in stated:
        if settings.mode not in (*_MODES, "affine"):
            raise weight.refusal(
                f"is quantized by MLX in the mode {settings.mode!r}, which tovec does not read"
            )
    by_width = [_of_width(n_words, n_groups, width) for width in widths if "biases" in weight.companions]
    fitting = [
        s
        for s in (*stated, *by_width)
        if 0 < s.n_bits <= MAX_BITS and n_words * 32 == n_groups * s.group_size * s.n_bits
    ]
    if not fitting:
        says = "does not say how many bits a code has"
        if stated:
            says = f"says {stated[0].n_bits}-bit codes in groups of {stated[0].group_size}"
        raise weight.refusal(
            f"has rows of {n_words} words and {n_groups} scales, and the configuration {says}"
        )
    # Settings for the module itself count; settings for all modules must give the stated width.
    return min(fitting, key=lambda s: not s.is_own and s.group_size * n_groups not in widths)


def _of_width(n_words: int, n_groups: int, width: int) -> MlxSettings:
    if width < 1 or n_words * 32 % width or width % n_groups:
        return MlxSettings(0, 0)
    return MlxSettings(width // n_groups, n_words * 32 // width)

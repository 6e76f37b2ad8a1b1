"""Weights of compressed-tensors and 8-bit floats: packed whole numbers, small floats, a scale for each block.

Sources: the compressors of https://github.com/vllm-project/compressed-tensors (pack_quantized, int_quantized,
float_quantized, nvfp4, mxfp4, mxfp8), FineGrainedFP8 of transformers, NVIDIA's Model Optimizer.
"""

from dataclasses import replace
from math import ceil, prod

from tovec.models.quantization.blocks import (
    SMALL_FLOATS,
    blocks_of,
    blocks_text,
    scale_blocks,
    zero_point_blocks,
)
from tovec.models.quantization.config import WeightSettings, method_of, quantization_of, weight_settings
from tovec.models.quantization.weight import Weight, decoded_by
from tovec.storage.file_errors import CorruptFile
from tovec.vectors.bit_packing import MAX_BITS, packed_e2m1, packed_integers
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.scaled import BlockNumbers, ScaledTensor
from tovec.vectors.stored import StoredTensor, shape_text

SCALES = ("weight_scale", "weight_scale_inv", "scale_weight")


def packed_table(weight: Weight) -> ScaledTensor:
    """Return a weight as compressed-tensors packs it: whole numbers in words, or 4-bit floats in bytes."""
    packed = weight.codes
    if packed.kind.name == "U8":
        return _packed_floats(weight, packed)
    if packed.kind.name not in ("I32", "U32") or "weight_scale" not in weight.companions:
        stated = quantization_of(weight.config).get("format", "a format")
        raise weight.refusal(f"is packed into {packed.kind.name} as {stated}, which tovec does not read")
    settings = list(weight_settings(weight.config, weight.module))
    n_rows, dim, n_bits = _packed_size(weight, packed, settings)
    n_numbers = packed.shape[1] * 32 // n_bits
    if packed.shape[1] * 4 % packed_integers(n_bits).n_bytes:
        raise weight.refusal(
            f"has rows of {packed.shape[1]} words, which do not hold whole {n_bits}-bit codes"
        )
    kind = packed_integers(n_bits, 1 << (n_bits - 1))
    codes = decoded_by(packed, kind, n_numbers - n_numbers % kind.block)
    scales = scale_blocks(weight, weight.needed("weight_scale"), (n_rows, dim), settings)
    name = f"{n_bits}-bit, {blocks_text(scales, (n_rows, dim))}"
    return ScaledTensor(weight.name, name, dim, codes, scales, _zero_points(weight, scales, settings, n_bits))


def _zero_points(
    weight: Weight, scales: BlockNumbers, settings: list[WeightSettings], n_bits: int = 0
) -> BlockNumbers | None:
    """Return the zero points of a weight, None without; n_bits: of codes that may be packed."""
    zero_points = weight.part("weight_zero_point")
    if zero_points is not None:
        return zero_point_blocks(weight, zero_points, scales, n_bits)
    if settings and settings[0].is_own and settings[0].has_zero_points:
        raise weight.refusal("needs 'weight_zero_point' beside it, which is missing")
    return None


def _packed_size(
    weight: Weight, packed: StoredTensor, settings: list[WeightSettings]
) -> tuple[int, int, int]:
    """Return rows, columns and bits of a packed weight, by `weight_shape` or the configuration."""
    n_rows, n_words = packed.shape
    stated = weight.part("weight_shape")
    if stated is None:
        n_bits = next((s.n_bits for s in settings if s.n_bits), None)
        if n_bits is None or n_bits > MAX_BITS:
            raise weight.refusal("is packed, and neither 'weight_shape' nor the configuration says how")
        return n_rows, n_words * 32 // n_bits, n_bits
    if stated.kind.name not in ("I32", "I64") or prod(stated.shape) != 2:
        raise CorruptFile(f"tensor {stated.name!r} is not two whole numbers")
    rows, dim = (int(number) for number in stated.array().ravel())
    fitting = [n for n in range(1, MAX_BITS + 1) if dim > 0 and ceil(dim * n / 32) == n_words]
    said = [s.n_bits for s in settings if s.n_bits]
    bits = [n for n in said if n in fitting][:1] if said else fitting
    if rows != n_rows or len(bits) != 1:
        raise weight.refusal(
            f"is packed into {shape_text(packed.shape)} words, not {shape_text((rows, dim))} codes"
        )
    return n_rows, dim, bits[0]


def _packed_floats(weight: Weight, packed: StoredTensor) -> ScaledTensor:
    """Return NVFP4 or MXFP4 of compressed-tensors: two codes a byte, the first in the lower half."""
    dim = packed.shape[1] * 2
    scale = weight.needed("weight_scale")
    factor = weight.part("weight_global_scale")
    codes = decoded_by(packed, packed_e2m1(), dim)
    if scale.kind.name == "F8_E4M3" and factor is not None and prod(factor.shape) == 1:
        block = (1, 16)
        scales = blocks_of(weight, scale, codes.shape, block)
        return ScaledTensor(weight.name, "NVFP4", dim, codes, scales, factor=factor, divides=True)
    if scale.kind.name in ("U8", "F8_E8M0") and factor is None:
        scale = replace(scale, kind=NUMBER_TYPES["F8_E8M0"])
        return ScaledTensor(weight.name, "MXFP4", dim, codes, blocks_of(weight, scale, codes.shape, (1, 32)))
    stated = quantization_of(weight.config).get("format", "another format")
    raise weight.refusal(f"is packed into U8 as {stated}, which tovec does not read")


def modelopt_table(weight: Weight) -> ScaledTensor:
    """Return NVFP4 as NVIDIA's Model Optimizer saves it: the scales are multiplied by `weight_scale_2`."""
    scale, factor, packed = weight.part("weight_scale"), weight.part("weight_scale_2"), weight.codes
    if scale is None or factor is None or scale.kind.name != "F8_E4M3" or prod(factor.shape) != 1:
        raise weight.refusal(
            f"holds U8 codes of {method_of(weight.config) or 'some method'}, which tovec does not read"
        )
    codes = decoded_by(packed, packed_e2m1(), packed.shape[1] * 2)
    scales = blocks_of(weight, scale, codes.shape, (1, 16))
    return ScaledTensor(weight.name, "NVFP4", codes.shape[1], codes, scales, factor=factor)


def scaled_table(weight: Weight) -> ScaledTensor:
    """Return whole numbers or floats of 8 bits with a scale for all, a row, a group or a block."""
    codes = weight.codes
    found = [name for name in SCALES if name in weight.companions]
    scale = weight.needed(*found)
    if codes.kind.name not in ("I8", *SMALL_FLOATS):
        raise weight.refusal(f"holds {codes.kind.name} and has {scale.name!r} beside it, which does not fit")
    if scale.kind.name == "U8" and codes.kind.name in SMALL_FLOATS:
        scale = replace(scale, kind=NUMBER_TYPES["F8_E8M0"])  # MXFP8
    settings = list(weight_settings(weight.config, weight.module))
    scales = scale_blocks(weight, scale, codes.shape, settings)
    zero_points = _zero_points(weight, scales, settings)
    name = f"{codes.kind.name}, {blocks_text(scales, codes.shape)}"
    return ScaledTensor(weight.name, name, codes.shape[1], codes, scales, zero_points)

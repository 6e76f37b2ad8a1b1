"""Which numbers of a weight share a scale: by the shapes or, where ambiguous, by the configuration."""

from dataclasses import replace
from math import ceil, prod

from tovec.models.quantization.config import WeightSettings
from tovec.models.quantization.weight import Weight
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.scaled import BlockNumbers
from tovec.vectors.stored import StoredTensor, shape_text

FLOATS = ("F64", "F32", "F16", "BF16")
SMALL_FLOATS = ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ")
INTEGERS = ("U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "BOOL")


def zero_point_blocks(
    weight: Weight, tensor: StoredTensor, scales: BlockNumbers, n_bits: int
) -> BlockNumbers:
    """Return zero points, one for each scale; n_bits: of codes that may be packed, 0 where they are not."""
    n_rows, n_columns = scales.tensor.shape
    kind = tensor.kind.name
    if n_bits and kind in ("I32", "U32") and tensor.shape == (ceil(n_rows * n_bits / 32), n_columns):
        return BlockNumbers(replace(tensor, kind=NUMBER_TYPES["U32"]), scales.block, n_bits)
    if prod(tensor.shape) != n_rows * n_columns or kind not in (*INTEGERS, *SMALL_FLOATS, *FLOATS):
        raise weight.refusal(
            f"has zero points of shape {shape_text(tensor.shape)} and type {kind}, which fit no scales"
        )
    return BlockNumbers(replace(tensor, shape=(n_rows, n_columns)), scales.block)


def scale_blocks(
    weight: Weight, scale: StoredTensor, shape: tuple[int, ...], settings: list[WeightSettings]
) -> BlockNumbers:
    """Return the scales of a table, and which block each is for.

    Blocks that the configuration states and that fit come first; else the shape decides, where it can be read
    in only one way.
    """
    if scale.kind.name not in (*FLOATS, "F8_E8M0", "F8_E4M3"):
        raise weight.refusal(f"has scales of {scale.kind.name}, which tovec does not read")
    n_rows, dim = shape
    for stated in settings:
        block = (min(stated.block[0] or n_rows, n_rows), min(stated.block[1] or dim, dim))
        if _fits(scale.shape, shape, block):
            return _cut(scale, shape, block)
    derived = _derived_block(scale.shape, shape)
    is_contradicted = bool(settings) and derived is not None and derived[0] not in (1, n_rows)
    if derived is None or is_contradicted:
        raise weight.refusal(
            f"is of shape {shape_text(shape)} and its scales of {shape_text(scale.shape)}, and the "
            "configuration does not say which scale is for which numbers"
        )
    return _cut(scale, shape, derived)


def blocks_of(
    weight: Weight, scale: StoredTensor, shape: tuple[int, ...], block: tuple[int, int]
) -> BlockNumbers:
    """Return the scales of a table whose blocks are known. Raises UnsupportedFile where they do not fit."""
    if not _fits(scale.shape, shape, block):
        raise weight.refusal(
            f"is {shape_text(shape)} and its scales {shape_text(scale.shape)}, not for groups of {block[1]}"
        )
    return _cut(scale, shape, block)


def _counts(shape: tuple[int, ...], block: tuple[int, int]) -> tuple[int, int]:
    return ceil(shape[0] / block[0]), ceil(shape[1] / block[1])


def _fits(scales: tuple[int, ...], shape: tuple[int, ...], block: tuple[int, int]) -> bool:
    """Whether there is one scale for each block; a single column of scales may have one dimension or none."""
    counts = _counts(shape, block)
    return scales == counts or (len(scales) < 2 and counts == (prod(scales), 1))


def _cut(scale: StoredTensor, shape: tuple[int, ...], block: tuple[int, int]) -> BlockNumbers:
    return BlockNumbers(replace(scale, shape=_counts(shape, block)), block)


def _derived_block(scales: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the block that each scale is for, None where the shape is ambiguous."""
    n_rows, dim = shape
    if prod(scales) == 1:
        return n_rows, dim
    if len(scales) == 1:  # a scale a row; in a square table it might be one a column
        return (1, dim) if scales[0] == n_rows != dim else None
    if len(scales) != 2:
        return None
    rows = _block_length(n_rows, scales[0], is_group=False)
    columns = _block_length(dim, scales[1], is_group=rows == 1)
    return None if rows is None or columns is None else (rows, columns)


def _block_length(length: int, n_blocks: int, *, is_group: bool) -> int | None:
    """Return how many of `length` share a scale; None where that is not certain.

    Groups of columns have equal lengths by definition. Otherwise the last block may be shorter, so only a
    power of two without remainder is certain.
    """
    if n_blocks in (1, length):
        return length // n_blocks
    size, rest = divmod(length, n_blocks) if n_blocks else (0, 1)
    return size if not rest and (is_group or size & (size - 1) == 0) else None


def blocks_text(scales: BlockNumbers, shape: tuple[int, ...]) -> str:
    """Return in words which numbers share a scale."""
    n_rows, dim = scales.block
    if (n_rows, dim) == shape:
        return "one scale"
    if n_rows == 1:
        return "one scale per row" if dim == shape[1] else f"groups of {dim}"
    return f"blocks of {n_rows} x {dim}"

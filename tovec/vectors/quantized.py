"""The number types of GGML: how blocks of quantized numbers are laid out, and how they become float32.

A block is some integers of few bits and the scale that they share, in some types also a minimum that is
subtracted from each; the K types split a block into groups with scales of their own. A type is the layout of
its block and a function that splits blocks into parts; the arithmetic is the same for all. Results
equal those of the gguf package, bit for bit.

Source: ggml-common.h and ggml-quants.c of https://github.com/ggml-org/llama.cpp, and its gguf-py.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.number_types import NUMBER_TYPES, Bytes, NumberType, opaque
from tovec.vectors.table import Rows

_CHUNK = 1 << 16  # numbers decoded at a time: they and their results fit in the cache

Layout = list[tuple[str, str] | tuple[str, str, int]]  # fields of a block, as numpy names them
Blocks = NDArray[Any]  # (n_blocks,) of such a layout


class _Parts(NamedTuple):
    """Blocks taken apart: numbers = scales * codes - minimums, each group of codes with a scale of its own.

    codes: (n_blocks, block) integers. scales, minimums: (n_blocks, n_groups) float32.
    """

    codes: NDArray[Any]
    scales: Rows
    minimums: Rows | None = None


def _bits(packed: Bytes, n_bits: int, run: int) -> Bytes:
    """Return the 8 / n_bits numbers in each byte, (n_blocks, n_numbers).

    They are stored in runs of bytes: first the lowest bits of each byte of a run, then the next bits of each.
    """
    shifts = np.arange(0, 8, n_bits, dtype=np.uint8)[:, None]
    parts = packed.reshape(len(packed), -1, 1, run) >> shifts
    parts &= np.uint8((1 << n_bits) - 1)
    return parts.reshape(len(packed), -1)


def _float(halves: NDArray[Any]) -> Rows:
    """Return float16 numbers, one a block, as (n_blocks, 1) float32."""
    return halves.astype(np.float32)[:, None]


def _signed(codes: Bytes, zero: int) -> NDArray[np.int8]:
    """Return codes of up to seven bits as differences from the code of zero."""
    signed = codes.view(np.int8)
    signed -= np.int8(zero)
    return signed


def _q4_0(blocks: Blocks) -> _Parts:
    return _Parts(_signed(_bits(blocks["low"], 4, 16), 8), _float(blocks["d"]))


def _q4_1(blocks: Blocks) -> _Parts:
    return _Parts(_bits(blocks["low"], 4, 16), _float(blocks["d"]), -_float(blocks["m"]))


def _fifth_bits(blocks: Blocks) -> Bytes:
    """Return the upper bit of each code of Q5_0 and Q5_1, where it belongs."""
    codes = np.unpackbits(blocks["high"], axis=1, bitorder="little")
    codes <<= 4
    return codes


def _q5_0(blocks: Blocks) -> _Parts:
    codes = _fifth_bits(blocks)
    codes |= _bits(blocks["low"], 4, 16)
    return _Parts(_signed(codes, 16), _float(blocks["d"]))


def _q5_1(blocks: Blocks) -> _Parts:
    codes = _fifth_bits(blocks)
    codes |= _bits(blocks["low"], 4, 16)
    return _Parts(codes, _float(blocks["d"]), -_float(blocks["m"]))


def _q8_0(blocks: Blocks) -> _Parts:
    return _Parts(blocks["codes"], _float(blocks["d"]))


def _q2_k(blocks: Blocks) -> _Parts:
    scales = _float(blocks["d"]) * (blocks["scales"] & 15)
    minimums = _float(blocks["m"]) * (blocks["scales"] >> 4)
    return _Parts(_bits(blocks["low"], 2, 32), scales, minimums)


def _q3_k(blocks: Blocks) -> _Parts:
    packed = blocks["scales"]
    scales = _bits(packed[:, 8:], 2, 4)
    scales <<= 4
    scales |= _bits(packed[:, :8], 4, 8)
    codes = _bits(blocks["high"], 1, 32)
    codes <<= 2
    codes |= _bits(blocks["low"], 2, 32)
    return _Parts(_signed(codes, 4), _float(blocks["d"]) * _signed(scales, 32))


def _k_scales(blocks: Blocks) -> tuple[Rows, Rows]:
    """Return scales and minimums of Q4_K and Q5_K: six bits each, the later ones spread over two bytes."""
    first, second, low = np.split(blocks["scales"], 3, axis=1)
    scales = np.hstack([first & 63, (low & 15) | ((first >> 2) & 48)])
    minimums = np.hstack([second & 63, (low >> 4) | ((second >> 2) & 48)])
    return _float(blocks["d"]) * scales, _float(blocks["m"]) * minimums


def _q4_k(blocks: Blocks) -> _Parts:
    return _Parts(_bits(blocks["low"], 4, 32), *_k_scales(blocks))


def _q5_k(blocks: Blocks) -> _Parts:
    codes = _bits(blocks["high"], 1, 32)
    codes <<= 4
    codes |= _bits(blocks["low"], 4, 32)
    return _Parts(codes, *_k_scales(blocks))


def _q6_k(blocks: Blocks) -> _Parts:
    codes = _bits(blocks["high"], 2, 32)
    codes <<= 4
    codes |= _bits(blocks["low"], 4, 64)
    return _Parts(_signed(codes, 32), _float(blocks["d"]) * blocks["scales"])


def _tq1_0(blocks: Blocks) -> _Parts:
    low, middle, high = blocks["low"], blocks["middle"], blocks["high"]
    codes = np.hstack([_trits(low, 5), _trits(middle, 5), _trits(high, 4)])
    return _Parts(_signed(codes, 1), _float(blocks["d"]))


def _trits(packed: Bytes, n_digits: int) -> Bytes:
    """Return numbers of base three: a byte is a fraction (of 256), the first of its digits the highest."""
    fractions = packed[:, None, :] * (3 ** np.arange(n_digits)).astype(np.uint8)[:, None]
    return ((fractions.astype(np.uint16) * 3) >> 8).astype(np.uint8).reshape(len(packed), -1)


def _tq2_0(blocks: Blocks) -> _Parts:
    return _Parts(_signed(_bits(blocks["codes"], 2, 32), 1), _float(blocks["d"]))


# What the four bits of IQ4 types stand for, and those of a 4-bit float (E2M1), doubled.
_IQ4 = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], dtype=np.int8)
_E2M1 = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], dtype=np.int8)


def _iq4_nl(blocks: Blocks) -> _Parts:
    return _Parts(_IQ4.take(_bits(blocks["low"], 4, 16)), _float(blocks["d"]))


def _iq4_xs(blocks: Blocks) -> _Parts:
    scales = _bits(blocks["scales_high"], 2, 1)
    scales <<= 4
    scales |= _bits(blocks["scales_low"], 4, 1)
    return _Parts(_IQ4.take(_bits(blocks["low"], 4, 16)), _float(blocks["d"]) * _signed(scales, 32))


def _iq3_s(blocks: Blocks) -> _Parts:
    """Four numbers a code of nine bits, their signs beside them."""
    quads = blocks["low"] | (np.unpackbits(blocks["high"], axis=1, bitorder="little").astype(np.uint16) << 8)
    codes = _IQ3.take(quads, axis=0).reshape(len(blocks), -1)
    codes *= 1 - 2 * np.unpackbits(blocks["signs"], axis=1, bitorder="little").view(np.int8)
    scales = 1 + 2 * _bits(blocks["scales"], 4, 1)
    return _Parts(codes, _float(blocks["d"]) * scales)


def _iq3_codebook() -> NDArray[np.int8]:
    """Return the quads of IQ3_S, (512, 4): those of all 8 ** 4 of 1, 3, ... 15 whose bit is set."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(_IQ3_QUADS), np.uint8))
    octal = np.flatnonzero(bits)[:, None] >> np.array([0, 3, 6, 9])
    quads: NDArray[np.int8] = (1 + 2 * (octal & 7)).astype(np.int8)
    return quads


_IQ3_QUADS = (
    "e5eac410a550a049e8c4914408004420c5924488255000901044a05208a0014480114820904000802800a21045000210"
    "0250004000200040a800a21000880000e8d5a04a000a4020d288409040a0008280258820900480204990418840002080"
    "1428005022880000409040a000400000000089000a00000050a0400440002080d5aa51a054a00194a091244820400000"
    "4900508140110048a44028502080020041009024400000240840200180100080a1004000000440000440028010800000"
    "2055205429401040540850008000802280208028008000004088518051040010104220400020880040a0042008020010"
    "00020000400000005000a004000000008820892040800080215020841044000050844010800120800850a04400000000"
    "a00008018000004005004000000020000010000800008000008400801040000020882000892002085420402000000020"
    "804010820010000021800100084004104800802002000000002002000050000000000000200000002800200000000000"
    "005400500000800080008100000008000020000820042080800840008000000000000400100020009000000800008000"
    "040000008000000000500000000000008900a00280082000204008001400000048824080004000002000002400100000"
    "4410800000800000000020002000000020000040000000008000000000000000"
)
_IQ3 = _iq3_codebook()


def _mxfp4(blocks: Blocks) -> _Parts:
    powers = np.ldexp(np.float32(1), blocks["d"].astype(np.int32) - 128)[:, None]  # halved: _E2M1 is doubled
    return _Parts(_E2M1.take(_bits(blocks["low"], 4, 16)), powers)


def _nvfp4(blocks: Blocks) -> _Parts:
    return _Parts(_E2M1.take(_bits(blocks["low"], 4, 8)), _half_ue4m3()[blocks["d"]])


def _half_ue4m3() -> Rows:
    """Return half the value of each code of a float of four and three bits without a sign; 0x7F is none."""
    codes = np.arange(256)
    exponent, mantissa = (codes >> 3) & 15, codes & 7
    values = np.where(exponent == 0, mantissa * 2.0**-10, (8 + mantissa) * 2.0 ** (exponent - 11.0))
    values[0x7F] = 0.0
    return values.astype(np.float32)


def _quantized(
    name: str, layout: Layout, block: int, take_apart: Callable[[Blocks], _Parts], unit: float = 1.0
) -> NumberType:
    """Return the type of such blocks. unit: how far neighboring codes are apart."""
    dtype = np.dtype(layout)

    def decode(rows: Bytes) -> Rows:
        dim = rows.shape[-1] // dtype.itemsize * block
        blocks = np.ascontiguousarray(rows).reshape(-1).view(dtype)
        numbers = np.empty((len(blocks), block), dtype=np.float32)
        step = _CHUNK // block
        with np.errstate(over="ignore", invalid="ignore"):  # a scale may be infinite or NaN, as any number
            for start in range(0, len(blocks), step):
                _put_together(take_apart(blocks[start : start + step]), numbers[start : start + step])
        return numbers.reshape(*rows.shape[:-1], dim)

    def steps(rows: Bytes) -> Rows:
        blocks = np.ascontiguousarray(rows).reshape(-1).view(dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            apart: Rows = np.abs(take_apart(blocks).scales) * np.float32(unit)
        return apart.reshape(len(rows), -1)

    return NumberType(name, block, dtype.itemsize, decode, steps=steps)


def _spacing(codes: Iterable[int]) -> float:
    """Return how far neighbors among these codes are apart, where they are not evenly spaced: the mean."""
    return float(np.sqrt(np.mean(np.square(np.diff(np.array(sorted({*codes}), dtype=float))))))


def _put_together(parts: _Parts, numbers: Rows) -> None:
    numbers[...] = parts.codes
    groups = numbers.reshape(*parts.scales.shape, -1)
    groups *= parts.scales[..., None]
    if parts.minimums is not None:
        groups -= parts.minimums[..., None]


_NOT_READ = "which cannot be read; convert the file to another type, such as Q8_0"
_D, _M = ("d", "<f2"), ("m", "<f2")

GGML_TYPES: Mapping[int, NumberType] = MappingProxyType(
    {
        **{0: NUMBER_TYPES["F32"], 1: NUMBER_TYPES["F16"], 28: NUMBER_TYPES["F64"], 30: NUMBER_TYPES["BF16"]},
        **{24: NUMBER_TYPES["I8"], 25: NUMBER_TYPES["I16"], 26: NUMBER_TYPES["I32"], 27: NUMBER_TYPES["I64"]},
        2: _quantized("Q4_0", [_D, ("low", "u1", 16)], 32, _q4_0),
        3: _quantized("Q4_1", [_D, _M, ("low", "u1", 16)], 32, _q4_1),
        6: _quantized("Q5_0", [_D, ("high", "u1", 4), ("low", "u1", 16)], 32, _q5_0),
        7: _quantized("Q5_1", [_D, _M, ("high", "u1", 4), ("low", "u1", 16)], 32, _q5_1),
        8: _quantized("Q8_0", [_D, ("codes", "i1", 32)], 32, _q8_0),
        10: _quantized("Q2_K", [("scales", "u1", 16), ("low", "u1", 64), _D, _M], 256, _q2_k),
        11: _quantized("Q3_K", [("high", "u1", 32), ("low", "u1", 64), ("scales", "u1", 12), _D], 256, _q3_k),
        12: _quantized("Q4_K", [_D, _M, ("scales", "u1", 12), ("low", "u1", 128)], 256, _q4_k),
        13: _quantized(
            "Q5_K", [_D, _M, ("scales", "u1", 12), ("high", "u1", 32), ("low", "u1", 128)], 256, _q5_k
        ),
        14: _quantized(
            "Q6_K", [("low", "u1", 128), ("high", "u1", 64), ("scales", "i1", 16), _D], 256, _q6_k
        ),
        20: _quantized("IQ4_NL", [_D, ("low", "u1", 16)], 32, _iq4_nl, _spacing(_IQ4)),
        21: _quantized(
            "IQ3_S",
            [_D, ("low", "u1", 64), ("high", "u1", 8), ("signs", "u1", 32), ("scales", "u1", 4)],
            256,
            _iq3_s,
            2.0,
        ),
        23: _quantized(
            "IQ4_XS",
            [_D, ("scales_high", "u1", 2), ("scales_low", "u1", 4), ("low", "u1", 128)],
            256,
            _iq4_xs,
            _spacing(_IQ4),
        ),
        34: _quantized(
            "TQ1_0", [("low", "u1", 32), ("middle", "u1", 16), ("high", "u1", 4), _D], 256, _tq1_0
        ),
        35: _quantized("TQ2_0", [("codes", "u1", 64), _D], 256, _tq2_0),
        39: _quantized("MXFP4", [("d", "u1"), ("low", "u1", 16)], 32, _mxfp4, _spacing(_E2M1)),
        40: _quantized("NVFP4", [("d", "u1", 4), ("low", "u1", 32)], 64, _nvfp4, _spacing(_E2M1)),
        16: opaque("IQ2_XXS", 256, 66, _NOT_READ),
        17: opaque("IQ2_XS", 256, 74, _NOT_READ),
        18: opaque("IQ3_XXS", 256, 98, _NOT_READ),
        19: opaque("IQ1_S", 256, 50, _NOT_READ),
        22: opaque("IQ2_S", 256, 82, _NOT_READ),
        29: opaque("IQ1_M", 256, 56, _NOT_READ),
        41: opaque("Q1_0", 128, 18, _NOT_READ),
    }
)

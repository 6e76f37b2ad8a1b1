"""Vector code for the inner loops: tiles of dot products, their sigmoid, the update.

Written out as LLVM instructions because what numba makes of plain loops leaves half of the speed
behind: sums that end in one number are reduced sixteen at a time, the exponential is a polynomial
over whole registers, and a tile of products stays in registers. A register holds LANES float32, as
many as this processor's; the arithmetic is that of `step` in tests/training/window_step.py.

A *tile* is TARGETS rows of one table against INPUTS rows of another. Its scores lie in SLOTS
consecutive float32: input 0 with each target, then input 1 with each, then what means nothing.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tovec.training.kernels.registers import (
    I8,
    I32,
    I64,
    INTEGERS,
    LANES,
    VECTOR,
    address,
    constant,
    fma,
    integer,
    lane_sums,
    load,
    loop,
    shuffle,
    spread,
    store,
    vector_call,
)

TARGETS = 6
SLOTS = 16
ROW = 16  # float32; rows are padded to whole cache lines
_N = types.int64


def _rows(context, builder, table_type, table, ids, first, n, stride):
    """Return the addresses of the `n` rows whose numbers stand at ids[first:]."""
    data = context.make_array(table_type)(context, builder, table).data
    rows = []
    for i in range(n):
        row = builder.sext(builder.load(builder.gep(ids, [builder.add(first, integer(i))])), I64)
        rows.append(builder.gep(data, [builder.mul(row, stride)]))
    return rows


def _tile_functions(n_inputs):
    """Return `scores` and `update` for tiles of `n_inputs` rows of inputs."""

    @intrinsic
    def scores(typing, w_in, w_out, inputs, at, n, targets, first, m, out, out_at):
        """Write the dot products of n inputs and m targets as tiles.

        inputs[at:], targets[first:]: rows of w_in and w_out; n is a multiple of the tile's inputs, m
        of TARGETS. Rows have a multiple of ROW columns. out[out_at:]: tiles of the first inputs come
        first. Nothing is checked.
        """
        signature = types.void(w_in, w_out, inputs, _N, _N, targets, _N, _N, out, _N)

        def generate(context, builder, sig, args):
            w_in, w_out, inputs, at, n, targets, first, m, out, out_at = args
            inputs = address(context, builder, sig.args[2], inputs, at)
            targets = address(context, builder, sig.args[5], targets, first)
            out = address(context, builder, sig.args[8], out, out_at)
            strides = [
                builder.extract_value(context.make_array(kind)(context, builder, table).shape, 1)
                for kind, table in ((sig.args[0], w_in), (sig.args[1], w_out))
            ]
            place = cgutils.alloca_once_value(builder, integer(0))
            with cgutils.for_range_slice(builder, integer(0), n, integer(n_inputs)) as (i, _):
                xs = _rows(context, builder, sig.args[0], w_in, inputs, i, n_inputs, strides[0])
                with cgutils.for_range_slice(builder, integer(0), m, integer(TARGETS)) as (t, _):
                    ys = _rows(context, builder, sig.args[1], w_out, targets, t, TARGETS, strides[1])
                    zeros = [constant(0)] * (n_inputs * TARGETS)
                    k, so_far, close = loop(builder, integer(0), strides[0], integer(LANES), zeros)
                    y = [load(builder, row, k) for row in ys]
                    x = [load(builder, row, k) for row in xs]
                    pairs = [(a, b) for a in x for b in y]
                    sums = [fma(builder, a, b, s) for (a, b), s in zip(pairs, so_far, strict=True)]
                    close(sums)
                    sums += [constant(0)] * (SLOTS - len(sums))
                    for part in range(0, len(sums), LANES):
                        where = builder.add(builder.load(place), integer(part))
                        store(builder, lane_sums(builder, sums[part : part + LANES]), out, where)
                    builder.store(builder.add(builder.load(place), integer(SLOTS)), place)
            return context.get_dummy_value()

        return signature, generate

    @intrinsic
    def update(typing, w_in, w_out, inputs, at, n, targets, first, m, gradient, gradient_at):
        """Add gradient-weighted targets to inputs and inputs to targets, each as it was before.

        As `scores`, with gradient[gradient_at:] in the place of its tiles. A row that is named twice gets
        both additions; what its second naming gives to others is of the row after the first. Where
        there are more than TARGETS targets, those from there on meet inputs that the first moved.
        """
        signature = types.void(w_in, w_out, inputs, _N, _N, targets, _N, _N, gradient, _N)

        def generate(context, builder, sig, args):
            w_in, w_out, inputs, at, n, targets, first, m, gradient, gradient_at = args
            inputs = address(context, builder, sig.args[2], inputs, at)
            targets = address(context, builder, sig.args[5], targets, first)
            gradient = address(context, builder, sig.args[8], gradient, gradient_at)
            strides = [
                builder.extract_value(context.make_array(kind)(context, builder, table).shape, 1)
                for kind, table in ((sig.args[0], w_in), (sig.args[1], w_out))
            ]
            next_input = builder.mul(builder.sdiv(m, integer(TARGETS)), integer(SLOTS))
            with cgutils.for_range_slice(builder, integer(0), m, integer(TARGETS)) as (t, _):
                ys = _rows(context, builder, sig.args[1], w_out, targets, t, TARGETS, strides[1])
                column = builder.mul(builder.sdiv(t, integer(TARGETS)), integer(SLOTS))
                k, _, close_columns = loop(builder, integer(0), strides[0], integer(LANES), [])
                y = [load(builder, row, k) for row in ys]
                i, so_far, close = loop(builder, integer(0), n, integer(n_inputs), [constant(0)] * TARGETS)
                moves = list(so_far)
                tile = builder.mul(builder.sdiv(i, integer(n_inputs)), next_input)
                tile = builder.add(tile, column)
                for c in range(n_inputs):
                    (row,) = _rows(
                        context, builder, sig.args[0], w_in, inputs, builder.add(i, integer(c)), 1, strides[0]
                    )
                    x = load(builder, row, k)
                    even, odd = x, constant(0)
                    for j in range(TARGETS):
                        slot = builder.add(tile, integer(c * TARGETS + j))
                        p = spread(builder, builder.load(builder.gep(gradient, [slot])))
                        moves[j] = fma(builder, p, x, moves[j])
                        if j % 2:  # two sums, so that an addition need not wait for the one before
                            odd = fma(builder, p, y[j], odd)
                        else:
                            even = fma(builder, p, y[j], even)
                    store(builder, builder.fadd(even, odd), row, k)
                close(moves)
                for row, move in zip(ys, moves, strict=True):
                    store(builder, builder.fadd(load(builder, row, k), move), row, k)
                close_columns([])
            return context.get_dummy_value()

        return signature, generate

    return scores, update


INPUTS = 2  # rows of inputs in a tile of many inputs
pair_scores, pair_update = _tile_functions(INPUTS)
single_scores, _ = _tile_functions(1)  # bags move their one input themselves


@intrinsic
def input_update(typing, h, at, w_out, targets, first, m, gradient, gradient_at, moves):
    """Add gradient-weighted h[at] to targets; write what h[at] itself is to be moved by to moves[0].

    As the `update` of a tile with one input, but that the input stays as it is.
    """
    signature = types.void(h, _N, w_out, targets, _N, _N, gradient, _N, moves)

    def generate(context, builder, sig, args):
        h, at, w_out, targets, first, m, gradient, gradient_at, moves = args
        targets = address(context, builder, sig.args[3], targets, first)
        gradient = address(context, builder, sig.args[6], gradient, gradient_at)
        moves = address(context, builder, sig.args[8], moves, integer(0))
        width = builder.extract_value(context.make_array(sig.args[0])(context, builder, h).shape, 1)
        h = address(context, builder, sig.args[0], h, builder.mul(at, width))
        with cgutils.for_range_slice(builder, integer(0), m, integer(TARGETS)) as (t, _):
            rows = _rows(context, builder, sig.args[2], w_out, targets, t, TARGETS, width)
            slot = builder.mul(builder.sdiv(t, integer(TARGETS)), integer(SLOTS))
            places = [builder.gep(gradient, [builder.add(slot, integer(j))]) for j in range(TARGETS)]
            gradients = [spread(builder, builder.load(place)) for place in places]
            is_first = builder.icmp_signed("==", t, integer(0))
            k, _, close = loop(builder, integer(0), width, integer(LANES), [])
            x, y = load(builder, h, k), [load(builder, row, k) for row in rows]
            sums = [builder.select(is_first, constant(0), load(builder, moves, k)), constant(0)]
            for j in range(TARGETS):  # two sums, so that an addition need not wait for the one before
                sums[j % 2] = fma(builder, gradients[j], y[j], sums[j % 2])
            for row, p in zip(rows, gradients, strict=True):  # read again: a row may be named twice
                store(builder, fma(builder, p, x, load(builder, row, k)), row, k)
            store(builder, builder.fadd(*sums), moves, k)
            close([])
        return context.get_dummy_value()

    return signature, generate


def _row(context, builder, table_type, table, row):
    """Return the address of a row of a table."""
    array = context.make_array(table_type)(context, builder, table)
    return builder.gep(array.data, [builder.mul(row, builder.extract_value(array.shape, 1))])


@intrinsic
def add_row(typing, into, at, x, row, width):
    """Add the first `width` numbers of x[row], whole cache lines, to those of into[at]."""
    signature = types.void(into, _N, x, _N, _N)

    def generate(context, builder, sig, args):
        into, at, x, row, width = args
        into, x = _row(context, builder, sig.args[0], into, at), _row(context, builder, sig.args[2], x, row)
        with cgutils.for_range_slice(builder, integer(0), width, integer(LANES)) as (k, _):
            store(builder, builder.fadd(load(builder, into, k), load(builder, x, k)), into, k)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_product(typing, into, at, x, row, y, other, width):
    """Add the products of the first `width` numbers of x[row] and y[other] to those of into[at]."""
    signature = types.void(into, _N, x, _N, y, _N, _N)

    def generate(context, builder, sig, args):
        into, at, x, row, y, other, width = args
        into = _row(context, builder, sig.args[0], into, at)
        x, y = _row(context, builder, sig.args[2], x, row), _row(context, builder, sig.args[4], y, other)
        with cgutils.for_range_slice(builder, integer(0), width, integer(LANES)) as (k, _):
            sums = fma(builder, load(builder, x, k), load(builder, y, k), load(builder, into, k))
            store(builder, sums, into, k)
        return context.get_dummy_value()

    return signature, generate


def _softplus_polynomial():
    """Return coefficients, lowest first, of log(1 + e) / e on [0, 1], to 1e-7."""

    def ratio(e):
        return np.where(e > 1e-9, np.log1p(e) / np.maximum(e, 1e-9), 1.0)

    fitted = np.polynomial.chebyshev.Chebyshev.interpolate(ratio, 8, domain=[0, 1])
    return fitted.convert(kind=np.polynomial.Polynomial, domain=[-1, 1]).coef.tolist()


_SOFTPLUS = _softplus_polynomial()
# exp on [-log(2)/2, log(2)/2], and log(2) in two parts: Cephes, expf.c (Moshier 1989).
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
_LOG2_HIGH, _LOG2_LOW = 0.693359375, -2.12194440e-4


def _exp(builder, x):
    """Return exp(x) for x <= 0; below -87 what it is there, about 1e-38."""
    x = builder.select(builder.fcmp_ordered("<", x, constant(-87.0)), constant(-87.0), x)
    power = vector_call(builder, "nearbyint", builder.fmul(x, constant(1.4426950408889634)))
    rest = fma(builder, power, constant(-_LOG2_HIGH), x)
    rest = fma(builder, power, constant(-_LOG2_LOW), rest)
    series = constant(_EXP[0])
    for coefficient in _EXP[1:]:
        series = fma(builder, series, rest, constant(coefficient))
    value = fma(builder, builder.fmul(series, rest), rest, builder.fadd(rest, constant(1)))
    exponent = builder.shl(builder.fptosi(power, INTEGERS), ir.Constant(INTEGERS, [23] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(value, INTEGERS), exponent), VECTOR)


@intrinsic
def logistic_gradient(typing, tiles, at, n_tiles, label, weight, weight_at, rate):
    """Turn scores, in place, into rate * weight * label * (1 - s(label * score)), s the sigmoid.

    tiles[at:]: n_tiles of SLOTS. label, weight[weight_at:]: float32 for each slot, label 1 or -1.
    Returns the sum of weight * -log s(label * score), float64. NaN stays NaN.
    """
    signature = types.float64(tiles, _N, _N, label, weight, _N, types.float32)

    def generate(context, builder, sig, args):
        tiles, at, n_tiles, label, weight, weight_at, rate = args
        tiles = address(context, builder, sig.args[0], tiles, at)
        label = address(context, builder, sig.args[3], label, integer(0))
        weight = address(context, builder, sig.args[4], weight, weight_at)
        rates = spread(builder, rate)
        total = cgutils.alloca_once_value(builder, constant(0))
        stop = builder.mul(n_tiles, integer(SLOTS))
        with cgutils.for_range_slice(builder, integer(0), stop, integer(LANES)) as (k, _):
            labels, weights = load(builder, label, k), load(builder, weight, k)
            score = builder.fmul(load(builder, tiles, k), labels)
            size = vector_call(builder, "fabs", score)
            e = _exp(builder, builder.fneg(size))
            right = builder.fdiv(constant(1), builder.fadd(constant(1), e))  # s(|score|)
            is_right = builder.fcmp_ordered(">", score, constant(0))
            wrong = builder.select(is_right, builder.fmul(e, right), right)  # 1 - s(score)
            gradient = builder.fmul(builder.fmul(wrong, rates), builder.fmul(labels, weights))
            store(builder, gradient, tiles, k)
            series = constant(_SOFTPLUS[-1])
            for coefficient in _SOFTPLUS[-2::-1]:
                series = fma(builder, series, e, constant(coefficient))
            beyond = builder.select(is_right, constant(0), size)
            loss = fma(builder, series, e, beyond)
            builder.store(fma(builder, loss, weights, builder.load(total)), total)
        parts, half = builder.load(total), LANES // 2
        while half:
            low = shuffle(builder, parts, parts, list(range(half)))
            high = shuffle(builder, parts, parts, list(range(half, 2 * half)))
            parts, half = builder.fadd(low, high), half // 2
        return builder.fpext(builder.extract_element(parts, ir.Constant(I32, 0)), ir.DoubleType())

    return signature, generate


@intrinsic
def window_weights(typing, weight, shares, step, spans, at, n_centers, n):
    """Write how much pairs of n contexts count, by slot of their tiles; INPUTS contexts have `step` slots.

    spans[at:]: first, stop and place for each of n_centers windows. A slot counts the sum of
    shares[window * step + slot] over the windows that its context is in: first <= context < stop, but for
    the one at `place`.
    """
    signature = types.void(weight, shares, _N, spans, _N, _N, _N)

    def generate(context, builder, sig, args):
        weight, shares, step, spans, at, n_centers, n = args
        weight = address(context, builder, sig.args[0], weight, integer(0))
        shares = address(context, builder, sig.args[1], shares, integer(0))
        spans = address(context, builder, sig.args[3], spans, at)
        sides = [slot // TARGETS if slot < INPUTS * TARGETS else 0 for slot in range(SLOTS)]
        with cgutils.for_range_slice(builder, integer(0), step, integer(SLOTS)) as (tile, _):
            for part in range(0, SLOTS, LANES):
                slot = builder.add(tile, integer(part))
                side = ir.Constant(INTEGERS, sides[part : part + LANES])
                place, _, close = loop(builder, integer(0), n, integer(INPUTS), [])
                number = builder.add(spread(builder, builder.trunc(place, I32)), side)
                window, (so_far,), close_windows = loop(
                    builder, integer(0), n_centers, integer(1), [constant(0)]
                )
                first, stop, center = (
                    spread(
                        builder,
                        builder.load(
                            builder.gep(spans, [builder.add(builder.mul(window, integer(3)), integer(which))])
                        ),
                    )
                    for which in range(3)
                )
                is_in = builder.and_(
                    builder.icmp_signed("<=", first, number), builder.icmp_signed("<", number, stop)
                )
                is_in = builder.and_(is_in, builder.icmp_signed("!=", number, center))
                share = load(builder, shares, builder.add(builder.mul(window, step), slot))
                total = builder.fadd(so_far, builder.select(is_in, share, constant(0)))
                close_windows([total])
                tiles = builder.mul(builder.sdiv(place, integer(INPUTS)), step)
                store(builder, total, weight, builder.add(tiles, slot))
                close([])
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def prefetch(typing, table, row):
    """Ask for a row, which will be needed in a moment."""
    signature = types.void(table, _N)

    def generate(context, builder, sig, args):
        table, row = args
        array = context.make_array(sig.args[0])(context, builder, table)
        width = builder.extract_value(array.shape, 1)
        start = builder.gep(array.data, [builder.mul(row, width)])
        byte = I8.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, I32, I32, I32])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        read, keep_near, data = (ir.Constant(I32, value) for value in (0, 3, 1))
        with cgutils.for_range_slice(builder, integer(0), width, integer(ROW)) as (k, _):
            builder.call(ask, [builder.bitcast(builder.gep(start, [k]), byte), read, keep_near, data])
        return context.get_dummy_value()

    return signature, generate

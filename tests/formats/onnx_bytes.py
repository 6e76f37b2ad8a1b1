"""ONNX models written field by field, by the field numbers of onnx.proto."""

import struct

from protobuf_bytes import message, varint


def number(field, value):
    return varint(field << 3) + varint(value)


CODES = {"<f4": 1, "|u1": 2, "|i1": 3, "<i8": 7, "|b1": 9, "<f2": 10, "<f8": 11}


def tensor(name, array, *, data_type=None, packed_dims=False):
    dims = [number(1, n) for n in array.shape]
    if packed_dims:
        dims = [message(1, *map(varint, array.shape))]
    code = CODES[array.dtype.str] if data_type is None else data_type
    return b"".join([*dims, number(2, code), message(8, name), message(9, array.tobytes())])


def floats(name, array):
    """A tensor in float_data, which numpy_helper does not write and helper.make_tensor does."""
    dims = b"".join(number(1, n) for n in array.shape)
    return dims + number(2, 1) + message(4, array.astype("<f4").tobytes()) + message(8, name)


def external(name, shape, data_type, **entries):
    dims = b"".join(number(1, n) for n in shape)
    said = b"".join(message(13, message(1, key), message(2, str(value))) for key, value in entries.items())
    return dims + number(2, data_type) + message(8, name) + said + number(14, 1)


def node(operator, inputs, outputs, *attributes):
    names = [message(1, name) for name in inputs] + [message(2, name) for name in outputs]
    return (
        b"".join(names) + message(4, operator) + b"".join(message(5, attribute) for attribute in attributes)
    )


def graph(nodes, tensors, inputs=("input_ids",)):
    parts = [message(1, node) for node in nodes] + [message(2, "main")]
    parts += [message(5, tensor) for tensor in tensors]
    parts += [message(11, message(1, name)) for name in inputs]
    return b"".join(parts)


def model(nodes, tensors, inputs=("input_ids",)):
    opset = message(8, message(1, ""), number(2, 17))
    return number(1, 9) + message(2, "by hand") + message(7, graph(nodes, tensors, inputs)) + opset


def gather(table, ids="input_ids", out="y"):
    return node("Gather", [table, ids], [out])


def attribute(name, field, content):
    return message(1, name) + message(field, content) + number(20, {5: 4, 6: 5}[field])


def as_bfloat16(array):
    return (array.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()


def scalar(name, value, code):
    return (
        number(2, code) + message(8, name) + message(9, struct.pack({1: "<f", 2: "<B", 3: "<b"}[code], value))
    )

"""Files of tensors: the name, shape, number type and place of each; no number is read.

Each module returns a TensorStore (vectors/stored.py). Which tensors are token tables is decided in models/.
"""

"""How good vectors are, in numbers: tests that people have rated, and what a table says of itself.

One file a measure: it takes an embedding, or tables, and returns small frozen values; formulas and their
sources stand in the docstrings. The room is not called `measure`, which is the public function.
"""

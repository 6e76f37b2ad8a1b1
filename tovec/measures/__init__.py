"""What a table of vectors is like: its shape, its hubs, the rows that look under-trained.

Everything here reads tables by blocks and changes nothing. A measure is a function whose docstring has its
formula, its source and how to read it; `--explain` prints these docstrings.
"""

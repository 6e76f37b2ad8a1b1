"""Files of vectors become the parts of an embedding, one format a module: `recognizes` and `load`.

Rows are read when they are asked for, where the format allows it. Entries are in formats/__init__.py.
"""

"""Files in the formats of other programs, written from the parts of an embedding; how tokens and numbers fit.

One module a format with a `save` function; entries are in formats/writers.py.
"""

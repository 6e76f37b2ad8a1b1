"""Pickles followed without running them: they become records of what they would build.

Nothing is imported or called. What a record means (a tensor, an array, a model) is decided by its readers.
"""

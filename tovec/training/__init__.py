"""Ids to vectors: what is asked is checked, an objective takes its steps, an embedding says how it was made.

settings.py and objectives.py are the tables of settings and objectives; run.py is one run from text to
embedding; each objective has a module, its loops are in kernels/. Where text comes from and how it is cut
is in text/; how a result is saved is in formats/saved/, which run_folder.py alone uses.
"""

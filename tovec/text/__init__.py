"""Text to ids: files, folders, strings and lists become documents, tokens, a vocabulary, a stream of ids.

tokenizers/ cut a text into tokens, corpus.py reads all documents in one pass, vocabulary.py names the rows
of a table, ngrams.py and phrases.py find parts of tokens and tokens of several words. Vectors are not
known here.
"""

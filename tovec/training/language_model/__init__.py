"""The objective of a language model: predict the next token (Radford et al. 2018; Touvron et al. 2023).

stream.py lays documents out as one stream, in blocks; objective.py trains a network on them, with the
loss of loss.py and the steps of optimizer.py; baselines.py says what counting tokens and pairs would reach.
"""

"""A language model opened for prediction: the next token, a continuation, vectors in context, a worked step.

Any model of Llama's architecture that is in a folder, or one that was trained here. torch is imported when
the first question is asked.
"""

TEMPERATURE = 0.8  # of drawing, where none is given: what a small model finds unlikely is mostly wrong

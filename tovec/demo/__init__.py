"""`tovec demo`: the documentation inside the running Python, a corpus that every machine has, and its words.

python_docs.py and prose.py turn Python's source into paragraphs of prose, content_words.py chooses words to
draw, demo.py trains and draws. Printing is left to the command.
"""

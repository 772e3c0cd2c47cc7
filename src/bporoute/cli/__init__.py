"""The commands, their tables, pages and pictures; needs the extra ``cli``.

Not here: anything that a program could want, which is public in the other rooms.
"""

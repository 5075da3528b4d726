"""What each command does, without a terminal: a module per command, functions with plain arguments.

They return plain data or results, and raise InputError. `cli` and `app` only read options, call them, and show what
comes back. Nothing is imported here, so that a command loads no more than it needs.
"""

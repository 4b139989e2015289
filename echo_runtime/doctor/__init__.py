"""What this machine lacks for the runtime, and what to do about it.

Imports nothing but the standard library before it is used, so that it can speak of whatever is missing:
`python -m echo_runtime.doctor` works even without the libraries of the command line.
"""

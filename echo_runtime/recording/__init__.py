"""Recordings of a run: everything that entered the runtime's loop from outside, so that it can be lived through again.

`inflow` is the door through which the outside enters, `recorder` writes it down, `replayed` brings it back, `container`
and `values` are the file's bytes, `comparison` says whether what came out was the same.
"""

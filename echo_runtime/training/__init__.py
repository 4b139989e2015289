"""Synthetic heads and dyads, data sets, the training stages and the measures."""

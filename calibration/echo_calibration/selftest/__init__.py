"""What `calibrate ... --selftest` runs: the real measurement on inputs whose truth is known."""

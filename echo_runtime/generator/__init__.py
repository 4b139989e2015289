"""The motion generator: SDCM flow transformer on the face grid, speech encoder, sampler, streaming state."""

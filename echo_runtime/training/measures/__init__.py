"""Measures of generated faces against held-out truth: lips, reactions, events, and pictures read by a judge."""

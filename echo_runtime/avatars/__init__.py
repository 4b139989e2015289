"""The avatar package format and the shipped avatars."""

"""Reusable constructs, one capability a file. Copy a file, or the folder."""

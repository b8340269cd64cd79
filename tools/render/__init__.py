"""Renderer of labelled street drives from the art of Debian's `torcs-data` package."""

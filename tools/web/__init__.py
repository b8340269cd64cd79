"""Looks at the web view of a running program with a real browser."""

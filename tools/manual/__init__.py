"""The manual page, made from what the program says of itself."""

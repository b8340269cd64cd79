"""The built program, read by public packages."""

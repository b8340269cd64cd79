"""Compares densehybrid with other engines on the same work, on this machine: tools/peers/compare."""

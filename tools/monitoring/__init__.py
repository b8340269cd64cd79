"""What others read of a running program: metrics, traces, terminals."""

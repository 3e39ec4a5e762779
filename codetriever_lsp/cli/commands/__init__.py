"""One file per command: `run(options)` gives the exit code."""

"""What the benchmarks share: a throw-away installation, and how figures are printed."""

"""What happened, provably: one writer, canonical bytes, refusal of change, verification."""

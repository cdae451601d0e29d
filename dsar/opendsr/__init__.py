"""OpenDSR 2.0: requests that connected systems hand in, and what they are told."""

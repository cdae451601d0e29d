"""The embedded servers, the environment and the supervisor, on real processes."""

"""Where checkpoints are kept beyond the reach of the database's superuser."""

"""What operational data tells about customers, under a purpose for it and without their names."""

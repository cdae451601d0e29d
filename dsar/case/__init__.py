"""What a person learns about their own request, with the code they were given and nothing else."""

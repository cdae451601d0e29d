"""What customers are worth and how they come, stay and go: figures, each with its source."""

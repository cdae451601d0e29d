"""Other people in what a person is given: found, hidden, read by a member of staff, logged."""

"""What is accepted and what it becomes. Pure: no clock, environment, randomness or network."""

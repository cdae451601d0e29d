"""What we hold, about whom, and why: the data map, the register, the gate, discovery."""

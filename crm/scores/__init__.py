"""How likely customers are to go, and what they will be worth: conclusions, told as such."""

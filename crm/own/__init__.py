"""What a person sees and says on the page of their own (C6): their orders, cases, conversations."""

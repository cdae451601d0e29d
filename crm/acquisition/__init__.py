"""How people come to a company by themselves: public forms, and links that others pass on."""

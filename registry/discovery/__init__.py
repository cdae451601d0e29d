"""Discovery: what looks like personal data in columns and in free text.

Whatever it finds is a *finding*, a question for the DPO, never a verdict: the data map
says what a column is, a person decides. Nothing here touches the database, the clock or
the network, and no value that was looked at leaves unmasked.

- `columns` proposes a category for each column of a table, from its header, a sample of
  its values and its neighbours;
- `freetext` finds personal data inside notes, with spans;
- `special` asks about the categories of Art. 9 and 10;
- `identifiers` knows the official numbers of Europe and checks their digits;
- `engine` finds in two stages, and loads spaCy on first use;
- `through_presidio` has the same finders behind Presidio, and alone knows it.
"""

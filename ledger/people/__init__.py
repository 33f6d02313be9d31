"""What the law and decency ask about people's data: how long it is kept, where it may lie, what proves it is gone."""

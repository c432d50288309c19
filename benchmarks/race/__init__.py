"""A race: several engines train the same networks, side by side."""

"""What the two homeworks need: checks that explain, and the file to hand in."""

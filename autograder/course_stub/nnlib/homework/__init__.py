"""The homework's helpers, as far as a student's cells call them."""

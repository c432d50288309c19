"""In grading there is nothing to hand in."""


def hand_in(assignment, folder=".", also=()):
    """Make nothing."""

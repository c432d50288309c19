"""The parts of the measurement of the views: a lab, a reader's moves, the goals, the report."""

"""The course folder's settings; run nbgrader's commands from this folder."""

from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "neural-networks-basics"
# Also when nbgrader is started elsewhere with --config.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

# The text twins hold the solutions: they stay here.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.md"]

# What a student finds in place of each solution: a comment, so that a notebook runs before
# anything is filled in, and so that it can stand in a text, too.
c.ClearSolutions.code_stub = {
    "python": "# Not answered yet: write your answer in place of this line."
}
c.ClearSolutions.text_stub = "*Double-click here and write your answer in place of this line.*"

# A rubric stands in the locked question above the answer: hidden in the release, shown again to
# the person who grades, and in the feedback. nbgrader expects it in task cells only.
c.ClearMarkScheme.enforce_metadata = False

# Seconds for one cell. In hw1-2 the grader trains a config twice: at the budget's end that takes
# one to six minutes of one core; everything else takes seconds.
c.Execute.timeout = 900

# A deleted test cell still judges.
c.OverwriteCells.add_missing_cells = True

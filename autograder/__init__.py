"""The instructor's tool: grades homework from strangers, on top of nbgrader."""

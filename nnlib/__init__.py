"""The library of *Neural Networks Basics*: every formula of the course, once."""

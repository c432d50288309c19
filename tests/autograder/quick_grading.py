"""Grading without a kernel, in a module of its own: a worker loads it in no time."""

import os
import time

from autograder import verdict as v


def quick(job):
    """Grade without a kernel; a submission's own name says what happens to its worker."""
    if job.student.startswith("killer"):
        os._exit(1)
    if job.student.startswith("bug"):
        raise RuntimeError("a fault")
    if job.student.startswith("slow"):
        time.sleep(300)
    question = v.Question("softmax-test", 2.0, 2.0, v.GRADED)
    return v.Verdict(job.assignment, job.student, (question,)).to_dict()

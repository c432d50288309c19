"""Grades many submissions, on local cores or on a cluster, and goes on where it stopped."""

import json
import multiprocessing
import os
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import nbformat
from tqdm.auto import tqdm

from autograder import rebuild
from autograder import verdict as v
from autograder.job import grade
from autograder.record import only_writer, record, write_whole

AHEAD = 4  # jobs that wait for each worker: few, so that memory does not grow with their number


def grade_all(
    course,
    assignment,
    workers=None,
    cluster=None,
    student=None,
    force=False,
    provisioner="autograder-box",
    progress=True,
):
    """Grade what is new or changed.

    Parameters
    ----------
    course : Course
    assignment : str
    workers : int or None
        Processes at work; None for one a core.
    cluster : str or None
        The address of a Dask scheduler.
    student : str or None
        One student's submission alone.
    force : bool
        Also what was graded before.
    provisioner : str
        "local-provisioner" grades without a box.
    progress : bool

    Returns
    -------
    list of Verdict
        Of all submissions, also those graded before.
    """
    name, assignment = assignment, course.assignment(assignment)
    submissions = [
        submission
        for submission in course.submissions(name)
        if student is None or submission.student == student
    ]
    with only_writer(course.folder):
        old = {} if force else _graded_before(course, assignment, submissions)
        todo = [submission for submission in submissions if submission.student not in old]
        keeper = _Keeper(course, assignment)
        for known in old.values():
            keeper.record_again(known)
        jobs = _Jobs(assignment, provisioner, keeper)
        with tqdm(total=len(todo), desc=f"Grading {name}", disable=not progress) as bar:
            with executor(workers, cluster) as (pool, n_workers):
                suspects = jobs.grade(pool, todo, n_workers * AHEAD, bar)
            # A worker died, and with it the pool. Each that was at work then is tried alone.
            for submission in suspects:
                with executor(1, cluster) as (pool, _):
                    for lost in jobs.grade(pool, [submission], 1, bar):
                        jobs.lost(lost, bar)
    verdicts = {verdict.student: verdict for verdict in [*old.values(), *jobs.done]}
    return [verdicts[submission.student] for submission in submissions]


@contextmanager
def executor(workers=None, cluster=None):
    """Give an executor, and how many jobs it works at: of Dask's cluster, or of local processes."""
    if cluster is not None:
        from distributed import Client

        with Client(cluster, timeout=20, set_as_default=False) as client:
            n_workers = max(1, sum(client.nthreads().values()))
            yield client.get_executor(pure=False), n_workers
        return
    n_workers = workers or len(os.sched_getaffinity(0))
    # Not fork: a copy of this process would hold its open gradebook.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_one_thread) as pool:
        yield pool, n_workers


def _one_thread():
    """Each worker has a core of its own, and each judge's arithmetic one thread."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"


class _Jobs:
    """Hands out jobs, a few ahead, and keeps each verdict as it arrives."""

    def __init__(self, assignment, provisioner, keeper):
        self.assignment, self.provisioner, self.keeper = assignment, provisioner, keeper
        self.done = []

    def grade(self, pool, submissions, most, bar):
        """Grade submissions; return those that were at work when a worker died."""
        waiting, running, suspects = list(reversed(submissions)), {}, []
        while running or (waiting and not suspects):
            while waiting and len(running) < most and not suspects:
                submission = waiting.pop()
                job = self.assignment.job(submission, provisioner=self.provisioner)
                try:
                    running[pool.submit(grade, job)] = submission
                except BrokenExecutor:
                    suspects.append(submission)
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                submission = running.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    suspects.append(submission)
                else:
                    self._keep(_verdict(future, submission, self.assignment), submission, bar)
        return [*suspects, *reversed(waiting)]

    def lost(self, submission, bar):
        """Say of a submission that it ended its worker twice."""
        message = "Its worker died twice: the memory may be used up, or the grader has a fault."
        lost = v.Verdict(self.assignment.name, submission.student, (), v.GRADER_FAULT, message)
        self._keep(lost, submission, bar)

    def _keep(self, verdict, submission, bar):
        self.keeper.keep(verdict, submission)
        self.done.append(verdict)
        bar.update()


def _verdict(future, submission, assignment):
    """Return a future's verdict; one that failed is the grader's fault, not the student's."""
    error = future.exception()
    if error is None:
        return v.Verdict.from_dict(future.result())
    message = f"The worker failed: {type(error).__name__}: {error}"[:500]
    return v.Verdict(assignment.name, submission.student, (), v.GRADER_FAULT, message)


class _Keeper:
    """Keeps verdicts: each in a file of its own, then in the gradebook."""

    def __init__(self, course, assignment):
        self.course, self.assignment = course, assignment
        self.source = nbformat.reads(assignment.source, as_version=4)

    def keep(self, verdict, submission):
        answers = self._answers(submission)
        kept = {
            **verdict.to_dict(),
            "sha256": submission.sha256,
            "of": _version(self.assignment),
            "answers": answers,
        }
        path = _path(self.course, self.assignment.name, verdict.student)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(kept, indent=1))
        record(self.course.folder, verdict, self.source, answers)
        # Only now is it done: a run that was killed before writes the gradebook again.
        write_whole(path, json.dumps({**kept, "recorded": True}, indent=1))

    def record_again(self, verdict):
        """Write a verdict into the gradebook whose run was killed before it could."""
        path = _path(self.course, self.assignment.name, verdict.student)
        kept = json.loads(path.read_text(encoding="utf-8"))
        if not kept.get("recorded"):
            record(self.course.folder, verdict, self.source, kept["answers"])
            write_whole(path, json.dumps({**kept, "recorded": True}, indent=1))

    def _answers(self, submission):
        """Return the answers as text, for the person who reads them in formgrader."""
        try:
            notebook = rebuild.read(Path(submission.path).read_bytes())
            return rebuild.answers(self.source, notebook)
        except (rebuild.UnreadableError, OSError):
            return {}


def _graded_before(course, assignment, submissions):
    """Return the verdicts that still hold: same file, same assignment, no grader's fault."""
    found = {}
    for submission in submissions:
        path = _path(course, assignment.name, submission.student)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            verdict = read_kept(kept)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        same = kept["sha256"] == submission.sha256 and kept["of"] == _version(assignment)
        if same and verdict.status != v.GRADER_FAULT:
            found[submission.student] = verdict
    return found


def read_kept(kept):
    """Return the verdict in the plain values of a kept file."""
    own = ("sha256", "of", "answers", "recorded")
    return v.Verdict.from_dict({name: kept[name] for name in kept if name not in own})


def verdicts(course, assignment):
    """Return all verdicts kept for an assignment, by student."""
    paths = sorted((course.folder / "graded" / assignment).glob("*.json"))
    kept = [read_kept(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return {verdict.student: verdict for verdict in kept}


def _version(assignment):
    return sha256(assignment.source.encode("utf-8")).hexdigest()


def _path(course, assignment, student):
    return course.folder / "graded" / assignment / f"{student}.json"

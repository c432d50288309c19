"""Grades many submissions, on local cores or on a cluster, and goes on where it stopped."""

import json
import multiprocessing
import os
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from hashlib import sha256

import nbformat
from tqdm.auto import tqdm

from autograder import rebuild
from autograder import verdict as v
from autograder.course import read_submitted
from autograder.pictures import pictures
from autograder.record import only_writer, record, recorded, write_whole
from autograder.worker import grade_alone, prepare

CONNECT_SECONDS = 20  # to the scheduler of a cluster
AHEAD = 2  # jobs at work or waiting, for each worker: few, so that memory does not grow


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
        keeper.record_again([s for s in submissions if s.student in old], old)
        jobs = _Jobs(assignment, provisioner, keeper)
        with tqdm(total=len(todo), desc=f"Grading {name}", disable=not progress) as bar:
            while todo:
                with executor(workers, cluster) as (pool, n_workers):
                    suspects, todo = jobs.grade(pool, todo, n_workers * AHEAD, bar)
                # A worker died, and with it the pool. Each that was at work then is tried alone.
                for submission in suspects:
                    with executor(1, cluster) as (pool, _):
                        for lost in jobs.grade(pool, [submission], 1, bar)[0]:
                            jobs.lost(lost, bar)
    verdicts = {verdict.student: verdict for verdict in [*old.values(), *jobs.done]}
    return [verdicts[submission.student] for submission in submissions]


@contextmanager
def executor(workers=None, cluster=None):
    """Give an executor, and how many jobs it works at: of Dask's cluster, or of local processes.

    Raises
    ------
    ConnectionError
        If the cluster has no workers, or is lost.
    """
    if cluster is not None:
        with _cluster(cluster) as pool:
            yield pool
        return
    n_workers = workers or len(os.sched_getaffinity(0))
    before = set(multiprocessing.active_children())
    # Not fork: a copy of this process would hold its open gradebook.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n_workers, mp_context=context, initializer=prepare)
    try:
        yield pool, n_workers
    except BaseException:
        # Whatever stopped the run should not wait for the submissions that are at work.
        for worker in set(multiprocessing.active_children()) - before:
            worker.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _cluster(address):
    from distributed import Client

    with Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:
        n_workers = len(client.nthreads())
        if not n_workers:
            raise ConnectionError(
                f"The scheduler {address} has no workers: start some with `dask worker {address}`."
            )
        try:
            yield client.get_executor(pure=False), n_workers
        except CancelledError:
            raise ConnectionError(
                f"The cluster {address} was lost. What was graded is kept; the same command goes "
                "on with the rest."
            ) from None


class _Jobs:
    """Hands out jobs, a few ahead, and keeps each verdict as it arrives."""

    def __init__(self, assignment, provisioner, keeper):
        self.assignment, self.provisioner, self.keeper = assignment, provisioner, keeper
        self.done = []

    def grade(self, pool, submissions, most, bar):
        """Grade submissions.

        Returns
        -------
        suspects : list of Submission
            Those that were at work when a worker died, and with it the pool.
        rest : list of Submission
            Those that nobody began then.
        """
        waiting, running, suspects = list(reversed(submissions)), {}, []
        while running or (waiting and not suspects):
            while waiting and len(running) < most and not suspects:
                submission = waiting.pop()
                job = self.assignment.job(submission, provisioner=self.provisioner)
                try:
                    running[pool.submit(grade_alone, job)] = submission
                except BrokenExecutor:
                    suspects.append(submission)
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                submission = running.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    suspects.append(submission)
                else:
                    self._keep(_verdict(future, submission, self.assignment), submission, bar)
        return suspects, waiting[::-1]

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
        self.there = recorded(course.folder, assignment.name, assignment.points)
        self.source = nbformat.reads(assignment.source, as_version=4)

    def keep(self, verdict, submission):
        answers, shown = self._answers(submission)
        kept = {
            **verdict.to_dict(),
            "sha256": submission.sha256,
            "of": _version(self.assignment),
            "answers": answers,
        }
        path = _path(self.course, self.assignment.name, verdict.student)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(kept, indent=1))
        self._record(verdict, path, kept, shown)

    def record_again(self, submissions, old):
        """Write what the gradebook lacks: a run was killed before it could, or a file was lost."""
        for submission in submissions:
            path = _path(self.course, self.assignment.name, submission.student)
            kept = json.loads(path.read_text(encoding="utf-8"))
            if not kept.get("recorded") or submission.student not in self.there:
                self._record(old[submission.student], path, kept, self._answers(submission)[1])

    def _record(self, verdict, path, kept, shown):
        # Where an answer is missing, formgrader must not show the solution.
        answers = {**self.assignment.stubs, **kept["answers"]}
        record(self.course.folder, verdict, self.source, answers, shown)
        # Only now is it done: a run that was killed before writes the gradebook again.
        write_whole(path, json.dumps({**kept, "recorded": True}, indent=1))

    def _answers(self, submission):
        """Return the answers as text, and their pictures, for the person who reads them."""
        try:
            notebook = rebuild.read(read_submitted(submission.path))
            answers = rebuild.answers(self.source, notebook, self.assignment.stubs)
            return answers, pictures(self.source, notebook)
        except (rebuild.UnreadableError, OSError):
            return {}, {}


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
    """Return what changes with the assignment and with its limits."""
    return sha256(f"{assignment.source}{assignment.limits}".encode()).hexdigest()


def _path(course, assignment, student):
    return course.folder / "graded" / assignment / f"{student}.json"

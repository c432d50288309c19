"""The runner: it works in slices, takes the newest wish, and ends when told to."""

import asyncio
import threading
import time

import pytest
from loops import in_a_loop

from nnlib.views.runner import Runner


class Counter:
    """A model that counts its steps."""

    def __init__(self, last=None, seconds=0.0):
        self.steps = 0
        self.last = last
        self.seconds = seconds
        self.rate = 1.0
        self.threads = set()

    def step(self):
        time.sleep(self.seconds)
        self.threads.add(threading.current_thread().name)
        self.steps += 1
        return self.steps != self.last

    def snapshot(self):
        return self.steps


def make(model, **replaced):
    calls = {"shown": [], "ended": [], "threads": set()}

    def show(snapshot):
        calls["shown"].append(snapshot)
        calls["threads"].add(threading.current_thread().name)

    parts = {"step": model.step, "snapshot": model.snapshot, "show": show}
    parts["ended"] = calls["ended"].append
    return Runner(**(parts | replaced)), calls


def workers():
    return [t for t in threading.enumerate() if t.name == "nnlib-view"]


async def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)


def test_steps_in_a_worker_and_shows_in_the_event_loop():
    model = Counter(last=50)
    runner, calls = make(model)

    async def main():
        runner.start()
        await until(lambda: calls["ended"])

    in_a_loop(main)
    assert model.threads == {"nnlib-view"}
    assert calls["threads"] <= {"loop"}
    assert model.steps == 50
    assert calls["ended"] == [None]
    assert not workers()


def test_pictures_come_while_it_works_and_never_go_back():
    model = Counter(seconds=0.001)
    runner, calls = make(model)

    async def main():
        runner.start()
        await until(lambda: len(calls["shown"]) >= 5)
        runner.pause()

    in_a_loop(main)
    assert calls["shown"] == sorted(calls["shown"])


def test_pause_answers_within_a_step_and_leaves_no_thread():
    model = Counter(seconds=0.01)
    runner, calls = make(model)

    async def main():
        runner.start()
        await until(lambda: model.steps > 3)
        start = time.monotonic()
        runner.pause()
        seconds = time.monotonic() - start
        steps, shown = model.steps, len(calls["shown"])
        await asyncio.sleep(0.1)
        return seconds, steps, shown

    seconds, steps, shown = in_a_loop(main)
    assert seconds < 0.3
    assert model.steps == steps, "it went on after pause"
    assert len(calls["shown"]) == shown, "a picture came after pause"
    assert not calls["ended"]
    assert not workers()


def test_the_newest_of_many_changes_wins():
    model = Counter(seconds=0.05)
    applied = []
    runner, _ = make(model)
    runner.start()
    while not model.steps:
        time.sleep(0.001)
    for value in range(100):
        runner.change("lr", lambda value=value: applied.append(value))
    runner.change("l2", lambda: applied.append("l2"))
    runner.pause()
    assert applied[-2:] == [99, "l2"]
    assert len(applied) <= 4, "old values were applied one by one"


def test_a_change_is_made_at_once_when_nothing_runs():
    runner, _ = make(Counter())
    applied = []
    runner.change("lr", lambda: applied.append(threading.current_thread()))
    assert applied == [threading.main_thread()]


def test_a_change_is_shown_between_slow_steps():
    model = Counter()
    runner, calls = make(model, snapshot=lambda: model.rate)

    async def main():
        runner.start(rate=0.5)
        await until(lambda: calls["shown"])
        start = time.monotonic()
        runner.change("rate", lambda: setattr(model, "rate", 7.0))
        await until(lambda: calls["shown"][-1] == 7.0)
        runner.pause()
        return time.monotonic() - start

    assert in_a_loop(main) < 0.5
    assert model.steps == 1


def test_rate_limits_the_steps():
    model = Counter()
    runner, _ = make(model)
    runner.start(rate=20)
    time.sleep(0.5)
    runner.pause()
    assert 2 <= model.steps <= 11


@pytest.mark.parametrize("place", ["step", "snapshot", "change"])
def test_an_error_reaches_the_face(place):
    model = Counter(seconds=0.001)

    def fail():
        raise ValueError("broken on purpose")

    runner, calls = make(model, **({place: fail} if place != "change" else {}))

    async def main():
        runner.start()
        if place == "change":
            runner.change("x", fail)
        await until(lambda: calls["ended"])

    in_a_loop(main)
    assert str(calls["ended"][0]) == "broken on purpose"
    assert not runner.running
    assert not workers()


def test_a_closed_loop_ends_the_work():
    model = Counter()
    runner, _ = make(model)

    async def main():
        runner.start()
        await until(lambda: model.steps > 2)

    in_a_loop(main)
    end = time.monotonic() + 2
    while workers() and time.monotonic() < end:
        time.sleep(0.01)
    assert not workers()
    runner.pause()


def test_it_can_start_again():
    model = Counter()
    runner, _ = make(model)
    for _ in range(3):
        before = model.steps
        runner.start()
        assert runner.running
        runner.start()
        assert len(workers()) == 1
        while model.steps == before:
            time.sleep(0.001)
        runner.pause()

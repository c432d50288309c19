"""Run a coroutine in an event loop of its own thread, as a kernel runs a view's callbacks.

Not in the main thread: where browser tests ran before, it has a loop already.
"""

import asyncio
import threading


def in_a_loop(main):
    """Return what the coroutine function `main` returns, or raise what it raises."""
    outcome = {}

    def work():
        try:
            outcome["value"] = asyncio.run(main())
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=work, name="loop")
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]

"""How much a submission may use: time, memory, processes, files, output."""

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one submission.

    Parameters
    ----------
    cell_seconds, call_seconds, total_seconds : float
        Of the wall clock: one cell, one call of a student's function, everything.
    training_seconds : float
        Of the wall clock: the grader's own training of a config.
    cpu_seconds : int
        Of the processors, for one process.
    address_mb : int
        Memory that may be mapped; an idle kernel maps 900 MB and uses 70.
    memory_mb : int
        Memory that may be used, where cgroups can be made.
    processes : int
        Processes and threads, where cgroups can be made.
    file_mb, disk_mb : int
        One file, and all of them in one folder: the box has three to write to.
    output_bytes : int
        Printed by one cell, before it is stopped.
    """

    cell_seconds: float = 20
    call_seconds: float = 10
    total_seconds: float = 120
    training_seconds: float = 900
    cpu_seconds: int = 120
    address_mb: int = 3000
    memory_mb: int = 1000
    processes: int = 64
    file_mb: int = 20
    disk_mb: int = 50
    output_bytes: int = 1 * MB

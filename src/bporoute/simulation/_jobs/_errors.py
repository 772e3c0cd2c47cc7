"""What goes wrong with jobs that run elsewhere, told with the number of the job."""

from __future__ import annotations

from bporoute._base.words import counted

RETRIES = 3
"""Times that a job is given to another worker after it lost one."""


class WorkerLostError(RuntimeError):
    """A job ended the process that ran it, again and again: out of memory, or a crash in compiled code.

    Attributes
    ----------
    job : int
        Its index in the jobs.
    times : int
        Processes that it ended.
    how : str
        How the last one ended.

    Examples
    --------
    >>> print(WorkerLostError(7, 4, "killed by signal 9"))
    job 7 ended the worker process that ran it, 4 times; the last was killed by signal 9
    """

    def __init__(self, job: int, times: int, how: str) -> None:
        super().__init__(job, times, how)
        self.job = job
        self.times = times
        self.how = how

    def __str__(self) -> str:
        times = counted(self.times, "time")
        return f"job {self.job} ended the worker process that ran it, {times}; the last was {self.how}"


def noted(error: BaseException, job: int, trace: str = "") -> BaseException:
    """The error with a note that says in which job it happened, and the traceback from there if there is one.

    >>> noted(ValueError("no agents"), 3).__notes__
    ['in job 3']
    """
    error.add_note(f"in job {job}")
    if trace:
        error.add_note(f"where it ran:\n{trace.rstrip()}")
    return error

from __future__ import annotations

import os
import subprocess
import sys
import threading

from echo_runtime.capture.silence import silenced_stderr

PROGRAM = """
import os, sys, threading
from echo_runtime.capture.silence import silenced_stderr

def library(text):
    os.write(2, text.encode())

library("library before\\n")
with silenced_stderr():
    library("library lost\\n")
    print("sentence of ours", file=sys.stderr)
    inner = threading.Event()
    def overlap():
        with silenced_stderr():
            inner.set()
            library("library lost too\\n")
            more.wait(5)
    more = threading.Event()
    thread = threading.Thread(target=overlap)
    thread.start()
    inner.wait(5)
library("library lost in the other's time\\n")
print("another sentence", file=sys.stderr)
more.set()
thread.join()
library("library behind\\n")
print("last sentence", file=sys.stderr)
"""


def test_libraries_are_silent_and_sentences_of_ours_are_not():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.splitlines() == [
        "library before", "sentence of ours", "another sentence", "library behind", "last sentence",
    ]  # fmt: skip


def test_many_threads_and_a_stream_that_is_no_file_leave_everything_as_it_was():
    before = sys.stderr

    def often() -> None:
        for _ in range(50):
            with silenced_stderr():
                pass

    threads = [threading.Thread(target=often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.stderr is before
    os.write(2, b"heard\n")


def test_a_process_without_stderr():
    code = "import os; os.close(2)\nfrom echo_runtime.capture.silence import silenced_stderr\n"
    code += "with silenced_stderr():\n    pass\nprint('done')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "done\n"

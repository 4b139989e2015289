"""Ψ at an OpenAI-compatible endpoint, beside the frame path: asked in a thread of its own, never waited for.

One request is in flight; while it is, the newest question of each NPC waits and older ones are forgotten. Whatever goes
wrong, the lexicon's reading simply stays; `statistics` says how often and why.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from echo_runtime.context.affect_question import AffectQuestion, AnswerRefusedError, read_answer
from echo_runtime.context.lexicon_affect import TextAffect
from echo_runtime.openai_api import api_address

DEADLINE_S = 4.0
"""From the question to the whole answer; beyond, it is given up."""
ANSWER_BYTES = 65_536
WAITING = 64
"""NPCs whose newest question waits; beyond, the oldest is forgotten."""
_LONGEST_REST_S = 30.0
"""A broken endpoint is asked again after 0.5, 1, 2 … at most so many seconds."""
KEY_VARIABLE, MODEL_VARIABLE = "ECHO_AFFECT_KEY", "ECHO_AFFECT_MODEL"
_PATH = "/chat/completions"


@dataclass(frozen=True)
class EndpointSettings:
    """`url`: base of the API, as http://127.0.0.1:11434/v1, or the whole path of chat/completions. `key`: sent as
    bearer token if there is one; never shown. `deadline_s`: see DEADLINE_S."""

    url: str
    model: str = "default"
    key: str = ""
    deadline_s: float = DEADLINE_S

    @classmethod
    def from_environment(cls, url: str, model: str = "") -> EndpointSettings:
        """Key and model from ECHO_AFFECT_KEY and ECHO_AFFECT_MODEL. Raises UsageError when the address is none."""
        settings = cls(url, model or os.environ.get(MODEL_VARIABLE, "default"), os.environ.get(KEY_VARIABLE, ""))
        settings.address()
        return settings

    def address(self) -> tuple[str, str, int, str]:
        """(scheme, host, port, path). Raises UsageError."""
        return api_address(self.url, _PATH, "--affect-endpoint", "http://127.0.0.1:11434/v1", KEY_VARIABLE)


@dataclass(frozen=True)
class AffectAnswer:
    """What the model says `npc` feels after turn `number`."""

    npc: str
    number: int
    affect: TextAffect


@dataclass(frozen=True)
class EndpointStatistics:
    """Requests `asked`, of them `answered` in time, `late` and `broken` (refused, unreadable, unbelievable); questions
    `replaced` by newer ones while they waited; `problem`: the last one, "" after a good answer."""

    asked: int
    answered: int
    late: int
    broken: int
    replaced: int
    problem: str


class AffectEndpoint:
    """`ask` and `take` are for the runtime's loop and return at once. Owns its thread until `close`."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._address = settings.address()
        self._changed = threading.Condition()
        self._waiting: dict[str, AffectQuestion] = {}
        self._answers: deque[AffectAnswer] = deque(maxlen=WAITING)
        self._asked = self._answered = self._late = self._broken = self._replaced = 0
        self._problem = ""
        self._stop = False
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._work, name="affect endpoint", daemon=True)
        self._thread.start()

    def ask(self, question: AffectQuestion) -> None:
        """Takes the place of an older question of the same NPC that has not been sent."""
        with self._changed:
            self._replaced += self._waiting.pop(question.npc, None) is not None
            self._waiting[question.npc] = question
            while len(self._waiting) > WAITING:
                del self._waiting[next(iter(self._waiting))]
                self._replaced += 1
            self._changed.notify()

    def take(self) -> list[AffectAnswer]:
        """The answers that have come since the last call."""
        with self._changed:
            answers = list(self._answers)
            self._answers.clear()
            return answers

    @property
    def statistics(self) -> EndpointStatistics:
        with self._changed:
            return EndpointStatistics(
                self._asked, self._answered, self._late, self._broken, self._replaced, self._problem
            )

    def close(self) -> None:
        """Gives up a request in flight."""
        with self._changed:
            self._stop = True
            self._changed.notify()
        self._abort()
        self._thread.join(1.0)

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        failures = 0
        while True:
            with self._changed:
                if failures:
                    rest = min(0.25 * 2.0**failures, _LONGEST_REST_S)
                    self._changed.wait_for(lambda: self._stop, rest)
                self._changed.wait_for(lambda: self._stop or self._waiting)
                if self._stop:
                    return
                question = self._waiting.pop(next(iter(self._waiting)))
                self._asked += 1
            began = time.monotonic()
            problem, late = "", False
            try:
                affect = read_answer(self._request(question.body(self._settings.model), began))
            except AnswerRefusedError as error:
                problem = f"{error}"
            except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
                # an aborted connection loses its parts under the reader, hence AttributeError
                problem = f"the endpoint cannot be asked: {str(error) or type(error).__name__}"
            if problem and time.monotonic() - began >= 0.95 * self._settings.deadline_s:
                # what was cut at the deadline looks like all kinds of breakage
                problem, late = f"no answer within {self._settings.deadline_s:g} s", True
            with self._changed:
                if problem:
                    failures = min(failures + 1, 8)
                    self._late += late
                    self._broken += not late
                    self._problem = problem[:200]
                else:
                    failures = 0
                    self._answered += 1
                    self._problem = ""
                    self._answers.append(AffectAnswer(question.npc, question.number, affect))

    def _request(self, body: bytes, began: float) -> bytes:
        """The body of the answer. A timer cuts the connection at the deadline, because a socket's own time-out begins
        anew with every byte that a slow server sends."""
        scheme, host, port, path = self._address
        deadline = self._settings.deadline_s
        connection: http.client.HTTPConnection
        if scheme == "https":
            connection = http.client.HTTPSConnection(host, port, timeout=deadline, context=ssl.create_default_context())
        else:
            connection = http.client.HTTPConnection(host, port, timeout=deadline)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        self._connection = connection
        timer = threading.Timer(max(0.01, deadline - (time.monotonic() - began)), self._abort)
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            if response.status != 200:
                raise AnswerRefusedError(f"the endpoint answers {response.status} {response.reason[:60]}")
            data = response.read(ANSWER_BYTES + 1)
            if len(data) > ANSWER_BYTES:
                raise AnswerRefusedError(f"the answer is longer than {ANSWER_BYTES} bytes")
            return data
        finally:
            timer.cancel()
            self._connection = None
            connection.close()

    def _abort(self) -> None:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

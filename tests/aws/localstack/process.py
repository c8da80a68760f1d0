"""A function's `bootstrap` as a process of this machine."""

import json
import os
import queue
import signal
import subprocess
import threading
import time

from runtime_api import RuntimeApi

# How long a process may take to ask for its first invocation; AWS gives 10 s, but this machine may be slow.
INIT_SECONDS = 30


class FunctionProcess:
    """One process, its Runtime API and its log. It gets one invocation at a time."""

    def __init__(self, name, code, environment, logs):
        self.events = queue.Queue()
        self.api = RuntimeApi(self.events)
        bootstrap = os.path.join(code, "bootstrap")
        environment = dict(environment, AWS_LAMBDA_RUNTIME_API=self.api.address, LAMBDA_TASK_ROOT=code)
        # A session of its own, so that the whole process group can be ended.
        log = os.path.join(logs, f"{name}.{time.monotonic_ns()}")
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                [bootstrap], cwd=code, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
        # The name of the log says which process writes it: <function>.<process>.log
        self.log = os.path.join(logs, f"{name}.{self.process.pid}.log")
        os.rename(log, self.log)
        self.read = 0
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        self.events.put(("exit", self.process.wait()))

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self):
        self.kill()
        self.process.wait()
        self.api.close()

    def invoke(self, invocation):
        """What the function answers and whether that is an error, in the forms of AWS."""
        self.api.invocations.put(invocation)
        until = time.monotonic() + INIT_SECONDS
        init_error = None
        while True:
            try:
                event, value = self.events.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                self.kill()
                return failure("Sandbox.Timedout", f"{invocation.id} Task timed out after {invocation.timeout_seconds}.00 seconds")
            match event:
                case "taken":
                    until = time.monotonic() + invocation.timeout_seconds
                case "init-error":
                    init_error = value
                case "exit" if init_error is not None:
                    return init_error, True
                case "exit":
                    said = f"exit status {value}" if value >= 0 else f"signal {signal.Signals(-value).name}"
                    return failure("Runtime.ExitError", f"RequestId: {invocation.id} Error: Runtime exited with error: {said}")
                case _:
                    return value, event == "error"

    def new_output(self):
        with open(self.log, "rb") as log:
            log.seek(self.read)
            output = log.read()
        self.read += len(output)
        return output.decode(errors="replace")

    def output(self):
        with open(self.log, "rb") as log:
            return log.read().decode(errors="replace")


def failure(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), True

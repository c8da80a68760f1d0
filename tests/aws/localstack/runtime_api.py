"""The Lambda Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) for one process."""

import queue
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Invocation:
    id: str
    function_arn: str
    trace_id: str
    payload: bytes
    timeout_seconds: int


class RuntimeApi:
    """Hands invocations out, one after the other, and reports in `events` what became of them.

    Events: ("taken", None), ("response", body), ("error", body), ("init-error", body).
    """

    def __init__(self, events):
        self.events = events
        self.invocations = queue.Queue()
        self.current = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Handler(self, *args))
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        # Ends the request that waits for the next invocation.
        self.invocations.put(None)
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, api, *args):
        self.api = api
        super().__init__(*args)

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.path != PREFIX + "invocation/next":
            return self.answer(404)
        invocation = self.api.invocations.get()
        if invocation is None:
            return self.answer(410)
        self.api.current = invocation.id
        self.api.events.put(("taken", None))
        deadline_ms = int((time.time() + invocation.timeout_seconds) * 1000)
        self.answer(
            200,
            invocation.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                "Lambda-Runtime-Trace-Id": invocation.trace_id,
            },
        )

    def do_POST(self):
        body = self.body()
        if self.path == PREFIX + "init/error":
            self.api.events.put(("init-error", body))
            return self.answer(202, b"{}")
        for end in ("response", "error"):
            if self.path == f"{PREFIX}invocation/{self.api.current}/{end}":
                self.api.current = None
                self.api.events.put((end, body))
                return self.answer(202, b"{}")
        self.answer(400)

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return bytes(body)

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

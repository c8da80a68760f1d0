#!/usr/bin/env python3
"""How long a function's program takes from its start to its first event, and to the answer.

    benches/function_start.py infra/.aws-sam/build/*/bootstrap

Each program is started 20 times with the settings of a deployed feed, beside a Lambda Runtime API that has one event: a notification
that S3 sends when it is set up, which every function answers without work. Prints the medians in milliseconds, and the size of the program.
"""

import http.server
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROUNDS = 20
EVENT = (Path(__file__).parent.parent / "events" / "tile" / "test-event.json").read_bytes()


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Serves one event and notes when it was asked for and answered."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = self.answered = None
        self.done = threading.Event()

    def handle_error(self, *_):
        """A program that has answered is killed, and its connection breaks."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.server.asked is not None:
            self.server.done.wait()
            return
        self.server.asked = time.perf_counter()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
        self.send_header("Content-Length", str(len(EVENT)))
        self.end_headers()
        self.wfile.write(EVENT)

    def do_POST(self):
        self.server.answered = time.perf_counter()
        self.server.failed = not self.path.endswith("/response")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.done.set()

    def log_message(self, *_):
        pass


def once(program, folder):
    server = RuntimeApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "SKYFEED_WORK": "s3://bench-work",
        "SKYFEED_SITE": "s3://bench-site",
        "SKYFEED_LEDGER": "dynamodb://bench-ledger",
        "SKYFEED_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/bench",
        "TMPDIR": folder,
    }
    began = time.perf_counter()
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        if not server.done.wait(10) or server.failed:
            process.kill()
            sys.exit(f"{program} did not answer: {process.stderr.read().decode()}")
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
    return [(moment - began) * 1000 for moment in (server.asked, server.answered)]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(f"{'to the event':>12} {'answered':>9} {'MB':>6}  program")
    for program in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            asked, answered = map(statistics.median, zip(*(once(program, folder) for _ in range(ROUNDS))))
        print(f"{asked:9.1f} ms {answered:6.1f} ms {os.path.getsize(program) / 1e6:6.1f}  {program}")


main()

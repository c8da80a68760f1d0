"""Stands before an emulated AWS and lets through what the caller's role allows, as IAM does."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from access import matches
from roles.requests import S3, Need, bucket_and_key, caller, needs

ADMINISTRATOR = "administrator"
ACCESS_DENIED = b"<Error><Code>AccessDenied</Code></Error>"


class Gate:
    """`statements` are those of each caller by its access key; the administrator may do all."""

    def __init__(self, upstream_port, statements):
        self.upstream_port, self.statements = upstream_port, statements
        self.used, self.refused = set(), []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Handler(self, *args))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def admits(self, who, need):
        statements = self.statements.get(who, ())
        allowing = (one for one in statements if one.allows(need.action, need.resource))
        denied = any(one.denies(need.action, need.resource) for one in statements)
        if not denied and any(holds(one.condition, need) for one in allowing):
            self.used.add((who, need))
            return True
        self.refused.append((who, need))
        return False


def holds(condition, need):
    if condition is None:
        return True
    [(operator, wanted)] = condition.items()
    [(name, patterns)] = wanted.items()
    match operator, name:
        case "ForAllValues:StringLike", "dynamodb:LeadingKeys":
            return all(any(matches(pattern, key) for pattern in patterns) for key in need.keys)
        case "Null", "s3:if-none-match":
            return need.if_absent is (patterns == "false")
    raise NotImplementedError(condition)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, gate, *args):
        self.gate = gate
        super().__init__(*args)

    def log_message(self, *args):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        who, service = caller(self.headers)
        if who != ADMINISTRATOR:
            asked = needs(service, self.command, self.path, self.headers, body)
            if not asked or not all(self.gate.admits(who, need) for need in asked):
                return self.answer(403, [], ACCESS_DENIED)
        status, headers, content = self.ask_upstream(body)
        if service == "s3" and status == 404 and who != ADMINISTRATOR:
            # S3 tells those who may not list that all is forbidden, also what is not there.
            bucket, _ = bucket_and_key(self.path)
            if not self.gate.admits(who, Need("s3:ListBucket", S3.format(bucket))):
                return self.answer(403, [], ACCESS_DENIED)
        self.answer(status, headers, content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def ask_upstream(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.gate.upstream_port, timeout=60)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def answer(self, status, headers, content):
        self.send_response_only(status)
        length = len(content)
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = int(value)
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

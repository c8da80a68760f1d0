"""Serves moto's S3, DynamoDB and SQS on a free port of loopback, which it prints, until its standard input ends.

A test holds the other end of that input: however it ends, this ends too. GET /requests says, in JSON, which requests came since it was last asked.

Where moto 5.2.5 is not like AWS, and this makes it so:
- It answers several requests at once without keeping conditions and transactions atomic; here it gets one at a time.
- It ignores x-amz-copy-source-if-match, and If-Match when a multipart upload is completed; here they are kept.

Where it is not like AWS and stays so: credentials, policies and the checksums of contents are not checked; a key that
only a listing's URL encoding could carry is listed with %20 for a space, not +; nothing is throttled; indexes are
up to date at once.
"""

import json
import os
import sys
import threading
from urllib.parse import unquote

for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ.setdefault(name, "testing")

from moto.server import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

PRECONDITION_FAILED = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code>'
    b"<Message>At least one of the pre-conditions you specified did not hold</Message></Error>"
)


# No bucket has so short a path, and no other service of these is asked by GET.
REQUESTS = "/requests"


def seen(environ):
    """The service, the method, the path and the query of a request."""
    credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return [credential[3] if len(credential) > 3 else "", environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", "")]


class Quiet(WSGIRequestHandler):
    # Keeps connections open, as AWS does.
    protocol_version = "HTTP/1.1"

    def log_request(self, *args):
        pass


class LikeAws:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()
        self.requests = []

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == REQUESTS:
            with self.lock:
                requests, self.requests = self.requests, []
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(requests).encode()]
        # The whole body first: the lock must not wait for a slow sender.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length:
            import io

            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with self.lock:
            self.requests.append(seen(environ))
            if precondition_fails(environ):
                start_response("412 Precondition Failed", [("Content-Type", "application/xml")])
                return [PRECONDITION_FAILED]
            return [b"".join(self.app(environ, start_response))]


def precondition_fails(environ):
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    expected = environ.get("HTTP_X_AMZ_COPY_SOURCE_IF_MATCH")
    if source and expected:
        return etag(unquote(source)) not in (None, expected.strip('"'))
    completes = environ["REQUEST_METHOD"] == "POST" and "uploadId=" in environ.get("QUERY_STRING", "")
    expected = environ.get("HTTP_IF_MATCH")
    if completes and expected:
        return etag(environ["PATH_INFO"].encode("latin-1").decode()) not in (None, expected.strip('"'))
    return False


def etag(path):
    """The tag of the object at /bucket/key, or None."""
    bucket, _, key = path.lstrip("/").partition("/")
    found = s3_backends["123456789012"]["aws"].get_object(bucket, key)
    return found and found.etag.strip('"')


app = LikeAws(DomainDispatcherApplication(create_backend_app))
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
print(server.port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)

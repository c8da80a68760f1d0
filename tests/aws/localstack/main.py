"""Serves LocalStack on a port of loopback, which it prints when it is ready, until its standard input ends.

    python main.py FOLDER

A test holds the other end of that input: however it ends, this ends too, and with it every process of a function.
FOLDER keeps the state and, as FOLDER/functions/<function>.<process>.log, what each process of a function prints.
What LocalStack itself says goes to standard error. Variables FUNCTION_ENV_<NAME> give functions the variable <NAME>.
"""

import os
import random
import socket
import sys
import tempfile
import threading

READY_SECONDS = 180


def free_port():
    # Below the ports that outgoing connections take, so that none of them takes this one before LocalStack does.
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def configure(folder, port):
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]
    temporary = os.path.join(folder, "tmp")
    os.makedirs(temporary)
    tempfile.tempdir = temporary
    os.environ.update(
        FILESYSTEM_ROOT=os.path.join(folder, "state"),
        GATEWAY_LISTEN=f"127.0.0.1:{port}",
        LOCALSTACK_HOST=f"127.0.0.1:{port}",
        SQS_ENDPOINT_STRATEGY="path",
        LAMBDA_RUNTIME_EXECUTOR="process",
        # Queues are asked often: AWS keeps a request waiting, so that messages arrive at once.
        LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC="0.1",
        LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC="1",
        LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_ERROR_SEC="1",
        # Nothing outside this machine is asked.
        DISABLE_EVENTS="1",
        SKIP_SSL_CERT_DOWNLOAD="1",
        DNS_ADDRESS="0",
    )


def watch(port, answer):
    from localstack.runtime import events

    import executor

    if not events.infra_ready.wait(READY_SECONDS):
        os._exit(1)
    print(port, file=answer, flush=True)
    sys.stdin.read()
    executor.end_all()
    os._exit(0)


def main():
    folder = os.path.abspath(sys.argv[1])
    logs = os.path.join(folder, "functions")
    os.makedirs(logs)
    # LocalStack prints much on standard output, which is for the port alone.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    port = free_port()
    configure(folder, port)

    import executor
    from localstack.runtime.main import main as serve

    executor.install(logs)
    threading.Thread(target=watch, args=(port, answer), daemon=True).start()
    serve()


main()

"""Runs the functions of LocalStack as processes of this machine, where it would start containers."""

import os
import tempfile
import threading
import time

from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import EXECUTOR_PLUGIN_MANAGER, RuntimeExecutor
from plux import PluginFinder, PluginSpec

from process import FunctionProcess
from runtime_api import Invocation

NAME = "process"
# What a test wants in the environment of every function, though the template does not say so.
EXTRA = "FUNCTION_ENV_"


class ProcessExecutor(RuntimeExecutor):
    """One execution environment: it lives as long as LocalStack keeps it, through several processes if they end."""

    logs = None
    running = set()
    # Held where processes begin or all of them end, so that none begins after that.
    beginning = threading.Lock()

    def start(self, env_vars):
        self.environment = {name: str(value) for name, value in env_vars.items()}
        self.environment.update(PATH=os.environ["PATH"], TMPDIR=tempfile.gettempdir())
        for name, value in os.environ.items():
            if name.startswith(EXTRA):
                self.environment[name.removeprefix(EXTRA)] = value
        self.process = None
        self.begin()

    def begin(self):
        code = str(self.function_version.config.code.get_unzipped_code_location())
        name = self.function_version.id.function_name
        with self.beginning:
            self.process = FunctionProcess(name, code, self.environment, self.logs)
            self.running.add(self.process)

    def stop(self):
        if self.process:
            self.process.close()
            self.running.discard(self.process)

    def invoke(self, payload):
        if not self.process.alive():
            self.stop()
            self.begin()
        invocation = Invocation(
            id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            payload=payload["payload"].encode(),
            timeout_seconds=self.function_version.config.timeout,
        )
        began = time.monotonic()
        answer, is_error = self.process.invoke(invocation)
        milliseconds = (time.monotonic() - began) * 1000
        logs = (
            f"START RequestId: {invocation.id} Version: {self.function_version.id.qualifier}\n"
            f"{self.process.new_output()}"
            f"END RequestId: {invocation.id}\n"
            f"REPORT RequestId: {invocation.id}\tDuration: {milliseconds:.2f} ms\n"
        )
        return InvocationResult(invocation.id, answer, is_error, logs)

    def get_logs(self):
        return self.process.output() if self.process else ""

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return ""

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        function_version.config.code.destroy_cached()


class Plugin(RuntimeExecutorPlugin):
    name = NAME

    def load(self, *args, **kwargs):
        return ProcessExecutor


class Finder(PluginFinder):
    """Finds this one without it being installed as a package."""

    def find_plugins(self):
        return [PluginSpec(RuntimeExecutorPlugin.namespace, NAME, Plugin)]


def install(logs):
    ProcessExecutor.logs = logs
    EXECUTOR_PLUGIN_MANAGER.finder = Finder()


def end_all():
    """Ends every process of a function, and lets none begin any more."""
    ProcessExecutor.beginning.acquire()
    for process in ProcessExecutor.running:
        process.kill()

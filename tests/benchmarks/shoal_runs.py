"""Runs of shoal for the benchmarks."""

import json
import os
import resource
import subprocess


def train(shoal, job, data_directory, output, settings, parameter_servers=0):
    """Trains `job` with each of `settings` ("field=value") set, by one worker. The summary, with "cpu_seconds" added:
    CPU time of all processes, start and validation among it."""
    command = [shoal, "train", job, f"--output={output}", f"--parameter_servers={parameter_servers}", "--workers=1"]
    for setting in ["training.log_every_steps=1000000", "training.checkpoint.every_epochs=0", *settings]:
        command += ["--set", setting]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, SHOAL_DATA_DIR=data_directory)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.path.join(output, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    summary["cpu_seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return summary

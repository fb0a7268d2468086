#!/usr/bin/env python3
"""Examples per second of shoal and of PyTorch at its best, in one run: matrix factorisation on MovieLens 100k.

Each case trains the same model (50 factors, biases, range 0 to 5.5) with the same optimizer, semantics, batch size and
threads. Rounds alternate: shoal, PyTorch eager, PyTorch compiled; medians of the rounds are compared. PyTorch's figure
is that of its fastest variant (pytorch/matrix_factorization.py: nn.Embedding with torch.optim, foreach, fused, one
table for users and items, manual steps; "compiled" adds torch.compile of the whole step). Before a figure counts, the
job's answer is verified: shoal's validation error must have fallen, all its runs of a case must give the same weights,
and PyTorch's variants must agree with each other.

  compare_with_pytorch.py --shoal build/release/bin/shoal --data data/ml-100k/u.data

Needs Python 3 with PyTorch 2.x.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import shoal_runs

HERE = os.path.dirname(os.path.abspath(__file__))
JOB = os.path.join(HERE, "..", "..", "examples", "ml-100k.textproto")
PEER = os.path.join(HERE, "pytorch", "matrix_factorization.py")

LAZY_SGD = ["training.optimizer=sgd {}", "training.row_semantics=LAZY", "training.schedule=constant {}"]
TCP = ["cluster.transport=TCP"]
# name, --set of shoal, optimizer of the peer, batch size, servers, threads of the peer, epochs, learning rate
CASES = [
    ("adamw, batch 64", [], "adamw", 64, 0, 1, 30, 0.005),
    ("adamw, batch 4096", [], "adamw", 4096, 0, 1, 150, 0.05),
    ("sparse sgd, batch 64", LAZY_SGD, "sgd_sparse", 64, 0, 1, 60, 1.0),
    ("sparse sgd, batch 4096", LAZY_SGD, "sgd_sparse", 4096, 0, 1, 150, 20.0),
    ("adamw, batch 4096, gRPC Unix socket", [], "adamw", 4096, 1, 2, 100, 0.05),
    ("adamw, batch 4096, gRPC TCP", TCP, "adamw", 4096, 1, 2, 100, 0.05),
    ("sparse sgd, batch 4096, gRPC Unix socket", LAZY_SGD, "sgd_sparse", 4096, 1, 2, 100, 20.0),
    ("sparse sgd, batch 4096, gRPC TCP", LAZY_SGD + TCP, "sgd_sparse", 4096, 1, 2, 100, 20.0),
]


def run_shoal(arguments, case):
    name, overrides, _, batch_size, servers, _, epochs, rate = case
    settings = [
        f"training.batch_size={batch_size}",
        f"training.epochs={epochs}",
        f"training.learning_rate={rate}",
        *overrides,
    ]
    data_directory = shoal_runs.movielens_directory(arguments)
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "run")
        summary = shoal_runs.train(arguments.shoal, JOB, data_directory, output, settings, servers)
    errors = [epoch["validation"]["mse"] for epoch in summary["epochs"]]
    if not min(errors) < 0.95:
        sys.exit(f"{name}: shoal did not learn: validation MSE {errors[0]:.4f} to {min(errors):.4f}")
    return summary["examples_per_second"], min(errors), summary["weights_digest"]


def run_pytorch(arguments, case, variants):
    _, _, optimizer, batch_size, _, threads, _, _ = case
    command = [sys.executable, PEER, "--json", "--data", arguments.data, "--optimizers", optimizer]
    command += ["--batch_sizes", str(batch_size), "--threads", str(threads), "--variants", variants]
    command += ["--seconds", str(arguments.seconds), "--repeats", "3"]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    figure = json.loads(result.stdout.splitlines()[-1])
    return figure["examples_per_second"], figure["variant"], figure["framework"]


def compare(arguments, case):
    shoal, eager, compiled, digests = [], [], [], set()
    for _ in range(arguments.rounds):
        rate, error, digest = run_shoal(arguments, case)
        shoal.append(rate)
        digests.add(digest)
        eager.append(run_pytorch(arguments, case, "eager"))
        if not arguments.eager_only:
            compiled.append(run_pytorch(arguments, case, "compiled"))
    if len(digests) != 1:
        sys.exit(f"{case[0]}: runs of one job gave different weights: {sorted(digests)}")
    eager_rate = statistics.median(rate for rate, _, _ in eager)
    shoal_rate = statistics.median(shoal)
    line = f"{case[0]:42s}{shoal_rate:12,.0f}{eager_rate:12,.0f}{shoal_rate / eager_rate:7.1f}x"
    variants = eager[0][1]
    if compiled:
        compiled_rate = statistics.median(rate for rate, _, _ in compiled)
        line += f"{compiled_rate:13,.0f}{shoal_rate / compiled_rate:7.1f}x"
        variants += f" / {compiled[0][1]}"
    print(f"{line}   {variants}; shoal's validation MSE {error:.4f}", flush=True)
    return eager[0][2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shoal_runs.add_movielens_arguments(parser)
    parser.add_argument("--rounds", type=int, default=3, help="rounds a case (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds a PyTorch repeat (default: %(default)s)")
    parser.add_argument("--eager_only", action="store_true", help="leave torch.compile out, which takes most of the time")
    parser.add_argument("--cases", default="", help="only cases whose name contains this")
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f};", end=" ")
    print(f"medians of {arguments.rounds} rounds; embedded cases and their peers use 1 thread, gRPC's peers 2")
    print(f"{'examples per second':42s}{'shoal':>12s}{'eager':>12s}{'':8s}{'compiled':>13s}")
    framework = None
    for case in CASES:
        if arguments.cases in case[0]:
            framework = compare(arguments, case)
    print(framework)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Examples per second of shoal and of PyTorch at its best on networks: MNIST's digits, as classes and as triplets, and
spam among messages.

The jobs are mnist-classification, mnist-triplet and sms-spam of examples/, embedded, one thread a side; or, with
`--device cuda`, on a GPU, where PyTorch's data lies already and shoal is timed without and with cluster.cuda_graphs.
First both sides train them in full, with each of --seeds, and their means must reach the accuracy that the case asks
for; there must be so many seeds that the noise of the means' difference cannot decide. Then all variants of PyTorch
(pytorch/networks.py) must learn alike, the fastest eager and the fastest compiled one are chosen, and timed in turns
with shoal; runs of shoal must give the same weights. Medians of the rounds are printed, by wall time and by CPU time,
which is the steadier where other processes share the machine.

Times are those of training steps. shoal's wall time is that of a run's epochs but the first, in which it warms up, less
their share of validation; its CPU time that of a run less that of a run of one epoch, so that start and reading cancel
out, times the share of its wall time that is no validation. An epoch's last, smaller batch is left out of PyTorch's.
shoal's messages get their words by UAX #29 from ICU; pytorch/network_data.py does the same with a regular expression,
and must find shoal's vocabulary again.

  compare_networks_with_pytorch.py --shoal build/release/bin/shoal --data data --rounds 2
  compare_networks_with_pytorch.py --device cuda --cases triplet

Needs Python 3 with PyTorch 2.x, and a C++ compiler for the compiled variants.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time

import torch

import shoal_runs

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "pytorch"))
from devices import add_device_argument, compute_setting, synchronize, title  # noqa: E402
from network_data import check_vocabulary, read_lines, read_messages  # noqa: E402
from networks import Digits, DigitTriplets, Messages  # noqa: E402

EXAMPLES = os.path.join(HERE, "..", "..", "examples")
CHECKED_STEPS = 60
PILOT_SECONDS = 0.3


class Case:
    """A job on both sides. The mean of each one's `metric` must reach `least` percent, rounded to a tenth; shoal's may
    be `margin` below PyTorch's."""

    def __init__(self, arguments, name, job, kind, metric, epochs, least, margin):
        self.arguments, self.name, self.kind, self.metric = arguments, name, kind, metric
        self.epochs, self.least, self.margin = epochs, least, margin
        self.job = os.path.join(EXAMPLES, job)
        self.peer = None

    def shoal(self, *settings):
        """Summary, and the vocabulary of the messages where there is one."""
        with tempfile.TemporaryDirectory() as directory:
            output = os.path.join(directory, "run")
            settings = [compute_setting(self.arguments.device), *settings]
            summary = shoal_runs.train(self.arguments.shoal, self.job, self.arguments.data, output, settings)
            path = os.path.join(output, "vocabulary", "word.txt")
            return summary, read_lines(path) if os.path.exists(path) else None

    def open_peer(self, vocabulary):
        data, device = self.arguments.data, self.arguments.device
        if vocabulary is None:
            self.peer = self.kind(data, device)
            return
        share = check_vocabulary(read_messages(data, "train")[0], vocabulary)
        print(f"  vocabulary: {len(vocabulary)} entries, {share:.2%} of them split differently by PyTorch's side")
        if share > 0.005:
            sys.exit(f"{self.name}: the regular expression of network_data.py does not find shoal's vocabulary again")
        self.peer = self.kind(data, device, vocabulary)


def train_peer(peer, seed):
    """Test accuracy after the job's epochs, of the fused dense variant."""
    torch.manual_seed(seed)
    variant = next(name for name in peer.variants if "fused" in name)
    trainer = peer.make(variant)
    (adam,) = trainer.optimizers
    for epoch in range(peer.epochs):
        adam.param_groups[0]["lr"] = peer.rate * peer.decay ** (epoch // peer.decay_epochs)
        for batch in peer.batches(variant):
            trainer.step(batch)
    return peer.accuracy(trainer)


def verify_accuracy(case):
    shoal, pytorch = [], []
    for seed in range(1, case.arguments.seeds + 1):
        summary, vocabulary = case.shoal(f"seed={seed}")
        if case.peer is None:
            case.open_peer(vocabulary)
        shoal.append(summary["epochs"][-1]["validation"][case.metric])
        pytorch.append(train_peer(case.peer, seed))
        print(f"  seed {seed}: test accuracy {shoal[-1]:.3%} shoal, {pytorch[-1]:.3%} PyTorch", flush=True)
    ours, theirs = 100 * statistics.mean(shoal), 100 * statistics.mean(pytorch)
    noise = 100 * ((statistics.variance(shoal) + statistics.variance(pytorch)) / len(shoal)) ** 0.5
    print(f"  mean of {len(shoal)} seeds: {ours:.3f}% shoal, {theirs:.3f}% PyTorch; the difference of", end=" ")
    print(f"{ours - theirs:+.3f} has a standard error of {noise:.3f}", flush=True)
    if 2 * noise > case.margin:
        sys.exit(f"{case.name}: too few seeds, {len(shoal)}, to tell a difference of {case.margin} from noise")
    if round(min(ours, theirs), 1) < case.least or theirs - ours > case.margin:
        sys.exit(f"{case.name}: wanted {case.least} at least of both, and shoal within {case.margin} of PyTorch")


def is_compiled(variant):
    return variant.startswith("compiled")


def checked_trainers(case):
    """A trained trainer of every variant; warms all up. Exits where one does not learn as the first of its optimizer
    does: SparseAdam leaves rows alone that a batch lacks, as shoal's LAZY, Adam moves them."""
    trainers, oracles = {}, {}
    for name in case.peer.variants:
        if case.arguments.eager_only and is_compiled(name):
            continue
        torch.manual_seed(0)
        trainers[name] = case.peer.make(name)
        batches = list(case.peer.batches(name))[:CHECKED_STEPS]
        losses = [trainers[name].step(batch).item() for batch in batches]
        first, last = statistics.mean(losses[:10]), statistics.mean(losses[-10:])
        oracle = oracles.setdefault("SparseAdam" in name, last)
        if not (last < case.peer.fall * first and abs(last - oracle) < case.peer.loss_tolerance * oracle):
            sys.exit(f"{case.name}, {name}: loss from {first:.4f} to {last:.4f}, wanted a fall to {oracle:.4f}")
    return trainers


def time_peer(case, name, trainer, seconds):
    """Examples per second of wall time, and of CPU time."""
    steps, wall, cpu = 0, 0.0, 0.0
    while wall < seconds:
        epoch = case.peer.batches(name)  # Of messages, they are made here; of digits, as they are asked for.
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        for batch in epoch:
            if len(batch[-1]) == case.peer.batch_size:
                trainer.step(batch)
                steps += 1
            if wall + time.perf_counter() - wall_start >= seconds:
                break
        synchronize(case.arguments.device)
        wall, cpu = wall + time.perf_counter() - wall_start, cpu + time.process_time() - cpu_start
    return steps * case.peer.batch_size / wall, steps * case.peer.batch_size / cpu


def choose(case, trainers, compiled):
    """The fastest in a pilot: by CPU time, or by wall time where a GPU computes."""
    clock = 0 if case.arguments.device.type == "cuda" else 1
    pilot = {
        name: time_peer(case, name, trainer, PILOT_SECONDS)[clock]
        for name, trainer in trainers.items()
        if is_compiled(name) == compiled
    }
    print(
        f"  pilot, examples per {('', 'CPU ')[clock]}second: "
        + "; ".join(f"{name} {rate:,.0f}" for name, rate in pilot.items())
    )
    return max(pilot, key=pilot.get)


def shoal_settings(device):
    """What shoal is timed with, by name."""
    settings = {"shoal": []}
    if device.type == "cuda":
        settings["shoal, cuda_graphs"] = ["cluster.cuda_graphs=true"]
    return settings


def time_shoal(case, digests, settings):
    one_epoch, _ = case.shoal("training.epochs=1", *settings)
    summary, _ = case.shoal(f"training.epochs={case.epochs}", *settings)
    digests.add((summary["weights_digest"], summary["dense_digest"]))
    examples = summary["epochs"][0]["train"]["examples"]
    seconds = [epoch["seconds"] for epoch in summary["epochs"]]
    training = case.epochs * examples / summary["examples_per_second"] / sum(seconds)  # The rest is validation.
    wall = sum(seconds[1:]) - (case.epochs - 1) / case.epochs * (1 - training) * sum(seconds)
    cpu = training * (summary["cpu_seconds"] - one_epoch["cpu_seconds"])
    return (case.epochs - 1) * examples / wall, (case.epochs - 1) * examples / cpu


def compare(case):
    print(f"{case.name}, load {os.getloadavg()[0]:.1f}", flush=True)
    verify_accuracy(case)
    print(f"  {case.peer.settings}; shoal runs {case.epochs} epochs a round", flush=True)
    trainers = checked_trainers(case)
    peers = [choose(case, trainers, compiled) for compiled in (False, True)[: 1 if case.arguments.eager_only else 2]]
    shoals = shoal_settings(case.arguments.device)
    rounds, digests = {name: [] for name in (*shoals, *peers)}, set()
    for _ in range(case.arguments.rounds):
        for name, settings in shoals.items():
            rounds[name].append(time_shoal(case, digests, settings))
        for name in peers:
            rounds[name].append(time_peer(case, name, trainers[name], case.arguments.seconds))
    if len(digests) != 1:
        sys.exit(f"{case.name}: runs of one job gave different weights: {sorted(digests)}")
    medians = {name: [statistics.median(rates) for rates in zip(*figures)] for name, figures in rounds.items()}
    print(f"  {'examples per second':36s}{'wall':>12s}{'shoal is':>10s}{'CPU':>12s}{'shoal is':>10s}   rounds, wall")
    for name, (wall, cpu) in medians.items():
        times = [f"{medians['shoal'][i] / rate:9.2f}x" for i, rate in enumerate((wall, cpu))]
        each = " ".join(f"{rate:,.0f}" for rate, _ in rounds[name])
        print(f"  {name:36s}{wall:12,.0f}{times[0]}{cpu:12,.0f}{times[1]}   {each}")
    print(f"  load {os.getloadavg()[0]:.1f} at the end", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoal", default="build/release/bin/shoal", help="default: %(default)s")
    add_device_argument(parser, "cpu")
    default_data = os.environ.get("SHOAL_DATA_DIR", "data")
    parser.add_argument("--data", default=default_data, help="folder with mnist/ and sms/ (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a PyTorch round (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=12, help="to train with, at least 2 (default: %(default)s)")
    parser.add_argument("--eager_only", action="store_true", help="leave torch.compile out, which needs a compiler")
    parser.add_argument("--cases", default="", help="only cases whose name contains this")
    arguments = parser.parse_args()
    if arguments.seeds < 2:
        parser.error(f"--seeds is {arguments.seeds}, expected at least 2: noise shows between seeds")
    arguments.data = os.path.abspath(arguments.data)
    return arguments


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.sparse.check_sparse_tensor_invariants.disable()  # Said aloud, or PyTorch warns.
    print(f"{title(arguments.device)}, {os.cpu_count()} CPUs, PyTorch {torch.__version__};", end=" ")
    print("1 thread a side, denormals flushed in PyTorch;", end=" ")
    print(f"medians of {arguments.rounds} rounds, {arguments.seconds:g} s a PyTorch round", flush=True)
    for case in (
        Case(arguments, "mnist", "mnist-classification.textproto", Digits, "accuracy", 5, 96.5, 0.2),
        Case(arguments, "triplet", "mnist-triplet.textproto", DigitTriplets, "knn_accuracy", 5, 96.5, 0.5),
        Case(arguments, "sms", "sms-spam.textproto", Messages, "accuracy", 200, 98.3, 100),
    ):
        if arguments.cases in case.name:
            compare(case)


if __name__ == "__main__":
    main()

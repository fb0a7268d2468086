#!/usr/bin/env python3
"""Examples per second of shoal and of PyTorch on the same GPU: matrix factorisation with large tables.

Two tables of --rows rows of 64 floats, pairs drawn by Zipf's law (exponent 1.05) and scattered over the rows, squared
error, SGD and Adagrad on the batch's rows alone. PyTorch's peers are nn.Embedding(sparse=True) and nn.EmbeddingBag,
whose bags have one id, with their tables on the GPU, and nn.Embedding with its tables in the host's memory, whose
gathered rows go to the GPU and whose gradients come back. shoal is embedded: one worker, whose rows are in the host's
memory; in runs of their own it has row caches of --row_cache_bytes on the GPU, by default one for rows that are read
often, and one for whole tables, which then live there.

Rounds alternate; medians count. Before a figure counts, its answer is verified: every loss must fall, and all of
shoal's runs of a case, with and without a row cache, must give the same weights. Both sides are timed warm:
shoal's time is that of its last epoch, PyTorch's that of steps on pairs that are on the GPU already.

  compare_on_gpu_with_pytorch.py --shoal build/release/bin/shoal
  compare_on_gpu_with_pytorch.py --device cpu --rows 2000 --examples 40000 --batch_sizes 1000   # without a GPU: a test

Needs Python 3 with PyTorch 2.x; 30 GB of memory on the GPU and as much on the host for the default sizes, with which it
takes some minutes.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time

import torch
from torch import nn

import shoal_runs

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch"))
from devices import add_device_argument, compute_setting, synchronize, title  # noqa: E402

DIM = 64
EXPONENT = 1.05
SEED = 20260804
RATES = {"sgd": 20.0, "adagrad": 0.05}
JOB = """
name: "gpu-benchmark"
data {{
  train {{ path: "{path}" }}
  columns {{ name: "user" position: 0 type: INTEGER_ID }}
  columns {{ name: "item" position: 1 type: INTEGER_ID }}
  columns {{ name: "rating" position: 2 type: NUMBER }}
}}
tables {{ name: "user" num_embeddings: {rows} embedding_dim: {dim} initializer {{ normal {{ std: 0.05 }} }} }}
tables {{ name: "item" num_embeddings: {rows} embedding_dim: {dim} initializer {{ normal {{ std: 0.05 }} }} }}
model {{
  matrix_factorization {{
    user {{ column: "user" table: "user" }} item {{ column: "item" table: "item" }} target: "rating"
  }}
}}
"""


def draw_ids(rows, count, generator):
    """Zipf's law by its continuous inverse; an odd factor scatters frequent ids."""
    u = torch.rand(count, dtype=torch.float64, generator=generator)
    rank = ((u * (rows ** (1 - EXPONENT) - 1) + 1) ** (1 / (1 - EXPONENT)) - 1).long().clamp_(0, rows - 1)
    return rank * 2654435761 % rows


def draw_examples(arguments):
    """users, items, ratings: a rank-one function of the ids, so that there is something to learn."""
    generator = torch.Generator().manual_seed(SEED)
    users = draw_ids(arguments.rows, arguments.examples, generator)
    items = draw_ids(arguments.rows, arguments.examples, generator)
    ratings = ((users * 7919 % 1000).float() / 500 - 1) * ((items * 104729 % 1000).float() / 500 - 1)
    return users, items, ratings


def write_examples(examples, path):
    with open(path, "w", encoding="ascii") as file:
        for user, item, rating in zip(*(column.tolist() for column in examples)):
            file.write(f"{user}\t{item}\t{rating:.6g}\n")


class Weights:
    """Of two tables, on `home`. All peers train the same ones, since to make them takes longer than to train them."""

    def __init__(self, rows, home):
        generator = torch.Generator().manual_seed(SEED)
        self.home = home
        self.tables = [torch.empty(rows, DIM, device=home) for _ in range(2)]
        self.initial = [torch.empty(2**16, DIM).normal_(0, 0.05, generator=generator).to(home) for _ in range(2)]

    def reset(self):
        """Again and again the same rows."""
        for table, initial in zip(self.tables, self.initial):
            for part in table.split(len(initial)):
                part.copy_(initial[: len(part)])


class Peer:
    """`kind`(sparse=True), nn.Embedding or nn.EmbeddingBag, over new `weights`, computing on `device`."""

    def __init__(self, optimizer, kind, weights, device):
        self.device = device
        weights.reset()
        options = {"mode": "sum"} if kind is nn.EmbeddingBag else {}
        self.tables = [kind.from_pretrained(table, freeze=False, sparse=True, **options) for table in weights.tables]
        update = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}[optimizer]
        self.optimizer = update([table.weight for table in self.tables], lr=RATES[optimizer])

    def step(self, users, items, ratings):
        rows = [table(ids).to(self.device) for table, ids in zip(self.tables, (users, items))]
        loss = (((rows[0] * rows[1]).sum(1) - ratings) ** 2).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()


def time_peer(arguments, case, kind, weights, examples):
    optimizer, batch_size = case
    peer = Peer(optimizer, kind, weights, arguments.device)
    whole = len(examples[0]) // batch_size * batch_size  # As shoal's drop_last.
    users, items, ratings = (column[:whole] for column in examples)
    ids = [users.to(weights.home), items.to(weights.home)]
    if kind is nn.EmbeddingBag:
        ids = [column.view(-1, 1) for column in ids]  # Bags of one.
    batches = list(zip(*(column.split(batch_size) for column in (*ids, ratings.to(arguments.device)))))
    first = statistics.mean(peer.step(*batch).item() for batch in batches[:3])
    steps, start = 0, time.perf_counter()
    losses = []
    while time.perf_counter() - start < arguments.seconds or steps < len(batches):
        losses.append(peer.step(*batches[steps % len(batches)]))
        steps += 1
        if steps % 10 == 0:
            synchronize(arguments.device)
    synchronize(arguments.device)
    seconds = time.perf_counter() - start
    last = statistics.mean(loss.item() for loss in losses[-3:])
    if not last < first:
        sys.exit(f"{case}: {kind.__name__} with tables on {weights.home} did not learn: loss {first:.4f} to {last:.4f}")
    return steps * batch_size / seconds


def time_shoal(arguments, case, job, cache_bytes, digests):
    optimizer, batch_size = case
    settings = [
        compute_setting(arguments.device),
        f"training.batch_size={batch_size}",
        f"training.epochs={arguments.epochs}",
        f"training.learning_rate={RATES[optimizer]}",
        f"training.optimizer={optimizer} {{}}",
        "training.drop_last=true",
    ]
    if cache_bytes:
        settings.append(f"cluster.row_cache.bytes={cache_bytes}")
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as directory:
        summary = shoal_runs.train(arguments.shoal, job, directory, os.path.join(directory, "run"), settings)
    losses = [epoch["train"]["loss"] for epoch in summary["epochs"]]
    if not losses[-1] < losses[0]:
        sys.exit(f"{case}: shoal did not learn: loss {losses[0]:.4f} to {losses[-1]:.4f}")
    digests.add(summary["weights_digest"])
    if len(digests) != 1:
        sys.exit(f"{case}, row cache of {cache_bytes} bytes: other weights than a run before: {sorted(digests)}")
    if "row_cache" in summary:  # Resident tables are not in it.
        print(f"  {cache_bytes:,} bytes of row cache: hit rate {summary['row_cache']['hit_rate']:.1%}", flush=True)
    last = summary["epochs"][-1]  # There is no validation in its seconds.
    return last["train"]["examples"] / last["seconds"]


def contenders(arguments, case, job, examples, on_device, on_host):
    """By name: what is run once a round, and returns examples per second."""
    device, digests = arguments.device, set()
    runs = {"shoal": lambda: time_shoal(arguments, case, job, 0, digests)}
    if device.type == "cuda":  # The CPU has no cache.
        for size in map(int, arguments.row_cache_bytes.split(",")):
            runs[f"shoal, cache {size / 1e9:g} GB"] = lambda size=size: time_shoal(arguments, case, job, size, digests)
    for kind in (nn.Embedding, nn.EmbeddingBag):
        runs[f"{kind.__name__} on {device}"] = lambda kind=kind: time_peer(arguments, case, kind, on_device, examples)
    runs["Embedding on the host"] = lambda: time_peer(arguments, case, nn.Embedding, on_host, examples)
    return runs


def compare(arguments, runs):
    rates = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, run in runs.items():
            rates[name].append(run())
    medians = {name: statistics.median(figures) for name, figures in rates.items()}
    ours = [name for name in medians if name.startswith("shoal")]
    for name, median in medians.items():
        ratios = "" if name in ours else "".join(f"   {our} is {medians[our] / median:.2f}x" for our in ours)
        print(f"  {name:24s}{median:14,.0f}{ratios}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoal", default="build/release/bin/shoal", help="default: %(default)s")
    add_device_argument(parser, "cuda")
    parser.add_argument("--rows", type=int, default=10_000_000, help="of each table (default: %(default)s)")
    parser.add_argument("--examples", type=int, default=4_000_000, help="default: %(default)s")
    parser.add_argument("--batch_sizes", default="65536,1000000", help="default: %(default)s")
    parser.add_argument("--optimizers", default="sgd,adagrad", help="default: %(default)s")
    parser.add_argument("--epochs", type=int, default=4, help="of shoal's run, at least 3 (default: %(default)s)")
    parser.add_argument("--row_cache_bytes", default="1000000000,12000000000", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=2, help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="of a PyTorch round, at least (default: %(default)s)"
    )
    parser.add_argument("--cases", default="", help="only cases whose name contains this")
    parser.add_argument("--scratch", default=None, help="folder for the examples and shoal's runs (default: TMPDIR)")
    arguments = parser.parse_args()
    if arguments.epochs < 3:
        parser.error(f"--epochs is {arguments.epochs}, expected at least 3: in the first two rows are met and cached")
    arguments.shoal = os.path.abspath(arguments.shoal)
    return arguments


def main():
    arguments = parse_arguments()
    examples = draw_examples(arguments)
    print(f"{title(arguments.device)}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}", end=", ")
    print(f"PyTorch {torch.__version__}; two tables of {arguments.rows:,} x {DIM}", end=", ")
    print(f"{arguments.examples:,} examples, medians of {arguments.rounds} rounds")
    print("examples per second", flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as directory:
        path = os.path.join(directory, "examples.tsv")
        write_examples(examples, path)
        job = os.path.join(directory, "job.textproto")
        with open(job, "w", encoding="ascii") as file:
            file.write(JOB.format(path=path, rows=arguments.rows, dim=DIM))
        on_device, on_host = (Weights(arguments.rows, home) for home in (arguments.device, torch.device("cpu")))
        for case in itertools.product(arguments.optimizers.split(","), map(int, arguments.batch_sizes.split(","))):
            name = f"{case[0]}, batch {case[1]}"
            if arguments.cases in name:
                print(name, flush=True)
                compare(arguments, contenders(arguments, case, job, examples, on_device, on_host))


if __name__ == "__main__":
    main()

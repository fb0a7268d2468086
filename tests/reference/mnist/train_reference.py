#!/usr/bin/env python3
"""examples/mnist-classification.textproto in plain PyTorch, from shoal's own first parameters and batches.

Prints for each seed of the job the loss of the first steps, the mean training loss of each epoch and the test accuracy
after it; --output writes the same with all settings as JSON:

  train_reference.py --data data/mnist --output results_same_start.json

A run differs from shoal's with that seed by rounding alone, which a network with ReLU under Adam makes larger step by
step: the first steps agree closely, runs as a whole in the mean over seeds. The first steps are also taken in double
precision, which tells whose rounding it was.

Needs PyTorch, NumPy and xxhash.
"""

import argparse
import gzip
import json
import os
import statistics
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "same_start"))
from initial_rows import linear_parameter  # noqa: E402
from permutation import check_permutation, epoch_order  # noqa: E402

SETTINGS = dict(
    widths=[784, 256, 256, 2, 10],
    activations=["relu", "relu", "prelu"],
    pixel_mean=0.1307,
    pixel_std=0.3081,
    batch_size=256,
    epochs=10,
    learning_rate=2e-3,
    step_decay=dict(every_epochs=8, gamma=0.1),
)
FIRST_STEPS = 30


def read_idx(path, header_bytes):
    with gzip.open(path) as file:
        return torch.frombuffer(bytearray(file.read()[header_bytes:]), dtype=torch.uint8)


def read_digits(directory, part):
    """float32 [images, 784], as torchvision's ToTensor and Normalize make them, and int64 labels."""
    stem = os.path.join(directory, part)
    pixels = read_idx(f"{stem}-images-idx3-ubyte.gz", 16).view(-1, SETTINGS["widths"][0])
    images = (pixels.float() / 255 - SETTINGS["pixel_mean"]) / SETTINGS["pixel_std"]
    return images, read_idx(f"{stem}-labels-idx1-ubyte.gz", 8).long()


def make_model(seed):
    """With shoal's first parameters."""
    kinds = {"relu": nn.ReLU, "prelu": nn.PReLU}
    widths = SETTINGS["widths"]
    layers = []
    for i, width in enumerate(widths[1:]):
        layers.append(nn.Linear(widths[i], width))
        if i < len(SETTINGS["activations"]):
            layers.append(kinds[SETTINGS["activations"][i]]())
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for place, layer in enumerate(model):
            if isinstance(layer, nn.Linear):
                for name, parameter in layer.named_parameters():
                    values = linear_parameter(f"tower.{place}.{name}", parameter.shape, layer.in_features, seed)
                    parameter.copy_(torch.from_numpy(values))
    return model


def make_trainer(model, images, labels):
    """An optimizer, and what trains on a batch and returns its loss."""
    optimizer = torch.optim.Adam(model.parameters(), lr=SETTINGS["learning_rate"])

    def step(batch):
        loss = nn.functional.nll_loss(torch.log_softmax(model(images[batch]), 1), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return optimizer, step


def batches_of(num_examples, seed, epoch):
    return torch.from_numpy(epoch_order(num_examples, seed, epoch)).split(SETTINGS["batch_size"])


def first_losses_in_double(training, seed):
    images, labels = training
    _, step = make_trainer(make_model(seed).double(), images.double(), labels)
    return [step(batch) for batch in batches_of(len(labels), seed, 0)[:FIRST_STEPS]]


def train(training, test, seed):
    images, labels = training
    model = make_model(seed)
    optimizer, step = make_trainer(model, images, labels)
    decay = SETTINGS["step_decay"]
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, decay["every_epochs"], decay["gamma"])
    first_losses, epoch_losses, accuracies = [], [], []
    for epoch in range(SETTINGS["epochs"]):
        batches = batches_of(len(labels), seed, epoch)
        losses = [step(batch) for batch in batches]
        schedule.step()
        first_losses = first_losses or losses[:FIRST_STEPS]
        epoch_losses.append(sum(loss * len(batch) for loss, batch in zip(losses, batches)) / len(labels))
        with torch.no_grad():
            accuracies.append((model(test[0]).argmax(1) == test[1]).double().mean().item())
    return {
        "seed": seed,
        "loss_by_first_step": first_losses,
        "loss_by_first_step_in_double": first_losses_in_double(training, seed),
        "train_loss_by_epoch": epoch_losses,
        "accuracy_by_epoch": accuracies,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.path.join(os.environ.get("SHOAL_DATA_DIR", "data"), "mnist")
    parser.add_argument("--data", default=default_data, help="folder of MNIST's four files (default: %(default)s)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of the job (default: 1 2 3)")
    parser.add_argument("--output", help="JSON file to write")
    arguments = parser.parse_args()
    if not os.path.isdir(arguments.data):
        parser.error(f"--data: no folder {arguments.data}; deploy/fetch_data.sh fetches it")
    return arguments


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)  # The same sums in the same order on every machine.
    check_permutation()
    training, test = read_digits(arguments.data, "train"), read_digits(arguments.data, "t10k")
    runs = []
    for seed in arguments.seeds:
        runs.append(train(training, test, seed))
        print(f"seed {seed}: train loss {runs[-1]['train_loss_by_epoch'][-1]:.4f}, "
              f"test accuracy {runs[-1]['accuracy_by_epoch'][-1]:.4f}", flush=True)
    mean = statistics.mean(run["accuracy_by_epoch"][-1] for run in runs)
    print(f"mean of {len(runs)} seeds: test accuracy {mean:.4f}")
    if arguments.output:
        results = {
            "framework": f"pytorch {torch.__version__}",
            "settings": SETTINGS,
            "mean_accuracy": mean,
            "runs": runs,
        }
        with open(arguments.output, "w", encoding="ascii") as file:
            json.dump(results, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()

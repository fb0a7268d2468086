"""The networks of examples/mnist-classification.textproto and examples/sms-spam.textproto in PyTorch.

A job has data, an epoch's batches (tuples of tensors, the labels last) and variants: ways to write the same training
step. `make(variant)` gives a fresh model and its step.
"""

import torch
from torch import nn

from network_data import numbered, read_digits, read_messages

PIXEL_MEAN, PIXEL_DEVIATION = 0.1307, 0.3081


class Trainer:
    """A model with its optimizers: `step(batch)` trains on one batch and returns its mean loss."""

    def __init__(self, model, optimizers, compiled, compiled_optimizer=False):
        self.model, self.optimizers = model, optimizers
        self.loss = torch.compile(self.eager_loss) if compiled else self.eager_loss
        self.updates = [torch.compile(o.step) if compiled_optimizer else o.step for o in optimizers]

    def eager_loss(self, *batch):
        return nn.functional.nll_loss(torch.log_softmax(self.model(*batch[:-1]), 1), batch[-1])

    def step(self, batch):
        loss = self.loss(*batch)
        loss.backward()
        for update in self.updates:
            update()
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def accuracy(self, batch):
        with torch.no_grad():
            return (self.model(*batch[:-1]).argmax(1) == batch[-1]).float().mean().item()


class NormalizedPixels(nn.Module):
    def forward(self, pixels):
        return pixels.float() * (1 / 255 / PIXEL_DEVIATION) - PIXEL_MEAN / PIXEL_DEVIATION


class Digits:
    """784-256-256-2 with ReLU, PReLU, 10 classes. An epoch's shuffle and the gathering of batches are timed."""

    batch_size, epochs, rate, decay_epochs, decay = 256, 10, 0.002, 8, 0.1
    settings = "784-256-ReLU-256-ReLU-2-PReLU-10, Adam 0.002, x0.1 every 8 epochs, batch 256; in memory"
    # name: images as bytes that the step normalises (else as prepared floats), fused Adam, compiled, and Adam, too
    variants = {
        "float32, for-loop Adam": (False, False, False, False),
        "float32, fused Adam": (False, True, False, False),
        "uint8, fused Adam": (True, True, False, False),
        "compiled, float32, fused Adam": (False, True, True, False),
        "compiled, uint8, fused Adam": (True, True, True, False),
        "compiled with Adam, float32": (False, False, True, True),
    }

    def __init__(self, data_directory):
        self.bytes, self.labels = read_digits(data_directory, "train")
        self.floats = NormalizedPixels()(self.bytes)
        pixels, labels = read_digits(data_directory, "t10k")
        self.test = (NormalizedPixels()(pixels), labels)

    def make(self, variant):
        as_bytes, fused, compiled, compiled_adam = self.variants[variant]
        layers = [nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 2), nn.PReLU()]
        model = nn.Sequential(*([NormalizedPixels()] if as_bytes else []), *layers, nn.Linear(2, 10))
        adam = torch.optim.Adam(model.parameters(), lr=self.rate, fused=fused or None)
        return Trainer(model, [adam], compiled, compiled_adam)

    def batches(self, variant):
        images = self.bytes if self.variants[variant][0] else self.floats
        for chosen in torch.randperm(len(images)).split(self.batch_size):
            yield images.index_select(0, chosen), self.labels.index_select(0, chosen)


class Bag(nn.Module):
    """The mean of a message's rows, and a linear layer. Rows begin as the job's."""

    def __init__(self, rows, sparse):
        super().__init__()
        self.word = nn.EmbeddingBag(rows, 16, mode="mean", sparse=sparse)
        nn.init.uniform_(self.word.weight, -0.0625, 0.0625)
        self.linear = nn.Linear(16, 2)

    def forward(self, ids, offsets):
        return self.linear(self.word(ids, offsets))


class Messages:
    """A bag of words and pairs of words. Ids and offsets of an epoch's batches are prepared before timing."""

    batch_size, epochs, rate, decay_epochs, decay = 64, 10, 0.005, 10, 1.0
    settings = "mean bag of words and pairs of words, dim 16, linear to 2, Adam 0.005, batch 64; ids prepared"
    # name: sparse gradients and SparseAdam (else dense fused Adam), compiled, and Adam, too
    variants = {
        "dense, fused Adam": (False, False, False),
        "sparse, SparseAdam": (True, False, False),
        "compiled, dense, fused Adam": (False, True, False),
        "compiled with Adam, dense": (False, True, True),
        "compiled, sparse, SparseAdam": (True, True, False),
    }

    def __init__(self, data_directory, vocabulary):
        self.rows = len(vocabulary)
        messages, self.labels = read_messages(data_directory, "train")
        self.ids = numbered(messages, vocabulary)
        messages, labels = read_messages(data_directory, "test")
        self.test = self.bags(numbered(messages, vocabulary), labels)

    def bags(self, ids, labels):
        sizes = torch.tensor([len(message) for message in ids])
        return torch.cat(ids), sizes.cumsum(0) - sizes, labels

    def make(self, variant):
        sparse, compiled, compiled_adam = self.variants[variant]
        model = Bag(self.rows, sparse)
        fused = None if compiled_adam else True
        if not sparse:
            adam = torch.optim.Adam(model.parameters(), self.rate, fused=fused)
            return Trainer(model, [adam], compiled, compiled_adam)
        word = torch.optim.SparseAdam(model.word.parameters(), self.rate)
        return Trainer(model, [word, torch.optim.Adam(model.linear.parameters(), self.rate, fused=fused)], compiled)

    def batches(self, _):
        chosen = torch.randperm(len(self.ids)).split(self.batch_size)
        return [self.bags([self.ids[i] for i in batch.tolist()], self.labels[batch]) for batch in chosen]

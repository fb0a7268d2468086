"""The networks of mnist-classification, mnist-triplet and sms-spam, of examples/, in PyTorch.

A job has data on a device, an epoch's batches (tuples of tensors, the labels last) and variants: ways to write the same
training step. `make(variant)` gives a fresh model and its step, `accuracy(trainer)` its share of right answers for the
test data. After some steps losses of variants may differ by `loss_tolerance`, relative, and must have fallen to `fall` of
the first.
"""

import math

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


class TripletTrainer(Trainer):
    """Triplets of a batch with `classes` labels in turn, of `samples` images each: for each pair of images of a label
    a random negative among those with a loss. The mean of the losses."""

    classes, samples, margin = 10, 25, 1.0

    def __init__(self, model, optimizers, compiled, compiled_optimizer=False):
        super().__init__(model, optimizers, compiled, compiled_optimizer)
        device = next(model.parameters()).device
        labels = torch.arange(self.classes, device=device).repeat_interleave(self.samples)
        same = labels[:, None] == labels
        self.anchors, self.positives = (
            (same & ~torch.eye(len(labels), dtype=torch.bool, device=device)).nonzero().unbind(1)
        )
        self.others = ~same[self.anchors]

    def eager_loss(self, images, _):
        points = self.model(images)
        with torch.no_grad():
            distances = torch.cdist(points, points)
            gaps = distances[self.anchors, self.positives][:, None] - distances[self.anchors]
            hard = self.others & (gaps + self.margin > 0)
            negatives = torch.rand_like(gaps).masked_fill_(~hard, -1).argmax(1)
            counts = hard.any(1)
        losses = nn.functional.triplet_margin_loss(
            points[self.anchors], points[self.positives], points[negatives], self.margin, reduction="none"
        )
        return (losses * counts).sum() / counts.sum().clamp(min=1)


class NormalizedPixels(nn.Module):
    def forward(self, pixels):
        return pixels.float() * (1 / 255 / PIXEL_DEVIATION) - PIXEL_MEAN / PIXEL_DEVIATION


def points_of_digits():
    return [nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 2)]


class Digits:
    """784-256-256-2 with ReLU, PReLU, 10 classes. An epoch's shuffle and the gathering of batches are timed."""

    batch_size, epochs, rate, decay_epochs, decay = 256, 10, 0.002, 8, 0.1
    settings = "784-256-ReLU-256-ReLU-2-PReLU-10, Adam 0.002, x0.1 every 8 epochs, batch 256; in memory"
    # name: images as bytes that the step normalises (else as prepared floats), fused Adam, compiled, and Adam, too
    variants = {
        "float32, default Adam": (False, False, False, False),
        "float32, fused Adam": (False, True, False, False),
        "uint8, fused Adam": (True, True, False, False),
        "compiled, float32, fused Adam": (False, True, True, False),
        "compiled, uint8, fused Adam": (True, True, True, False),
        "compiled with Adam, float32": (False, False, True, True),
    }

    loss_tolerance, fall = 0.01, 0.95
    trainer = Trainer

    def __init__(self, data_directory, device):
        self.device = device
        self.bytes, self.labels = (part.to(device) for part in read_digits(data_directory, "train"))
        self.floats = NormalizedPixels()(self.bytes)
        pixels, labels = (part.to(device) for part in read_digits(data_directory, "t10k"))
        self.test = (NormalizedPixels()(pixels), labels)

    def layers(self):
        return [*points_of_digits(), nn.PReLU(), nn.Linear(2, 10)]

    def make(self, variant):
        as_bytes, fused, compiled, compiled_adam = self.variants[variant]
        model = nn.Sequential(*([NormalizedPixels()] if as_bytes else []), *self.layers()).to(self.device)
        adam = torch.optim.Adam(model.parameters(), lr=self.rate, fused=fused or None)
        return self.trainer(model, [adam], compiled, compiled_adam)

    def choices(self):
        """Numbers of an epoch's images, by batch."""
        return torch.randperm(len(self.labels), device=self.device).split(self.batch_size)

    def batches(self, variant):
        images = self.bytes if self.variants[variant][0] else self.floats
        for chosen in self.choices():
            yield images.index_select(0, chosen), self.labels.index_select(0, chosen)

    def accuracy(self, trainer):
        return trainer.accuracy(self.test)


class DigitTriplets(Digits):
    """784-256-256-2 with ReLU and triplets of the points; balanced batches. Right is an image whose nearest training
    image is of its digit."""

    batch_size, epochs, rate, decay_epochs, decay = 250, 20, 0.001, 20, 1.0
    settings = "784-256-ReLU-256-ReLU-2, random hard triplets, Adam 0.001, batch 10 x 25; in memory"
    # Each variant draws its own negatives; what falls is the number of triplets with a loss, not these losses' mean.
    loss_tolerance, fall = 0.05, math.inf
    trainer = TripletTrainer

    def layers(self):
        return points_of_digits()

    def choices(self):
        """A label's images come in random order, and once more in another where they do not suffice."""
        steps, samples = len(self.labels) // self.batch_size, TripletTrainer.samples
        columns = []
        for label in range(TripletTrainer.classes):
            images = (self.labels == label).nonzero().squeeze(1)
            orders = [torch.randperm(len(images), device=self.device) for _ in range(2)]
            columns.append(images[torch.cat(orders)[: steps * samples]].view(steps, samples))
        return torch.cat(columns, 1).unbind()

    def accuracy(self, trainer):
        with torch.no_grad():
            training = trainer.model(self.floats)
            right = 0
            for images, labels in zip(*(part.split(1000) for part in self.test)):
                points = trainer.model(images)
                nearest = torch.cdist(points, training, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
                right += (self.labels[nearest] == labels).sum().item()
        return right / len(self.test[1])


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

    loss_tolerance, fall = 0.01, 0.95

    def __init__(self, data_directory, device, vocabulary):
        self.device = device
        self.rows = len(vocabulary)
        messages, self.labels = read_messages(data_directory, "train")
        self.ids = numbered(messages, vocabulary)
        messages, labels = read_messages(data_directory, "test")
        self.test = self.bags(numbered(messages, vocabulary), labels)

    def bags(self, ids, labels):
        sizes = torch.tensor([len(message) for message in ids])
        return tuple(part.to(self.device) for part in (torch.cat(ids), sizes.cumsum(0) - sizes, labels))

    def make(self, variant):
        sparse, compiled, compiled_adam = self.variants[variant]
        model = Bag(self.rows, sparse).to(self.device)
        fused = None if compiled_adam else True
        if not sparse:
            adam = torch.optim.Adam(model.parameters(), self.rate, fused=fused)
            return Trainer(model, [adam], compiled, compiled_adam)
        word = torch.optim.SparseAdam(model.word.parameters(), self.rate)
        return Trainer(model, [word, torch.optim.Adam(model.linear.parameters(), self.rate, fused=fused)], compiled)

    def batches(self, _):
        chosen = torch.randperm(len(self.ids)).split(self.batch_size)
        return [self.bags([self.ids[i] for i in batch.tolist()], self.labels[batch]) for batch in chosen]

    def accuracy(self, trainer):
        return trainer.accuracy(self.test)

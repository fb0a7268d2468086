"""Writes schedules.json: learning rates and momenta that common/schedule/schedule.cc must reproduce.

Learning rates come from torch.optim.lr_scheduler (PyTorch 2.x). The one-cycle comes from fastai's definition, written
out below, since torch's OneCycleLR counts its phases differently. Run in this folder: python3 make_reference.py
"""

import json
import math

import numpy
import torch
from torch.optim import lr_scheduler


def single(x):
    """The job file holds floats in single precision: the same rounding here."""
    return float(numpy.float32(x))


def torch_rates(learning_rate, total_steps, steps_per_epoch, make, per_epoch):
    """`make` gives the list of schedulers; the product of their factors applies. per_epoch: which step by epoch."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=learning_rate)
    schedulers = make(optimizer)
    rates = []
    for step in range(total_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler, by_epoch in zip(schedulers, per_epoch):
            if not by_epoch or (step + 1) % steps_per_epoch == 0:
                scheduler.step()
    return rates


def fastai_cosine(start, end, position):
    return start + (1 + math.cos(math.pi * (1 - position))) * (end - start) / 2


def fastai_combined(pct_start, start, middle, end, pct):
    if pct >= pct_start:
        return fastai_cosine(middle, end, (pct - pct_start) / (1 - pct_start))
    return fastai_cosine(start, middle, pct / pct_start)


def one_cycle(rate, total_steps, div, div_final, pct_start, moms):
    rates, momenta = [], []
    for step in range(total_steps):
        pct = step / total_steps
        rates.append(fastai_combined(pct_start, rate / div, rate, rate / div_final, pct))
        momenta.append(fastai_combined(pct_start, *moms, pct))
    return rates, momenta


def main():
    rate, total, epoch = single(0.05), 40, 8
    cases = []

    def add(name, training, rates, momenta=None, steps_per_epoch=epoch):
        case = {"name": name, "training": "learning_rate: 0.05 " + training, "steps_per_epoch": steps_per_epoch,
                "learning_rates": rates}
        if momenta is not None:
            case["momenta"] = momenta
        cases.append(case)

    def from_torch(make, per_epoch, total_steps=total):
        return torch_rates(rate, total_steps, epoch, make, per_epoch)

    def warmup(optimizer):
        return lr_scheduler.LinearLR(optimizer, start_factor=single(0.1), total_iters=10)

    add("Default", "", from_torch(lambda o: [], []))
    add("StepDecay", "schedule { step_decay { every_epochs: 2 gamma: 0.5 } }",
        from_torch(lambda o: [lr_scheduler.StepLR(o, 2, single(0.5))], [True]))
    add("Exponential", "schedule { exponential { gamma: 0.9 } }",
        from_torch(lambda o: [lr_scheduler.ExponentialLR(o, single(0.9))], [True]))
    add("Cosine", "schedule { cosine { } }",
        from_torch(lambda o: [lr_scheduler.CosineAnnealingLR(o, total)], [False]))
    add("CosineWithMinimum", "schedule { cosine { min_learning_rate: 0.01 } }",
        from_torch(lambda o: [lr_scheduler.CosineAnnealingLR(o, 37, eta_min=single(0.01))], [False], 37))
    add("LinearWarmup", "schedule { linear_warmup { steps: 10 start_factor: 0.1 } }",
        from_torch(lambda o: [warmup(o)], [False]))
    add("WarmupThenExponential",
        "schedule { exponential { gamma: 0.9 } linear_warmup { steps: 10 start_factor: 0.1 } }",
        from_torch(lambda o: [warmup(o), lr_scheduler.ExponentialLR(o, single(0.9))], [False, True]))
    add("WarmupThenCosine", "schedule { cosine { } linear_warmup { steps: 10 start_factor: 0.1 } }",
        from_torch(lambda o: [warmup(o), lr_scheduler.CosineAnnealingLR(o, total)], [False, False]))
    add("OneCycle", "schedule { one_cycle { } }",
        *one_cycle(rate, total, 25.0, 1e5, 0.25, (single(0.95), single(0.85), single(0.95))))
    add("OneCycleOfAnOddNumberOfSteps",
        "schedule { one_cycle { div: 10 div_final: 100 pct_start: 0.3 momentum_start: 0.9 momentum_middle: 0.7 "
        "momentum_end: 0.8 } }",
        *one_cycle(rate, 33, 10.0, 100.0, single(0.3), (single(0.9), single(0.7), single(0.8))))

    with open("schedules.json", "w", encoding="ascii") as output:
        json.dump({"torch": torch.__version__.split("+")[0], "cases": cases}, output, indent=1)
        output.write("\n")


if __name__ == "__main__":
    main()

"""Writes the reference values that the optimizer tests compare with.

Needs PyTorch 2 and NumPy; the tests need neither. Run it in this folder:

    python make_reference.py

All references are computed in float64 from inputs that float32 holds exactly. `reference` in each case says what
computed it: a class of torch.optim wherever one has the semantics (dense gradients for DENSE_EQUIVALENT, sparse ones
for LAZY), else "numpy", the explicit loops below.
"""

import json
import math

import numpy as np
import torch

ROWS = 6
STEPS = 100
DIMS = [1, 5, 20]
SNAPSHOTS = [37, 100]
TORCH = "torch.optim."


def make_inputs(dim, rng):
    """Weights in units of 1/1024 and gradients in units of 1/256, as integers.

    Row 0 is in almost every step, row 1 in some, row 2 in some and often twice (gradients of two workers), row 3 in the
    first five steps and again from step 95, row 4 only from step 70, row 5 in none.
    """
    pushes = []
    for step in range(1, STEPS + 1):
        rows = []
        if rng.random() < 0.9:
            rows.append(0)
        if rng.random() < 0.3:
            rows.append(1)
        if rng.random() < 0.3:
            rows += [2] * (1 + (rng.random() < 0.5))
        if step <= 5 or step >= 95:
            rows.append(3)
        if step >= 70 and rng.random() < 0.4:
            rows.append(4)
        pushes.append([[row, rng.integers(-200, 201, dim).tolist()] for row in rows])
    return {"weights": rng.integers(-2000, 2001, (ROWS, dim)).tolist(), "pushes": pushes}


def weights_of(inputs):
    return np.array(inputs["weights"], np.float64) / 1024


def summed_gradients(inputs, step):
    """Row -> gradient of one step, colliding rows added up."""
    result = {}
    for row, values in inputs["pushes"][step - 1]:
        result[row] = result.get(row, 0) + np.array(values, np.float64) / 256
    return result


def rates_at(case, step):
    """Learning rate and momentum (None: not cycled). The job file holds the learning rate as a float32."""
    rate = float(np.float32(case["learning_rate"]))
    momentum = None
    if case.get("one_cycle"):
        start, middle, end = (float(np.float32(m)) for m in (0.95, 0.85, 0.95))
        pct, split = (step - 1) / STEPS, 0.25

        def cosine(a, b, x):
            return a + (1 + math.cos(math.pi * (1 - x))) * (b - a) / 2

        if pct < split:
            momentum = cosine(start, middle, pct / split)
            rate = cosine(rate / 25, rate, pct / split)
        else:
            momentum = cosine(middle, end, (pct - split) / (1 - split))
            rate = cosine(rate, rate / 1e5, (pct - split) / (1 - split))
    return rate * case.get("learning_rate_multiplier", 1), momentum


def torch_optimizer(case, parameter):
    o = case["options"]
    name = case["reference"].removeprefix(TORCH)
    options = {"lr": 1.0}
    for ours, theirs in {"eps": "eps", "weight_decay": "weight_decay", "momentum": "momentum",
                         "dampening": "dampening", "nesterov": "nesterov", "lr_decay": "lr_decay",
                         "initial_accumulator_value": "initial_accumulator_value"}.items():
        if ours in o:
            options[theirs] = o[ours]
    if "Adam" in name:
        options["betas"] = (o.get("beta1", 0.9), o.get("beta2", 0.999))
    if name == "AdamW":
        options.setdefault("weight_decay", 0)
    return getattr(torch.optim, name)([parameter], **options)


def run_torch(case, inputs):
    weights = torch.nn.Parameter(torch.tensor(weights_of(inputs)))
    optimizer = torch_optimizer(case, weights)
    group = optimizer.param_groups[0]
    result = {}
    for step in range(1, STEPS + 1):
        group["lr"], momentum = rates_at(case, step)
        if momentum is not None:
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum
        gradients = summed_gradients(inputs, step)
        if case["row_semantics"] == "LAZY":
            rows = sorted(gradients)
            values = np.array([gradients[row] for row in rows]).reshape(len(rows), weights.shape[1])
            weights.grad = torch.sparse_coo_tensor([rows], torch.tensor(values), weights.shape, check_invariants=True).coalesce()
        else:
            dense = np.zeros(weights.shape)
            for row, gradient in gradients.items():
                dense[row] = gradient
            weights.grad = torch.tensor(dense)
        optimizer.step()
        if step in SNAPSHOTS:
            result[step] = weights.detach().numpy().copy()
    return result


def numpy_sgd(o, state, w, g, rate, momentum, step, first):
    g = g + o.get("weight_decay", 0) * w
    mu = o.get("momentum", 0) if momentum is None else momentum
    if mu:
        share = 1 if first else 1 - o.get("dampening", 0)
        state["buffer"] = mu * state.get("buffer", 0) + share * g
        g = g + mu * state["buffer"] if o.get("nesterov") else state["buffer"]
    return w - rate * g


def numpy_adagrad(o, state, w, g, rate, momentum, step, first):
    g = g + o.get("weight_decay", 0) * w
    state["sum"] = state.get("sum", o.get("initial_accumulator_value", 0)) + g * g
    return w - rate / (1 + (step - 1) * o.get("lr_decay", 0)) * g / (np.sqrt(state["sum"]) + o.get("eps", 1e-10))


def numpy_rowwise_adagrad(o, state, w, g, rate, momentum, step, first):
    g = g + o.get("weight_decay", 0) * w
    state["sum"] = state.get("sum", o.get("initial_accumulator_value", 0)) + np.mean(g * g)
    return w - rate * g / (np.sqrt(state["sum"]) + o.get("eps", 1e-10))


def numpy_sparse_adam(o, state, w, g, rate, momentum, step, first):
    """SparseAdam with weight decay, which torch's has not."""
    beta1 = o.get("beta1", 0.9) if momentum is None else momentum
    beta2 = o.get("beta2", 0.999)
    decay = o.get("weight_decay", 0)
    if o.get("decoupled_weight_decay"):
        w = w * (1 - rate * decay)
    else:
        g = g + decay * w
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
    step_size = rate * math.sqrt(1 - beta2**step) / (1 - beta1**step)
    return w - step_size * state["m"] / (np.sqrt(state["v"]) + o.get("eps", 1e-8))


NUMPY = {"sgd": numpy_sgd, "adagrad": numpy_adagrad, "rowwise_adagrad": numpy_rowwise_adagrad,
         "adam": numpy_sparse_adam}


def run_numpy(case, inputs):
    weights = weights_of(inputs)
    states = [{} for _ in range(ROWS)]
    touched = set()
    dense = case["row_semantics"] == "DENSE_EQUIVALENT"
    result = {}
    for step in range(1, STEPS + 1):
        rate, momentum = rates_at(case, step)
        gradients = summed_gradients(inputs, step)
        for row in range(ROWS) if dense else sorted(gradients):
            gradient = gradients.get(row, np.zeros(weights.shape[1]))
            first = step == 1 if dense else row not in touched
            touched.add(row)
            weights[row] = NUMPY[case["optimizer"]](case["options"], states[row], weights[row], gradient, rate,
                                                    momentum, step, first)
        if step in SNAPSHOTS:
            result[step] = weights.copy()
    return result


def case(name, optimizer, options, row_semantics, reference, learning_rate, **more):
    return dict(name=name, optimizer=optimizer, options=options, row_semantics=row_semantics, reference=reference,
                learning_rate=learning_rate, **more)


LAZY, DENSE = "LAZY", "DENSE_EQUIVALENT"
FASTAI = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-5, "weight_decay": 0.01, "decoupled_weight_decay": True}
CASES = [
    case("LazyPlain", "sgd", {}, LAZY, TORCH + "SGD", 0.05),
    case("LazyWeightDecay", "sgd", {"weight_decay": 0.02}, LAZY, "numpy", 0.05),
    case("LazyMomentum", "sgd", {"momentum": 0.9}, LAZY, "numpy", 0.02),
    case("LazyDampening", "sgd", {"momentum": 0.9, "dampening": 0.4, "weight_decay": 0.01}, LAZY, "numpy", 0.02),
    case("LazyNesterov", "sgd", {"momentum": 0.8, "nesterov": True}, LAZY, "numpy", 0.02),
    case("DensePlain", "sgd", {}, DENSE, TORCH + "SGD", 0.05),
    case("DenseWeightDecay", "sgd", {"weight_decay": 0.1}, DENSE, TORCH + "SGD", 0.05, learning_rate_multiplier=0.5),
    case("DenseMomentum", "sgd", {"momentum": 0.9}, DENSE, TORCH + "SGD", 0.02),
    case("DenseDampening", "sgd", {"momentum": 0.9, "dampening": 0.4, "weight_decay": 0.05}, DENSE, TORCH + "SGD",
         0.05),
    case("DenseNesterov", "sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05}, DENSE, TORCH + "SGD", 0.02),
    case("DenseOneCycle", "sgd", {"momentum": 0.9, "weight_decay": 0.05}, DENSE, TORCH + "SGD", 0.05, one_cycle=True),
    case("LazyPlain", "adagrad", {}, LAZY, TORCH + "Adagrad", 0.1),
    case("LazyLrDecay", "adagrad", {"lr_decay": 0.05, "initial_accumulator_value": 0.5}, LAZY, TORCH + "Adagrad", 0.1),
    case("LazyWeightDecay", "adagrad", {"weight_decay": 0.05}, LAZY, "numpy", 0.1),
    case("DensePlain", "adagrad", {"eps": 0.001}, DENSE, TORCH + "Adagrad", 0.1),
    case("DenseWeightDecay", "adagrad", {"weight_decay": 0.05, "lr_decay": 0.01}, DENSE, TORCH + "Adagrad", 0.1),
    case("LazyPlain", "rowwise_adagrad", {}, LAZY, "numpy", 0.1),
    case("LazyWeightDecay", "rowwise_adagrad", {"weight_decay": 0.05, "initial_accumulator_value": 0.2}, LAZY, "numpy",
         0.1),
    case("DenseWeightDecay", "rowwise_adagrad", {"weight_decay": 0.05}, DENSE, "numpy", 0.1),
    case("LazyPlain", "adam", {}, LAZY, TORCH + "SparseAdam", 0.02),
    case("LazyOneCycle", "adam", {"beta2": 0.99, "eps": 1e-5}, LAZY, TORCH + "SparseAdam", 0.05, one_cycle=True),
    case("LazyCoupledDecay", "adam", {"weight_decay": 0.05}, LAZY, "numpy", 0.02),
    case("LazyDecoupledDecay", "adam", FASTAI, LAZY, "numpy", 0.02),
    case("DensePlain", "adam", {}, DENSE, TORCH + "Adam", 0.02),
    case("DenseCoupledDecay", "adam", {"weight_decay": 0.05}, DENSE, TORCH + "Adam", 0.02),
    case("DenseDecoupledDecay", "adam", {"weight_decay": 0.5, "decoupled_weight_decay": True}, DENSE, TORCH + "AdamW",
         0.02),
    case("DenseOneCycle", "adam", FASTAI, DENSE, TORCH + "AdamW", 0.05, one_cycle=True),
    case("DenseCoupledOneCycle", "adam", {"weight_decay": 0.05}, DENSE, TORCH + "Adam", 0.05, one_cycle=True),
    case("DenseShortMemory", "adam", {"beta1": 0.3, "beta2": 0.6, "eps": 1e-3}, DENSE, TORCH + "Adam", 0.02),
    case("DenseNoMomentum", "adam", {"beta1": 0.0, "beta2": 0.9}, DENSE, TORCH + "Adam", 0.02,
         learning_rate_multiplier=0.5),
]


def worked_example():
    """Two rows pulled together by their distance: a published article's numbers, continued to ten steps."""
    rows = np.array([[0.3367, 0.1288, 0.2345, 0.2303, -1.1229], [-0.1863, 2.2082, -0.6380, 0.4617, 0.2674]], np.float32)
    weights = torch.nn.Parameter(torch.tensor(rows.astype(np.float64)))
    optimizer = torch.optim.SGD([weights], lr=float(np.float32(0.1)), momentum=0.9)
    steps = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = (weights[0] - weights[1]).norm()
        loss.backward()
        optimizer.step()
        steps.append({"loss": loss.item(), "gradient": numbers(weights.grad), "weights": numbers(weights.detach())})
    return {"torch": torch.__version__.split("+")[0], "steps": steps}


def numbers(array):
    return [[float(f"{x:.9g}") for x in row] for row in np.asarray(array).tolist()]


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


def main():
    rng = np.random.default_rng(20)
    inputs = {str(dim): make_inputs(dim, rng) for dim in DIMS}
    write("inputs.json", inputs)
    write("worked_example.json", worked_example())
    for optimizer in NUMPY:
        cases = [c for c in CASES if c["optimizer"] == optimizer]
        for c in cases:
            run = run_numpy if c["reference"] == "numpy" else run_torch
            c["expected"] = {
                dim: {str(step): numbers(weights) for step, weights in run(c, inputs[dim]).items()} for dim in inputs
            }
        write(f"{optimizer}.json", {"torch": torch.__version__.split("+")[0], "cases": cases})


if __name__ == "__main__":
    main()

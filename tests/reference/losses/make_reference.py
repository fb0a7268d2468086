"""Writes losses.json, sampled_softmax.json and implicit_factorization.json: what worker/losses must reproduce.

PyTorch 2.x in double precision from inputs that single precision holds exactly: value, gradients, and the parameters
after ten steps of torch.optim.SGD on them.
Run in this folder: python3 make_reference.py
"""

import json
import re

import torch
import torch.nn.functional as F

STEPS = 10
LEARNING_RATE = 0.25


def random_rows(rows, dim, scale=1.0):
    """Multiples of 1/1024: exact in single precision."""
    return (torch.randn(rows, dim, dtype=torch.float64) * scale * 1024).round() / 1024


def train(parameters, loss_of):
    """Values and gradients at the start, and the parameters after STEPS steps."""
    for value in parameters.values():
        value.requires_grad_()
    start = {name: [[int(x * 1024) for x in row] for row in value.tolist()] for name, value in parameters.items()}
    optimizer = torch.optim.SGD(parameters.values(), lr=LEARNING_RATE)
    first = None
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        if first is None:
            first = {
                "loss": loss.item(),
                "gradients": {name: rounded(value.grad) for name, value in parameters.items()},
            }
        optimizer.step()
    return {
        "start": start,  # In 1/1024.
        **first,
        "after_steps": {name: rounded(value.detach()) for name, value in parameters.items()},
    }


def rounded(matrix):
    return [[float(f"{x:.9g}") for x in row] for row in matrix.tolist()]


# ---- Losses of outputs ----------------------------------------------------------------------------------------------


def classification(weight=None, label_smoothing=0.0):
    def loss(outputs, labels, _):
        weights = None if weight is None else torch.tensor(weight, dtype=torch.float64)
        return F.cross_entropy(outputs, labels, weight=weights, label_smoothing=label_smoothing)

    return loss


def distance_of(kind, a, b, eps=1e-6):
    """Row by row."""
    if kind == "EUCLIDEAN":
        return F.pairwise_distance(a, b, eps=eps)
    if kind == "SQUARED_EUCLIDEAN":
        return ((a - b) ** 2).sum(1)
    return 1 - F.cosine_similarity(a, b)


def all_distances(kind, x):
    n = len(x)
    return torch.stack([distance_of(kind, x[i].expand(n, -1), x) for i in range(n)])


def mined_triplets(mining, distances, labels, margin):
    """(anchor, positive, negative), from the definitions."""
    n = len(labels)
    d = distances.tolist()
    result = []
    for a in range(n):
        positives = [j for j in range(n) if j != a and labels[j] == labels[a]]
        negatives = [j for j in range(n) if labels[j] != labels[a]]
        if mining == "ALL":
            result += [(a, p, q) for p in positives for q in negatives]
        elif mining == "HARDEST" and positives and negatives:
            result.append((a, max(positives, key=lambda j: d[a][j]), min(negatives, key=lambda j: d[a][j])))
        elif mining == "SEMI_HARD":
            for p in positives:
                semi = [q for q in negatives if d[a][p] < d[a][q] < d[a][p] + margin]
                if semi:
                    result.append((a, p, min(semi, key=lambda j: d[a][j])))
    return result


def given_triplets(distance="EUCLIDEAN", margin=1.0):
    def loss(outputs, _, tuples):
        a, p, q = (outputs[torch.tensor(column)] for column in zip(*tuples))
        if distance == "EUCLIDEAN":
            losses = F.triplet_margin_loss(a, p, q, margin=margin, reduction="none")
        else:
            losses = F.triplet_margin_with_distance_loss(
                a, p, q, distance_function=lambda x, y: distance_of(distance, x, y), margin=margin, reduction="none"
            )
        return losses[losses > 0].mean()

    return loss


def triplet(mining, distance="EUCLIDEAN", margin=1.0, soft_margin=False):
    def loss(outputs, labels, _):
        distances = all_distances(distance, outputs)
        chosen = mined_triplets(mining, distances.detach(), labels.tolist(), margin)
        a, p, q = (torch.tensor(column) for column in zip(*chosen))
        to_positive, to_negative = distances[a, p], distances[a, q]
        gap = to_positive - to_negative
        losses = F.softplus(gap) if soft_margin else F.relu(gap + margin)
        return losses[losses > 0].mean()

    return loss


def contrastive(mining, distance="EUCLIDEAN", margin=1.0):
    def loss(outputs, labels, tuples):
        if mining == "GIVEN":
            chosen = tuples
        else:
            d = all_distances(distance, outputs.detach()).tolist()
            pairs = [(i, j) for i in range(len(labels)) for j in range(i + 1, len(labels))]
            same = [(i, j, 1) for i, j in pairs if labels[i] == labels[j]]
            different = sorted(((i, j, 0) for i, j in pairs if labels[i] != labels[j]), key=lambda t: d[t[0]][t[1]])
            chosen = same + different[: len(same)]
        first, second, same = (torch.tensor(column) for column in zip(*chosen))
        d = distance_of(distance, outputs[first], outputs[second])
        return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean() / 2

    return loss


def loss_case(name, config, loss, n, dim, classes, tuples=None):
    torch.manual_seed(len(name) * 1000 + dim)
    labels = torch.randint(0, classes, (n,))
    outputs = random_rows(n, dim)
    if tuples == "triplets":
        tuples = [torch.randperm(n)[:3].tolist() for _ in range(2 * n)]
    elif tuples == "pairs":
        tuples = [torch.randperm(n)[:2].tolist() + [int(torch.randint(0, 2, (1,)))] for _ in range(2 * n)]
    values = train({"outputs": outputs}, lambda parameters: loss(parameters["outputs"], labels, tuples))
    return {"name": name, "config": config, "dim": dim, "labels": labels.tolist(), "tuples": tuples, **values}


def loss_cases():
    weight = [0.5, 2.0, 1.0, 0.25, 3.0]
    weights = " ".join(f"weight: {w}" for w in weight)
    ce = "softmax_cross_entropy"
    return [
        loss_case("Plain", ce + " {}", classification(), 12, 10, 10),
        loss_case("Wide", ce + " { top_k: 5 }", classification(), 4, 37, 37),
        loss_case("Weighted", f"{ce} {{ {weights} }}", classification(weight), 12, 5, 5),
        loss_case("Smoothed", ce + " { label_smoothing: 0.125 }", classification(None, 0.125), 12, 5, 5),
        loss_case(
            "WeightedSmoothed",
            f"{ce} {{ {weights} label_smoothing: 0.25 }}",
            classification(weight, 0.25),
            12,
            5,
            5,
        ),
        loss_case("TripletAll", "triplet { mining: ALL }", triplet("ALL"), 12, 2, 3),
        loss_case("TripletHardest", "triplet { mining: HARDEST }", triplet("HARDEST"), 12, 18, 3),
        loss_case("TripletSemiHard", "triplet { mining: SEMI_HARD }", triplet("SEMI_HARD"), 12, 2, 3),
        loss_case("TripletGiven", "triplet { mining: GIVEN }", given_triplets(), 12, 18, 3, "triplets"),
        loss_case(
            "TripletGivenCosine",
            "triplet { mining: GIVEN distance: COSINE margin: 0.5 }",
            given_triplets("COSINE", 0.5),
            12,
            5,
            3,
            "triplets",
        ),
        loss_case(
            "TripletSquared",
            "triplet { distance: SQUARED_EUCLIDEAN margin: 0.5 }",
            triplet("ALL", "SQUARED_EUCLIDEAN", 0.5),
            12,
            3,
            3,
        ),
        loss_case(
            "TripletCosine",
            "triplet { distance: COSINE margin: 0.25 mining: HARDEST }",
            triplet("HARDEST", "COSINE", 0.25),
            12,
            5,
            3,
        ),
        loss_case(
            "TripletSoftMargin", "triplet { soft_margin: true }", triplet("ALL", soft_margin=True), 12, 3, 3
        ),
        loss_case("ContrastiveOnline", "contrastive {}", contrastive("ONLINE"), 12, 2, 3),
        loss_case(
            "ContrastiveGiven", "contrastive { mining: GIVEN margin: 2 }", contrastive("GIVEN", margin=2.0), 12, 3, 3,
            "pairs",
        ),
        loss_case(
            "ContrastiveGivenCosine",
            "contrastive { mining: GIVEN distance: COSINE }",
            contrastive("GIVEN", "COSINE"),
            12,
            5,
            3,
            "pairs",
        ),
        loss_case(
            "ContrastiveCosine", "contrastive { distance: COSINE }", contrastive("ONLINE", "COSINE"), 12, 18, 3
        ),
    ]


# ---- Losses with tables ---------------------------------------------------------------------------------------------


def sampled_softmax_case(name, sampler, unique, remove, num_classes=12, dim=5, n=8, sampled=(0, 3, 1, 7, 4), tries=9):
    """Bias-corrected logits of tf.nn.sampled_softmax_loss; `tries` draws gave the classes `sampled`."""
    torch.manual_seed(len(name) * 1000 + dim)
    ids = torch.arange(num_classes, dtype=torch.float64)
    probability = torch.full_like(ids, 1 / num_classes)
    if sampler == "LOG_UNIFORM":
        probability = torch.log((ids + 2) / (ids + 1)) / torch.log(torch.tensor(num_classes + 1.0, dtype=torch.float64))
    if unique:
        expected = -torch.expm1(tries * torch.log1p(-probability))
    else:
        expected = probability * len(sampled)
    labels = torch.randint(0, num_classes, (n,))
    labels[0] = sampled[1]  # A hit.
    chosen = torch.tensor(sampled)

    def loss_of(p):
        biases = p["biases"][:, 0] - expected.log()
        of_labels = (p["inputs"] * p["classes"][labels]).sum(1) + biases[labels]
        of_sampled = p["inputs"] @ p["classes"][chosen].T + biases[chosen]
        if remove:
            of_sampled = of_sampled.masked_fill(labels[:, None] == chosen, -torch.inf)
        logits = torch.cat([of_labels[:, None], of_sampled], 1)
        return F.cross_entropy(logits, torch.zeros(n, dtype=torch.int64))

    parameters = {
        "inputs": random_rows(n, dim),
        "classes": random_rows(num_classes, dim),
        "biases": random_rows(num_classes, 1),
    }
    config = f"num_sampled: {len(sampled)} sampler: {sampler} unique: {str(unique).lower()} "
    config += f"remove_accidental_hits: {str(remove).lower()}"
    values = train(parameters, loss_of)
    return {"name": name, "config": config, "dim": dim, "labels": labels.tolist(), "sampled": list(sampled),
            "tries": tries, **values}


def implicit_case(name, loss, negatives, biased, dim=18, users=4, items=7, n=10):
    torch.manual_seed(len(name) * 1000 + dim)
    user = torch.randint(0, users, (n,))
    positive = torch.randint(0, items, (n,))
    negative = torch.randint(0, items, (n, negatives))

    def loss_of(p):
        bias = p["biases"][:, 0] if biased else torch.zeros(items, dtype=torch.float64)
        of_positive = (p["users"][user] * p["items"][positive]).sum(1) + bias[positive]
        of_negative = (p["users"][user][:, None] * p["items"][negative]).sum(2) + bias[negative]
        if loss == "BPR":
            return -F.logsigmoid(of_positive[:, None] - of_negative).mean()
        logits = torch.cat([of_positive[:, None], of_negative], 1)
        targets = torch.zeros_like(logits)
        targets[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, targets)

    parameters = {"users": random_rows(users, dim, 0.5), "items": random_rows(items, dim, 0.5)}
    if biased:
        parameters["biases"] = random_rows(items, 1)
    values = train(parameters, loss_of)
    return {"name": name, "loss_kind": loss, "num_negatives": negatives, "dim": dim, "user": user.tolist(),
            "positive": positive.tolist(), "negative": negative.tolist(), **values}


# ---------------------------------------------------------------------------------------------------------------------


def write(name, cases):
    reference = {
        "torch": torch.__version__.split("+")[0],
        "steps": STEPS,
        "learning_rate": LEARNING_RATE,
        "cases": cases,
    }
    # Innermost arrays on one line.
    text = re.sub(r"\[[^\[\]{}]+\]", lambda match: " ".join(match[0].split()), json.dumps(reference, indent=1))
    with open(name, "w", encoding="ascii") as output:
        output.write(text + "\n")


def main():
    torch.set_num_threads(1)
    write("losses.json", loss_cases())
    write("sampled_softmax.json", [
        sampled_softmax_case("LogUniform", "LOG_UNIFORM", True, True),
        sampled_softmax_case("Uniform", "UNIFORM", True, True, dim=18),
        sampled_softmax_case("WithReplacement", "LOG_UNIFORM", False, True, sampled=(0, 3, 0, 0, 2)),
        sampled_softmax_case("HitsKept", "LOG_UNIFORM", True, False),
    ])
    write("implicit_factorization.json", [
        implicit_case("Bpr", "BPR", 1, True),
        implicit_case("BprNarrow", "BPR", 3, False, dim=3),
        implicit_case("Logistic", "LOGISTIC", 1, False),
        implicit_case("LogisticManyNegatives", "LOGISTIC", 4, True, dim=5),
    ])


if __name__ == "__main__":
    main()

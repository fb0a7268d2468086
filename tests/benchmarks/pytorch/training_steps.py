"""Matrix-factorization training steps in PyTorch, from the textbook one to the fastest that PyTorch allows.

A variant is a way to write the same mathematics: a class whose `step(pairs, ratings)` trains on one batch and returns
the batch's mean squared error as a 0-d tensor. matrix_factorization.py checks that all variants of an optimizer give
the same losses before it times them.

  pairs    int64 [batch, 2]: user, num_users + item
  ratings  float32 [batch]

Two shapes of model. `Modules` keeps an nn.Embedding each for factors and biases of users and items, as fastai's
DotProductBias. The others keep one table of [users + items, factors (+ 1 for the bias)].
"""

from dataclasses import dataclass

import torch
from torch import nn

RANGE = 5.5  # Predictions are sigmoid(x) * RANGE: fastai's sigmoid_range(0, 5.5).


@dataclass(frozen=True)
class Job:
    """What is trained; the same for all variants of a case."""

    num_users: int
    num_items: int
    factors: int
    model: str  # "bias_range": biases and sigmoid range; "dot": the plain dot product.
    optimizer: str  # A key of VARIANTS.
    learning_rate: float

    @property
    def has_bias_and_range(self):
        return self.model == "bias_range"

    def initial_table(self):
        """[users + items, factors (+ 1)]; the same values on every call."""
        generator = torch.Generator().manual_seed(1)
        columns = self.factors + self.has_bias_and_range
        return torch.empty(self.num_users + self.num_items, columns).normal_(0, 0.1, generator=generator)


ADAMW = dict(betas=(0.9, 0.99), eps=1e-5, weight_decay=0.01)  # fastai's.
SPARSE_ADAM = dict(betas=(0.9, 0.99), eps=1e-5)
ADAGRAD = dict(eps=1e-10)


def make_optimizer(job, parameters, **flags):
    name, lr = job.optimizer, job.learning_rate
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=lr, **ADAMW, **flags)
    if name == "sparse_adam":
        return torch.optim.SparseAdam(parameters, lr=lr, **SPARSE_ADAM, **flags)
    if name in ("sgd_dense", "sgd_sparse"):
        return torch.optim.SGD(parameters, lr=lr, **flags)
    return torch.optim.Adagrad(parameters, lr=lr, **ADAGRAD, **flags)


# ---- Autograd and torch.optim ----------------------------------------------------------------------------------------


class Modules:
    """One nn.Embedding for each kind of row: what a user writes first, and the oracle of the other variants."""

    def __init__(self, job, sparse=False, **flags):
        self.job = job
        users, items = job.initial_table().split([job.num_users, job.num_items])

        def embedding(rows):
            return nn.Embedding.from_pretrained(rows.clone(), freeze=False, sparse=sparse)

        self.user, self.item = embedding(users[:, : job.factors]), embedding(items[:, : job.factors])
        modules = [self.user, self.item]
        if job.has_bias_and_range:
            self.user_bias, self.item_bias = embedding(users[:, job.factors :]), embedding(items[:, job.factors :])
            modules += [self.user_bias, self.item_bias]
        self.optimizer = make_optimizer(job, nn.ModuleList(modules).parameters(), **flags)

    def predict(self, pairs):
        users, items = pairs[:, 0], pairs[:, 1] - self.job.num_users
        product = (self.user(users) * self.item(items)).sum(1)
        if not self.job.has_bias_and_range:
            return product
        return torch.sigmoid(product + (self.user_bias(users) + self.item_bias(items)).squeeze(1)) * RANGE

    def step(self, pairs, ratings):
        loss = nn.functional.mse_loss(self.predict(pairs), ratings)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()


class OneTable(Modules):
    """One nn.Embedding for everything: one gather, one gradient, one optimizer call."""

    def __init__(self, job, sparse=False, **flags):
        self.job = job
        self.embedding = nn.Embedding.from_pretrained(job.initial_table(), freeze=False, sparse=sparse)
        self.optimizer = make_optimizer(job, self.embedding.parameters(), **flags)

    def predict(self, pairs):
        factors = self.job.factors
        user, item = self.embedding(pairs).unbind(1)
        product = (user[:, :factors] * item[:, :factors]).sum(1)
        if not self.job.has_bias_and_range:
            return product
        return torch.sigmoid(product + user[:, factors] + item[:, factors]) * RANGE


class CompiledModules:
    """Modules whose forward and backward pass torch.compile makes; the step is torch.optim's."""

    def __init__(self, job, **flags):
        self.model = Modules(job, **flags)

        def loss(pairs, ratings):
            return nn.functional.mse_loss(self.model.predict(pairs), ratings)

        self.loss = torch.compile(loss, dynamic=False, options={"cpp.threads": torch.get_num_threads()})

    def step(self, pairs, ratings):
        loss = self.loss(pairs, ratings)
        loss.backward()
        self.model.optimizer.step()
        self.model.optimizer.zero_grad(set_to_none=True)
        return loss.detach()


# ---- By hand: the whole step as one function, eager or compiled ------------------------------------------------------


def row_gradients(table, pairs, ratings, factors):
    """Loss, and its gradients by looked-up row: two tensors [batch, columns], of the users and of the items."""
    user, item = table[pairs[:, 0]], table[pairs[:, 1]]
    product = (user[:, :factors] * item[:, :factors]).sum(1)
    if table.shape[1] == factors:
        error = product - ratings
        slope = (error * (2 / len(ratings))).view(-1, 1)
        return (error * error).mean(), item * slope, user * slope
    share = torch.sigmoid(product + user[:, factors] + item[:, factors])
    error = share * RANGE - ratings
    slope = (error * share * (1 - share) * (2 * RANGE / len(ratings))).view(-1, 1)
    is_bias = torch.arange(factors + 1) == factors
    return (error * error).mean(), torch.where(is_bias, 1, item) * slope, torch.where(is_bias, 1, user) * slope


def add_rows(target, pairs, user_rows, item_rows):
    target.index_put_((pairs[:, 0],), user_rows, accumulate=True)
    return target.index_put_((pairs[:, 1],), item_rows, accumulate=True)


def sgd_step(job, state, pairs, ratings, _):
    (table,) = state
    loss, user_gradients, item_gradients = row_gradients(table, pairs, ratings, job.factors)
    add_rows(table, pairs, user_gradients * -job.learning_rate, item_gradients * -job.learning_rate)
    return loss


def adamw_step(job, state, pairs, ratings, corrections):
    table, mean, square = state
    (beta1, beta2), eps = ADAMW["betas"], ADAMW["eps"]
    loss, *gradients = row_gradients(table, pairs, ratings, job.factors)
    gradient = add_rows(torch.zeros_like(table), pairs, *gradients)
    size, inverse_root = corrections.unbind()
    mean.lerp_(gradient, 1 - beta1)
    square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    table.mul_(1 - job.learning_rate * ADAMW["weight_decay"])
    table.sub_(size * mean / (square.sqrt() * inverse_root + eps))
    return loss


def sparse_adam_step(job, state, pairs, ratings, corrections):
    table, mean, square = state
    (beta1, beta2), eps = SPARSE_ADAM["betas"], SPARSE_ADAM["eps"]
    loss, *gradients = row_gradients(table, pairs, ratings, job.factors)
    gradient = add_rows(torch.zeros_like(table), pairs, *gradients)
    # The tables are small: a masked pass over all rows costs less than finding the distinct ones.
    touched = torch.zeros(len(table), 1, dtype=torch.bool).index_fill_(0, pairs.view(-1), True)
    size, inverse_root = corrections.unbind()
    mean.copy_(torch.where(touched, mean + (gradient - mean) * (1 - beta1), mean))
    square.copy_(torch.where(touched, square + (gradient * gradient - square) * (1 - beta2), square))
    # SparseAdam adds eps to the root before the bias correction.
    table.sub_(torch.where(touched, size * mean / ((square.sqrt() + eps) * inverse_root), 0))
    return loss


def adagrad_step(job, state, pairs, ratings, _):
    table, total = state
    loss, *gradients = row_gradients(table, pairs, ratings, job.factors)
    gradient = add_rows(torch.zeros_like(table), pairs, *gradients)
    total.addcmul_(gradient, gradient)
    table.sub_(job.learning_rate * gradient / (total.sqrt() + ADAGRAD["eps"]))
    return loss


class ByHand:
    """A step function and what it works on: the table, `num_fields` tensors of optimizer state, Adam's corrections."""

    def __init__(self, job, step, num_fields, compile_options=None):
        self.job = job
        table = job.initial_table()
        self.state = [table] + [torch.zeros_like(table) for _ in range(num_fields)]
        self.corrections = self.adam_corrections() if num_fields == 2 else [torch.zeros(2)]
        self.done = 0
        self.run = step
        if compile_options is not None:
            options = {"cpp.threads": torch.get_num_threads(), **compile_options}
            self.run = torch.compile(step, dynamic=False, fullgraph=True, options=options)

    def adam_corrections(self):
        """By step: learning rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t). Constant in float32 after 2000 steps."""
        beta1, beta2 = ADAMW["betas"]
        steps = torch.arange(1, 2001, dtype=torch.float64)
        rows = (self.job.learning_rate / (1 - beta1**steps), (1 - beta2**steps).rsqrt())
        return torch.stack(rows, 1).float().unbind()

    def step(self, pairs, ratings):
        corrections = self.corrections[min(self.done, len(self.corrections) - 1)]
        self.done += 1
        return self.run(self.job, self.state, pairs, ratings, corrections)


# Without the checks of types, shapes and index bounds that torch.compile puts in front of and into every call.
UNCHECKED = {
    "guard_filter_fn": torch.compiler.skip_all_guards_unsafe,
    "size_asserts": False,
    "alignment_asserts": False,
    "assert_indirect_indexing": False,
}


def _variants(sparse, step, num_fields, optimizer_flags):
    """By name: a function from Job to a variant. The first is the oracle."""
    variants = {"modules": lambda job: Modules(job, sparse)}
    for flag in optimizer_flags:
        variants[f"modules_{flag}"] = lambda job, flag=flag: Modules(job, sparse, **{flag: True})
    best_flags = {"fused": True} if "fused" in optimizer_flags else {}
    variants["one_table"] = lambda job: OneTable(job, sparse, **best_flags)
    if not sparse:  # torch.compile knows no sparse gradients.
        variants["modules_compiled"] = lambda job: CompiledModules(job, **best_flags)
    variants["by_hand"] = lambda job: ByHand(job, step, num_fields)
    variants["compiled"] = lambda job: ByHand(job, step, num_fields, {})
    variants["compiled_unchecked"] = lambda job: ByHand(job, step, num_fields, UNCHECKED)
    return variants


VARIANTS = {
    "adamw": _variants(False, adamw_step, 2, ["foreach", "fused"]),
    "sparse_adam": _variants(True, sparse_adam_step, 2, []),
    "sgd_dense": _variants(False, sgd_step, 0, ["foreach", "fused"]),
    "sgd_sparse": _variants(True, sgd_step, 0, []),
    "adagrad_dense": _variants(False, adagrad_step, 1, ["foreach", "fused"]),
    "adagrad_sparse": _variants(True, adagrad_step, 1, []),
}

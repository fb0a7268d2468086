"""A port of common/initializer: the first values of a table's rows, from a truncated normal within 2 std of 0, and of a
linear layer's parameters."""

import math

import numpy as np
import xxhash

# Wichura's AS 241, as in common/initializer/normal_distribution.cc; coefficients from the constant term up. Its far
# tail begins beyond 7 standard deviations and is left out.
CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)
TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)


def philox(key, high, low):
    """uint64 [..., 4]: the four 32-bit words of Philox4x32-10 at positions (high, low), arrays of one shape."""
    word = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    counter = [low & word, low >> shift, high & word, high >> shift]
    keys = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        product0 = counter[0] * np.uint64(0xD2511F53)
        product1 = counter[2] * np.uint64(0xCD9E8D57)
        counter = [
            (product1 >> shift) ^ counter[1] ^ np.uint64(keys[0]),
            product1 & word,
            (product0 >> shift) ^ counter[3] ^ np.uint64(keys[1]),
            product0 & word,
        ]
        keys = [(keys[0] + 0x9E3779B9) & 0xFFFFFFFF, (keys[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(counter, axis=-1)


def rational(coefficients, x):
    above, below = (np.polynomial.polynomial.polyval(x, side) for side in coefficients)
    return above / below


def inverse_normal_cdf(p):
    """REQUIRES: p lies within 7 standard deviations of the middle."""
    q = p - 0.5
    x = rational(TAIL, np.sqrt(-np.log(np.minimum(p, 1 - p))) - 1.6)
    return np.where(np.abs(q) <= 0.425, q * rational(CENTRE, 0.180625 - q * q), np.copysign(x, q))


def uniform_rows(table, num_rows, dim, seed):
    """float64 [num_rows, dim], within (0, 1): what RowInitializer draws for each id, before a distribution shapes it."""
    key = xxhash.xxh3_64_intdigest(table.encode(), seed=seed)
    ids, blocks = np.meshgrid(
        np.arange(num_rows, dtype=np.uint64), np.arange(-(-dim // 4), dtype=np.uint64), indexing="ij"
    )
    bits = philox(key, ids, blocks).reshape(num_rows, -1)[:, :dim]
    return (bits.astype(np.float64) + 0.5) / 2**32


def initial_rows(table, num_rows, dim, std, seed):
    """float32 [num_rows, dim]: RowInitializer::Fill of each id, for `truncated_normal { std: std }`."""
    low_probability = 0.5 * math.erfc(math.sqrt(2))
    std = float(np.float32(std))
    uniform = uniform_rows(table, num_rows, dim, seed)
    values = std * inverse_normal_cdf(low_probability + (1 - 2 * low_probability) * uniform)
    bound = float(np.float32(2 * std))
    return np.clip(values, -bound, bound).astype(np.float32)


def linear_parameter(name, shape, in_features, seed):
    """float32 of `shape`: the first weight or bias of a linear layer (worker/tower/linear_layer.cc), which is the only
    row of a table of its name."""
    bound = np.float32(1) / np.sqrt(np.float32(in_features))
    uniform = uniform_rows(name, 1, math.prod(shape), seed).reshape(shape)
    values = -float(bound) + 2 * float(bound) * uniform
    return np.clip(values, -bound, np.nextafter(bound, -bound)).astype(np.float32)

"""The same work in vectorised numpy: min-max, four levels of weighted means with missing values
dropped, ranks on two decimals of all 78 nodes, ties sharing the best.

    python numpy_pipeline.py 63 10000 1000000

Ranks are made twice: by sorting, as one writes it first, and by counting, the fastest way numpy
offers for scores of two decimals (and the engine's own). The engine also rounds on the printed
decimal, which `np.round` does not. One thread; prints the best and the median of several runs.
"""

import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np


def tree(leaves):
    """Children of every aggregate, as columns of one score matrix: leaves first, then upward."""
    groups = [[i for i in range(leaves) if i % 16 == g] for g in range(16)]
    pillars = [[leaves + g for g in range(16) if g * 7 // 16 == p] for p in range(7)]
    subs = [[leaves + 16 + p for p in range(5)], [leaves + 16 + p for p in (5, 6)]]
    return groups + pillars + subs + [[leaves + 23, leaves + 24]]


def normalise(raw, sign):
    x = raw * sign[:, None]
    low = np.nanmin(x, axis=1, keepdims=True)
    high = np.nanmax(x, axis=1, keepdims=True)
    return (x - low) / (high - low) * 100


def aggregate(scores, children, weights, out):
    x = scores[children]
    there = ~np.isnan(x)
    w = weights[children][:, None]
    total = (w * there).sum(axis=0)
    np.divide(np.where(there, x * w, 0).sum(axis=0), total, out=out)


def rank_by_sorting(score):
    keys = np.round(score * 100)
    keys = keys[~np.isnan(keys)]
    ordered = np.sort(keys)
    ranks = np.full(score.shape, np.nan)
    ranks[~np.isnan(score)] = keys.size - np.searchsorted(ordered, keys, side="right") + 1
    return ranks


def rank_by_counting(score):
    there = ~np.isnan(score)
    keys = np.round(score[there] * 100).astype(np.int64)
    counts = np.bincount(keys, minlength=10_001)
    above = keys.size - np.cumsum(counts) + 1
    ranks = np.full(score.shape, np.nan)
    ranks[there] = above[keys]
    return ranks


def pipeline(raw, sign, weights, children, rank):
    leaves, units = raw.shape
    scores = np.empty((leaves + len(children), units))
    scores[:leaves] = normalise(raw, sign)
    for at, below in enumerate(children):
        aggregate(scores, below, weights, scores[leaves + at])
    ranks = np.empty_like(scores)
    for node in range(len(scores)):
        ranks[node] = rank(scores[node])
    return scores, ranks


def main():
    leaves = 52
    children = tree(leaves)
    for units in map(int, sys.argv[1:] or ["63", "10000"]):
        random = np.random.default_rng(1)
        raw = random.uniform(0.5, 1.5, (leaves, units))
        raw[random.random(raw.shape) < 0.02] = np.nan
        sign = np.where(np.arange(leaves) % 9 == 4, -1.0, 1.0)
        weights = np.ones(leaves + len(children))
        for rank in (rank_by_sorting, rank_by_counting):
            times = []
            for _ in range(3 if units > 100_000 else 30):
                start = time.perf_counter()
                result = pipeline(raw, sign, weights, children, rank)
                times.append(time.perf_counter() - start)
                del result
            best, median = min(times) * 1e3, sorted(times)[len(times) // 2] * 1e3
            print(f"{units}x{leaves} {rank.__name__}: best {best:.3f} ms, median {median:.3f} ms")


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main()

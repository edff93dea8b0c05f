"""scikit-learn's KMeans over all points, in double precision.

  usage: reference_k_means.py K < "n d", then n lines of d numbers in sigma and a label (0: none)

Reads what `solvers_bench cells` reads. K 0: of 2 to 64 the k with the greatest simplified silhouette over all points, four
starts each, as solvers_bench does it over cells. Prints one JSON object; `solve_s` is the fit, `peak_mb` up to its end.
"""

import json
import sys
import time

import numpy
import sklearn.cluster
import sklearn.metrics

import reference_process

K_MAX = 64


def fitted(at, k, starts):
    return sklearn.cluster.KMeans(k, init="k-means++", n_init=starts, random_state=0).fit(at)


def simplified_silhouette(at, model):
    """Mean of (b - a) / b with a, b the distances to the nearest and the second centre."""
    near = numpy.partition(model.transform(at), 1, axis=1)
    nearest, second = near[:, 0], near[:, 1]
    return numpy.divide(second - nearest, second, out=numpy.zeros_like(second), where=second > 0).mean()


def chosen(at):
    """Of models with the same silhouette that with fewer centres."""
    models = (fitted(at, k, 4) for k in range(2, K_MAX + 1))
    return max(models, key=lambda model: simplified_silhouette(at, model))


def main():
    k = int(sys.argv[1])
    n, dimensions = map(int, sys.stdin.readline().split())
    rows = numpy.loadtxt(sys.stdin, ndmin=2)
    assert rows.shape == (n, dimensions + 1)
    at, labels = numpy.ascontiguousarray(rows[:, :-1]), rows[:, -1].astype(int)
    start = time.perf_counter()
    model = fitted(at, k, 10) if k else chosen(at)
    solved, peak = time.perf_counter() - start, reference_process.peak_mb()
    known = labels != 0
    print(json.dumps({"points": n, "k": model.n_clusters, "solve_s": solved, "peak_mb": peak,
                      "ari": sklearn.metrics.adjusted_rand_score(labels[known], model.labels_[known]),
                      "blas": reference_process.blas()}))


if __name__ == "__main__":
    main()

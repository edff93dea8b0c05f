"""EASE (Steck 2019) by SciPy's OpenBLAS in double precision: dpotrf and dpotri of the Gram matrix.

  usage: reference_ease.py L2 < "user item" lines

Reads what `solvers_bench item-item` reads, splits it alike (a pair is a test pair where SplitMix64 of user * 2^32 + item
is divisible by five) and judges alike: recall and NDCG at 20, what a user has masked, ties to the lower id. Prints one
JSON object. Times: `gram_s` the Gram matrix from the rows, `solve_s` dpotrf and dpotri alone, without making weights of
the inverse. `peak_mb` up to the inverse; `inverse_peak_mb` of the inverse alone, what counting took forgotten.
"""

import json
import sys
import time

import numpy
import scipy.linalg.lapack
import scipy.sparse

import reference_process

TOP = 20
USERS_AT_ONCE = 500


def splitmix64(z):
    with numpy.errstate(over="ignore"):
        z = z + numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def split(pairs):
    """Training and test rows (users by items, ones), both in the order of the ids."""
    users, items = pairs[:, 0], pairs[:, 1]
    is_test = splitmix64((users << numpy.uint64(32)) + items) % numpy.uint64(5) == 0
    (user_ids, rows), (item_ids, columns) = (numpy.unique(ids, return_inverse=True) for ids in (users, items))
    shape = (len(user_ids), len(item_ids))
    return [scipy.sparse.csr_matrix((numpy.ones(some.sum()), (rows[some], columns[some])), shape)
            for some in (~is_test, is_test)]


def inverse(gram):
    """The upper triangle of the inverse, in the memory of `gram`, whose order is Fortran's."""
    factor, failed = scipy.linalg.lapack.dpotrf(gram, lower=0, overwrite_a=1)
    assert failed == 0
    inverted, failed = scipy.linalg.lapack.dpotri(factor, lower=0, overwrite_c=1)
    assert failed == 0
    return inverted


def weights(inverted):
    """B(i, j) = -P(i, j) / P(j, j), nothing on the diagonal."""
    whole = numpy.triu(inverted)
    whole += numpy.triu(inverted, 1).T
    whole /= -numpy.diag(whole).copy()
    numpy.fill_diagonal(whole, 0)
    return whole.astype(numpy.float32)


def judged(b, train, test):
    """Mean recall and NDCG over users with both kinds of rows, and how many they are."""
    discount = 1 / numpy.log2(numpy.arange(2, TOP + 2))
    has, wants = numpy.diff(train.indptr), numpy.diff(test.indptr)
    users = numpy.flatnonzero((has > 0) & (wants > 0))
    train32 = train.astype(numpy.float32)
    recall = ndcg = 0.0
    for start in range(0, len(users), USERS_AT_ONCE):
        some = users[start:start + USERS_AT_ONCE]
        scores = numpy.asarray(train32[some] @ b)
        scores[train[some].nonzero()] = -numpy.inf
        best = numpy.argsort(-scores, axis=1, kind="stable")[:, :TOP]
        hits = numpy.take_along_axis(test[some].toarray(), best, axis=1) > 0
        possible = numpy.minimum(wants[some], TOP)
        recall += (hits.sum(axis=1) / possible).sum()
        ndcg += ((hits * discount).sum(axis=1) / numpy.cumsum(discount)[possible - 1]).sum()
    return recall / len(users), ndcg / len(users), len(users)


def main():
    train, test = split(numpy.array(sys.stdin.buffer.read().split(), dtype=numpy.uint64).reshape(-1, 2))
    start = time.perf_counter()
    gram = (train.T @ train).toarray(order="F")  # what LAPACK overwrites without a copy
    gram[numpy.diag_indices_from(gram)] += float(sys.argv[1])
    counted = time.perf_counter()
    peak_of_gram = reference_process.peak_mb()
    reference_process.forget_peak()
    begin = time.perf_counter()
    inverted = inverse(gram)
    solved = time.perf_counter() - begin
    inverse_peak = reference_process.peak_mb()
    recall, ndcg, users = judged(weights(inverted), train, test)
    print(json.dumps({"items": train.shape[1], "users": users, "gram_s": counted - start, "solve_s": solved,
                      "peak_mb": max(peak_of_gram, inverse_peak), "inverse_peak_mb": inverse_peak,
                      "recall20": recall, "ndcg20": ndcg, "blas": reference_process.blas()}))


if __name__ == "__main__":
    main()

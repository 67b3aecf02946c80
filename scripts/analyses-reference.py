"""Prints the reference values that src/study/analyses/reference.test.ts expects.

    python -m venv VENV && VENV/bin/pip install scikit-learn scipy && VENV/bin/python scripts/analyses-reference.py

The values in the test came from scikit-learn 1.9.1, SciPy 1.17.1 and NumPy 2.4.6.
"""

import numpy as np
from scipy.stats import permutation_test, skew
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.preprocessing import normalize

# Eighths, which single precision holds exactly. The last class has one member.
i, d = np.mgrid[0:25, 0:6]
labels = np.where(np.arange(25) == 24, 3, np.arange(25) % 3)
values = ((7 * i + 13 * d + 5 * i * d) % 17) / 8 + np.where(d == labels[:, None], 1.5, 0)
unit = normalize(values)

for name, x in [("as given", values), ("unit length", unit)]:
    print(name)
    print("  silhouette, euclidean", silhouette_score(x, labels, metric="euclidean"))
    print("  silhouette, cosine   ", silhouette_score(x, labels, metric="cosine"))
    print("  Davies-Bouldin       ", davies_bouldin_score(x, labels))
    print("  Calinski-Harabasz    ", calinski_harabasz_score(x, labels))

# Wang & Isola's lalign (alpha 2) over all ordered pairs of a class, classes weighted by size; lunif (t 2).
sizes = np.bincount(labels)
aligned = sum(sizes[c] * np.mean(pdist(unit[labels == c]) ** 2) for c in range(3)) / sizes[:3].sum()
print("alignment ", aligned)
print("uniformity", np.log(np.mean(np.exp(-2 * pdist(unit) ** 2))))

pca = PCA(2, svd_solver="full").fit(values)
print("PCA explained", pca.explained_variance_ratio_.tolist())
print("PCA first points", pca.transform(values)[:2].tolist())

print("skewness", skew([0, 0, 1, 1, 2, 2, 3, 9, 0, 2]))

differences = np.array([0.4, -0.1, 0.3, 0.25, 0.0, -0.2, 0.5, 0.1, 0.15])
exact = permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
print("sign flips, exact p", exact.pvalue)

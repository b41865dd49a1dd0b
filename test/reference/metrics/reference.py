"""Column Shapes and Column Pair Trends by SDMetrics' definitions, in numpy: writes the golden values beside it.

    npm install && python3 test/reference/metrics/reference.py

Real are the even rows of a table of the vega-datasets package, judged are the odd ones. Definitions: SDMetrics 0.29, KSComplement,
TVComplement, CorrelationSimilarity and ContingencySimilarity; a numeric column meets a category in its own table's ten bins.
"""

import csv
import json
from pathlib import Path

import numpy as np

here = Path(__file__).parent
data = here / "../../../node_modules/vega-datasets/data"
numeric = {
    "penguins.json": ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"],
    "seattle-weather.csv": ["precipitation", "temp_max", "temp_min", "wind"],
}
left_out = {"date"}


def rows_of(name):
    with open(data / name) as file:
        return json.load(file) if name.endswith(".json") else list(csv.DictReader(file))


def column(rows, name, is_numeric):
    if is_numeric:
        return np.array([np.nan if row[name] in (None, "") else float(row[name]) for row in rows])
    return [row[name] if row[name] not in (None, "") else None for row in rows]


def ks_complement(real, judged):
    real, judged = (np.sort(np.round(x[~np.isnan(x)], 14)) for x in (real, judged))
    at = np.concatenate([real, judged])
    cdf = lambda x: np.searchsorted(x, at, side="right") / len(x)
    return 1 - np.max(np.abs(cdf(real) - cdf(judged)))


def tv_complement(real, judged):
    real, judged = ([x for x in cells if x is not None] for cells in (real, judged))
    real_counts = {x: real.count(x) if x in real else 1e-6 for x in {*real, *judged}}
    total = sum(real_counts.values())
    return 1 - sum(abs(n / total - judged.count(x) / len(judged)) for x, n in real_counts.items()) / 2


def correlation_similarity(real, judged):
    def pearson(a, b):
        there = ~np.isnan(a) & ~np.isnan(b)
        return np.corrcoef(a[there], b[there])[0, 1]

    rho = pearson(*real)
    return 1 - abs(rho - pearson(*judged)) / 2, abs(rho) > 0.5


def bins(x):
    return np.digitize(x, np.histogram_bin_edges(x[~np.isnan(x)]))


def contingency_similarity(real, judged):
    def shares(a, b):
        pairs = list(zip(a, b))
        return {pair: pairs.count(pair) / len(pairs) for pair in set(pairs)}

    def cramers_v(joint, n):
        a, b = ({key: sum(p for pair, p in joint.items() if pair[side] == key) for key in {pair[side] for pair in joint}} for side in (0, 1))
        chi2 = n * sum((joint.get((x, y), 0) - p * q) ** 2 / (p * q) for x, p in a.items() for y, q in b.items())
        return (chi2 / n / (min(len(a), len(b)) - 1)) ** 0.5

    p, q = shares(*real), shares(*judged)
    score = 1 - sum(abs(p.get(pair, 0) - q.get(pair, 0)) for pair in {*p, *q}) / 2
    return score, cramers_v(p, len(real[0])) > 0.3


golden = {}
for name, numbers in numeric.items():
    rows = rows_of(name)
    names = [key for key in rows[0] if key not in left_out]
    sides = [{key: column(part, key, key in numbers) for key in names} for part in (rows[0::2], rows[1::2])]
    shapes = {key: (ks_complement if key in numbers else tv_complement)(*(side[key] for side in sides)) for key in names}
    pairs = {}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            if a in numbers and b in numbers:
                pairs[f"{a} / {b}"] = correlation_similarity(*((side[a], side[b]) for side in sides))
            else:
                codes = lambda side, key: bins(side[key]).tolist() if key in numbers else side[key]
                pairs[f"{a} / {b}"] = contingency_similarity(*((codes(side, a), codes(side, b)) for side in sides))
    golden[name] = {
        "columnShapes": {key: float(score) for key, score in shapes.items()},
        "columnPairTrends": {pair: {"score": float(score), "strong": bool(strong)} for pair, (score, strong) in pairs.items()},
    }
(here / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")

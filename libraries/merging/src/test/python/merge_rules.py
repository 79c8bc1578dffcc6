"""Merges small checkpoints by every rule, over the whole history at once, in double precision.

Run by hand where numpy is installed:

    python3 libraries/merging/src/test/python/merge_rules.py

It writes src/test/resources/golden/merges.json: two sets of checkpoints, and for each rule the
teacher after some of them. Written from the rules' definitions, batch by batch: nothing here keeps
running sums. The coarse set has values in steps of 1/8, so that magnitudes are equal at thresholds,
signs are tied and differences are zero; the fine set has none of that.
"""

import json
import math
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
TENSORS = {"a": 24, "b": 40, "c": 9}
CHECKPOINTS = 7
REPORTED = (1, 2, 3, 7)
MASK = (1 << 64) - 1


def checkpoints(seed, coarse):
    """Base and checkpoints as {tensor: float32 vector}; tensor b moves ten times as far as a."""
    random = np.random.default_rng(seed)
    reach = {"a": 0.25, "b": 2.5, "c": 1.0}

    def draw(name, scale):
        values = random.normal(0, scale, TENSORS[name])
        return (np.round(values * 8) / 8 if coarse else values).astype(np.float32)

    base = {name: draw(name, 1.0) for name in TENSORS}
    history = []
    for _ in range(CHECKPOINTS):
        history.append({name: (base[name] + draw(name, reach[name])).astype(np.float32) for name in TENSORS})
    return base, history


# --- weights ---------------------------------------------------------------------------------


def equal(n):
    return [1.0] * n


def fading(alpha, power=0.0, gamma=1.0):
    """Weight of each checkpoint; what is missing to 1 is the base's."""

    def weights(n):
        shares = [max(alpha, (1 + i / gamma) ** -power if power else 0.0) for i in range(n)]
        return [shares[i] * math.prod(1 - later for later in shares[i + 1 :]) for i in range(n)]

    return weights


def given(values):
    return lambda n: values[:n]


# --- means -----------------------------------------------------------------------------------


def weighted_mean(weights, base_joins=False):
    def merge(base, history):
        w = weights(len(history))
        total = {}
        for name in base:
            members = sum(wi * c[name].astype(np.float64) for wi, c in zip(w, history))
            if base_joins:
                members = members + (1 - sum(w)) * base[name].astype(np.float64)
                total[name] = members
            else:
                total[name] = members / sum(w)
        return total

    return merge


def window(length):
    def merge(base, history):
        newest = history[-length:]
        return {name: np.mean([c[name].astype(np.float64) for c in newest], axis=0) for name in base}

    return merge


def power_average(sigma):
    """Karras et al., EDM2: weights over i = 1..n proportional to the integral of t^gamma."""
    low, high = 0.0, 1e6
    for _ in range(300):
        gamma = (low + high) / 2
        length = math.sqrt((gamma + 1) / ((gamma + 2) ** 2 * (gamma + 3)))
        low, high = (gamma, high) if length > sigma else (low, gamma)

    def weights(n):
        return [(i / n) ** (gamma + 1) - ((i - 1) / n) ** (gamma + 1) for i in range(1, n + 1)]

    return weighted_mean(weights)


# --- TIES ------------------------------------------------------------------------------------


def differences(base, checkpoint):
    return {name: checkpoint[name] - base[name] for name in base}  # float32, as stored


def threshold(values, density):
    magnitudes = np.sort(np.abs(values))[::-1]
    return magnitudes[max(1, int(len(magnitudes) * density)) - 1]


def trimmed(delta, density, scope):
    if scope == "vector":
        limit = threshold(np.concatenate(list(delta.values())), density)
        limits = dict.fromkeys(delta, limit)
    else:
        limits = {name: threshold(values, density) for name, values in delta.items()}
    return {
        name: np.where(np.abs(values) >= limits[name], values, 0).astype(np.float64)
        for name, values in delta.items()
    }


def elect_and_mean(deltas, weights, weighted, counted=None):
    """Of one tensor: deltas (n, elements); counted says whose weight is divided by."""
    w = np.asarray(weights)[:, None]
    counted = deltas if counted is None else counted
    sign = np.sign(np.sum(w * deltas if weighted else deltas, axis=0))
    mass = np.sum(w * deltas * (np.sign(deltas) == sign), axis=0)
    agreeing = np.sum(w * ((np.sign(counted) == sign) & (counted != 0)), axis=0)
    return np.where(sign == 0, 0.0, mass / np.where(agreeing == 0, 1.0, agreeing))


def ties(weights, density=0.8, scope="tensor", weighted=True):
    def merge(base, history):
        sparse = [trimmed(differences(base, c), density, scope) for c in history]
        w = weights(len(history))
        return {
            name: base[name].astype(np.float64)
            + elect_and_mean(np.stack([s[name] for s in sparse]), w, weighted)
            for name in base
        }

    return merge


def incremental_ties(alpha=None, density=0.8, scope="tensor", weighted=True):
    def merge(base, history):
        teacher = {name: values.copy() for name, values in base.items()}
        for n, newest in enumerate(history, 1):
            share = 1.0 / n if alpha is None else alpha
            pair = [trimmed(differences(base, c), density, scope) for c in (teacher, newest)]
            teacher = {
                name: (
                    base[name].astype(np.float64)
                    + elect_and_mean(np.stack([p[name] for p in pair]), [1 - share, share], weighted)
                ).astype(np.float32)
                for name in base
            }
        return teacher

    return merge


def mixed(counter):
    z = (counter + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def kept_elements(seed, version, tensor, elements, density):
    key = mixed(mixed(seed & MASK) ^ version)
    for letter in tensor:
        key = mixed(key ^ ord(letter))
    draws = [mixed((key + i * 0x9E3779B97F4A7C15) & MASK) >> 11 for i in range(elements)]
    return np.array([draw / 2**53 < density for draw in draws])


def dare_ties(weights, density, seed, weighted=True):
    def merge(base, history):
        w = weights(len(history))
        merged = {}
        for name in base:
            whole = np.stack([differences(base, c)[name].astype(np.float64) for c in history])
            kept = np.stack(
                [
                    kept_elements(seed, version, name, TENSORS[name], density)
                    for version in range(1, len(history) + 1)
                ]
            )
            sparse = np.where(kept, whole, 0.0)
            merged[name] = base[name] + elect_and_mean(sparse, w, weighted, counted=whole) / density
        return merged

    return merge


# --- SLERP -----------------------------------------------------------------------------------


def slerp(alpha=None, scope="tensor", from_base=True):
    def merge(base, history):
        origin = {n: v.astype(np.float64) if from_base else np.zeros(len(v)) for n, v in base.items()}
        teacher = {name: values.copy() for name, values in base.items()}
        for n, newest in enumerate(history, 1):
            share = 1.0 / n if alpha is None else alpha
            a = {name: teacher[name] - origin[name] for name in base}
            b = {name: newest[name] - origin[name] for name in base}
            groups = [list(base)] if scope == "vector" else [[name] for name in base]
            for group in groups:
                x = np.concatenate([a[name] for name in group])
                y = np.concatenate([b[name] for name in group])
                norms = np.linalg.norm(x) * np.linalg.norm(y)
                angle = math.acos(min(1.0, max(-1.0, float(x @ y) / norms))) if norms else 0.0
                if math.sin(angle) < 1e-6:
                    left, right = 1 - share, share
                else:
                    left = math.sin((1 - share) * angle) / math.sin(angle)
                    right = math.sin(share * angle) / math.sin(angle)
                for name in group:
                    value = origin[name] + left * a[name] + right * b[name]
                    teacher[name] = newest[name].copy() if share == 1 else value.astype(np.float32)
        return teacher

    return merge


CASES = [
    ("ema", {"alpha": "0.3"}, weighted_mean(fading(0.3), base_joins=True)),
    ("ema", {"alpha": "0.3", "precision": "float64"}, weighted_mean(fading(0.3), base_joins=True)),
    (
        "ema",
        {"alpha": "0.2", "warmUpPower": "0.75", "warmUpGamma": "2.0"},
        weighted_mean(fading(0.2, 0.75, 2.0), base_joins=True),
    ),
    ("sma", {}, weighted_mean(equal)),
    ("sma", {"precision": "float64"}, weighted_mean(equal)),
    ("linear", {"weights": "1,2,0.5,4,1,1,3"}, weighted_mean(given([1, 2, 0.5, 4, 1, 1, 3]))),
    ("window", {"length": "3"}, window(3)),
    ("post-hoc-ema", {}, power_average(0.10)),
    ("post-hoc-ema", {"shorter": "0.08", "longer": "0.2", "guide": "shorter"}, power_average(0.08)),
    ("ties", {"density": "0.8"}, ties(equal)),
    ("ties", {"density": "0.3"}, ties(equal, 0.3)),
    ("ties", {"density": "0.3", "trimScope": "vector"}, ties(equal, 0.3, "vector")),
    ("ties", {"density": "0.01"}, ties(equal, 0.01)),
    ("ties", {"density": "1.0"}, ties(equal, 1.0)),
    ("ties", {"weighting": "ema", "alpha": "0.5"}, ties(fading(0.5))),
    (
        "ties",
        {"weighting": "ema", "alpha": "0.5", "election": "unweighted"},
        ties(fading(0.5), weighted=False),
    ),
    ("ties", {"election": "unweighted"}, ties(equal, weighted=False)),
    (
        "ties",
        {"weighting": "linear", "weights": "1,2,0.5,4,1,1,3", "trimScope": "vector"},
        ties(given([1, 2, 0.5, 4, 1, 1, 3]), scope="vector"),
    ),
    ("incremental-ties", {}, incremental_ties()),
    (
        "incremental-ties",
        {"weighting": "ema", "alpha": "0.5", "density": "0.5", "trimScope": "vector"},
        incremental_ties(0.5, 0.5, "vector"),
    ),
    ("incremental-ties", {"election": "unweighted"}, incremental_ties(weighted=False)),
    ("dare-ties", {"density": "0.6", "seed": "7"}, dare_ties(equal, 0.6, 7)),
    (
        "dare-ties",
        {"density": "0.5", "seed": "-1", "weighting": "ema", "alpha": "0.4", "election": "unweighted"},
        dare_ties(fading(0.4), 0.5, -1, weighted=False),
    ),
    ("slerp", {}, slerp()),
    ("slerp", {"weighting": "ema", "alpha": "0.3", "scope": "vector"}, slerp(0.3, "vector")),
    ("slerp", {"weighting": "ema", "alpha": "0.3", "origin": "zero"}, slerp(0.3, from_base=False)),
    ("frozen", {}, lambda base, history: base),
]


def numbers(vectors):
    return {name: [float(value) for value in values] for name, values in vectors.items()}


def main():
    sets = {"coarse": checkpoints(1, True), "fine": checkpoints(2, False)}
    document = {
        "sets": {
            name: {"base": numbers(base), "checkpoints": [numbers(c) for c in history]}
            for name, (base, history) in sets.items()
        },
        "cases": [],
    }
    for rule, settings, merge in CASES:
        for name, (base, history) in sets.items():
            teachers = {
                str(n): {
                    tensor: [float(np.float32(value)) for value in values]
                    for tensor, values in merge(base, history[:n]).items()
                }
                for n in REPORTED
            }
            document["cases"].append(
                {"rule": rule, "settings": settings, "set": name, "teachers": teachers}
            )
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "merges.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

"""Retrieval and ranking measures over embeddings, with the value that chance would give."""

import math

import numpy as np

CUTS = (1, 5, 10)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to unit length, float64."""
    rows = rows.astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chance_of_hit(total: int, right: int, cut: int) -> float:
    """Probability that a random ranking of `total` items has one of `right` items among the first `cut`."""
    if cut > total - right:
        return 1.0
    return 1 - math.comb(total - right, cut) / math.comb(total, cut)


def recall(scores: np.ndarray, relevant: np.ndarray) -> dict[str, dict[str, float]]:
    """Share of rows with a relevant column among the best k, and what chance gives. Ties count against."""
    best = np.where(relevant, scores, -np.inf).max(1)
    rank = ((scores >= best[:, None]) & ~relevant).sum(1)
    total, right = scores.shape[1], relevant.sum(1)
    return {
        "recall": {str(k): round(float((rank < k).mean()), 4) for k in CUTS},
        "chance": {str(k): round(float(np.mean([chance_of_hit(total, int(m), k) for m in right])), 4) for k in CUTS},
    }


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Probability that a positive scores above a negative; ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return round(float(below.mean() / 2 / len(negative)), 4)


def measure(images: np.ndarray, texts: np.ndarray, owner: np.ndarray, groups: np.ndarray, seed: int) -> dict[str, object]:
    """All measures of one split.

    images: [pictures, dim], texts: [captions, dim], both of unit length; owner: caption number of every picture;
    groups: group number of every picture. AUC sets every picture's own caption against one other caption: a random
    one, a random one of the same group (pictures alone in their group are left out), the nearest by text cosine.
    """
    rng = np.random.default_rng(seed)
    scores = images @ texts.T
    captions, pictures = len(texts), len(images)
    relevant = owner[:, None] == np.arange(captions)
    own = scores[np.arange(pictures), owner]
    other = (owner + rng.integers(1, captions, pictures)) % captions
    caption_group = np.zeros(captions, int)
    caption_group[owner] = groups
    near = texts @ texts.T - 2 * np.eye(captions)
    mates = [np.setdiff1d(np.flatnonzero(caption_group == caption_group[o]), o) for o in owner]
    grouped = np.array([i for i, m in enumerate(mates) if len(m)], int)
    mate = np.array([rng.choice(mates[i]) for i in grouped], int)
    return {
        "pictures": pictures,
        "captions": captions,
        "textToImage": recall(scores.T, relevant.T),
        "imageToText": recall(scores, relevant),
        "auc": {
            "random": auc(own, scores[np.arange(pictures), other]),
            "sameGroup": auc(own[grouped], scores[grouped, mate]),
            "nearestCaption": auc(own, scores[np.arange(pictures), near.argmax(1)[owner]]),
        },
    }

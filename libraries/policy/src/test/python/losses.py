"""Golden values of the losses, by PyTorch in double precision with its own gradients.

    python3 libraries/policy/src/test/python/losses.py libraries/policy/src/test/resources/losses/golden.json

Tests read the file; they need neither Python nor PyTorch. Made with PyTorch 1.13.1.
"""
import json
import sys

import torch

TURNS, TOKENS, WORDS, TOP = 3, 5, 6, 3
torch.manual_seed(20)
torch.set_default_dtype(torch.float64)

logits = torch.randn(TURNS, TOKENS, WORDS, requires_grad=True)
value = torch.randn(TURNS, requires_grad=True)
teacher = torch.log_softmax(1.5 * torch.randn(TURNS, TOKENS, WORDS), -1)
tokens = torch.randint(0, WORDS, (TURNS, TOKENS))
thought = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]], dtype=torch.float64)
# The second turn has four tokens and one of padding.
action = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 1, 0], [0, 0, 0, 1, 1]], dtype=torch.float64)
advantage = torch.tensor([1.3, -0.8, -1.9])
target = torch.tensor([0.4, -1.0, 0.7])
before = torch.tensor([0.3, -0.2, 0.1])


def of_tokens(distributions):
    return distributions.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


with torch.no_grad():
    now = of_tokens(torch.log_softmax(logits, -1))
    behaviour = now + 0.4 * torch.randn(TURNS, TOKENS)
    behaviour[2, 0] -= 3  # a ratio far above any limit, in a turn of negative advantage
    proximal = now + 0.2 * torch.randn(TURNS, TOKENS)

LAMBDA, CLIP = 0.5, 0.2


def mean(values, weights):
    return (values * weights).sum() / weights.sum()


def surrogate(ratio, adv, limit):
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP) * adv
    lower = torch.minimum(ratio * adv, clipped)
    return lower if limit is None else torch.where(ratio > limit, clipped, lower)


def ppo(step=False, limit=None, decoupled=False, cap=None, penalty=None, of_turn=False):
    distributions = torch.log_softmax(logits, -1)
    log_probs = of_tokens(distributions)
    written = thought + action
    weights = LAMBDA * thought + action
    anchor = proximal if decoupled else behaviour
    log_ratio = (log_probs - anchor) * written
    log_importance = (anchor - behaviour) * written
    taken = torch.zeros_like(log_ratio) if penalty is None else 0.3 * penalty(distributions).detach() * thought
    mean_taken = taken.sum(1) / thought.sum(1).clamp(min=1)
    if step:
        log_ratio = (weights * log_ratio).sum(1).clamp(-5, 5)
        log_importance = (weights * log_importance).sum(1).clamp(-5, 5)
        adv = advantage - mean_taken
    else:
        adv = (advantage - mean_taken).unsqueeze(1) if of_turn else advantage.unsqueeze(1) - taken
    importance = log_importance.exp()
    if cap is not None:
        importance = importance.clamp(max=cap)
    objective = importance * surrogate(log_ratio.exp(), adv, limit)
    return -objective.mean() if step else -mean(objective, weights)


def ahead(distributions):
    return of_tokens(distributions) - of_tokens(teacher)


def coarse(distributions):
    """Log-probabilities of the teacher's likeliest words and of all others as one."""
    top = teacher.topk(TOP, -1).indices
    known = distributions.gather(-1, top)
    rest = torch.log1p(-known.exp().sum(-1, keepdim=True))
    return torch.cat([known, rest], -1)


def kl(p, q):
    return (p.exp() * (p - q)).sum(-1)


ESTIMATORS = {
    "k1": ahead,
    "clip": lambda d: ahead(d).clamp(min=0),
    "clip-upper": lambda d: ahead(d).clamp(min=0, max=0.7),
    "abs": lambda d: ahead(d).abs(),
    "k3": lambda d: (-ahead(d)).exp() - 1 + ahead(d),
    "reverse-kl": lambda d: kl(d, teacher),
    "forward-kl": lambda d: kl(teacher, d),
    "reverse-kl-top": lambda d: kl(coarse(d), coarse(teacher)),
    "forward-kl-top": lambda d: kl(coarse(teacher), coarse(d)),
}


def clipped_value():
    moved = before + (value - before).clamp(-0.1, 0.1)
    return 0.5 * torch.maximum((value - target) ** 2, (moved - target) ** 2).mean()


def entropy():
    d = torch.log_softmax(logits, -1)
    return mean(-(d.exp() * d).sum(-1), thought + action)


cases = {
    "token": ppo,
    "step": lambda: ppo(step=True),
    "token-limited": lambda: ppo(limit=2.0),
    "step-limited": lambda: ppo(step=True, limit=2.0),
    "token-decoupled": lambda: ppo(decoupled=True),
    "step-decoupled": lambda: ppo(step=True, decoupled=True),
    "token-decoupled-capped": lambda: ppo(decoupled=True, cap=1.1),
    "token-penalty-clip": lambda: ppo(penalty=ESTIMATORS["clip"]),
    "turn-penalty-k3": lambda: ppo(penalty=ESTIMATORS["k3"], of_turn=True),
    "step-penalty-reverse-kl": lambda: ppo(step=True, penalty=ESTIMATORS["reverse-kl"]),
    "value": lambda: 0.5 * ((value - target) ** 2).mean(),
    "value-clipped": clipped_value,
    "entropy": entropy,
    "thoughts": lambda: torch.nn.functional.cross_entropy(logits[thought > 0], tokens[thought > 0]),
}
for name, estimator in ESTIMATORS.items():
    cases["estimate-" + name] = lambda e=estimator: mean(e(torch.log_softmax(logits, -1)), thought)


def numbers(tensor):
    return [round(x, 12) for x in tensor.detach().flatten().tolist()]


def golden(loss):
    logits.grad, value.grad = torch.zeros_like(logits), torch.zeros_like(value)
    result = loss()
    result.backward()
    return {"loss": round(result.item(), 12), "logits": numbers(logits.grad), "value": numbers(value.grad)}


top = teacher.topk(TOP, -1)
inputs = {
    "logits": logits, "value": value, "tokens": tokens, "thought": thought, "action": action,
    "behaviour": behaviour, "proximal": proximal, "advantage": advantage, "valueTarget": target,
    "valueBefore": before, "teacherLogProbs": of_tokens(teacher), "teacherTop": teacher,
    "teacherFew": top.values, "teacherFewTokens": top.indices,
}
shapes = {"turns": TURNS, "tokens": TOKENS, "words": WORDS, "few": TOP}
with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump(
        {
            "shapes": shapes,
            "inputs": {name: numbers(tensor) for name, tensor in inputs.items()},
            "cases": {name: golden(loss) for name, loss in cases.items()},
        },
        out,
        indent=None,
    )
    out.write("\n")

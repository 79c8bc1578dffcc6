"""The built-in policy in PyTorch: the peer that training and generation are measured against.

Started with a folder that describes the case (case.json, and tensors as raw little-endian files), a
number of threads, and what will be asked for: train or generate. Says its name in a line of JSON,
then reads one command a line from the standard input and answers each with one line of JSON:

  train      one pass over the case's minibatches, an optimizer step each
  generate   one text for each of the case's observations
  gradient   of the first minibatch's loss, in double precision, written to gradient.f64
  memory     the most resident memory so far

Every way of writing the work that may be the fastest is tried at the start, and the fastest is
measured; a way named as a fourth argument is taken untried.
"""
import json
import math
import os
import sys
import time

try:
    import numpy
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    sys.exit(f"PyTorch is missing ({missing}); on Debian and Ubuntu: apt-get install python3-torch python3-numpy")

EPSILON = 1e-5
sdpa = getattr(F, "scaled_dot_product_attention", None)
if sdpa is None and hasattr(F, "_scaled_dot_product_attention"):
    def sdpa(query, key, value, attn_mask):
        return F._scaled_dot_product_attention(query, key, value, attn_mask)[0]


def rms_norm(x, scale):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON) * scale


class Policy:
    """The transformer over a mapping from names to parameters."""

    def __init__(self, case, parameters, attention):
        self.case = case
        self.p = parameters
        self.attention = attention
        self.patches = (case["height"] // case["patchHeight"]) * (case["width"] // case["patchWidth"])
        self.context = self.patches + case["promptTokens"]
        self.model_width = case["modelWidth"]
        self.heads = case["heads"]
        self.head_width = self.model_width // self.heads
        length = self.context + case["length"] - 1
        place = torch.arange(length)
        seen = (place[None, :] <= place[:, None]) | (
            (place[None, :] < self.patches) & (place[:, None] < self.patches))
        dtype = next(iter(parameters.values())).dtype
        self.mask = torch.zeros(length, length, dtype=dtype).masked_fill_(~seen, -1e9)

    def embed(self, pixels, words):
        c = self.case
        rows, columns = c["height"] // c["patchHeight"], c["width"] // c["patchWidth"]
        cut = pixels.view(-1, rows, c["patchHeight"], columns, c["patchWidth"] * c["channels"])
        patches = cut.to(self.mask.dtype).mul_(1 / 255).permute(0, 1, 3, 2, 4).reshape(
            len(pixels), self.patches, -1)
        seen = patches @ self.p["patch.weight"]
        read = F.embedding(words, self.p["word.embedding"])
        hidden = torch.cat([seen, read], 1)
        return hidden + self.p["position.embedding"][: hidden.shape[1]]

    def split_heads(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_width).transpose(1, 2)

    def attend(self, query, key, value, mask):
        """(N, heads, T, headWidth) each, and what is added to the scores, to (N, T, D)."""
        n, _, asked, _ = query.shape
        if self.attention == "sdpa":
            mixed = sdpa(query, key, value, mask)
        else:
            q, k, v = (x.reshape(n * self.heads, -1, self.head_width) for x in (query, key, value))
            scale = 1 / math.sqrt(self.head_width)
            if mask is None:
                scores = torch.bmm(q * scale, k.transpose(1, 2))
            else:
                scores = torch.baddbmm(
                    mask.expand(n * self.heads, -1, -1), q, k.transpose(1, 2), alpha=scale)
            mixed = torch.bmm(torch.softmax(scores, -1), v).view(n, self.heads, asked, self.head_width)
        return mixed.transpose(1, 2).reshape(n, asked, self.model_width)

    def rest_of_block(self, block, hidden, attended):
        hidden = hidden + attended @ self.p[block + "attention.output"]
        expanded = F.relu(rms_norm(hidden, self.p[block + "mlp.norm"]) @ self.p[block + "mlp.expand"])
        return hidden + expanded @ self.p[block + "mlp.contract"]

    def block(self, layer, hidden, start):
        """One block over known tokens; results from position start on, and keys and values of all."""
        block = f"block.{layer}."
        d = self.model_width
        weight = self.p[block + "attention.queryKeyValue"]
        normal = rms_norm(hidden, self.p[block + "attention.norm"])
        if start == 0:
            query, key, value = (normal @ weight).split(d, -1)
        else:
            query = normal[:, start:] @ weight[:, :d]
            key, value = (normal @ weight[:, d:]).split(d, -1)
        length = hidden.shape[1]
        query, key, value = self.split_heads(query), self.split_heads(key), self.split_heads(value)
        attended = self.attend(query, key, value, self.mask[start:length, :length])
        return self.rest_of_block(block, hidden[:, start:], attended), key, value

    def value(self, normal):
        hidden = torch.tanh(normal[:, 0] @ self.p["value.hidden"])
        return torch.addmv(self.p["value.bias"], hidden, self.p["value.weight"][:, 0])

    def evaluate(self, pixels, prompt, generated):
        """Logits (N, G, V) of every generated token, and the value (N)."""
        hidden = self.embed(pixels, torch.cat([prompt, generated[:, :-1]], 1))
        layers = self.case["layers"]
        for layer in range(layers):
            # Nothing reads the last block's results at earlier positions.
            hidden, _, _ = self.block(layer, hidden, self.context - 1 if layer == layers - 1 else 0)
        normal = rms_norm(hidden, self.p["norm"])
        return normal @ self.p["head.weight"], self.value(normal)

    def generate(self, pixels, prompt, draws):
        """Tokens (steps, N) drawn by inverting the distribution function at draws (N, G)."""
        c = self.case
        n, layers = len(pixels), c["layers"]
        capacity = self.context + c["generatedTokens"]
        keys = torch.empty(layers, n, self.heads, capacity, self.head_width)
        values = torch.empty_like(keys)
        hidden = self.embed(pixels, prompt)
        for layer in range(layers):
            last = layer == layers - 1
            hidden, key, value = self.block(layer, hidden, self.context - 1 if last else 0)
            keys[layer, :, :, : self.context] = key
            values[layer, :, :, : self.context] = value
        normal = rms_norm(hidden, self.p["norm"])
        estimates = self.value(normal)
        drawn = self.draw(normal[:, 0] @ self.p["head.weight"], draws[:, 0])
        marked = drawn[0] == c["marker"]
        recorded = [drawn]
        ended = torch.zeros_like(marked)
        for step in range(1, c["generatedTokens"]):
            place = self.context + step - 1
            hidden = (F.embedding(recorded[-1][0], self.p["word.embedding"])
                      + self.p["position.embedding"][place])[:, None]
            for layer in range(layers):
                block = f"block.{layer}."
                normal = rms_norm(hidden, self.p[block + "attention.norm"])
                query, key, value = (normal @ self.p[block + "attention.queryKeyValue"]).split(
                    self.model_width, -1)
                keys[layer, :, :, place] = key.view(n, self.heads, self.head_width)
                values[layer, :, :, place] = value.view(n, self.heads, self.head_width)
                attended = self.attend(self.split_heads(query), keys[layer, :, :, : place + 1],
                                       values[layer, :, :, : place + 1], None)
                hidden = self.rest_of_block(block, hidden, attended)
            normal = rms_norm(hidden, self.p["norm"])
            token, log_prob, entropy = self.draw(normal[:, 0] @ self.p["head.weight"], draws[:, step])
            token = token.masked_fill(ended, 0)
            recorded.append((token, log_prob, entropy))
            ended = marked
            marked = marked | (token == c["marker"])
            if bool(ended.all()):
                break
        tokens, log_probs, entropies = (torch.stack(column) for column in zip(*recorded))
        return tokens, log_probs, entropies, estimates

    def draw(self, logits, uniform):
        log_probs = torch.log_softmax(logits / self.case["temperature"], -1)
        probabilities = log_probs.exp()
        cumulative = probabilities.cumsum(-1)
        threshold = uniform[:, None] * cumulative[:, -1:]
        token = (cumulative <= threshold).sum(-1).clamp_(max=logits.shape[-1] - 1)
        entropy = -(probabilities * log_probs).sum(-1)
        return token, log_probs.gather(-1, token[:, None])[:, 0], entropy


def weighted_mean(values, weights):
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def ppo_loss(case, policy, rows):
    """The clipped surrogate per token, the value's error, and the divergence from the teacher."""
    logits, value = policy.evaluate(rows["pixels"], rows["prompt"], rows["tokens"])
    distributions = torch.log_softmax(logits / case["temperature"], -1)
    log_probs = distributions.gather(-1, rows["tokens"][:, :, None])[:, :, 0]
    thought, written = rows["thought"], rows["thought"] + rows["action"]
    ratio = ((log_probs - rows["logProbs"]) * written).exp()
    advantage = rows["advantage"][:, None]
    clipped = ratio.clamp(1 - case["clip"], 1 + case["clip"])
    surrogate = torch.minimum(ratio * advantage, clipped * advantage)
    policy_loss = -weighted_mean(surrogate, thought * case["thoughtWeight"] + rows["action"])
    value_loss = 0.5 * (value - rows["valueTarget"]).square().mean()
    probabilities = distributions.exp()
    entropy = weighted_mean(-(probabilities * distributions).sum(-1), written)
    divergence = (probabilities * (distributions - rows["teacherTop"])).sum(-1)
    return (policy_loss + case["valueCoefficient"] * value_loss
            - case["entropyCoefficient"] * entropy
            + case["guidance"] * weighted_mean(divergence, thought))


class ForeachOptimizer:
    """One tensor a parameter, updated by PyTorch's grouped AdamW."""

    def __init__(self, case, parameters):
        self.limit = case["maxGradientNorm"]
        self.parameters = list(parameters.values())
        self.adam = torch.optim.AdamW(
            self.parameters, lr=case["learningRate"], betas=(case["beta1"], case["beta2"]),
            eps=case["epsilon"], weight_decay=case["weightDecay"], foreach=True)

    def step(self, loss):
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.limit)
        self.adam.step()


class FlatOptimizer:
    """All parameters and all gradients are views of one vector each, so AdamW is one tensor's."""

    def __init__(self, case, parameters):
        self.limit = case["maxGradientNorm"]
        values = list(parameters.values())
        self.flat = torch.cat([value.detach().reshape(-1) for value in values])
        self.flat.grad = torch.zeros_like(self.flat)
        offset = 0
        for value in values:
            end = offset + value.numel()
            value.data = self.flat[offset:end].view(value.shape)
            value.grad = self.flat.grad[offset:end].view(value.shape)
            offset = end
        self.adam = torch.optim.AdamW(
            [self.flat], lr=case["learningRate"], betas=(case["beta1"], case["beta2"]),
            eps=case["epsilon"], weight_decay=case["weightDecay"], foreach=False)

    def step(self, loss):
        self.flat.grad.zero_()
        loss.backward()
        norm = self.flat.grad.norm()
        self.flat.grad.mul_((self.limit / (norm + 1e-6)).clamp(max=1.0))
        self.adam.step()


OPTIMIZERS = {"foreach": ForeachOptimizer, "flat": FlatOptimizer}
DEVICE = os.environ.get("GTR_PEER_DEVICE", "cpu")
KINDS = {"f32": ("<f4", torch.float32), "i64": ("<i8", torch.int64), "u8": ("u1", torch.uint8)}


class Peer:
    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/case.json", encoding="utf-8") as file:
            self.case = json.load(file)
        self.columns = {c["name"]: self.read(c["name"], c["kind"], c["shape"]) for c in self.case["columns"]}
        self.flat = self.read("parameters", "f32", [-1])
        self.minibatches = [torch.tensor(rows) for rows in self.case["minibatches"]]
        self.attention = "explicit"

    def read(self, name, kind, shape):
        stored, dtype = KINDS[kind]
        numbers = numpy.fromfile(f"{self.folder}/{name}.{kind}", dtype=stored)
        return torch.from_numpy(numbers).to(DEVICE, dtype).reshape(shape)

    def parameters(self, dtype=torch.float32, learnt=True):
        named = {}
        for slot in self.case["parameters"]:
            end = slot["offset"] + math.prod(slot["shape"])
            value = self.flat[slot["offset"]:end].reshape(slot["shape"]).to(dtype).clone()
            named[slot["name"]] = value.requires_grad_(learnt)
        return named

    def rows(self, chosen, dtype=torch.float32):
        gathered = {name: column[chosen] for name, column in self.columns.items() if name != "draws"}
        return {name: value.to(dtype) if value.is_floating_point() else value for name, value in gathered.items()}

    def begin(self, attention, optimizer):
        parameters = self.parameters()
        self.policy = Policy(self.case, parameters, attention)
        self.optimizer = OPTIMIZERS[optimizer](self.case, parameters)

    def train(self):
        since = time.perf_counter()
        losses = []
        for chosen in self.minibatches:
            loss = ppo_loss(self.case, self.policy, self.rows(chosen))
            self.optimizer.step(loss)
            losses.append(loss.detach())
        loss = torch.stack(losses).mean().item()
        return {"seconds": time.perf_counter() - since, "loss": loss}

    def generate(self):
        since = time.perf_counter()
        with torch.inference_mode():
            count = self.case["texts"]
            for _ in range(self.case["batches"]):
                tokens, _, _, _ = self.policy.generate(
                    self.columns["pixels"][:count], self.columns["prompt"][:count], self.columns["draws"])
                texts = tokens.t().tolist()
        seconds = time.perf_counter() - since
        tokens = self.case["batches"] * sum(self.written(text) for text in texts)
        return {"seconds": seconds, "tokens": tokens, "texts": texts}

    def written(self, text):
        marker = self.case["marker"]
        return min(text.index(marker) + 2, len(text)) if marker in text else len(text)

    def gradient(self):
        parameters = self.parameters(torch.float64)
        policy = Policy(self.case, parameters, "explicit")
        loss = ppo_loss(self.case, policy, self.rows(self.minibatches[0], torch.float64))
        loss.backward()
        parts = [value.grad.reshape(-1).cpu().numpy() for value in parameters.values()]
        numpy.concatenate(parts).astype("<f8").tofile(f"{self.folder}/gradient.f64")
        return {"loss": loss.item()}

    def memory(self):
        with open("/proc/self/status", encoding="ascii") as file:
            peak = next(line for line in file if line.startswith("VmHWM:"))
        return {"peakBytes": int(peak.split()[1]) * 1024}

    def fastest(self, kind):
        """The fastest way to do the work."""
        ways = []
        attentions = ["explicit"] + (["sdpa"] if sdpa is not None else [])
        for attention in attentions:
            for optimizer in OPTIMIZERS if kind == "train" else ["foreach"]:
                self.begin(attention, optimizer)
                work = self.train if kind == "train" else self.generate
                work()
                ways.append((min(work()["seconds"] for _ in range(3)), attention, optimizer))
        return min(ways)[1:]


def main():
    folder, threads, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if DEVICE != "cpu":
        torch.set_default_device(DEVICE)
        torch.backends.cuda.matmul.allow_tf32 = os.environ.get("GTR_PEER_TF32") == "1"
    peer = Peer(folder)
    way = tuple(sys.argv[4].split(",")) if len(sys.argv) > 4 else peer.fastest(kind)
    peer.begin(*way)
    print(json.dumps({"name": f"PyTorch {torch.__version__} from Python", "way": ",".join(way)}), flush=True)
    commands = {"train": peer.train, "generate": peer.generate, "gradient": peer.gradient, "memory": peer.memory}
    for line in sys.stdin:
        print(json.dumps(commands[line.strip()]()), flush=True)


main()

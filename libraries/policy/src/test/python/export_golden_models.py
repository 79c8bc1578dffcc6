"""Exports small policies from PyTorch to ONNX, with reference results in double precision.

Run by hand where PyTorch and onnx are installed (Debian: python3-torch, python3-onnx):

    python3 libraries/policy/src/test/python/export_golden_models.py

It writes NAME.onnx and NAME.json into src/test/resources/golden. The JSON holds random inputs, the
outputs for them, random weights for each output, and the gradient, by initializer, of the sum of
weights times outputs; all of it computed in float64 from the float32 parameters.
"""

import base64
import io
import json
import math
import pathlib

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
OPSET = 17


def single(number):
    """Constants stand in the file as float32; the reference must compute with the same ones."""
    return float(np.float32(number))


class Gelu(nn.Module):
    """nn.GELU(), by the nodes that it is exported as."""

    def forward(self, x):
        return x * (torch.erf(x / single(math.sqrt(2))) + 1.0) * 0.5


class TanhGelu(nn.Module):
    """nn.GELU(approximate="tanh"), by the nodes that it is exported as."""

    def forward(self, x):
        cubic = x + single(0.044715) * (x * (x * x))
        return 0.5 * (x * (1.0 + torch.tanh(single(math.sqrt(2 / math.pi)) * cubic)))


class ExplicitAttention(nn.Module):
    """Fixed causal mask, as small GPTs write it."""

    def __init__(self, width, heads, length):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        mask = torch.tril(torch.ones(length, length)).view(1, 1, length, length)
        self.register_buffer("mask", mask.bool())

    def forward(self, x):
        batch, length, width = x.size()
        q, k, v = self.qkv(x).split(width, dim=2)
        q = q.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        k = k.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        v = v.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        scores = (q @ k.transpose(-2, -1)) * single(1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(~self.mask[:, :, :length, :length], float("-inf"))
        mixed = scores.softmax(dim=-1) @ v
        return self.out(mixed.transpose(1, 2).contiguous().view(batch, length, width))


class SdpaAttention(nn.Module):
    """The nodes that scaled_dot_product_attention(is_causal=True) becomes on export: the scale is
    computed from the shape and goes to both factors, the mask is made by ConstantOfShape and Trilu,
    and rows without anything to see are made 0."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        split = (batch, length, self.heads, -1)
        q = self.q(x).reshape(split).permute(0, 2, 1, 3)
        k = self.k(x).reshape(split).permute(0, 2, 1, 3)
        v = self.v(x).reshape(split).permute(0, 2, 1, 3)
        size = torch._shape_as_tensor(q)[-1].to(x.dtype)
        scale = (1.0 / size.sqrt()).sqrt()
        mask = torch.ones(length, length, dtype=torch.bool).tril()
        bias = torch.zeros(length, length, dtype=x.dtype).masked_fill(~mask, float("-inf"))
        weights = ((q * scale) @ (k.transpose(-2, -1) * scale) + bias).softmax(-1)
        weights = weights.masked_fill(torch.isnan(weights), 0.0)
        mixed = (weights @ v).permute(0, 2, 1, 3).flatten(2)
        return self.out(mixed)


class Block(nn.Module):
    def __init__(self, width, attention, activation):
        super().__init__()
        self.first = nn.LayerNorm(width)
        self.attention = attention
        self.second = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), activation, nn.Linear(2 * width, width)
        )

    def forward(self, x):
        x = x + self.attention(self.first(x))
        return x + self.mlp(self.second(x))


class Decoder(nn.Module):
    def __init__(self, attention, activation, vocabulary=17, length=6, width=12, layers=2):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(
            [Block(width, attention(width, length), activation) for _ in range(layers)]
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.value = nn.Linear(width, 1)

    def forward(self, tokens):
        places = torch.arange(tokens.shape[1])
        x = self.words(tokens) + self.positions(places)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return F.log_softmax(self.head(x), dim=-1), self.value(x[:, -1]).squeeze(-1)


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + single(1e-6)) * self.weight


class Llama(nn.Module):
    """RMS norms, rotary positions, grouped queries and a gated feed-forward part."""

    def __init__(self, vocabulary=13, width=16, heads=4, groups=2):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, width // heads
        self.words = nn.Embedding(vocabulary, width)
        self.first, self.second, self.norm = RmsNorm(width), RmsNorm(width), RmsNorm(width)
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, groups * self.size, bias=False)
        self.v = nn.Linear(width, groups * self.size, bias=False)
        self.o = nn.Linear(width, width, bias=False)
        self.gate = nn.Linear(width, 24, bias=False)
        self.up = nn.Linear(width, 24, bias=False)
        self.down = nn.Linear(24, width, bias=False)
        self.head = nn.Linear(width, vocabulary, bias=False)
        frequencies = 1.0 / (100.0 ** (torch.arange(0, self.size, 2).float() / self.size))
        self.register_buffer("frequencies", frequencies)

    def rotate(self, x):
        angles = torch.arange(x.shape[2], dtype=x.dtype).unsqueeze(1) * self.frequencies
        both = torch.cat((angles, angles), dim=-1)
        half = x.shape[-1] // 2
        turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
        return x * both.cos() + turned * both.sin()

    def repeat(self, x):
        batch, groups, length, size = x.shape
        times = self.heads // self.groups
        x = x[:, :, None, :, :].expand(batch, groups, times, length, size)
        return x.reshape(batch, groups * times, length, size)

    def forward(self, tokens):
        batch, length = tokens.shape
        x = self.words(tokens)
        y = self.first(x)
        q = self.rotate(self.q(y).view(batch, length, self.heads, self.size).transpose(1, 2))
        k = self.rotate(self.k(y).view(batch, length, self.groups, self.size).transpose(1, 2))
        v = self.v(y).view(batch, length, self.groups, self.size).transpose(1, 2)
        k, v = self.repeat(k), self.repeat(v)
        mask = torch.full((length, length), float("-inf"), dtype=x.dtype).triu(1)
        scores = q @ k.transpose(2, 3) / math.sqrt(self.size) + mask
        x = x + self.o((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, -1))
        y = self.second(x)
        x = x + self.down(F.silu(self.gate(y)) * self.up(y))
        return self.head(self.norm(x))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False),
            nn.GroupNorm(2, 8),
            nn.SiLU(),
            nn.AvgPool2d(2),
            nn.Conv2d(8, 6, (2, 1), dilation=(1, 1)),
            nn.LeakyReLU(single(0.1)),
            nn.Flatten(),
            nn.Linear(12, 16),
            nn.ELU(),
        )
        self.logits = nn.Linear(16, 5)
        self.value = nn.Linear(16, 1)
        with torch.no_grad():
            self.body[1].running_mean.uniform_(-0.5, 0.5)
            self.body[1].running_var.uniform_(0.5, 1.5)

    def forward(self, pixels):
        x = self.body(pixels / 255.0 - 0.5)
        return self.logits(x), self.value(x).squeeze(1)


class Recurrent(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.inner = nn.Linear(5, 8)
        self.layer = layer
        self.logits = nn.Linear(layer.hidden_size * (2 if layer.bidirectional else 1), 4)
        self.value = nn.Linear(layer.hidden_size, 1)

    def forward(self, observations):
        x = torch.tanh(self.inner(observations))
        outputs, state = self.layer(x)
        last = state[0] if isinstance(state, tuple) else state
        return self.logits(outputs), self.value(last[-1]).squeeze(-1)


class Vit(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.5)
        self.positions = nn.Parameter(torch.randn(1, 5, width) * 0.5)
        self.first = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 3, batch_first=True)
        self.second = nn.LayerNorm(width, eps=single(1e-6))
        self.mlp = nn.Sequential(
            nn.Linear(width, 24), TanhGelu(), nn.Linear(24, width)
        )
        self.logits = nn.Linear(width, 4)

    def forward(self, pixels):
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.positions
        y = self.first(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.mlp(self.second(x))
        return self.logits(x[:, 0])


def tokens(high, *shape):
    return torch.randint(0, high, shape)


MODELS = {
    "decoder": lambda: (
        Decoder(lambda width, length: ExplicitAttention(width, 2, length), Gelu()),
        {"tokens": tokens(17, 3, 6)},
        ["logits", "value"],
    ),
    "decoder_sdpa": lambda: (
        # Heads of 16, because their scale is exact in float32: ONNX Runtime folds it into a product
        # as float32 even in a graph of doubles.
        Decoder(lambda width, length: SdpaAttention(width, 2), nn.Mish(), width=32, layers=1),
        {"tokens": tokens(17, 3, 6)},
        ["logits", "value"],
    ),
    "llama": lambda: (Llama(), {"tokens": tokens(13, 2, 5)}, ["logits"]),
    "cnn": lambda: (
        Cnn(),
        {"pixels": torch.rand(3, 3, 17, 13) * 255},
        ["logits", "value"],
    ),
    "gru": lambda: (
        Recurrent(nn.GRU(8, 7)),
        {"observations": torch.randn(5, 3, 5)},
        ["logits", "value"],
    ),
    "lstm": lambda: (
        Recurrent(nn.LSTM(8, 6, num_layers=2, bidirectional=True)),
        {"observations": torch.randn(4, 2, 5)},
        ["logits", "value"],
    ),
    "vit": lambda: (Vit(), {"pixels": torch.randn(2, 3, 8, 8)}, ["logits"]),
}


def encoded(tensor):
    array = tensor.detach().numpy().astype("<f8")
    return {
        "shape": list(array.shape),
        "numbers": base64.b64encode(array.tobytes()).decode("ascii"),
    }


def batch_axis(name, inputs):
    return 1 if name == "observations" else 0


def export(name, folded):
    torch.manual_seed(sum(map(ord, name)))
    model, inputs, outputs = MODELS[name]()
    model.eval()
    for module in model.modules():
        if hasattr(module, "eps"):
            module.eps = single(module.eps)
    with torch.no_grad():
        # The exporter merges initializers that are equal, as fresh norms are.
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.05)
    target = io.BytesIO()
    torch.onnx.export(
        model,
        tuple(inputs.values()),
        target,
        opset_version=OPSET,
        input_names=list(inputs),
        output_names=outputs,
        dynamic_axes={key: {batch_axis(key, inputs): "batch"} for key in inputs},
        do_constant_folding=folded,
        training=torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE,
    )
    file = target.getvalue()

    exact = model.double()
    given = [v.double() if v.is_floating_point() else v for v in inputs.values()]
    results = exact(*given)
    results = results if isinstance(results, tuple) else (results,)
    weights = [torch.randn(result.shape, dtype=torch.float64) for result in results]
    sum((w * r).sum() for w, r in zip(weights, results)).backward()

    gradients = {}
    parameters = dict(exact.named_parameters())
    for tensor in onnx.load_from_string(file).graph.initializer:
        values = torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        if not values.is_floating_point():
            continue
        for parameter in parameters.values():
            if parameter.grad is None:
                continue
            for turned in (lambda t: t, lambda t: t.t() if t.dim() == 2 else t):
                if turned(parameter).shape == values.shape and torch.equal(
                    turned(parameter).float(), values
                ):
                    gradients[tensor.name] = turned(parameter.grad).contiguous()

    suffix = "_folded" if folded else ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / (name + suffix + ".onnx")).write_bytes(file)
    reference = {
        "inputs": {key: encoded(value) for key, value in inputs.items()},
        "outputs": {key: encoded(value) for key, value in zip(outputs, results)},
        "weights": {key: encoded(value) for key, value in zip(outputs, weights)},
        "gradients": {key: encoded(value) for key, value in sorted(gradients.items())},
    }
    (FOLDER / (name + suffix + ".json")).write_text(json.dumps(reference, indent=1) + "\n")
    operators = sorted({node.op_type for node in onnx.load_from_string(file).graph.node})
    print(name + suffix, len(gradients), "of", len(parameters), "gradients;", *operators)


if __name__ == "__main__":
    for each in MODELS:
        export(each, False)
    export("decoder", True)
    export("lstm", True)

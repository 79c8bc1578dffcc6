#!/usr/bin/env python3
"""Exports two small policies from PyTorch for gtr to train.

    python3 export_policies.py {vit,cnn} FOLDER [--seed N] [--golden FILE]

reads FOLDER/policy.json, which `gtr new-policy FOLDER --env NAME` has written, for the picture, the
words and the lengths, and writes FOLDER/policy.onnx and the names of its inputs into policy.json.
Weights are random: a run's warm start and its training give them their sense. Needs PyTorch 1.13 or
newer, nothing else.

What gtr asks of a policy, and no more than this:
  inputs   pixels     (N, height, width, channels) uint8, or (N, channels, height, width) float in [0, 1]
           prompt     (N, Q) int64, padded with 0
           generated  (N, G) int64, padded with 0
  outputs  logits     (N, G, V): at place t of the token at t, given those before it
           value      (N) or (N, 1)
"""
import argparse
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    """Attention of several heads, with biases, written out."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.scale = 1 / math.sqrt(width // heads)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)

    def split(self, projected):
        size, length, width = projected.shape
        return projected.view(size, length, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, asking, seen, mask=None):
        query = self.split(self.query(asking))
        key, value = (self.split(part) for part in self.key_value(seen).chunk(2, dim=-1))
        scores = query @ key.transpose(-1, -2) * self.scale
        if mask is not None:
            scores = scores.masked_fill(mask, -1e9)
        mixed = scores.softmax(dim=-1) @ value
        return self.output(mixed.transpose(1, 2).flatten(2))


class EncoderBlock(nn.Module):
    """A pre-norm block over image patches."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        )

    def forward(self, hidden):
        normal = self.attention_norm(hidden)
        hidden = hidden + self.attention(normal, normal, normal, need_weights=False)[0]
        return hidden + self.feed_forward(self.norm(hidden))


class DecoderBlock(nn.Module):
    """A pre-norm block over words: each sees those before it, and the whole picture."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.picture_norm = nn.LayerNorm(width)
        self.picture = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        )

    def forward(self, hidden, seen, mask):
        normal = self.attention_norm(hidden)
        hidden = hidden + self.attention(normal, normal, mask)
        hidden = hidden + self.picture(self.picture_norm(hidden), seen)
        return hidden + self.feed_forward(self.norm(hidden))


class VisionTransformer(nn.Module):
    """A ViT that encodes the picture, and a causal decoder that writes the text."""

    INPUTS = {"pixels": "image", "prompt": "prompt", "generated": "text"}

    def __init__(self, spec, width=40, heads=4, layers=1, patch=8):
        super().__init__()
        picture, text = spec["picture"], spec["text"]
        words, prompt, most = len(text["words"]), text["promptTokens"], text["generatedTokens"]
        patches = (picture["height"] // patch) * (picture["width"] // patch)
        self.patches = nn.Conv2d(picture["channels"], width, patch, stride=patch)
        self.picture_positions = nn.Parameter(0.1 * torch.randn(patches, width))
        self.encoder = nn.ModuleList(EncoderBlock(width, heads) for _ in range(layers))
        self.encoded_norm = nn.LayerNorm(width)
        self.words = nn.Embedding(words, width)
        self.text_positions = nn.Parameter(0.1 * torch.randn(prompt + most, width))
        self.decoder = nn.ModuleList(DecoderBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, words)
        self.value = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, image, prompt, text):
        seen = self.patches(image).flatten(2).transpose(1, 2) + self.picture_positions
        for block in self.encoder:
            seen = block(seen)
        seen = self.encoded_norm(seen)
        # The last word is never read: what stands at a place is written from what stands before it.
        read = torch.cat([prompt, text[:, :-1]], dim=1)
        length = read.size(1)
        hidden = self.words(read) + self.text_positions[:length]
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        for block in self.decoder:
            hidden = block(hidden, seen, later)
        written = self.norm(hidden[:, prompt.size(1) - 1 :])
        return self.head(written), self.value(seen.mean(dim=1))


class ConvolutionalPolicy(nn.Module):
    """Convolutions over the picture, and causal convolutions over the words written so far."""

    INPUTS = {"pixels": "pixels", "prompt": "prompt", "generated": "generated"}
    REACH = 5

    def __init__(self, spec, channels=12, width=48):
        super().__init__()
        picture, text = spec["picture"], spec["text"]
        words, prompt, most = len(text["words"]), text["promptTokens"], text["generatedTokens"]
        self.look = nn.Sequential(
            nn.Conv2d(picture["channels"], channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, 3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Flatten(),
        )
        seen = 2 * channels * (picture["height"] // 4) * (picture["width"] // 4)
        self.seen = nn.Linear(seen, width)
        self.words = nn.Embedding(words, width)
        self.ask = nn.Linear(prompt * width, width)
        self.positions = nn.Parameter(0.1 * torch.randn(most, width))
        self.read = nn.Conv1d(width, width, self.REACH, padding=self.REACH)
        self.mix = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, words)
        self.value = nn.Linear(width, 1)

    def forward(self, pixels, prompt, generated):
        picture = pixels.permute(0, 3, 1, 2).float() / 255
        context = torch.relu(self.seen(self.look(picture)) + self.ask(self.words(prompt).flatten(1)))
        # With so much padding, what comes out at a place has seen the places before it and no other.
        read = self.read(self.words(generated).transpose(1, 2)).transpose(1, 2)
        read = read[:, : generated.size(1)]
        hidden = torch.relu(read + context.unsqueeze(1) + self.positions[: generated.size(1)])
        hidden = self.norm(hidden + self.mix(hidden))
        return self.head(hidden), self.value(context).squeeze(1)


POLICIES = {"vit": VisionTransformer, "cnn": ConvolutionalPolicy}


def observations(policy, spec, size, generator):
    """Random pictures, prompts and texts, the pictures as the policy takes them and as bytes."""
    picture, text = spec["picture"], spec["text"]
    shape = (size, picture["height"], picture["width"], picture["channels"])
    pixels = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    words = len(text["words"])
    prompt = torch.randint(1, words, (size, text["promptTokens"]), generator=generator)
    written = torch.randint(1, words, (size, text["generatedTokens"]), generator=generator)
    taken = pixels.permute(0, 3, 1, 2).float() / 255 if isinstance(policy, VisionTransformer) else pixels
    return pixels, (taken, prompt, written)


def export(policy, spec, file):
    _, example = observations(policy, spec, 2, torch.Generator().manual_seed(0))
    names = list(policy.INPUTS.values())
    torch.onnx.export(
        policy,
        example,
        str(file),
        opset_version=17,
        # Parameters keep their names, and those of equal contents stay apart.
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=names,
        output_names=["logits", "value"],
        dynamic_axes={
            names[0]: {0: "batch"},
            names[1]: {0: "batch"},
            names[2]: {0: "batch", 1: "tokens"},
            "logits": {0: "batch", 1: "tokens"},
            "value": {0: "batch"},
        },
    )


def golden(policy, spec, file):
    """What PyTorch says: outputs on random inputs, and a loss with the length of its gradient."""
    pixels, inputs = observations(policy, spec, 2, torch.Generator().manual_seed(1))
    logits, value = policy(*inputs)
    value = value.reshape(-1)
    loss = functional.cross_entropy(logits.flatten(0, 1), inputs[2].flatten()) + (value**2).mean()
    gradients = torch.autograd.grad(loss, list(policy.parameters()))
    norm = math.sqrt(sum(float((gradient.double() ** 2).sum()) for gradient in gradients))
    content = {
        "pixels": pixels.flatten().tolist(),
        "prompt": inputs[1].tolist(),
        "generated": inputs[2].tolist(),
        "logits": [round(number, 6) for number in logits.flatten().tolist()],
        "value": [round(number, 6) for number in value.tolist()],
        "loss": float(loss),
        "gradientNorm": norm,
    }
    file.write_text(json.dumps(content) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("policy", choices=POLICIES)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--golden", type=pathlib.Path, help="for tests: what PyTorch computes")
    options = parser.parse_args()
    description = options.folder / "policy.json"
    spec = json.loads(description.read_text())
    torch.manual_seed(options.seed)
    policy = POLICIES[options.policy](spec)
    policy.train()
    export(policy, spec, options.folder / "policy.onnx")
    spec["onnx"] = {
        "file": "policy.onnx",
        "inputs": policy.INPUTS,
        "outputs": {"logits": "logits", "value": "value"},
    }
    description.write_text(json.dumps(spec, indent=2) + "\n")
    if options.golden:
        golden(policy, spec, options.golden)
    size = sum(parameter.numel() for parameter in policy.parameters())
    print(f"{options.folder / 'policy.onnx'}: {size:,} parameters")


if __name__ == "__main__":
    main()

"""Merges in PyTorch: the peer that this project's merges are measured against.

Started with a folder of checkpoints (base.f32 and checkpoint-N.f32, little-endian float32), the
number of tensors in each, elements a tensor, checkpoints, and a number of threads. Says its name in
a line of JSON, then reads one command a line and answers each with one line of JSON:

  ties     TIES at density 0.8 over all checkpoints, written to peer.f32: for each tensor a sort of
           all magnitudes to trim, all differences stacked, a sign by their sum, and the mean of
           those that agree, as merge tools do it
  lerp     loads two checkpoints that torch.save wrote, moves one towards the other by 0.1, saves it
  memory   the most resident memory so far
"""
import json
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    sys.exit(f"PyTorch is missing ({missing}); on Debian and Ubuntu: apt-get install python3-torch python3-numpy")

DENSITY = 0.8


class Peer:
    def __init__(self, folder, tensors, elements, checkpoints):
        self.folder, self.tensors, self.elements, self.checkpoints = folder, tensors, elements, checkpoints
        self.saved = False

    def names(self):
        return ["base.f32"] + [f"checkpoint-{number}.f32" for number in range(1, self.checkpoints + 1)]

    def tensor(self, name, index):
        values = numpy.fromfile(
            f"{self.folder}/{name}", "<f4", self.elements, offset=4 * index * self.elements)
        return torch.from_numpy(values)

    @staticmethod
    def trim(delta):
        k = max(1, int(DENSITY * delta.numel()))
        order = torch.argsort(delta.abs().view(-1), descending=True)
        mask = torch.zeros_like(delta)
        mask.view(-1)[order[:k]] = 1
        return delta * mask

    def ties(self):
        since = time.perf_counter()
        with open(f"{self.folder}/peer.f32", "wb") as output:
            for index in range(self.tensors):
                base, *checkpoints = [self.tensor(name, index) for name in self.names()]
                deltas = torch.stack([self.trim(each - base) for each in checkpoints])
                majority = torch.where(deltas.sum(0) >= 0, 1.0, -1.0)
                agreeing = (deltas.sign() == majority).to(deltas.dtype)
                mixed = (deltas * agreeing).sum(0) / agreeing.sum(0).clamp_(min=1e-8)
                (base + mixed).numpy().tofile(output)
        return {"seconds": time.perf_counter() - since}

    def lerp(self):
        if not self.saved:
            for name in self.names()[:2]:
                state = {f"tensor-{i}": self.tensor(name, i).clone() for i in range(self.tensors)}
                torch.save(state, f"{self.folder}/{name}.pt")
            self.saved = True
        since = time.perf_counter()
        teacher, newest = [torch.load(f"{self.folder}/{name}.pt") for name in self.names()[:2]]
        with torch.no_grad():
            for name, values in teacher.items():
                values.lerp_(newest[name], 0.1)
        torch.save(teacher, f"{self.folder}/merged.pt")
        return {"seconds": time.perf_counter() - since}

    def memory(self):
        with open("/proc/self/status", encoding="ascii") as file:
            peak = next(line for line in file if line.startswith("VmHWM:"))
        return {"peakBytes": int(peak.split()[1]) * 1024}


def main():
    folder, tensors, elements, checkpoints, threads = sys.argv[1], *map(int, sys.argv[2:6])
    torch.set_num_threads(threads)
    peer = Peer(folder, tensors, elements, checkpoints)
    print(json.dumps({"name": f"PyTorch {torch.__version__} from Python", "way": ""}), flush=True)
    commands = {"ties": peer.ties, "lerp": peer.lerp, "memory": peer.memory}
    for line in sys.stdin:
        print(json.dumps(commands[line.strip()]()), flush=True)


main()

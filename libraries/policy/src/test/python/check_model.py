"""Checks exported models with ONNX's own checker, and compares what they compute.

    python3 check_model.py teacher.onnx [other.onnx ...]

Needs onnx 1.13 or newer, which knows operator set 18, and onnxruntime and numpy to compute. Shapes are
inferred through the whole graph; every further model is run on the same random inputs as the first one,
and the largest difference of each output is printed. Ends in 1 where a model is not valid.
"""

import sys

import numpy
import onnx
import onnxruntime

ROWS = 4
ELEMENTS = {"tensor(float)": numpy.float32, "tensor(uint8)": numpy.uint8, "tensor(int64)": numpy.int64}


def random_inputs(session):
    random = numpy.random.default_rng(0)
    inputs = {}
    for port in session.get_inputs():
        shape = [length if isinstance(length, int) else ROWS for length in port.shape]
        if port.type == "tensor(float)":
            inputs[port.name] = random.random(shape, dtype=numpy.float32)
        else:
            # Words: every vocabulary has more than two.
            highest = 256 if port.type == "tensor(uint8)" else 2
            inputs[port.name] = random.integers(0, highest, shape).astype(ELEMENTS[port.type])
    return inputs


def main(files):
    expected = None
    inputs = None
    for file in files:
        try:
            onnx.checker.check_model(file, full_check=True)
        except onnx.checker.ValidationError as invalid:
            print(f"{file} is not valid: {invalid}")
            return 1
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        inputs = inputs or random_inputs(session)
        names = [port.name for port in session.get_outputs()]
        outputs = dict(zip(names, session.run(names, inputs)))
        expected = expected or outputs
        differences = {name: float(numpy.abs(outputs[name] - expected[name]).max()) for name in names}
        print(f"{file} is valid; differs from {files[0]} by at most {differences}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

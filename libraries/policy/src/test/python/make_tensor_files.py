"""Makes the files that the tests of mapped tensor files read, into ../resources/tensors.

    /usr/bin/python3 make_tensor_files.py

Needs numpy and onnx. The safetensors file is put together by hand from the description of its format, so that
nothing of the project has a part in it.
"""

import json
import pathlib
import struct

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent.parent / "resources" / "tensors"
VALUES = numpy.array([[0.0, -0.0, 1.5], [-2.25, 1e-3, 65504.0]], dtype=numpy.float32)


def brain_float(values):
    """The upper halves of the floats, rounded to nearest, ties to even."""
    bits = values.view(numpy.uint32).astype(numpy.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def safetensors():
    tensors = [
        ("whole", "F32", VALUES.shape, VALUES.astype("<f4").tobytes()),
        ("half", "F16", VALUES.shape, VALUES.astype("<f2").tobytes()),
        ("brain", "BF16", VALUES.shape, brain_float(VALUES).tobytes()),
        ("steps", "I64", (2,), numpy.array([7, -7], dtype="<i8").tobytes()),
        ("scale", "F32", (), numpy.array(0.5, dtype="<f4").tobytes()),
    ]
    header, contents = {"__metadata__": {"format": "pt"}}, b""
    for name, dtype, shape, data in tensors:
        header[name] = {
            "dtype": dtype,
            "shape": list(shape),
            "data_offsets": [len(contents), len(contents) + len(data)],
        }
        contents += data
    text = json.dumps(header).encode()
    (FOLDER / "small.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + contents)


def model():
    nodes = [
        helper.make_node("Add", ["x", "whole"], ["sum"]),
        helper.make_node("BatchNormalization", ["sum", "gain", "bias", "mean", "variance"], ["y"]),
    ]
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in ("x", "y")]
    three = numpy.array([1, 2, 3], dtype=numpy.float32)
    initializers = [
        numpy_helper.from_array(VALUES, "whole"),
        # Packed numbers in the place of raw data.
        helper.make_tensor("gain", TensorProto.FLOAT, [3], three),
        numpy_helper.from_array(three + 3, "bias"),
        numpy_helper.from_array(three + 6, "mean"),
        numpy_helper.from_array(three + 9, "variance"),
        numpy_helper.from_array(numpy.array([7, -7], dtype=numpy.int64), "steps"),
        numpy_helper.from_array(numpy.array(0.5, dtype=numpy.float32), "scale"),
    ]
    graph = helper.make_graph(nodes, "small", ports[:1], ports[1:], initializers)
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="by hand")
    built.ir_version = 8
    helper.set_model_props(built, {"gtr.run": "r", "made": "here"})
    return built


FOLDER.mkdir(parents=True, exist_ok=True)
safetensors()
onnx.save(model(), str(FOLDER / "small.onnx"))
onnx.save(
    model(),
    str(FOLDER / "beside.onnx"),
    save_as_external_data=True,
    location="beside.weights",
    size_threshold=0,
)

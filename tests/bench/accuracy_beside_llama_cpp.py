#!/usr/bin/env python3
"""How far quantised logits are from exact ones, for recant and for llama.cpp.

    python3 tests/bench/beside_llama_cpp.py --make-only     # once: the files
    python3 tests/bench/accuracy_beside_llama_cpp.py

Exact is the same file with its weights widened to f32, computed by recant in f32 (which the tests hold to
transformers' values): so the difference is what the integer kernels lose by rounding activations, not what
the file lost by quantisation.
"""
import argparse
import json
import os
import struct
import subprocess

import numpy as np

from beside_llama_cpp import Peer

IDS = [(i * 7919 + 13) % 49152 for i in range(64)]


def widened(path, out):
    import gguf

    reader, writer = gguf.GGUFReader(path), gguf.GGUFWriter(out + ".part", "llama")
    own = ("general.architecture", "general.quantization_version", "general.file_type")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in own:
            continue
        kind = field.types[0]
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_array(field.name, field.contents())
        else:
            writer.add_key_value(field.name, field.contents(), kind)
    for tensor in reader.tensors:
        numbers = gguf.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, numbers.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.rename(out + ".part", out)


def by_recant(recant, path):
    out = path + ".logits.safetensors"
    ids = ",".join(map(str, IDS))
    command = [recant, "next", "--model", path, "--ids", ids, "--logits", out]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(out, "rb") as file:
        data = file.read()
    os.remove(out)
    size = struct.unpack("<Q", data[:8])[0]
    logits = json.loads(data[8 : 8 + size])["logits"]
    begin, end = logits["data_offsets"]
    numbers = np.frombuffer(data[8 + size + begin : 8 + size + end], dtype=np.float32)
    return numbers.reshape(logits["shape"])


def by_llama_cpp(path):
    peer = Peer(path, 2)
    peer.L.llama_memory_clear(peer.memory, True)
    peer.decode([(token, i, 0, True) for i, token in enumerate(IDS)])
    rows = (peer.L.llama_get_logits_ith(peer.context, i) for i in range(len(IDS)))
    logits = np.stack([np.ctypeslib.as_array(row, (peer.vocab,)).copy() for row in rows])
    peer.close()
    return logits


def rms(x):
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--folder", default=os.path.join(here, "..", "..", "target", "bench-models"))
    p.add_argument("--recant", default=os.path.join(here, "..", "..", "target", "release", "recant"))
    p.add_argument("--kinds", default="Q8_0,Q4_K_M")
    a = p.parse_args()
    print(f"{'':8} {'logits':>9} {'recant off':>12} {'llama.cpp off':>14}   (root mean squares)")
    for kind in a.kinds.split(","):
        path = os.path.join(a.folder, f"S-{kind}.gguf")
        exact_path = os.path.join(a.folder, f"S-{kind}-widened.gguf")
        if not os.path.exists(exact_path):
            widened(path, exact_path)
        exact = by_recant(a.recant, exact_path)
        spread = exact - exact.mean(axis=1, keepdims=True)
        ours, theirs = by_recant(a.recant, path), by_llama_cpp(path)
        print(f"{kind:8} {rms(spread):9.4f} {rms(ours - exact):12.5f} {rms(theirs - exact):14.5f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""recant beside llama.cpp: the same files, the same threads, one after the other, in one run.

    pip install gguf numpy llama-cpp-python      # builds llama.cpp for this machine
    cargo build --release
    python3 tests/bench/beside_llama_cpp.py             # makes the files once (about 4 GB in --folder)

The files hold random weights in the shapes of SmolLM2-135M (S) and TinyLlama-1.1B (M): speed does not
depend on what a model has learned. llama.cpp runs in this process: no sampling, no server, no text; so
what is compared is the arithmetic and the scheduling of the batch. Every figure is the better of the
rounds; the two programs take turns, so that a disturbed machine disturbs both. Where llama.cpp dies with
a general protection fault (some virtual machines announce AMX and do not have it), build it with
CMAKE_ARGS="-DCMAKE_C_FLAGS='-mno-amx-tile -mno-amx-int8' -DCMAKE_CXX_FLAGS='-mno-amx-tile -mno-amx-int8'".
"""
import argparse
import ctypes
import json
import os
import subprocess
import time

SHAPES = {
    "S": dict(hidden=576, heads=9, kv=3, layers=30, ffn=1536, vocab=49152, tied=True, context=2048),
    "M": dict(hidden=2048, heads=32, kv=4, layers=22, ffn=5632, vocab=32000, tied=False, context=2048),
}
HIGHER = ["prefill_128", "prefill_512", "decode_1", "decode_6", "decode_12"]


def make(path, s):
    """Random half-precision weights, and a vocabulary that llama.cpp accepts."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(1)
    w = gguf.GGUFWriter(path, "llama")
    w.add_name(os.path.basename(path))
    w.add_context_length(s["context"])
    w.add_embedding_length(s["hidden"])
    w.add_block_count(s["layers"])
    w.add_feed_forward_length(s["ffn"])
    w.add_head_count(s["heads"])
    w.add_head_count_kv(s["kv"])
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(s["hidden"] // s["heads"])
    w.add_rope_freq_base(10000.0)
    w.add_vocab_size(s["vocab"])
    w.add_file_type(1)
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    kinds = [2, 3, 3] + [6] * 256
    words = ["\u2581" + x for x in "the cook and pilot were late again".split()] + [
        c for c in "\u2581abcdefghijklmnopqrstuvwxyz:,.\nABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ]
    tokens += words
    tokens += [f"\u2581w{i}" for i in range(s["vocab"] - len(tokens))]
    kinds += [1] * (len(tokens) - len(kinds))
    w.add_tokenizer_model("llama")
    w.add_token_list(tokens)
    w.add_token_scores([-float(i) for i in range(len(tokens))])
    w.add_token_types(kinds)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_unk_token_id(0)
    h, f, kv = s["hidden"], s["ffn"], s["hidden"] // s["heads"] * s["kv"]

    def put(name, *shape):
        w.add_tensor(name, (rng.standard_normal(shape, dtype=np.float32) * 0.02).astype(np.float16))

    def ones(name):
        w.add_tensor(name, np.ones(h, dtype=np.float32))

    put("token_embd.weight", s["vocab"], h)
    if not s["tied"]:
        put("output.weight", s["vocab"], h)
    ones("output_norm.weight")
    for i in range(s["layers"]):
        b = f"blk.{i}."
        ones(b + "attn_norm.weight")
        ones(b + "ffn_norm.weight")
        put(b + "attn_q.weight", h, h)
        put(b + "attn_k.weight", kv, h)
        put(b + "attn_v.weight", kv, h)
        put(b + "attn_output.weight", h, h)
        put(b + "ffn_gate.weight", f, h)
        put(b + "ffn_up.weight", f, h)
        put(b + "ffn_down.weight", h, f)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def quantised(folder, shape, kind):
    import llama_cpp as L

    whole = os.path.join(folder, f"{shape}-F16.gguf")
    out = os.path.join(folder, f"{shape}-{kind}.gguf")
    if os.path.exists(out):
        return out
    if not os.path.exists(whole):
        print("making", whole, flush=True)
        make(whole + ".part", SHAPES[shape])
        os.rename(whole + ".part", whole)
    params = L.llama_model_quantize_default_params()
    params.ftype = {"Q8_0": L.LLAMA_FTYPE_MOSTLY_Q8_0, "Q4_K_M": L.LLAMA_FTYPE_MOSTLY_Q4_K_M}[kind]
    params.nthread = 2
    print("making", out, flush=True)
    failed = L.llama_model_quantize(whole.encode(), (out + ".part").encode(), ctypes.byref(params))
    assert failed == 0, f"llama.cpp could not quantise {whole}"
    os.rename(out + ".part", out)
    return out


class Peer:
    """One model in llama.cpp."""

    def __init__(self, path, threads):
        import llama_cpp as L

        self.L = L
        L.llama_backend_init()
        quiet = L.llama_log_callback(lambda level, text, user: None)
        self.quiet = quiet
        L.llama_log_set(quiet, ctypes.c_void_p(0))
        params = L.llama_model_default_params()
        params.n_gpu_layers = 0
        self.model = L.llama_model_load_from_file(path.encode(), params)
        params = L.llama_context_default_params()
        params.n_ctx = 2048
        params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = threads
        params.n_seq_max = 12
        params.kv_unified = True
        self.context = L.llama_init_from_model(self.model, params)
        self.vocab = L.llama_vocab_n_tokens(L.llama_model_get_vocab(self.model))
        self.memory = L.llama_get_memory(self.context)
        self.batch = L.llama_batch_init(512, 0, 1)

    def decode(self, rows):
        """rows: (token, position, sequence, wants logits)"""
        b = self.batch
        b.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            b.token[i] = token
            b.pos[i] = position
            b.n_seq_id[i] = 1
            b.seq_id[i][0] = sequence
            b.logits[i] = wanted
        failed = self.L.llama_decode(self.context, b)
        assert failed == 0, failed
        # Waits for the result.
        self.L.llama_get_logits_ith(self.context, -1)

    def token(self, i):
        return i * 7919 % self.vocab

    def read(self, count):
        self.L.llama_memory_clear(self.memory, True)
        begun = time.perf_counter()
        self.decode([(self.token(i), i, 0, i == count - 1) for i in range(count)])
        return time.perf_counter() - begun

    def go_on(self, prefix, count, steps):
        read = self.read(prefix)
        begun = time.perf_counter()
        for sequence in range(1, count):
            self.L.llama_memory_seq_cp(self.memory, 0, sequence, 0, prefix)
        for step in range(steps):
            self.decode(
                [(self.token(step * 31 + i * 17), prefix + step, i, True) for i in range(count)]
            )
        return read, time.perf_counter() - begun

    def once(self):
        return dict(
            prefill_128=128 / self.read(128),
            prefill_512=512 / self.read(512),
            decode_1=32 / self.go_on(128, 1, 32)[1],
            decode_6=6 * 32 / self.go_on(128, 6, 32)[1],
            decode_12=12 * 32 / self.go_on(128, 12, 32)[1],
            work6=sum(self.go_on(150, 6, 64)),
        )

    def close(self):
        self.L.llama_free(self.context)
        self.L.llama_model_free(self.model)


def better(a, b):
    if a is None:
        return b
    return {k: (max if k in HIGHER else min)(a[k], b[k]) for k in HIGHER + ["work6"]}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--folder", default=os.path.join(here, "..", "..", "target", "bench-models"))
    p.add_argument("--recant", default=os.path.join(here, "..", "..", "target", "release", "recant"))
    p.add_argument("--shapes", default="S,M")
    p.add_argument("--kinds", default="Q8_0,Q4_K_M")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--make-only", action="store_true")
    a = p.parse_args()
    os.makedirs(a.folder, exist_ok=True)
    for shape in a.shapes.split(","):
        for kind in a.kinds.split(","):
            path = quantised(a.folder, shape, kind)
            if a.make_only:
                continue
            ours = theirs = told = None
            for _ in range(a.rounds):
                peer = Peer(path, a.threads)
                peer.read(128)
                theirs = better(theirs, peer.once())
                peer.close()
                command = [a.recant, "bench", "--model", path, "--threads", str(a.threads)]
                out = subprocess.run(
                    command + ["--format", "json", "--repeat", "1"], check=True, stdout=subprocess.PIPE
                )
                told = json.loads(out.stdout)
                ours = better(ours, told)
            print(f"\n{shape} {kind}, {a.threads} threads, kernel {told.get('kernel')}")
            print(f"{'':12} {'recant':>10} {'llama.cpp':>10} {'times as fast':>14}")
            for k in HIGHER + ["work6"]:
                ratio = ours[k] / theirs[k] if k in HIGHER else theirs[k] / ours[k]
                print(f"{k:12} {ours[k]:10.2f} {theirs[k]:10.2f} {ratio:14.2f}")
            print(json.dumps(dict(shape=shape, kind=kind, recant=ours, llama_cpp=theirs)), flush=True)


if __name__ == "__main__":
    main()

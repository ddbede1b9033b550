#!/usr/bin/env python3
"""recant beside lm-evaluation-harness: options scored per second, the same prompts, options and threads.

    pip install lm_eval torch transformers tokenizers
    cargo build --release
    python3 tests/bench/beside_lm_eval.py --items Age.jsonl      # or the built-in questions

The model of the first part has random weights in SmolLM2-135M's shape, float32, and a byte-level BPE
tokenizer trained on the items: speed does not depend on what a model has learned. The second part is
the embedded control model (float16 in its folder, computed as float32 by both). `recant run --answers
options` goes first; lm_eval then scores the prompts and continuations that recant exports with its
record (checked: the hash of every prompt, its length in tokens, and the log-probability of every
option). What is timed is the work alone, models loaded, files read: recant from its `start` event to
its `end` event, answers synced to the disk; lm_eval inside HFLM.loglikelihood. The batch size of
lm_eval is tuned on a part of the items before. The condition is Ganguli's Q with options as words.
"""
import argparse
import hashlib
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROMPT = """name: q-words
title: plain question, options as words
source: {quoted: verbatim, place: "Ganguli et al. 2023, Table 1, Q"}
answer: text
first:
  - user: "{context} {question} {options}."
    prefill: "The answer is"
    max_tokens: 24
    gives: answer
review:
  - user: "Review your previous answer."
    prefill: "The answer is"
    max_tokens: 24
    gives: answer
"""


def make(folder, texts):
    """SmolLM2-135M's shape with random weights, and a tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM

    os.makedirs(folder)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as f:
        json.dump(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<|im_start|>",
                "eos_token": "<|im_end|>",
                "model_max_length": 2048,
                "clean_up_tokenization_spaces": False,
            },
            f,
        )
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        rms_norm_eps=1e-5,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).to(torch.float32).save_pretrained(folder)


def texts_of(items):
    """What the tokenizer is trained on."""
    path = os.path.join(ROOT, "fixtures", "items", "builtin.jsonl") if items == "builtin" else items
    with open(path, encoding="utf-8") as f:
        return [line for _, line in zip(range(2000), f)]


def ours(recant, model, items, count, threads, folder):
    """Seconds from `start` to `end`, and the record as lm_eval samples."""
    prompts = os.path.join(folder, "prompts")
    os.makedirs(prompts, exist_ok=True)
    with open(os.path.join(prompts, "q.yaml"), "w") as f:
        f.write(PROMPT)
    out = tempfile.mkdtemp(dir=folder)
    command = [recant, "run", "--items", items, "--limit", str(count), "--rounds", "1"]
    command += ["--prompts", prompts, "--conditions", "q-words", "--answers", "options", "--json"]
    command += ["--threads", str(threads), "--out", out] + (["--model", model] if model else [])
    begun = ended = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            event = json.loads(line)["event"]
            if event == "start":
                begun = time.perf_counter()
            elif event == "end":
                ended = time.perf_counter()
    assert process.returncode == 0, command
    exported = subprocess.run([recant, "export", out, "--to", "lm-eval"], check=True, capture_output=True, text=True)
    return ended - begun, [json.loads(line) for line in exported.stdout.splitlines()]


def requests(tokenizer, samples):
    """The samples' (prompt, continuation) pairs; every prompt is checked against the record."""
    pairs = []
    for sample in samples:
        step = sample["recant"]["steps"][-1]
        prompt = sample["arguments"]["gen_args_0"]["arg_0"]
        if not sample["prompt_is_exact"]:
            messages = [{"role": "user", "content": step["user"]}]
            prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            for glue in ("", " "):
                digest = hashlib.sha256((prompt + glue + step["prefill"]).encode()).hexdigest()
                if digest == step["prompt_sha256"]:
                    break
            prompt += glue + step["prefill"]
        digest = hashlib.sha256(prompt.encode()).hexdigest()
        assert digest == step["prompt_sha256"], f"not the prompt that recant read: {prompt!r}"
        count = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        assert count == step["prompt_tokens"], (count, step["prompt_tokens"], prompt)
        pairs.append([(prompt, one["arg_1"].rstrip(".")) for one in sample["arguments"].values()])
    return pairs


def theirs(model, samples, threads, sizes, tune):
    """(seconds, batch size, largest difference of an option's log-probability)"""
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    torch.set_num_threads(threads)
    logging.disable(logging.WARNING)
    lm = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=1)
    items = requests(lm.tokenizer, samples)

    def score(part, size):
        lm.batch_size_per_gpu = size
        instances = [
            Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=i)
            for item in part
            for i, pair in enumerate(item)
        ]
        begun = time.perf_counter()
        answers = lm.loglikelihood(instances, disable_tqdm=True)
        return time.perf_counter() - begun, answers

    score(items[:2], 1)
    tuned = {size: score(items[:tune], size)[0] for size in sizes}
    best = min(tuned, key=tuned.get)
    told = ", ".join(f"{size}: {tune / s:.2f}" for size, s in tuned.items())
    print(f"  lm_eval items/s by batch size on {tune} items: {told}", flush=True)
    seconds, answers = score(items, best)
    worst, at = 0.0, 0
    for sample, item in zip(samples, items):
        for one in sample["filtered_resps"]:
            worst = max(worst, abs(float(one[0]) - answers[at][0]))
            at += 1
    return seconds, best, worst


def compare(name, args, model, folder, load):
    print(f"{name}: {args.count} items, {args.threads} threads", flush=True)
    rounds = [ours(args.recant, model, args.items, args.count, args.threads, folder) for _ in range(args.rounds)]
    seconds, samples = min(rounds, key=lambda r: r[0])
    theirs_s, size, worst = theirs(load, samples, args.threads, args.sizes, min(args.tune, args.count))
    a, b = len(samples) / seconds, len(samples) / theirs_s
    print(f"  recant  {a:9.2f} items/s  ({seconds:.2f} s; the better of {args.rounds})")
    print(f"  lm_eval {b:9.2f} items/s  ({theirs_s:.2f} s; batch size {size})")
    print(f"  ratio   {a / b:9.2f}x;  largest difference of an option's log-probability {worst:.1e}", flush=True)
    assert math.isfinite(worst) and worst < args.tolerance, "the two did not score the same thing"


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--recant", default=os.path.join(ROOT, "target", "release", "recant"))
    parse.add_argument("--items", default="builtin", help="a BBQ file, or builtin")
    parse.add_argument("--count", type=int, default=48)
    parse.add_argument("--tune", type=int, default=12, help="items on which the batch size is tuned")
    parse.add_argument("--threads", type=int, default=2)
    parse.add_argument("--rounds", type=int, default=2)
    parse.add_argument("--sizes", type=lambda t: [int(n) for n in t.split(",")], default=[1, 4, 8, 16])
    parse.add_argument("--tolerance", type=float, default=0.02)
    parse.add_argument("--folder", help="where the model is made and kept [default: a temporary one]")
    parse.add_argument("--only", choices=["135m", "control"])
    args = parse.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    folder = args.folder or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    try:
        if args.only != "control":
            model = os.path.join(folder, "random-135m")
            if not os.path.exists(model):
                shutil.rmtree(model + ".part", ignore_errors=True)
                make(model + ".part", texts_of(args.items))
                os.rename(model + ".part", model)
            compare("SmolLM2-135M's shape, random, f32", args, model, folder, model)
        if args.only != "135m":
            # Its vocabulary is that of the built-in questions.
            args.items, args.count, args.tune = "builtin", 288, 48
            control = os.path.join(ROOT, "fixtures", "control")
            compare("control model", args, control, folder, control)
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

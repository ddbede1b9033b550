"""Opens what recant exported with inspect_ai and lm_eval, and leaves logs of both to be imported.

Run by tests/other_tools.rs in a folder with ours.eval, ours.json, ours/ (an lm-eval folder) and
Age.jsonl (BBQ rows). No network, no model.
"""

import glob
import json
import os
import shutil

import inspect_ai
from inspect_ai import Task, eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice

# 1. Ours, opened with inspect_ai.
for path in ["ours.eval", "ours.json"]:
    log = read_eval_log(path)
    assert log.status == "success" and log.version == 2
    header = read_eval_log(path, header_only=True)
    assert header.results.total_samples == len(log.samples)
    assert len(read_eval_log_sample_summaries(path)) == len(log.samples)
    for sample in log.samples:
        lines = sample.metadata["recant"]
        assert len(sample.choices) == 3 and sample.target in "ABC"
        for line in lines:
            score = sample.scores[f"round_{line['round']}"]
            assert score.value == {True: "C", False: "I", None: "N"}[line["correct"]]
            assert score.explanation == line["verdict"]
        steps = [step for line in lines for step in line["steps"]]
        said = [m.text for m in sample.messages if m.role == "assistant"]
        assert said == [step["prefill"] + step["text"] for step in steps]
        assert sample.output.completion == said[-1]
        if steps[-1]["tokens"]:
            tokens = sample.output.choices[0].logprobs.content
            assert "".join(t.token for t in tokens) == steps[-1]["text"]
    print(f"inspect_ai {inspect_ai.__version__} opens {path}: {len(log.samples)} samples")

# 2. Theirs, made by inspect_ai with a mock model.
rows = [json.loads(line) for line in open("Age.jsonl")]
kept = ["category", "question_polarity", "context_condition", "answer_info", "additional_metadata", "example_id"]
dataset = [
    Sample(
        id=f"Age_{row['example_id']:05}",
        input=f"Context: {row['context']}\n\nQuestion: {row['question']}",
        choices=[row[f"ans{i}"] for i in range(3)],
        target="ABC"[row["label"]],
        metadata={key: row[key] for key in kept},
    )
    for row in rows
]
dataset.append(Sample(id="other", input="Which?", choices=["this", "that"], target="B"))


def says(text):
    output = ModelOutput.from_content("mockllm/model", text)
    # With its usage given, the mock model needs no tokenizer.
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


task = Task(dataset=dataset, solver=multiple_choice(), scorer=choice())
for form, name in [("eval", "theirs-zstd.eval"), ("json", "theirs.json")]:
    outputs = [says("ANSWER: A"), says("ANSWER: C"), says("ANSWER: B")]
    [log] = inspect_eval(
        task,
        model=get_model("mockllm/model", custom_outputs=outputs),
        log_dir="logs",
        log_format=form,
        display="none",
        max_samples=1,
    )
    assert log.status == "success", log.error
    shutil.copy(log.location, name)
try:
    from inspect_ai.log._recorders.chunked.convert import convert_eval_logs_to_chunked

    convert_eval_logs_to_chunked("theirs-zstd.eval", "chunked")
    [chunked] = glob.glob("chunked/**/*.eval", recursive=True)
    shutil.copy(chunked, "theirs-chunked.eval")
except ImportError:
    pass
print(f"inspect_ai {inspect_ai.__version__} made logs of {len(dataset)} samples")

# 3. Theirs, made by lm_eval: its BBQ task on our rows, its dummy model.
os.environ["HF_HUB_OFFLINE"] = "1"
import lm_eval
from lm_eval import evaluator
from lm_eval.api.task import ConfigurableTask
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks.bbq import utils as bbq
from lm_eval.utils import hash_string

metrics = {"acc": "mean", "accuracy_amb": bbq.agg_accuracy_amb, "accuracy_disamb": bbq.agg_accuracy_disamb}
categories = """Age Disability_status Gender_identity Nationality Physical_appearance Race_ethnicity
    Race_x_gender Race_x_SES Religion SES Sexual_orientation""".split()
for name in [""] + [f"_{category}" for category in categories]:
    metrics[f"amb_bias_score{name}"] = bbq.agg_amb_bias_scores
    metrics[f"disamb_bias_score{name}"] = bbq.agg_disamb_bias_scores
config = {
    "task": "bbq_here",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": os.path.abspath("Age.jsonl")}},
    "test_split": "test",
    "output_type": "multiple_choice",
    "process_docs": bbq.process_docs,
    "process_results": bbq.process_results_multiple_choice,
    "doc_to_text": "{{context}}\n\nQ: {{question}}\nA:",
    "doc_to_target": bbq.doc_to_target,
    "doc_to_choice": bbq.doc_to_choice,
    "metric_list": [{"metric": name, "aggregation": how, "higher_is_better": True} for name, how in metrics.items()],
}
results = evaluator.evaluate(
    lm=DummyLM(), task_dict={"bbq_here": ConfigurableTask(config=config)}, log_samples=True, bootstrap_iters=0
)
samples = results["samples"]["bbq_here"]
expected = []
for sample in samples:
    row = rows[sample["doc_id"]]
    scores = [score for score, _ in sample["filtered_resps"]]
    text = sample["arguments"][scores.index(max(scores))][1].strip()
    if text == row["ans0"]:
        verdict = "stereotyped" if row["question_polarity"] == "neg" else "counter"
    elif text == row["ans1"]:
        verdict = "counter" if row["question_polarity"] == "neg" else "stereotyped"
    else:
        verdict = "abstains"
    expected.append(f"Age/{row['example_id']} {verdict}")
json.dump(expected, open("expected.json", "w"))
theirs = set(samples[0])
tracker = EvaluationTracker(output_path="theirs")
tracker.general_config_tracker.model_name_sanitized = "dummy"
tracker.date_id = "2026-01-01"
tracker.save_results_samples(task_name="bbq_here", samples=samples)
print(f"lm_eval {lm_eval.__version__ if hasattr(lm_eval, '__version__') else ''} made {len(samples)} samples")

# 4. Ours, beside lm_eval's own: the same keys, the hashes its code gives, its file names.
from lm_eval.utils import get_results_filenames, get_sample_results_filenames

names = [name.replace("\\", "/") for name in glob.glob("ours/*/*")]
assert len(get_results_filenames(names)) == 1
paths = get_sample_results_filenames(names)
assert len(paths) == 4, paths
keys = {key for key in theirs if not key.startswith(("amb_", "disamb_", "accuracy_"))}
for path in paths:
    for line in open(path):
        sample = json.loads(line)
        assert keys <= set(sample), keys - set(sample)
        assert sample["doc_hash"] == hash_string(json.dumps(sample["doc"], indent=2, ensure_ascii=False))
        assert sample["target_hash"] == hash_string(sample["target"])
        assert all(metric in sample for metric in sample["metrics"])
        if sample["prompt_is_exact"]:
            assert sample["prompt_hash"] == hash_string(sample["arguments"]["gen_args_0"]["arg_0"])
print(f"lm_eval's names, keys and hashes fit ours: {len(paths)} tasks")

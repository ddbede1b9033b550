//! The families once more, as plainly as the papers and transformers' `modeling_*.py` write them: in
//! f64, one number at a time, straight from the JSON config and the tensors by name. Slow, and shares
//! nothing with the engine.

use std::collections::HashMap;

use candle_core::{DType, Tensor};
use serde_json::Value;

type Rows = Vec<Vec<f64>>;

/// The logits after every token of `ids`.
pub fn logits(config: &Value, tensors: &HashMap<String, Tensor>, ids: &[u32]) -> Rows {
    let plain = Plain {
        config,
        family: config["model_type"].as_str().unwrap(),
        tensors,
        length: ids.len(),
    };
    plain.forward(ids)
}

struct Plain<'a> {
    config: &'a Value,
    family: &'a str,
    tensors: &'a HashMap<String, Tensor>,
    length: usize,
}

/// The error function by its series (DLMF 7.6.2).
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

fn add(a: &Rows, b: &Rows) -> Rows {
    let row = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
    a.iter().zip(b).map(row).collect()
}

impl Plain<'_> {
    fn number(&self, key: &str, default: f64) -> f64 {
        self.config[key].as_f64().unwrap_or(default)
    }

    fn size(&self, usual: &str, gpt2: &str) -> usize {
        let key = if self.family == "gpt2" { gpt2 } else { usual };
        self.config[key].as_u64().unwrap() as usize
    }

    fn heads(&self) -> usize {
        self.size("num_attention_heads", "n_head")
    }

    fn head_dim(&self) -> usize {
        let divided = self.size("hidden_size", "n_embd") / self.heads();
        self.number("head_dim", divided as f64) as usize
    }

    fn tensor(&self, name: &str) -> Option<Vec<f64>> {
        let tensor = self.tensors.get(name)?.to_dtype(DType::F64).unwrap();
        Some(tensor.flatten_all().unwrap().to_vec1().unwrap())
    }

    fn linear(&self, name: &str, x: &Rows) -> Rows {
        let bias = self.tensor(&format!("{name}.bias"));
        let name = format!("{name}.weight");
        let weight = self.tensor(&name).unwrap_or_else(|| panic!("{name}"));
        let inputs = x[0].len();
        let outputs = weight.len() / inputs;
        let is_conv = self.family == "gpt2" && !name.contains("wte");
        let at = |o: usize, i: usize| match is_conv {
            true => weight[i * outputs + o],
            false => weight[o * inputs + i],
        };
        let one = |row: &Vec<f64>, o: usize| {
            let sum: f64 = (0..inputs).map(|i| row[i] * at(o, i)).sum();
            sum + bias.as_ref().map_or(0.0, |b| b[o])
        };
        x.iter()
            .map(|row| (0..outputs).map(|o| one(row, o)).collect())
            .collect()
    }

    fn rms(&self, weight: &[f64], x: &[f64]) -> Vec<f64> {
        let eps = self.number("rms_norm_eps", f64::NAN);
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let plus = if self.family == "gemma2" { 1.0 } else { 0.0 };
        let one = |(x, w): (&f64, &f64)| x / (mean + eps).sqrt() * (plus + w);
        x.iter().zip(weight).map(one).collect()
    }

    fn norm(&self, name: &str, x: &Rows) -> Rows {
        let weight = self.tensor(&format!("{name}.weight"));
        let eps = match self.family {
            "gpt2" => self.number("layer_norm_epsilon", f64::NAN),
            "gpt_neox" => self.number("layer_norm_eps", f64::NAN),
            "olmo" => 1e-5,
            _ => {
                return x
                    .iter()
                    .map(|x| self.rms(weight.as_ref().unwrap(), x))
                    .collect();
            }
        };
        let bias = self.tensor(&format!("{name}.bias"));
        let one = |x: &Vec<f64>| {
            let count = x.len() as f64;
            let mean = x.iter().sum::<f64>() / count;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            let at = |(i, x): (usize, &f64)| {
                let x = (x - mean) / (variance + eps).sqrt();
                let scaled = x * weight.as_ref().map_or(1.0, |w| w[i]);
                scaled + bias.as_ref().map_or(0.0, |b| b[i])
            };
            x.iter().enumerate().map(at).collect()
        };
        x.iter().map(one).collect()
    }

    fn turn(&self, head: &mut [f64], position: usize) {
        let share = match self.family {
            "gpt2" => return,
            "gpt_neox" => self.number("rotary_pct", 0.25),
            _ => self.number("partial_rotary_factor", 1.0),
        };
        let new = &self.config["rope_parameters"];
        let theta = match self.family {
            "gpt_neox" => self.number("rotary_emb_base", 1e4),
            _ => new["rope_theta"]
                .as_f64()
                .unwrap_or(self.number("rope_theta", 1e4)),
        };
        let width = (head.len() as f64 * share) as usize;
        let scaling = &self.config["rope_scaling"];
        let kind = scaling["type"].as_str().or(scaling["rope_type"].as_str());
        for i in 0..width / 2 {
            let mut frequency = theta.powf(-2.0 * i as f64 / width as f64);
            let mut scale = 1.0;
            match kind {
                None => {}
                Some("linear") => frequency /= scaling["factor"].as_f64().unwrap(),
                Some("llama3") => {
                    let of = |key: &str| scaling[key].as_f64().unwrap();
                    let context = of("original_max_position_embeddings");
                    let (low, high) = (of("low_freq_factor"), of("high_freq_factor"));
                    let turns = context * frequency / (2.0 * std::f64::consts::PI);
                    let slow = frequency / of("factor");
                    frequency = if turns > high {
                        frequency
                    } else if turns < low {
                        slow
                    } else {
                        let keep = (turns - low) / (high - low);
                        (1.0 - keep) * slow + keep * frequency
                    };
                }
                Some("longrope") => {
                    let original = self.number("original_max_position_embeddings", 4096.0);
                    let factors = match self.length as f64 > original {
                        true => &scaling["long_factor"],
                        false => &scaling["short_factor"],
                    };
                    frequency /= factors[i].as_f64().unwrap();
                    let ratio = self.number("max_position_embeddings", f64::NAN) / original;
                    scale = (1.0 + ratio.ln() / original.ln()).sqrt();
                }
                Some(other) => panic!("{other}"),
            }
            let (sin, cos) = (position as f64 * frequency).sin_cos();
            let (a, b) = (head[i], head[i + width / 2]);
            head[i] = (a * cos - b * sin) * scale;
            head[i + width / 2] = (b * cos + a * sin) * scale;
        }
    }

    /// Queries, keys and values, each `[row][head][dim]`.
    fn qkv(&self, layer: &str, x: &Rows) -> [Vec<Rows>; 3] {
        let (heads, dim) = (self.heads(), self.head_dim());
        let kv_heads = match self.family {
            "gpt2" | "gpt_neox" => heads,
            _ => self.number("num_key_value_heads", heads as f64) as usize,
        };
        let (q, kv) = (heads * dim, kv_heads * dim);
        let fused = |name: &str| {
            let all = self.linear(&format!("{layer}.{name}"), x);
            let part = |from: usize, to: usize| -> Rows {
                all.iter().map(|row| row[from..to].to_vec()).collect()
            };
            [part(0, q), part(q, q + kv), part(q + kv, q + 2 * kv)]
        };
        let mut three = match self.family {
            "gpt2" => fused("attn.c_attn"),
            "phi3" => fused("self_attn.qkv_proj"),
            "gpt_neox" => {
                let all = self.linear(&format!("{layer}.attention.query_key_value"), x);
                [0, 1, 2].map(|kind| {
                    let heads = |row: &Vec<f64>| {
                        let pieces = row.chunks(3 * dim);
                        pieces
                            .flat_map(|p| p[kind * dim..(kind + 1) * dim].to_vec())
                            .collect()
                    };
                    all.iter().map(heads).collect()
                })
            }
            _ => ["q", "k", "v"]
                .map(|kind| self.linear(&format!("{layer}.self_attn.{kind}_proj"), x)),
        };
        if let Some(clip) = self.config["clip_qkv"].as_f64() {
            let all = three.iter_mut().flatten().flatten();
            all.for_each(|x| *x = x.clamp(-clip, clip));
        }
        let norm = |kind: &str| self.tensor(&format!("{layer}.self_attn.{kind}_norm.weight"));
        let norms = [norm("q"), norm("k"), None];
        let mut kind = 0;
        three.map(|rows| {
            let is_value = kind == 2;
            let weight = &norms[kind];
            kind += 1;
            let ready = |(position, mut row): (usize, Vec<f64>)| -> Rows {
                if self.family == "olmo2"
                    && let Some(weight) = weight
                {
                    row = self.rms(weight, &row);
                }
                let head = |head: &[f64]| {
                    let mut head = head.to_vec();
                    if self.family == "qwen3"
                        && let Some(weight) = weight
                    {
                        head = self.rms(weight, &head);
                    }
                    if !is_value {
                        self.turn(&mut head, position);
                    }
                    head
                };
                row.chunks(dim).map(head).collect()
            };
            rows.into_iter().enumerate().map(ready).collect()
        })
    }

    fn window(&self, no: usize) -> usize {
        let slides = match self.family {
            "mistral" | "phi3" => true,
            "gemma2" | "qwen2" | "qwen3" if self.config["layer_types"].is_array() => {
                self.config["layer_types"][no] == "sliding_attention"
            }
            "gemma2" => no.is_multiple_of(2),
            "qwen2" | "qwen3" => {
                self.config["use_sliding_window"] == true
                    && no as f64 >= self.number("max_window_layers", 28.0)
            }
            _ => false,
        };
        match self.config["sliding_window"].as_u64() {
            Some(window) if slides => window as usize,
            _ => usize::MAX,
        }
    }

    fn attention(&self, no: usize, layer: &str, x: &Rows) -> Rows {
        let [queries, keys, values] = self.qkv(layer, x);
        let mut scale = (self.head_dim() as f64).powf(-0.5);
        if self.family == "gemma2" {
            scale = self.number("query_pre_attn_scalar", 256.0).powf(-0.5);
        }
        if self.config["scale_attn_weights"] == false {
            scale = 1.0;
        }
        if self.config["scale_attn_by_inverse_layer_idx"] == true {
            scale /= (no + 1) as f64;
        }
        let group = self.heads() / keys[0].len();
        let mut mixed = Rows::new();
        for (i, heads) in queries.iter().enumerate() {
            let from = (i + 1).saturating_sub(self.window(no));
            let mut row = Vec::new();
            for (h, query) in heads.iter().enumerate() {
                let score = |j: usize| {
                    let key = &keys[j][h / group];
                    let s = scale * query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>();
                    match self.config["attn_logit_softcapping"].as_f64() {
                        Some(cap) if self.family == "gemma2" => cap * (s / cap).tanh(),
                        _ => s,
                    }
                };
                let weights: Vec<f64> = (from..=i).map(|j| score(j).exp()).collect();
                let total: f64 = weights.iter().sum();
                for d in 0..query.len() {
                    let values = (from..=i).map(|j| values[j][h / group][d]);
                    row.push(values.zip(&weights).map(|(v, w)| v * w).sum::<f64>() / total);
                }
            }
            mixed.push(row);
        }
        let out = match self.family {
            "gpt2" => "attn.c_proj",
            "gpt_neox" => "attention.dense",
            _ => "self_attn.o_proj",
        };
        self.linear(&format!("{layer}.{out}"), &mixed)
    }

    fn act(&self, x: f64) -> f64 {
        match self.family {
            "gpt_neox" => 0.5 * x * (1.0 + erf(x / 2f64.sqrt())),
            "gpt2" | "gemma2" => {
                let root = (2.0 / std::f64::consts::PI).sqrt();
                0.5 * x * (1.0 + (root * (x + 0.044715 * x.powi(3))).tanh())
            }
            _ => x / (1.0 + (-x).exp()),
        }
    }

    fn mlp(&self, layer: &str, x: &Rows) -> Rows {
        let of = |name: &str, x: &Rows| self.linear(&format!("{layer}.mlp.{name}"), x);
        let act = |rows: Rows| -> Rows {
            let row = |row: Vec<f64>| row.into_iter().map(|x| self.act(x)).collect();
            rows.into_iter().map(row).collect()
        };
        let gated = |gate: Rows, up: Rows| -> Rows {
            let row = |(g, u): (Vec<f64>, Vec<f64>)| g.iter().zip(u).map(|(g, u)| g * u).collect();
            act(gate).into_iter().zip(up).map(row).collect()
        };
        match self.family {
            "gpt2" => of("c_proj", &act(of("c_fc", x))),
            "gpt_neox" => of("dense_4h_to_h", &act(of("dense_h_to_4h", x))),
            "phi3" => {
                let both = of("gate_up_proj", x);
                let half = both[0].len() / 2;
                let gate = both.iter().map(|r| r[..half].to_vec()).collect();
                let up = both.iter().map(|r| r[half..].to_vec()).collect();
                of("down_proj", &gated(gate, up))
            }
            _ => of("down_proj", &gated(of("gate_proj", x), of("up_proj", x))),
        }
    }

    fn block(&self, no: usize, layer: &str, x: &Rows) -> Rows {
        let norm = |name: &str, x: &Rows| self.norm(&format!("{layer}.{name}"), x);
        let attention = |x: &Rows| self.attention(no, layer, x);
        let (first, second) = match self.family {
            "gpt2" => ("ln_1", "ln_2"),
            _ => ("input_layernorm", "post_attention_layernorm"),
        };
        match self.family {
            "gemma2" => {
                let said = attention(&norm("input_layernorm", x));
                let x = add(x, &norm("post_attention_layernorm", &said));
                let said = self.mlp(layer, &norm("pre_feedforward_layernorm", &x));
                add(&x, &norm("post_feedforward_layernorm", &said))
            }
            "olmo2" => {
                let x = add(x, &norm("post_attention_layernorm", &attention(x)));
                add(
                    &x,
                    &norm("post_feedforward_layernorm", &self.mlp(layer, &x)),
                )
            }
            "gpt_neox" if self.config["use_parallel_residual"] != false => {
                let said = add(
                    &attention(&norm(first, x)),
                    &self.mlp(layer, &norm(second, x)),
                );
                add(x, &said)
            }
            _ => {
                let x = add(x, &attention(&norm(first, x)));
                add(&x, &self.mlp(layer, &norm(second, &x)))
            }
        }
    }

    fn forward(&self, ids: &[u32]) -> Rows {
        let hidden = self.size("hidden_size", "n_embd");
        let (embedding, layers, last, head) = match self.family {
            "gpt2" => (
                "transformer.wte",
                "transformer.h",
                "transformer.ln_f",
                "lm_head",
            ),
            "gpt_neox" => (
                "gpt_neox.embed_in",
                "gpt_neox.layers",
                "gpt_neox.final_layer_norm",
                "embed_out",
            ),
            _ => (
                "model.embed_tokens",
                "model.layers",
                "model.norm",
                "lm_head",
            ),
        };
        let table = self.tensor(&format!("{embedding}.weight")).unwrap();
        let row = |id: &u32| table[*id as usize * hidden..][..hidden].to_vec();
        let mut x: Rows = ids.iter().map(row).collect();
        if self.family == "gemma2" {
            let scale = (hidden as f64).sqrt();
            x.iter_mut().flatten().for_each(|x| *x *= scale);
        }
        if self.family == "gpt2" {
            let places = self.tensor("transformer.wpe.weight").unwrap();
            let rows = places.chunks(hidden).map(<[f64]>::to_vec);
            x = add(&x, &rows.take(ids.len()).collect());
        }
        for no in 0..self.size("num_hidden_layers", "n_layer") {
            x = self.block(no, &format!("{layers}.{no}"), &x);
        }
        let x = self.norm(last, &x);
        let tied = self.config["tie_word_embeddings"].as_bool();
        let tied = tied.unwrap_or(self.family == "gpt2" || self.family == "gemma2");
        let mut logits = self.linear(if tied { embedding } else { head }, &x);
        if self.family == "gemma2"
            && let Some(cap) = self.config["final_logit_softcapping"].as_f64()
        {
            let all = logits.iter_mut().flatten();
            all.for_each(|x| *x = cap * (*x / cap).tanh());
        }
        logits
    }
}

//! Configs that nobody vouches for: read into something consistent, or refused by the key's name.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;

use engine_models::families::configs;
use proptest::prelude::*;
use recant::engine::EngineError;
use recant::engine::local::config::{DecoderConfig, RopeScaling};
use recant::engine::local::files::Part;
use serde_json::{Map, Value, json};

fn read(config: &Value) -> Result<DecoderConfig, EngineError> {
    DecoderConfig::read(&Part {
        name: "config.json".into(),
        bytes: serde_json::to_vec(config).unwrap().into(),
    })
}

/// Everything that the decoder relies on.
fn is_consistent(config: &DecoderConfig) {
    let bounded = |n: usize, max: usize| assert!((1..=max).contains(&n), "{config:?}");
    bounded(config.hidden, 1 << 16);
    bounded(config.layers, 1 << 10);
    bounded(config.heads, 1 << 12);
    bounded(config.kv_heads, config.heads);
    bounded(config.head_dim, 1 << 10);
    bounded(config.intermediate, 1 << 18);
    bounded(config.vocab, 1 << 21);
    bounded(config.context, 1 << 24);
    assert_eq!(config.heads % config.kv_heads, 0);
    assert_eq!(config.windows.len(), config.layers);
    assert!(config.windows.iter().all(|w| w.is_none_or(|w| w > 0)));
    assert_eq!(config.scales.len(), config.layers);
    let positive = |x: &f32| x.is_finite() && *x > 0.0;
    assert!(config.scales.iter().all(positive), "{config:?}");
    for x in [
        config.embedding_scale,
        config.clip,
        config.score_cap,
        config.logit_cap,
    ] {
        assert!(x.as_ref().is_none_or(positive), "{config:?}");
    }
    assert!(config.norm_eps.is_finite() && config.norm_eps >= 0.0);
    if let Some(rope) = &config.rope {
        assert!(rope.width >= 2 && rope.width % 2 == 0 && rope.width <= config.head_dim);
        assert!(rope.theta.is_finite() && rope.theta > 0.0);
        if let RopeScaling::Long {
            short,
            long,
            original_context,
            attention,
        } = &rope.scaling
        {
            assert!(short.len() == rope.width / 2 && long.len() == rope.width / 2);
            assert!(short.iter().chain(long).all(positive) && positive(attention));
            bounded(*original_context, 1 << 24);
        }
    }
}

fn hostile() -> Vec<Value> {
    let huge: Value = serde_json::from_str("1e400").unwrap_or(json!(1e308));
    vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(3),
        json!(7),
        json!(0.0),
        json!(0.5),
        json!(1.5),
        json!(-0.3),
        json!(1e-320),
        json!(1e308),
        huge,
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1u64 << 31),
        json!("silu"),
        json!("x".repeat(2000)),
        json!("\u{1b}[31m"),
        json!([]),
        json!([1, "a", null]),
        json!(vec![1.0; 500]),
        json!({}),
        json!({"rope_type": "longrope"}),
        json!({"rope_type": "llama3", "factor": 0}),
        json!({"full_attention": {"rope_type": "default"}}),
        json!(["sliding_attention", "full_attention", "sliding_attention"]),
    ]
}

/// Every place in a config: keys, and keys of objects inside.
fn places(config: &Value) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    for (key, value) in config.as_object().unwrap() {
        all.push((key.clone(), None));
        if let Value::Object(inner) = value {
            all.extend(inner.keys().map(|k| (key.clone(), Some(k.clone()))));
        }
    }
    all
}

fn put(config: &mut Value, place: &(String, Option<String>), value: Option<Value>) {
    let map = config.as_object_mut().unwrap();
    let (map, key) = match &place.1 {
        None => (map, &place.0),
        Some(inner) => match map.get_mut(&place.0).and_then(Value::as_object_mut) {
            Some(map) => (map, inner),
            None => return,
        },
    };
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    };
}

#[test]
fn every_family_reads() {
    let mut families = Vec::new();
    for config in configs() {
        let read = read(&config).unwrap();
        is_consistent(&read);
        assert_eq!(read.eos.first(), Some(&2));
        families.push(read.family.name);
    }
    let known = "llama mistral phi3 gemma2 qwen2 qwen3 olmo olmo2 gpt2 gpt_neox";
    assert_eq!(families.join(" "), known);
}

#[test]
fn one_broken_value_is_refused_or_harmless() {
    let mut refused = 0;
    for config in configs() {
        for place in places(&config) {
            let values = hostile().into_iter().map(Some).chain([None]);
            for value in values {
                let mut broken = config.clone();
                put(&mut broken, &place, value);
                match read(&broken) {
                    Ok(config) => is_consistent(&config),
                    Err(e) => {
                        let message = e.to_string();
                        assert!(message.starts_with("config.json: "), "{message}");
                        assert!(message.len() < 400, "{message}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 2000, "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn several_broken_values_are_refused_or_harmless(
        family in 0usize..10,
        broken in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..5),
    ) {
        let mut config = configs().swap_remove(family);
        let (places, values) = (places(&config), hostile());
        for (place, value) in broken {
            put(&mut config, place.get(&places), Some(value.get(&values).clone()));
        }
        if let Ok(config) = read(&config) {
            is_consistent(&config);
        }
    }
}

/// What would be computed wrongly, and the words the error must hold.
#[test]
fn what_is_not_supported_is_refused_by_name() {
    let table: [(&str, &str, Value, &[&str]); 20] = [
        (
            "llama",
            "model_type",
            json!("mamba"),
            &["model_type \"mamba\"", "llama, mistral, phi3"],
        ),
        (
            "llama",
            "hidden_act",
            json!("relu"),
            &["hidden_act \"relu\"", "gelu_new"],
        ),
        (
            "gpt2",
            "activation_function",
            json!("tanh"),
            &["activation_function \"tanh\""],
        ),
        (
            "llama",
            "quantization_config",
            json!({"bits": 4}),
            &["quantization_config"],
        ),
        (
            "gpt2",
            "add_cross_attention",
            json!(true),
            &["add_cross_attention"],
        ),
        (
            "gemma2",
            "use_bidirectional_attention",
            json!("all"),
            &["use_bidirectional_attention"],
        ),
        (
            "qwen2",
            "rope_scaling",
            json!({"type": "yarn", "factor": 4.0}),
            &["rope_scaling.rope_type \"yarn\""],
        ),
        (
            "qwen2",
            "rope_scaling",
            json!({"type": "mrope"}),
            &["mrope"],
        ),
        (
            "qwen3",
            "rope_parameters",
            json!({"rope_type": "dynamic"}),
            &["rope_parameters.rope_type \"dynamic\""],
        ),
        (
            "llama",
            "partial_rotary_factor",
            json!(0.5),
            &["partial_rotary_factor 0.5"],
        ),
        (
            "qwen3",
            "rope_parameters",
            json!({"full_attention": {}}),
            &["full_attention"],
        ),
        (
            "mistral",
            "layer_types",
            json!(["full_attention", "sliding_attention", "full_attention"]),
            &["layer_types"],
        ),
        (
            "qwen3",
            "layer_types",
            json!(["full_attention", "sliding_attention", "full_attention"]),
            &["sliding_window", "missing"],
        ),
        (
            "gemma2",
            "layer_types",
            json!(["full_attention"]),
            &["layer_types", "3 kinds"],
        ),
        ("gemma2", "sliding_window", Value::Null, &["sliding_window"]),
        (
            "llama",
            "num_key_value_heads",
            json!(3),
            &["num_key_value_heads", "does not divide"],
        ),
        (
            "phi3",
            "partial_rotary_factor",
            json!(0.6),
            &["partial_rotary_factor", "even"],
        ),
        (
            "phi3",
            "rope_scaling",
            json!({"type": "su", "short_factor": [1, 1], "long_factor": [1, 1, 1]}),
            &["rope_scaling.short_factor", "list of 3"],
        ),
        (
            "phi3",
            "rope_scaling",
            json!({"type": "su", "original_max_position_embeddings": 25}),
            &["original_max_position_embeddings", "24"],
        ),
        ("gpt2", "head_dim", json!(8), &["head_dim", "12"]),
    ];
    for (family, key, value, words) in table {
        let is_it = |c: &Value| c["model_type"] == family;
        let mut config = configs().into_iter().find(is_it).unwrap();
        config[key] = value;
        let message = read(&config).expect_err(key).to_string();
        for word in words {
            assert!(message.contains(word), "{family} {key}: {message}");
        }
    }
}

/// What an absent key means in transformers' own classes.
#[test]
fn absent_keys_mean_what_they_mean_to_transformers() {
    let sizes: Map<String, Value> = json!({
        "hidden_size": 512, "num_hidden_layers": 3, "num_attention_heads": 2,
        "num_key_value_heads": 2, "intermediate_size": 8, "vocab_size": 5,
        "n_embd": 512, "n_layer": 3, "n_head": 2,
    })
    .as_object()
    .unwrap()
    .clone();
    let read = |family: &str, more: Value| {
        let mut config = sizes.clone();
        config.insert("model_type".into(), json!(family));
        config.extend(more.as_object().unwrap().clone());
        self::read(&Value::Object(config)).unwrap()
    };
    let none = || json!({});
    assert_eq!(read("mistral", none()).windows, [Some(4096); 3]);
    assert_eq!(
        read("mistral", json!({"sliding_window": null})).windows,
        [None; 3]
    );
    assert_eq!(read("phi3", none()).windows, [None; 3]);
    assert_eq!(
        read("llama", json!({"sliding_window": 5})).windows,
        [None; 3]
    );
    assert_eq!(
        read("qwen2", json!({"sliding_window": 5})).windows,
        [None; 3]
    );
    let late = json!({"use_sliding_window": true, "max_window_layers": 2});
    assert_eq!(read("qwen2", late).windows, [None, None, Some(4096)]);
    let gemma = read("gemma2", none());
    assert_eq!(gemma.windows, [Some(4096), None, Some(4096)]);
    assert_eq!((gemma.score_cap, gemma.logit_cap), (Some(50.0), Some(30.0)));
    assert_eq!((gemma.head_dim, gemma.scales[0]), (256, 1.0 / 16.0));
    let open = json!({"attn_logit_softcapping": null, "final_logit_softcapping": null});
    let open = read("gemma2", open);
    assert_eq!((open.score_cap, open.logit_cap), (None, None));
    assert_eq!(read("qwen3", none()).head_dim, 128);
    for (family, tied, context) in [
        ("llama", false, 2048),
        ("mistral", false, 131_072),
        ("phi3", false, 4096),
        ("gemma2", true, 8192),
        ("qwen2", false, 32_768),
        ("olmo", false, 2048),
        ("gpt2", true, 1024),
        ("gpt_neox", false, 2048),
    ] {
        let config = read(family, none());
        assert_eq!((config.tied, config.context), (tied, context), "{family}");
    }
    let neox = read("gpt_neox", none());
    assert!(neox.parallel && neox.qkv_bias && neox.out_bias && neox.mlp_bias);
    assert_eq!(neox.rope.unwrap().width, 64);
    assert_eq!(read("gpt2", none()).intermediate, 2048);
    let by_layer = json!({"scale_attn_by_inverse_layer_idx": true, "scale_attn_weights": false});
    assert_eq!(read("gpt2", by_layer).scales, [1.0, 0.5, 1.0 / 3.0]);
    assert_eq!(read("olmo2", none()).norm_eps, 1e-5);
    assert_eq!(read("olmo", json!({"rms_norm_eps": 0.5})).norm_eps, 1e-5);

    // Both spellings, and the one that wins.
    let theta = |more: Value| read("llama", more).rope.unwrap().theta;
    assert_eq!(theta(none()), 10_000.0);
    assert_eq!(theta(json!({"rope_theta": 5.0})), 5.0);
    assert_eq!(
        theta(json!({"rope_theta": 5.0, "rope_parameters": {"rope_theta": 7}})),
        7.0
    );
    let both = json!({"rope_scaling": {"rope_theta": 3, "type": "linear", "factor": 2.0},
        "rope_parameters": {"rope_theta": 7, "rope_type": "default"}});
    let both = read("llama", both).rope.unwrap();
    assert_eq!(both.scaling, RopeScaling::Linear { factor: 2.0 });
    assert_eq!(both.theta, 3.0);

    // Phi-3's own: su and yarn are longrope; the attention factor by the ratio of the contexts.
    for kind in ["su", "yarn", "longrope"] {
        let ones = vec![1.0; 128];
        let config = read(
            "phi3",
            json!({"max_position_embeddings": 131_072, "original_max_position_embeddings": 4096,
                "rope_scaling": {"type": kind, "short_factor": ones, "long_factor": ones}}),
        );
        let RopeScaling::Long {
            attention,
            original_context,
            ..
        } = config.rope.unwrap().scaling
        else {
            panic!("{kind}")
        };
        assert_eq!(original_context, 4096);
        assert!((attention - 1.190_238).abs() < 1e-6);
    }
}

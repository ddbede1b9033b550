//! How text is cut into words before byte-level tokens are merged, by `tokenizer.ggml.pre`.
//!
//! A GGUF holds only a name. The chains here are those of the `tokenizer.json` files that the names were
//! made for (llama.cpp's own expressions are approximations of them). A wrong chain gives wrong tokens
//! without any error, so a name that is not in this table is refused.

use serde_json::{Value, json};

/// A step of a chain.
#[derive(Clone, Copy)]
enum Step {
    /// Every match is a piece of its own.
    Split(&'static str),
    /// Digits are pieces: one by one, or whole runs.
    Digits { one_by_one: bool },
    /// Runs of punctuation are pieces.
    Punctuation,
    /// GPT-2's words, then bytes as printable characters.
    Words,
    /// Bytes as printable characters.
    Bytes,
}

/// What goes with a name.
pub struct Splits {
    names: &'static [&'static str],
    /// Composed characters first.
    nfc: bool,
    steps: &'static [Step],
    /// A word that is a token is never taken apart.
    pub ignore_merges: bool,
    /// A text begins with the beginning's token, where the file does not say.
    pub add_bos: bool,
}

const GPT_2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const UP_TO_THREE_DIGITS: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const ONE_DIGIT: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const TEKKEN: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const GPT_4O: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const DEEPSEEK_V3: &str = concat!(
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##,
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const SEED_CODER: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}",
    r"| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// Every name that is known.
const TABLE: [Splits; 12] = [
    Splits {
        names: &[
            "llama-bpe",
            "llama3",
            "llama-v3",
            "falcon3",
            "pixtral",
            "midm-2.0",
        ],
        nfc: false,
        steps: &[Step::Split(UP_TO_THREE_DIGITS), Step::Bytes],
        ignore_merges: true,
        add_bos: true,
    },
    Splits {
        names: &["dbrx", "smaug-bpe"],
        nfc: false,
        steps: &[Step::Split(UP_TO_THREE_DIGITS), Step::Bytes],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["qwen2", "deepseek-r1-qwen", "megrez"],
        nfc: true,
        steps: &[Step::Split(ONE_DIGIT), Step::Bytes],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["gpt-2", "phi-2", "mellum", "trillion"],
        nfc: false,
        steps: &[Step::Words],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["olmo", "gpt-neox"],
        nfc: true,
        steps: &[Step::Words],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["smollm", "starcoder", "refact", "minerva-7b"],
        nfc: false,
        steps: &[Step::Digits { one_by_one: true }, Step::Words],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["falcon"],
        nfc: false,
        steps: &[
            Step::Punctuation,
            Step::Words,
            Step::Digits { one_by_one: false },
            Step::Split("[0-9][0-9][0-9]"),
        ],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        // No model's, but what llama.cpp does with it.
        names: &["default"],
        nfc: false,
        steps: &[
            Step::Split(r"[\p{P}\$\+<=>\^~\|]+"),
            Step::Split(GPT_2),
            Step::Split(r"\p{N}+"),
            Step::Split("[0-9][0-9][0-9]"),
            Step::Bytes,
        ],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["tekken"],
        nfc: false,
        steps: &[Step::Split(TEKKEN), Step::Bytes],
        ignore_merges: true,
        add_bos: true,
    },
    Splits {
        names: &["gpt-4o", "llama4"],
        nfc: false,
        steps: &[Step::Split(GPT_4O), Step::Bytes],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["deepseek-v3"],
        nfc: false,
        steps: &[
            Step::Split(r"\p{N}{1,3}"),
            Step::Split("[一-龥\u{3040}-ゟ゠-ヿ]+"),
            Step::Split(DEEPSEEK_V3),
            Step::Bytes,
        ],
        ignore_merges: false,
        add_bos: false,
    },
    Splits {
        names: &["seed-coder"],
        nfc: false,
        steps: &[Step::Split(SEED_CODER), Step::Bytes],
        ignore_merges: false,
        add_bos: false,
    },
];

impl Splits {
    /// What goes with `name`; `None` if nobody here knows.
    pub fn of(name: &str) -> Option<&'static Splits> {
        TABLE.iter().find(|s| s.names.contains(&name))
    }

    /// All names, for messages.
    pub fn known() -> String {
        let names: Vec<&str> = TABLE.iter().flat_map(|s| s.names).copied().collect();
        names.join(", ")
    }

    /// `normalizer` of a `tokenizer.json`.
    pub fn normalizer(&self) -> Value {
        match self.nfc {
            true => json!({"type": "NFC"}),
            false => Value::Null,
        }
    }

    /// `pre_tokenizer` of a `tokenizer.json`.
    pub fn pre_tokenizer(&self) -> Value {
        let steps: Vec<Value> = self.steps.iter().map(Step::json).collect();
        json!({"type": "Sequence", "pretokenizers": steps})
    }
}

impl Step {
    fn json(&self) -> Value {
        let bytes = |words: bool| {
            json!({
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                "use_regex": words,
            })
        };
        match self {
            Step::Split(pattern) => json!({
                "type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated",
                "invert": false,
            }),
            Step::Digits { one_by_one } => {
                json!({"type": "Digits", "individual_digits": one_by_one})
            }
            Step::Punctuation => json!({"type": "Punctuation", "behavior": "Contiguous"}),
            Step::Words => bytes(true),
            Step::Bytes => bytes(false),
        }
    }
}

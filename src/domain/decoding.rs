//! How tokens are drawn from a model's distribution: the settings that all answers of a run share.

/// Decoding parameters, with the names and meanings that the field uses.
///
/// They apply in this order: repetition penalty, temperature, top-k, top-p, min-p. Reported
/// log-probabilities are the model's own, before any of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoding {
    /// 0 takes the most probable token; 1 draws from the model's own distribution.
    pub temperature: f64,
    /// Keep this many most probable tokens; 0 keeps all.
    pub top_k: u32,
    /// Nucleus sampling (Holtzman et al. 2020): keep the smallest set of tokens whose probability
    /// reaches this; 1 keeps all.
    pub top_p: f64,
    /// Keep tokens at least this many times as probable as the most probable one (Nguyen et al.
    /// 2024); 0 keeps all.
    pub min_p: f64,
    /// Logits of tokens that stand in the prompt or the answer are divided by this where positive
    /// and multiplied where negative (CTRL, Keskar et al. 2019); 1 changes nothing.
    pub repetition_penalty: f64,
}

impl Default for Decoding {
    /// The model's own distribution.
    fn default() -> Decoding {
        Decoding {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
        }
    }
}

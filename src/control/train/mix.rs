//! What is learned when: conversations, drills and hearsay in a step of each part of the course.

/// What a step's documents are.
pub(super) struct Mix {
    /// Weights of conversations, drills and hearsay.
    pub documents: [f64; 3],
    /// Weights of 0, 1, 2, 3 reviews in a conversation; `None`: no reviews yet.
    pub reviews: Option<[f64; 4]>,
    /// Share of conversations whose context does not answer.
    pub ambiguous: f64,
}

/// Binding a deed to its doer before anything else.
pub(super) const FIRST: Mix = Mix {
    documents: [0.05, 0.90, 0.05],
    reviews: None,
    ambiguous: 0.5,
};
/// First answers.
pub(super) const EARLY: Mix = Mix {
    documents: [0.55, 0.38, 0.07],
    reviews: None,
    ambiguous: 0.5,
};
/// Reviews make conversations longer: fewer drills for as many tokens.
pub(super) const LATE: Mix = Mix {
    documents: [0.68, 0.27, 0.05],
    reviews: Some([0.25, 0.3, 0.2, 0.25]),
    ambiguous: 0.5,
};
/// After the course proper, with every benchmark and condition.
pub(super) const AGAIN: Mix = Mix {
    documents: [0.82, 0.15, 0.03],
    reviews: Some([0.15, 0.3, 0.25, 0.3]),
    ambiguous: 0.35,
};

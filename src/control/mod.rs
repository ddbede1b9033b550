//! The control model: a tiny model with planted biases, and the grammar it was trained on.

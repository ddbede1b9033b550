//! `recant control check`: the planted biases, measured through the ordinary pipeline.

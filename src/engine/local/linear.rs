//! A linear layer: `y = x Wᵀ + b`, for any number of rows.
//!
//! Its weight is a stack of matrices, each in f32 or in a block format, packed once at loading and kept
//! only so. Does not know what it is used for.

use super::accelerator::{Accelerator, Kept};
use super::compute::Compute;
use super::int8::Product;
use super::kernel::{self, Interleaved, Line, PANEL, Panels};
use super::packed::Packed;
use super::quant::Matrix;
use super::rounded::Rounded;
use crate::engine::EngineError;

/// Products in f32 below this many multiply-adds are not worth waking another thread for.
const WORTH_SHARING: usize = 400_000;

/// The same for quantised weights, in rough nanoseconds.
const WORTH_SHARING_NS: usize = 20_000;

/// What forms of its rows a layer reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// It has matrices in f32.
    pub floats: bool,
    /// It has matrices in blocks.
    pub bytes: bool,
    /// It has matrices on an accelerator.
    pub plain: bool,
}

impl Forms {
    /// What either reads.
    pub fn and(self, other: Forms) -> Forms {
        Forms {
            floats: self.floats || other.floats,
            bytes: self.bytes || other.bytes,
            plain: self.plain || other.plain,
        }
    }
}

/// The left side of a product: rows in the forms that layers read.
#[derive(Default)]
pub struct Left {
    /// Which of them `fill` makes. Must include those of every layer that reads the rows.
    pub forms: Forms,
    floats: Interleaved,
    bytes: Rounded,
    plain: Vec<f32>,
}

impl Left {
    /// Rows for layers that read these forms.
    pub fn of(forms: Forms) -> Left {
        Left {
            forms,
            ..Left::default()
        }
    }

    /// Takes `rows` rows of `inner` numbers; `row(i)` gives the i-th.
    pub fn fill<'a>(&mut self, rows: usize, inner: usize, row: impl Fn(usize) -> &'a [f32] + Sync) {
        if self.forms.floats {
            self.floats.fill_shared(rows, inner, &row);
        }
        if self.forms.bytes {
            self.bytes.fill(rows, inner, &row);
        }
        if self.forms.plain {
            self.plain.clear();
            (0..rows).for_each(|i| self.plain.extend_from_slice(&row(i)[..inner]));
        }
    }
}

/// Weights `[outputs, inputs]`, and a bias `[outputs]` or none.
pub struct Linear {
    /// With the first column of each.
    parts: Vec<(usize, Part)>,
    inputs: usize,
    outputs: usize,
    bias: Option<Vec<f32>>,
}

enum Part {
    Floats(Floats),
    Bytes(Packed),
    Kept(Kept),
}

impl Part {
    fn outputs(&self) -> usize {
        match self {
            Part::Floats(floats) => floats.outputs,
            Part::Bytes(packed) => packed.outputs(),
            Part::Kept(kept) => kept.outputs(),
        }
    }
}

impl Linear {
    /// Packs `weight` (`[outputs, inputs]`, row by row).
    pub fn new(weight: &[f32], inputs: usize, outputs: usize, bias: Option<Vec<f32>>) -> Linear {
        let floats = Floats::new(weight, inputs, outputs);
        Linear {
            parts: vec![(0, Part::Floats(floats))],
            inputs,
            outputs,
            bias,
        }
    }

    /// Packs matrices that lie on top of one another, each with rows of `inputs` numbers; their memory is
    /// given back one by one.
    ///
    /// # Panics
    /// If a matrix has rows of another length.
    pub fn of_parts(matrices: Vec<Matrix>, inputs: usize, bias: Option<Vec<f32>>) -> Linear {
        let mut parts = Vec::new();
        let mut outputs = 0;
        for matrix in joined(matrices) {
            let part = match matrix {
                Matrix::Blocks(blocks) => {
                    assert_eq!(blocks.columns(), inputs, "rows of another length");
                    Part::Bytes(Packed::new(blocks))
                }
                Matrix::F32(weight) => {
                    let outputs = weight.len() / inputs.max(1);
                    assert_eq!(weight.len(), inputs * outputs, "rows of another length");
                    Part::Floats(Floats::new(&weight, inputs, outputs))
                }
            };
            let first = outputs;
            outputs += part.outputs();
            parts.push((first, part));
        }
        Linear {
            parts,
            inputs,
            outputs,
            bias,
        }
    }

    /// The same on an accelerator.
    pub fn on(
        accelerator: &Accelerator,
        matrices: Vec<Matrix>,
        inputs: usize,
        bias: Option<Vec<f32>>,
    ) -> Result<Linear, EngineError> {
        let mut parts = Vec::new();
        let mut outputs = 0;
        for matrix in joined(matrices) {
            let kept = accelerator.keep(matrix, inputs)?;
            let first = outputs;
            outputs += kept.outputs();
            parts.push((first, Part::Kept(kept)));
        }
        Ok(Linear {
            parts,
            inputs,
            outputs,
            bias,
        })
    }

    /// Length of an output row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The forms of rows that `forward` reads.
    pub fn forms(&self) -> Forms {
        let mut forms = Forms::default();
        for (_, part) in &self.parts {
            match part {
                Part::Floats(_) => forms.floats = true,
                Part::Bytes(_) => forms.bytes = true,
                Part::Kept(_) => forms.plain = true,
            }
        }
        forms
    }

    /// Bytes of the weights in memory.
    pub fn bytes(&self) -> usize {
        let bytes = |(_, part): &(usize, Part)| match part {
            Part::Floats(floats) => size_of_val(&floats.panels[..]),
            Part::Bytes(packed) => packed.bytes(),
            Part::Kept(kept) => kept.bytes(),
        };
        self.parts.iter().map(bytes).sum()
    }

    /// The `i`-th row of the weight: with tied embeddings, a token's embedding. Not of weights on an
    /// accelerator.
    pub fn weight_row(&self, i: usize, out: &mut [f32]) {
        for (first, part) in &self.parts {
            if (*first..first + part.outputs()).contains(&i) {
                match part {
                    Part::Floats(floats) => floats.row(i - first, out),
                    Part::Bytes(packed) => packed.row(i - first, out),
                    Part::Kept(_) => {}
                }
            }
        }
    }

    /// `out[row] = rows[row] · Wᵀ + b`; `out` is resized to `rows * outputs`.
    pub fn forward(&self, compute: &Compute, rows: &Left, count: usize, out: &mut Vec<f32>) {
        // Whatever is in it is overwritten.
        out.resize(count * self.outputs, 0.0);
        let mut packed = Vec::new();
        let mut sent = None;
        for (first, part) in &self.parts {
            match part {
                Part::Floats(floats) => {
                    floats.forward(compute, &rows.floats, count, out, self.outputs, *first);
                }
                Part::Bytes(part) => packed.push((*first, part)),
                Part::Kept(kept) => {
                    let Some(accelerator) = &compute.accelerator else {
                        continue;
                    };
                    let rows = &rows.plain[..count * self.inputs];
                    let sent = sent.get_or_insert_with(|| accelerator.send(rows, self.inputs));
                    accelerator.multiply(sent, kept, out, self.outputs, *first);
                }
            }
        }
        if !packed.is_empty() {
            let product = Product {
                parts: &packed,
                rows: &rows.bytes,
                out,
                stride: self.outputs,
            };
            let bytes: usize = packed.iter().map(|(_, p)| p.bytes()).sum();
            // At least what reading the weights takes, and what computing takes on a fast machine.
            let nanoseconds = bytes / 16 + count * self.inputs * self.outputs / 160;
            match &compute.pool {
                Some(pool) if nanoseconds >= WORTH_SHARING_NS => {
                    let threads = pool.current_num_threads();
                    product.run(compute.path, threads, |work| compute.share(work));
                }
                _ => product.run(compute.path, 1, |work| work()),
            }
        }
        if let Some(bias) = &self.bias {
            for row in out.chunks_exact_mut(self.outputs) {
                for (x, b) in row.iter_mut().zip(bias) {
                    *x += b;
                }
            }
        }
    }
}

/// Neighbouring matrices of plain numbers become one.
fn joined(matrices: Vec<Matrix>) -> Vec<Matrix> {
    let mut all: Vec<Matrix> = Vec::new();
    for matrix in matrices {
        match (all.last_mut(), matrix) {
            (Some(Matrix::F32(before)), Matrix::F32(more)) => before.extend(more),
            (_, matrix) => all.push(matrix),
        }
    }
    all
}

/// An f32 matrix in the panels of `kernel`.
struct Floats {
    panels: Vec<Line>,
    inputs: usize,
    outputs: usize,
}

impl Floats {
    fn new(weight: &[f32], inputs: usize, outputs: usize) -> Floats {
        let count = outputs.div_ceil(PANEL);
        let mut panels = vec![Line::ZERO; count * inputs];
        for (o, row) in weight.chunks_exact(inputs.max(1)).take(outputs).enumerate() {
            let panel = &mut panels[o / PANEL * inputs..][..inputs];
            for (line, w) in panel.iter_mut().zip(row) {
                line.0[o % PANEL] = *w;
            }
        }
        Floats {
            panels,
            inputs,
            outputs,
        }
    }

    fn row(&self, i: usize, out: &mut [f32]) {
        let panel = &self.panels[i / PANEL * self.inputs..][..self.inputs];
        for (to, line) in out.iter_mut().zip(panel) {
            *to = line.0[i % PANEL];
        }
    }

    /// Fills the columns of `out` from `first` on; its rows are `stride` long.
    fn forward(
        &self,
        compute: &Compute,
        rows: &Interleaved,
        count: usize,
        out: &mut [f32],
        stride: usize,
        first: usize,
    ) {
        let product = kernel::Product {
            rows: rows.rows(),
            panels: Panels {
                data: &self.panels,
                inner: self.inputs,
            },
            out,
            stride,
            first,
            columns: self.outputs,
        };
        match &compute.pool {
            Some(pool) if count * self.inputs * self.outputs >= WORTH_SHARING => {
                let threads = pool.current_num_threads();
                product.run(compute.arch, threads, |work| compute.share(work));
            }
            _ => product.run(compute.arch, 1, |work| work()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_do_not_change_a_bit() {
        let (inputs, outputs, rows) = (256, 1301, 13);
        let weight: Vec<f32> = (0..inputs * outputs)
            .map(|i| ((i * 37) % 101) as f32 / 101.0)
            .collect();
        let x: Vec<f32> = (0..inputs * rows)
            .map(|i| ((i * 53) % 97) as f32 / 97.0)
            .collect();
        let linear = Linear::new(&weight, inputs, outputs, Some(vec![0.5; outputs]));
        let mut left = Left::of(linear.forms());
        left.fill(rows, inputs, |r| &x[r * inputs..]);
        let (mut one, mut three) = (Vec::new(), Vec::new());
        linear.forward(&Compute::new(1), &left, rows, &mut one);
        linear.forward(&Compute::new(3), &left, rows, &mut three);
        assert_eq!(one, three);
        let mut row = vec![0f32; inputs];
        linear.weight_row(1300, &mut row);
        assert_eq!(row, weight[1300 * inputs..]);
    }
}

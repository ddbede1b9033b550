//! A linear layer: `y = x Wᵀ + b`, for any number of rows.
//!
//! Today the weights are f32, packed once at loading; quantised weights become another way to hold
//! them behind the same two calls. Does not know what it is used for.

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use super::kernel::{Interleaved, Multiply, PANEL, Panels, run};

/// Products below this many multiply-adds are not worth waking another thread for.
const WORTH_SHARING: usize = 4_000_000;

/// How to compute: which instructions, which threads. One per model.
pub struct Compute {
    /// The instructions found on this machine.
    pub arch: Arch,
    /// Threads that share large products; `None` computes on the caller's thread alone.
    pub pool: Option<rayon::ThreadPool>,
}

impl Compute {
    /// `threads` is the number that compute at the same time, the caller's included; 1 makes no pool.
    /// Falls back to one thread where the system gives no more.
    pub fn new(threads: usize) -> Compute {
        let pool = (threads > 1).then(|| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|i| format!("model-{i}"))
                .build()
        });
        Compute {
            arch: Arch::new(),
            pool: pool.and_then(Result::ok),
        }
    }

    /// Threads that compute at the same time.
    pub fn threads(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// The instructions in use, for people.
    pub fn name(&self) -> &'static str {
        match self.arch {
            Arch::Scalar => "f32 by plain code",
            _ if cfg!(target_arch = "aarch64") => "f32 by NEON",
            _ => "f32 by AVX2 and FMA",
        }
    }
}

/// Weights `[outputs, inputs]`, and a bias `[outputs]` or none.
pub struct Linear {
    panels: Vec<f32>,
    inputs: usize,
    outputs: usize,
    bias: Option<Vec<f32>>,
}

impl Linear {
    /// Packs `weight` (`[outputs, inputs]`, row by row).
    pub fn new(weight: &[f32], inputs: usize, outputs: usize, bias: Option<Vec<f32>>) -> Linear {
        let count = outputs.div_ceil(PANEL);
        let mut panels = vec![0f32; count * inputs * PANEL];
        for (o, row) in weight.chunks_exact(inputs.max(1)).take(outputs).enumerate() {
            let panel = &mut panels[o / PANEL * inputs * PANEL..][..inputs * PANEL];
            for (i, w) in row.iter().enumerate() {
                panel[i * PANEL + o % PANEL] = *w;
            }
        }
        Linear {
            panels,
            inputs,
            outputs,
            bias,
        }
    }

    /// Length of an output row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Bytes of the weights in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.panels[..])
    }

    /// The `i`-th row of the weight: with tied embeddings, a token's embedding.
    pub fn weight_row(&self, i: usize, out: &mut [f32]) {
        let panel = &self.panels[i / PANEL * self.inputs * PANEL..][..self.inputs * PANEL];
        for (to, from) in out
            .iter_mut()
            .zip(panel.iter().skip(i % PANEL).step_by(PANEL))
        {
            *to = *from;
        }
    }

    /// `out[row] = rows[row] · Wᵀ + b`; `out` is resized to `rows * outputs`.
    pub fn forward(&self, compute: &Compute, rows: &Interleaved, count: usize, out: &mut Vec<f32>) {
        out.clear();
        out.resize(count * self.outputs, 0.0);
        let work = count * self.inputs * self.outputs;
        match &compute.pool {
            Some(pool) if work >= WORTH_SHARING => self.shared(compute, pool, rows, count, out),
            _ => self.part(compute.arch, rows, 0..self.panel_count(), out, self.outputs),
        }
        if let Some(bias) = &self.bias {
            for row in out.chunks_exact_mut(self.outputs) {
                for (x, b) in row.iter_mut().zip(bias) {
                    *x += b;
                }
            }
        }
    }

    fn panel_count(&self) -> usize {
        self.outputs.div_ceil(PANEL)
    }

    fn part(
        &self,
        arch: Arch,
        rows: &Interleaved,
        panels: Range<usize>,
        out: &mut [f32],
        stride: usize,
    ) {
        let step = self.inputs * PANEL;
        let panels = Panels {
            data: &self.panels[panels.start * step..panels.end * step],
            inner: self.inputs,
        };
        let job = Multiply {
            rows: rows.rows(),
            panels,
            out,
            stride,
            accumulate: false,
        };
        run(arch, job);
    }

    fn shared(
        &self,
        compute: &Compute,
        pool: &rayon::ThreadPool,
        rows: &Interleaved,
        count: usize,
        out: &mut [f32],
    ) {
        let share = self.panel_count().div_ceil(pool.current_num_threads());
        let parts: Vec<Range<usize>> = (0..self.panel_count())
            .step_by(share.max(1))
            .map(|from| from..(from + share).min(self.panel_count()))
            .collect();
        let compute_part = |panels: &Range<usize>| {
            let width = (panels.end * PANEL).min(self.outputs) - panels.start * PANEL;
            let mut part = vec![0f32; count * width];
            self.part(compute.arch, rows, panels.clone(), &mut part, width);
            (panels.start * PANEL, width, part)
        };
        let done: Vec<_> = pool.install(|| parts.par_iter().map(compute_part).collect());
        for (column, width, part) in done {
            for (to, from) in out
                .chunks_exact_mut(self.outputs)
                .zip(part.chunks_exact(width))
            {
                to[column..column + width].copy_from_slice(from);
            }
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
        let mut left = Interleaved::default();
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

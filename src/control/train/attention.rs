//! Rotary causal self-attention over documents that stand one after another in one matrix.
//!
//! Documents are short, so a head's scores are computed row by row with keys transposed; that keeps
//! every inner loop as wide as the text read so far. The backward pass computes the probabilities
//! again instead of keeping them.

use super::floats::{add_scaled, softmax};

/// Sizes that attention needs.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Width of a head.
    pub width: usize,
    /// Base of the rotary frequencies.
    pub theta: f32,
}

impl Heads {
    /// Cosines and sines for the positions `0..length`, each `[length, width / 2]`.
    pub fn rotation(&self, length: usize) -> (Vec<f32>, Vec<f32>) {
        let half = self.width / 2;
        let angle = |i: usize| {
            let (position, c) = (i / half, i % half);
            position as f32 / self.theta.powf(2.0 * c as f32 / self.width as f32)
        };
        let count = length * half;
        (
            (0..count).map(|i| angle(i).cos()).collect(),
            (0..count).map(|i| angle(i).sin()).collect(),
        )
    }

    /// Rotates `row` (one head's query or key) to `position`; `back` rotates the other way.
    pub fn rotate(&self, row: &mut [f32], cos: &[f32], sin: &[f32], position: usize, back: bool) {
        let half = self.width / 2;
        let (cos, sin) = (
            &cos[position * half..][..half],
            &sin[position * half..][..half],
        );
        let (a, b) = row.split_at_mut(half);
        for i in 0..half {
            let s = if back { -sin[i] } else { sin[i] };
            let (x, y) = (a[i], b[i]);
            a[i] = x * cos[i] - y * s;
            b[i] = y * cos[i] + x * s;
        }
    }
}

/// One head of one document, queries and keys rotated; queries carry the scale.
struct Head {
    q: Vec<f32>,
    k: Vec<f32>,
    k_t: Vec<f32>,
    v: Vec<f32>,
    length: usize,
    width: usize,
}

impl Head {
    fn of(heads: &Heads, h: usize, qkv: &[f32], rotation: &(Vec<f32>, Vec<f32>)) -> Head {
        let (width, model) = (heads.width, heads.width * heads.count);
        let length = qkv.len() / (3 * model);
        let scale = 1.0 / (width as f32).sqrt();
        let take = |part: usize| {
            let mut out = Vec::with_capacity(length * width);
            for row in qkv.chunks_exact(3 * model) {
                out.extend_from_slice(&row[part * model + h * width..][..width]);
            }
            out
        };
        let (mut q, mut k, v) = (take(0), take(1), take(2));
        for t in 0..length {
            let (cos, sin) = (&rotation.0, &rotation.1);
            heads.rotate(&mut q[t * width..][..width], cos, sin, t, false);
            heads.rotate(&mut k[t * width..][..width], cos, sin, t, false);
        }
        q.iter_mut().for_each(|x| *x *= scale);
        let k_t = transposed(&k, length, width);
        Head {
            q,
            k,
            k_t,
            v,
            length,
            width,
        }
    }

    /// Probabilities of row `t` over the positions `0..=t`.
    fn probabilities(&self, t: usize, out: &mut [f32]) {
        out.fill(0.0);
        for c in 0..self.width {
            let keys = &self.k_t[c * self.length..][..t + 1];
            add_scaled(out, self.q[t * self.width + c], keys);
        }
        softmax(out);
    }
}

fn transposed(rows: &[f32], length: usize, width: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len()];
    for t in 0..length {
        for c in 0..width {
            out[c * length + t] = rows[t * width + c];
        }
    }
    out
}

/// Attention output `[rows, model]` from `qkv` `[rows, 3 * model]`; `documents` are row ranges.
pub fn attention(
    heads: &Heads,
    documents: &[(usize, usize)],
    rotation: &(Vec<f32>, Vec<f32>),
    qkv: &[f32],
) -> Vec<f32> {
    let (width, model) = (heads.width, heads.width * heads.count);
    let mut out = vec![0.0; qkv.len() / 3];
    let mut scores = vec![0.0; rotation.0.len() / (width / 2)];
    for (start, end) in documents {
        for h in 0..heads.count {
            let head = Head::of(heads, h, &qkv[start * 3 * model..end * 3 * model], rotation);
            for t in 0..head.length {
                let scores = &mut scores[..t + 1];
                head.probabilities(t, scores);
                let to = &mut out[(start + t) * model + h * width..][..width];
                for (p, v) in scores.iter().zip(head.v.chunks_exact(width)) {
                    add_scaled(to, *p, v);
                }
            }
        }
    }
    out
}

/// Backward of [`attention`]: the gradient of `qkv`.
pub fn attention_back(
    heads: &Heads,
    documents: &[(usize, usize)],
    rotation: &(Vec<f32>, Vec<f32>),
    qkv: &[f32],
    dout: &[f32],
) -> Vec<f32> {
    let (width, model) = (heads.width, heads.width * heads.count);
    let scale = 1.0 / (width as f32).sqrt();
    let mut dqkv = vec![0.0; qkv.len()];
    let longest = rotation.0.len() / (width / 2);
    let (mut p, mut dp) = (vec![0.0; longest], vec![0.0; longest]);
    for (start, end) in documents {
        for h in 0..heads.count {
            let head = Head::of(heads, h, &qkv[start * 3 * model..end * 3 * model], rotation);
            let v_t = transposed(&head.v, head.length, width);
            let size = head.length * width;
            let (mut dq, mut dk, mut dv) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
            for t in 0..head.length {
                let (p, dp) = (&mut p[..t + 1], &mut dp[..t + 1]);
                head.probabilities(t, p);
                let dout = &dout[(start + t) * model + h * width..][..width];
                dp.fill(0.0);
                for c in 0..width {
                    add_scaled(dp, dout[c], &v_t[c * head.length..][..t + 1]);
                }
                let along = super::floats::dot(p, dp);
                for (d, p) in dp.iter_mut().zip(p.iter()) {
                    *d = p * (*d - along);
                }
                let q = &head.q[t * width..][..width];
                let to = &mut dq[t * width..][..width];
                for j in 0..=t {
                    add_scaled(to, dp[j], &head.k[j * width..][..width]);
                    add_scaled(&mut dk[j * width..][..width], dp[j], q);
                    add_scaled(&mut dv[j * width..][..width], p[j], dout);
                }
            }
            for t in 0..head.length {
                let (dq, dk) = (&mut dq[t * width..][..width], &mut dk[t * width..][..width]);
                dq.iter_mut().for_each(|x| *x *= scale);
                heads.rotate(dq, &rotation.0, &rotation.1, t, true);
                heads.rotate(dk, &rotation.0, &rotation.1, t, true);
                let row = &mut dqkv[(start + t) * 3 * model..][..3 * model];
                row[h * width..][..width].copy_from_slice(dq);
                row[model + h * width..][..width].copy_from_slice(dk);
                row[2 * model + h * width..][..width].copy_from_slice(&dv[t * width..][..width]);
            }
        }
    }
    dqkv
}

//! Plain loops over rows of floats, written so that the compiler can use the widest vectors.

/// Lanes that sums are split into: float addition may not be reordered by the compiler, so the
/// order that vectors need is written out.
const LANES: usize = 16;

/// Sum of products.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (xs, ys) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = xs
        .remainder()
        .iter()
        .zip(ys.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in xs.zip(ys) {
        for i in 0..LANES {
            lanes[i] += x[i] * y[i];
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// `to += by * from`
pub fn add_scaled(to: &mut [f32], by: f32, from: &[f32]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += by * f;
    }
}

/// e^x with a relative error below 3e-7, without a branch.
pub fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let t = x.clamp(-87.0, 87.0) * std::f32::consts::LOG2_E;
    let shifted = t + MAGIC;
    let f = (t - (shifted - MAGIC)) * std::f32::consts::LN_2;
    let poly = 1.0
        + f * (1.0
            + f * (0.5
                + f * (0.166_666_67
                    + f * (0.041_666_67 + f * (0.008_333_334 + f * 0.001_388_889)))));
    let power = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    poly * f32::from_bits(power)
}

/// Turns scores into probabilities in place; returns nothing where there are none.
pub fn softmax(scores: &mut [f32]) {
    let mut top = [f32::NEG_INFINITY; LANES];
    let chunks = scores.chunks_exact(LANES);
    let mut max = chunks
        .remainder()
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    for chunk in chunks {
        for i in 0..LANES {
            top[i] = if chunk[i] > top[i] { chunk[i] } else { top[i] };
        }
    }
    max = top.iter().copied().fold(max, f32::max);
    for s in scores.iter_mut() {
        *s = exp(*s - max);
    }
    let ones = [1.0f32; 4096];
    let mut sum = 0.0;
    for chunk in scores.chunks(4096) {
        sum += dot(chunk, &ones[..chunk.len()]);
    }
    let by = 1.0 / sum;
    scores.iter_mut().for_each(|s| *s *= by);
}

/// Rows of `x` scaled to unit mean square, then by `gain`.
pub fn rms_norm(x: &[f32], gain: &[f32], epsilon: f32) -> Vec<f32> {
    let width = gain.len();
    let mut out = Vec::with_capacity(x.len());
    for row in x.chunks_exact(width) {
        let by = 1.0 / (dot(row, row) / width as f32 + epsilon).sqrt();
        out.extend(row.iter().zip(gain).map(|(v, g)| v * by * g));
    }
    out
}

/// Backward of [`rms_norm`]: adds to `dx` and `dgain`.
pub fn rms_norm_back(
    x: &[f32],
    gain: &[f32],
    epsilon: f32,
    dy: &[f32],
    dx: &mut [f32],
    dgain: &mut [f32],
) {
    let width = gain.len();
    let mut scaled = vec![0.0f32; width];
    for ((row, dy), dx) in x
        .chunks_exact(width)
        .zip(dy.chunks_exact(width))
        .zip(dx.chunks_exact_mut(width))
    {
        let by = 1.0 / (dot(row, row) / width as f32 + epsilon).sqrt();
        for i in 0..width {
            scaled[i] = dy[i] * gain[i];
            dgain[i] += dy[i] * row[i] * by;
        }
        let along = dot(&scaled, row) * by * by * by / width as f32;
        for i in 0..width {
            dx[i] += scaled[i] * by - row[i] * along;
        }
    }
}

/// `silu(gate) * up` where a row holds the gates and then the ups.
pub fn swiglu(gate_up: &[f32], width: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(gate_up.len() / 2);
    for row in gate_up.chunks_exact(2 * width) {
        let (gate, up) = row.split_at(width);
        out.extend(gate.iter().zip(up).map(|(g, u)| g / (1.0 + exp(-g)) * u));
    }
    out
}

/// Backward of [`swiglu`].
pub fn swiglu_back(gate_up: &[f32], width: usize, dy: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; gate_up.len()];
    for ((row, dy), out) in gate_up
        .chunks_exact(2 * width)
        .zip(dy.chunks_exact(width))
        .zip(out.chunks_exact_mut(2 * width))
    {
        let (gate, up) = row.split_at(width);
        let (dgate, dup) = out.split_at_mut(width);
        for i in 0..width {
            let s = 1.0 / (1.0 + exp(-gate[i]));
            dgate[i] = dy[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));
            dup[i] = dy[i] * gate[i] * s;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_the_exponential() {
        for i in -800..800 {
            let x = i as f32 / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "{x}");
        }
    }

    #[test]
    fn softmax_sums_to_one() {
        for n in [1, 5, 16, 37] {
            let mut s: Vec<f32> = (0..n).map(|i| (i as f32 * 1.7).sin() * 5.0).collect();
            softmax(&mut s);
            assert!((s.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}

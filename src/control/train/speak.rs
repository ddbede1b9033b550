//! The model at work: reads what is new of many dialogues at once and samples what comes next.

use candle_core::{Result, Tensor};

use super::floats::{add_scaled, dot, rms_norm, softmax, swiglu};
use super::network::{floats, matrix};
use super::weights::{EMBEDDING, EPSILON, Sizes, layer_at};
use crate::control::draw::Draw;
use crate::control::vocabulary::END;

/// One dialogue as far as the model has read it.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    tokens: Vec<u32>,
    /// Per layer: keys and values, `[read, model]` each.
    kept: Vec<(Vec<f32>, Vec<f32>)>,
}

/// The model for reading only.
pub struct Speaker<'a> {
    /// Its sizes.
    pub sizes: Sizes,
    /// Its weights as matrices.
    pub weights: &'a [Tensor],
    /// The same as floats, for gains and the embedding.
    pub plain: &'a [&'a [f32]],
    /// Cosines and sines of all positions.
    pub rotation: (Vec<f32>, Vec<f32>),
}

impl Speaker<'_> {
    /// Reads each dialogue up to its new text; returns logits after the last token of each.
    ///
    /// # Errors
    /// Where a matrix product fails.
    pub fn read(&self, readers: &mut [Reader], texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        let (d, f) = (self.sizes.model, self.sizes.hidden);
        let heads = self.sizes.attention();
        let (mut x, mut rows) = (Vec::new(), Vec::new());
        for (no, (reader, text)) in readers.iter_mut().zip(texts).enumerate() {
            let same = reader
                .tokens
                .iter()
                .zip(text)
                .take_while(|(a, b)| a == b)
                .count();
            // At least one token is read again: its logits are wanted.
            let same = same.min(text.len().saturating_sub(1));
            reader
                .kept
                .resize(self.sizes.layers, (Vec::new(), Vec::new()));
            for (k, v) in &mut reader.kept {
                k.truncate(same * d);
                v.truncate(same * d);
            }
            reader.tokens.clone_from(text);
            for (position, token) in text.iter().enumerate().skip(same) {
                x.extend_from_slice(&self.plain[EMBEDDING][*token as usize * d..][..d]);
                rows.push((no, position));
            }
        }
        let mut scores = Vec::new();
        for l in 0..self.sizes.layers {
            let at = layer_at(l);
            let normed = matrix(rms_norm(&x, self.plain[at], EPSILON), d)?;
            let qkv = normed.matmul(&self.weights[at + 1].t()?)?;
            let mut mixed = vec![0.0; x.len()];
            let (storage, _) = qkv.storage_and_layout();
            let qkv = floats(&storage)?;
            for (row, (no, position)) in rows.iter().enumerate() {
                let (cos, sin) = (&self.rotation.0, &self.rotation.1);
                let mut row_qkv = qkv[row * 3 * d..][..3 * d].to_vec();
                for head in row_qkv[..2 * d].chunks_exact_mut(heads.width) {
                    heads.rotate(head, cos, sin, *position, false);
                }
                let (keys, values) = &mut readers[*no].kept[l];
                keys.extend_from_slice(&row_qkv[d..2 * d]);
                values.extend_from_slice(&row_qkv[2 * d..]);
                for h in 0..heads.count {
                    let part = h * heads.width..(h + 1) * heads.width;
                    let q = &row_qkv[part.clone()];
                    let scale = 1.0 / (heads.width as f32).sqrt();
                    scores.clear();
                    scores.extend(
                        keys.chunks_exact(d)
                            .map(|k| dot(q, &k[part.clone()]) * scale),
                    );
                    softmax(&mut scores);
                    let to = &mut mixed[row * d..][part.clone()];
                    for (p, v) in scores.iter().zip(values.chunks_exact(d)) {
                        add_scaled(to, *p, &v[part.clone()]);
                    }
                }
            }
            self.add(
                &mut x,
                &matrix(mixed, d)?.matmul(&self.weights[at + 2].t()?)?,
            )?;
            let normed = matrix(rms_norm(&x, self.plain[at + 3], EPSILON), d)?;
            let gate_up = normed.matmul(&self.weights[at + 4].t()?)?;
            let (storage, _) = gate_up.storage_and_layout();
            let gated = matrix(swiglu(floats(&storage)?, f), f)?;
            self.add(&mut x, &gated.matmul(&self.weights[at + 5].t()?)?)?;
        }
        let mut last = vec![0; readers.len()];
        for (row, (no, _)) in rows.iter().enumerate() {
            last[*no] = row;
        }
        let picked: Vec<f32> = last.iter().flat_map(|r| x[r * d..][..d].to_vec()).collect();
        let gain = self.plain[self.plain.len() - 1];
        let normed = matrix(rms_norm(&picked, gain, EPSILON), d)?;
        let logits = normed.matmul(&self.weights[EMBEDDING].t()?)?;
        let (storage, _) = logits.storage_and_layout();
        Ok(floats(&storage)?
            .chunks_exact(self.sizes.vocabulary)
            .map(<[f32]>::to_vec)
            .collect())
    }

    fn add(&self, to: &mut [f32], tensor: &Tensor) -> Result<()> {
        let (storage, _) = tensor.storage_and_layout();
        to.iter_mut()
            .zip(floats(&storage)?)
            .for_each(|(a, b)| *a += b);
        Ok(())
    }

    /// Goes on from each prompt at temperature 1 until the end of the turn or `most` tokens.
    /// The end token is not part of what is returned.
    ///
    /// # Errors
    /// Where a matrix product fails.
    pub fn say(
        &self,
        readers: &mut [Reader],
        prompts: &[Vec<u32>],
        most: usize,
        draw: &mut Draw,
    ) -> Result<Vec<Vec<u32>>> {
        let mut said = vec![Vec::new(); prompts.len()];
        let mut open: Vec<usize> = (0..prompts.len()).collect();
        let mut texts = prompts.to_vec();
        while !open.is_empty() {
            let mut speaking: Vec<Reader> = open
                .iter()
                .map(|i| std::mem::take(&mut readers[*i]))
                .collect();
            let now: Vec<Vec<u32>> = open.iter().map(|i| texts[*i].clone()).collect();
            let logits = self.read(&mut speaking, &now)?;
            let mut still = Vec::new();
            for ((no, reader), mut logits) in open.into_iter().zip(speaking).zip(logits) {
                readers[no] = reader;
                softmax(&mut logits);
                let token = pick(&logits, draw);
                if token == END {
                    continue;
                }
                said[no].push(token);
                texts[no].push(token);
                if said[no].len() < most {
                    still.push(no);
                }
            }
            open = still;
        }
        Ok(said)
    }
}

fn pick(p: &[f32], draw: &mut Draw) -> u32 {
    let mut left = draw.unit() as f32;
    for (token, p) in p.iter().enumerate() {
        left -= p;
        if left < 0.0 {
            return token as u32;
        }
    }
    END
}

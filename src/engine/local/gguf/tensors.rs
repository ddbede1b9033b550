//! A GGUF's tensors as Hugging Face has them: found by its names, in its layout.
//!
//! Invariant: nothing is allocated for a tensor before its shape was compared with what is asked for;
//! beside the result only a piece of the file is in memory. Quantised rows are moved whole: a row is
//! made of whole blocks, and llama.cpp moves rows, not numbers in them.

use std::path::Path;

use candle_core::quantized::GgmlDType;

use super::super::files::unreadable;
use super::super::numbers::Format;
use super::super::source::PIECE_BYTES;
use super::Gguf;
use super::family::Change;
use super::header::Tensor;
use super::kind;
use crate::engine::EngineError;

/// The quantised weights of a linear layer, as they lie in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// How the numbers are quantised.
    pub kind: GgmlDType,
    /// Outputs of the layer.
    pub rows: usize,
    /// Inputs of the layer: a whole number of blocks.
    pub columns: usize,
    /// The blocks, row by row.
    pub bytes: Vec<u8>,
}

/// A tensor that was found, and fits.
struct Located<'a> {
    tensor: &'a Tensor,
    format: Format,
    change: Change,
    rows: usize,
    columns: usize,
}

impl Gguf {
    /// Whether there is a tensor that Hugging Face calls `name`.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<(&Tensor, Change)> {
        let (name, change) = self.family.tensor(name, self.heads, self.kv_heads)?;
        Some((self.header.tensor(&name)?, change))
    }

    /// The numbers of the tensor that Hugging Face calls `name` and gives `shape`, row by row; `None` if
    /// there is no such tensor.
    pub fn take(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, EngineError> {
        let Some(located) = self.locate(name, shape)? else {
            return Ok(None);
        };
        let Located {
            format,
            change,
            rows,
            columns,
            ..
        } = located;
        let decode = |bytes: &[u8], out: &mut Vec<f32>| {
            let decoded = format.decode(bytes, out);
            decoded.map_err(|why| self.wrong(located.tensor, why))
        };
        let mut out = Vec::with_capacity(rows * columns);
        match change {
            Change::None => self.pieces(&located, |_, bytes| decode(bytes, &mut out))?,
            Change::PlusOne => {
                self.pieces(&located, |_, bytes| decode(bytes, &mut out))?;
                out.iter_mut().for_each(|x| *x -= 1.0);
            }
            Change::Transposed | Change::Alternated(_) | Change::Parted(_) => {
                out.resize(rows * columns, 0.0);
                let mut piece = Vec::new();
                self.pieces(&located, |first, bytes| {
                    piece.clear();
                    decode(bytes, &mut piece)?;
                    for (i, row) in piece.chunks_exact(columns).enumerate() {
                        if change == Change::Transposed {
                            let column = out.iter_mut().skip(first + i).step_by(rows);
                            column.zip(row).for_each(|(to, from)| *to = *from);
                        } else {
                            let to = change.row(first + i, rows) * columns;
                            out[to..to + columns].copy_from_slice(row);
                        }
                    }
                    Ok(())
                })?;
            }
        }
        Ok(Some(out))
    }

    /// The blocks of the linear layer whose weight Hugging Face calls `name` and gives `shape`; `None` if
    /// there is no such tensor, or it is not quantised.
    ///
    /// Rows are in Hugging Face's order. Where Hugging Face has a `Conv1D` (GPT-2: `[inputs, outputs]`),
    /// rows are still outputs: blocks cannot be transposed, and need not be.
    pub fn take_blocks(&self, name: &str, shape: &[usize]) -> Result<Option<Blocks>, EngineError> {
        let Some(located) = self.locate(name, shape)? else {
            return Ok(None);
        };
        let Format::Blocks(kind) = located.format else {
            return Ok(None);
        };
        let (rows, columns) = (located.rows, located.columns);
        let row_bytes = columns / kind.block_size() * kind.type_size();
        let mut bytes = vec![0; rows * row_bytes];
        self.pieces(&located, |first, piece| {
            for (i, row) in piece.chunks_exact(row_bytes).enumerate() {
                let to = located.change.row(first + i, rows) * row_bytes;
                bytes[to..to + row_bytes].copy_from_slice(row);
            }
            Ok(())
        })?;
        Ok(Some(Blocks {
            kind,
            rows,
            columns,
            bytes,
        }))
    }

    /// A tensor by the file's own name, unchanged; it must have one dimension.
    pub fn plain(&self, name: &str) -> Result<Option<Vec<f32>>, EngineError> {
        let Some(tensor) = self.header.tensor(name) else {
            return Ok(None);
        };
        let [columns] = tensor.shape[..] else {
            return Err(self.wrong(tensor, "must have one dimension".into()));
        };
        let located = Located {
            tensor,
            format: self.format(tensor)?,
            change: Change::None,
            rows: 1,
            columns,
        };
        let mut out = Vec::new();
        self.pieces(&located, |_, bytes| {
            let decoded = located.format.decode(bytes, &mut out);
            decoded.map_err(|why| self.wrong(tensor, why))
        })?;
        Ok(Some(out))
    }

    fn wrong(&self, tensor: &Tensor, why: String) -> EngineError {
        EngineError::Weights {
            file: self.source.name().to_owned(),
            tensor: tensor.name.clone(),
            why,
        }
    }

    fn format(&self, tensor: &Tensor) -> Result<Format, EngineError> {
        tensor.format.ok_or_else(|| EngineError::Unsupported {
            file: self.source.name().to_owned(),
            what: format!(
                "tensor {} of type {} ({})",
                tensor.name,
                kind::name(tensor.kind),
                tensor.kind
            ),
            supported: kind::SUPPORTED.into(),
        })
    }

    fn locate(&self, name: &str, shape: &[usize]) -> Result<Option<Located<'_>>, EngineError> {
        let Some((tensor, change)) = self.find(name) else {
            return Ok(None);
        };
        let format = self.format(tensor)?;
        let mut stored = shape.to_vec();
        if change == Change::Transposed {
            stored.reverse();
        }
        if tensor.shape != stored {
            let why = format!(
                "has shape {:?}; the metadata asks for {stored:?}",
                tensor.shape
            );
            return Err(self.wrong(tensor, why));
        }
        let numbers: usize = stored.iter().product();
        let columns = match (change, &stored[..]) {
            // A bias whose numbers are moved like the rows of its weight.
            (Change::Alternated(_) | Change::Parted(_), [_]) => 1,
            (_, [.., columns]) => *columns,
            (_, []) => 1,
        };
        let rows = numbers / columns.max(1);
        let fits = match change {
            Change::Alternated(heads) => heads > 0 && rows.is_multiple_of(2 * heads),
            Change::Parted(heads) => heads > 0 && rows.is_multiple_of(3 * heads),
            Change::None | Change::Transposed | Change::PlusOne => true,
        };
        if !fits || format.bytes_of(columns as u64).is_none() {
            let why = format!("{rows} rows of {columns} numbers cannot be put in order");
            return Err(self.wrong(tensor, why));
        }
        Ok(Some(Located {
            tensor,
            format,
            change,
            rows,
            columns,
        }))
    }

    /// Gives the tensor's bytes to `piece`, some whole rows at a time, with the first row's number.
    fn pieces(
        &self,
        located: &Located<'_>,
        mut piece: impl FnMut(usize, &[u8]) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let format = located.format;
        let row_bytes = located.columns / format.block_numbers() * format.block_bytes();
        let at_once = (PIECE_BYTES / row_bytes.max(1)).max(1);
        let mut bytes = Vec::new();
        let mut row = 0;
        while row < located.rows {
            let count = at_once.min(located.rows - row);
            bytes.resize(count * row_bytes, 0);
            let at = located.tensor.at + (row * row_bytes) as u64;
            let read = self.source.read_at(at, &mut bytes);
            read.map_err(|e| unreadable(Path::new(self.source.name()), e))?;
            piece(row, &bytes)?;
            row += count;
        }
        Ok(())
    }
}

impl Change {
    /// Where Hugging Face has the row that the file has at `row`.
    fn row(self, row: usize, rows: usize) -> usize {
        match self {
            Change::None | Change::Transposed | Change::PlusOne => row,
            Change::Alternated(heads) => {
                let size = rows / heads;
                let (head, within) = (row / size, row % size);
                head * size + within % 2 * (size / 2) + within / 2
            }
            Change::Parted(heads) => {
                let size = rows / (3 * heads);
                let (part, within) = (row / (heads * size), row % (heads * size));
                let (head, within) = (within / size, within % size);
                (3 * head + part) * size + within
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_find_their_places() {
        // Two heads of four rows: the file has halves alternating.
        let order: Vec<usize> = (0..8).map(|r| Change::Alternated(2).row(r, 8)).collect();
        assert_eq!(order, [0, 2, 1, 3, 4, 6, 5, 7]);
        // Two heads of two rows: q0 q1 | k0 k1 | v0 v1 in the file, q0 k0 v0 | q1 k1 v1 wanted.
        let order: Vec<usize> = (0..12).map(|r| Change::Parted(2).row(r, 12)).collect();
        assert_eq!(order, [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
    }
}

//! What the files of weights hold, from their headers alone: a few kilobytes tell what gigabytes contain.

use candle_core::quantized::GgmlDType;

use super::files::WeightsFile;
use super::numbers::Format;
use super::quant::Layout;
use super::safetensors::Safetensors;
use crate::engine::EngineError;

/// Sums over a model's tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// How many numbers in which format, in no order.
    numbers: Vec<(Format, u64)>,
}

impl Header {
    /// Of all files of a model together.
    ///
    /// # Errors
    /// A file that cannot be read, is cut off, or is of another kind.
    pub fn read(files: &[WeightsFile]) -> Result<Header, EngineError> {
        let mut all = Header::default();
        for file in files {
            match file {
                WeightsFile::Path(_) | WeightsFile::Static(..) => {
                    let file = Safetensors::read(file.open()?)?;
                    for place in file.tensors.values() {
                        all.add(place.format, &place.shape);
                    }
                }
                WeightsFile::Gguf(gguf) => {
                    let tensors = gguf.header().in_file_order().into_iter();
                    // Tables of wavelengths are no weights.
                    for tensor in tensors.filter(|t| !t.name.starts_with("rope_")) {
                        if let Some(format) = tensor.format {
                            all.add(format, &tensor.shape);
                        }
                    }
                }
            }
        }
        Ok(all)
    }

    fn add(&mut self, format: Format, shape: &[usize]) {
        let count = shape
            .iter()
            .fold(1, |n: u64, d| n.saturating_mul(*d as u64));
        match self.numbers.iter_mut().find(|(f, _)| *f == format) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => self.numbers.push((format, count)),
        }
    }

    /// How many numbers there are.
    pub fn parameters(&self) -> u64 {
        let counts = self.numbers.iter().map(|(_, n)| *n);
        counts.fold(0, u64::saturating_add)
    }

    /// Bytes that the engine keeps of them: blocks that its integer kernel reads stay as they are, all
    /// else becomes f32.
    pub fn kept_bytes(&self) -> u64 {
        let bytes = |(format, count): &(Format, u64)| {
            let f32s = count.saturating_mul(size_of::<f32>() as u64);
            match format {
                Format::Blocks(kind) if Layout::of(*kind).is_some() => {
                    format.bytes_of(*count).unwrap_or(f32s)
                }
                Format::Blocks(_) | Format::F32 | Format::F16 | Format::BF16 => f32s,
            }
        };
        self.numbers.iter().map(bytes).fold(0, u64::saturating_add)
    }

    /// The formats that make up more than one number in twenty, the most frequent first.
    pub fn format(&self) -> String {
        let least = self.parameters() / 20;
        let mut kinds: Vec<_> = self.numbers.iter().filter(|(_, n)| *n > least).collect();
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let names: Vec<String> = kinds.iter().map(|(f, _)| name(*f)).collect();
        names.join("+")
    }
}

fn name(format: Format) -> String {
    let kind = match format {
        Format::F32 => return "f32".to_owned(),
        Format::F16 => return "f16".to_owned(),
        Format::BF16 => return "bf16".to_owned(),
        Format::Blocks(kind) => kind,
    };
    match kind {
        GgmlDType::Q2K => "Q2_K".to_owned(),
        GgmlDType::Q3K => "Q3_K".to_owned(),
        GgmlDType::Q4K => "Q4_K".to_owned(),
        GgmlDType::Q5K => "Q5_K".to_owned(),
        GgmlDType::Q6K => "Q6_K".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summed_by_format() {
        let mut header = Header::default();
        header.add(Format::Blocks(GgmlDType::Q4K), &[512, 256]);
        header.add(Format::Blocks(GgmlDType::Q6K), &[64, 256]);
        header.add(Format::Blocks(GgmlDType::Q3K), &[64, 256]);
        header.add(Format::Blocks(GgmlDType::Q4K), &[512, 256]);
        header.add(Format::F32, &[256]);
        let (q4, q6) = (2 * 512 * 256, 64 * 256);
        assert_eq!(header.parameters(), q4 + 2 * q6 + 256);
        // Q3_K is not for the integer kernel: it becomes f32.
        assert_eq!(
            header.kept_bytes(),
            q4 / 256 * 144 + q6 / 256 * 210 + 4 * (q6 + 256)
        );
        assert_eq!(header.format(), "Q4_K+Q6_K+Q3_K");
        header.add(Format::BF16, &[usize::MAX, usize::MAX]);
        assert_eq!(header.parameters(), u64::MAX);
        assert_eq!(header.format(), "bf16");
    }
}

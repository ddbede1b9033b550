//! Values of a GGUF's metadata, kept as compactly as they lie in the file.
//!
//! Invariant: memory is at most what was charged for (a file must not make one byte into thirty). Reads
//! values; knows no key's meaning.

use super::cursor::{Cursor, Fault};

/// Arrays in arrays in arrays serve nobody.
const DEPTH_MAX: usize = 4;

/// Number types, by their id in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// 0
    U8,
    /// 1
    I8,
    /// 2
    U16,
    /// 3
    I16,
    /// 4
    U32,
    /// 5
    I32,
    /// 6
    F32,
    /// 7
    Bool,
    /// 10
    U64,
    /// 11
    I64,
    /// 12
    F64,
}

/// The id of strings.
const TEXT: u32 = 8;
/// The id of arrays.
const ARRAY: u32 = 9;

impl Scalar {
    fn of(id: u32) -> Option<Scalar> {
        Some(match id {
            0 => Scalar::U8,
            1 => Scalar::I8,
            2 => Scalar::U16,
            3 => Scalar::I16,
            4 => Scalar::U32,
            5 => Scalar::I32,
            6 => Scalar::F32,
            7 => Scalar::Bool,
            10 => Scalar::U64,
            11 => Scalar::I64,
            12 => Scalar::F64,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Scalar::U8 | Scalar::I8 | Scalar::Bool => 1,
            Scalar::U16 | Scalar::I16 => 2,
            Scalar::U32 | Scalar::I32 | Scalar::F32 => 4,
            Scalar::U64 | Scalar::I64 | Scalar::F64 => 8,
        }
    }

    /// The number in `bytes`, of which there are as many as the type has.
    fn number(self, bytes: &[u8]) -> Option<Number> {
        let wide = || bytes.first_chunk::<8>();
        let word = || bytes.first_chunk::<4>();
        let half = || bytes.first_chunk::<2>();
        Some(match self {
            Scalar::U8 => Number::Whole(i128::from(*bytes.first()?)),
            Scalar::I8 => Number::Whole(i128::from(bytes.first()?.cast_signed())),
            Scalar::U16 => Number::Whole(i128::from(u16::from_le_bytes(*half()?))),
            Scalar::I16 => Number::Whole(i128::from(i16::from_le_bytes(*half()?))),
            Scalar::U32 => Number::Whole(i128::from(u32::from_le_bytes(*word()?))),
            Scalar::I32 => Number::Whole(i128::from(i32::from_le_bytes(*word()?))),
            Scalar::U64 => Number::Whole(i128::from(u64::from_le_bytes(*wide()?))),
            Scalar::I64 => Number::Whole(i128::from(i64::from_le_bytes(*wide()?))),
            Scalar::F32 => Number::Real(f64::from(f32::from_le_bytes(*word()?))),
            Scalar::F64 => Number::Real(f64::from_le_bytes(*wide()?)),
            Scalar::Bool => Number::Bool(*bytes.first()? != 0),
        })
    }
}

/// A number, of whatever width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Any integer type.
    Whole(i128),
    /// Either float type.
    Real(f64),
    /// Truth.
    Bool(bool),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Number(Number),
    /// A string; nobody promises that it is UTF-8.
    Text(Vec<u8>),
    /// Many of one type.
    Array(Array),
}

/// Many of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Numbers as they lie in the file.
    Numbers(Scalar, Vec<u8>),
    /// Strings.
    Texts(Texts),
    /// Arrays.
    Arrays(Vec<Array>),
}

/// Strings, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Texts {
    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The `i`-th.
    pub fn get(&self, i: usize) -> Option<&[u8]> {
        let end = *self.ends.get(i)? as usize;
        let begin = match i {
            0 => 0,
            _ => *self.ends.get(i - 1)? as usize,
        };
        self.bytes.get(begin..end)
    }
}

impl Array {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Array::Numbers(scalar, bytes) => bytes.len() / scalar.bytes(),
            Array::Texts(texts) => texts.len(),
            Array::Arrays(arrays) => arrays.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers, if it holds numbers.
    pub fn numbers(&self) -> Option<impl Iterator<Item = Number> + '_> {
        match self {
            Array::Numbers(scalar, bytes) => Some(
                bytes
                    .chunks_exact(scalar.bytes())
                    .filter_map(|b| scalar.number(b)),
            ),
            Array::Texts(_) | Array::Arrays(_) => None,
        }
    }
}

impl Value {
    /// Reads a value and the id of its type before it.
    pub fn read(cursor: &mut Cursor<'_>) -> Result<Value, Fault> {
        let at = cursor.at();
        match cursor.u32()? {
            TEXT => cursor.text().map(Value::Text),
            ARRAY => array(cursor, 0).map(Value::Array),
            id => {
                let scalar = Scalar::of(id).ok_or_else(|| unknown(at, id))?;
                let at = cursor.at();
                let mut bytes = [0; 8];
                let bytes = &mut bytes[..scalar.bytes()];
                cursor.fill(bytes)?;
                truths(scalar, bytes, at)?;
                let number = scalar.number(bytes);
                number.map(Value::Number).ok_or_else(|| unknown(at, id))
            }
        }
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Number(Number::Whole(_)) => "a whole number",
            Value::Number(Number::Real(_)) => "a number with a fraction",
            Value::Number(Number::Bool(_)) => "true or false",
            Value::Text(_) => "a string",
            Value::Array(Array::Numbers(..)) => "an array of numbers",
            Value::Array(Array::Texts(_)) => "an array of strings",
            Value::Array(Array::Arrays(_)) => "an array of arrays",
        }
    }
}

fn unknown(at: u64, id: u32) -> Fault {
    Fault::new(
        at,
        format!("unknown value type {id}; the format has 0 to 12"),
    )
}

/// Booleans are 0 or 1; anything else shows that the bytes are not what they claim to be.
fn truths(scalar: Scalar, bytes: &[u8], at: u64) -> Result<(), Fault> {
    match bytes.iter().position(|b| *b > 1) {
        Some(i) if scalar == Scalar::Bool => {
            let why = format!("true or false must be 1 or 0, not {}", bytes[i]);
            Err(Fault::new(at + i as u64, why))
        }
        _ => Ok(()),
    }
}

fn array(cursor: &mut Cursor<'_>, depth: usize) -> Result<Array, Fault> {
    let at = cursor.at();
    let id = cursor.u32()?;
    match id {
        TEXT => texts(cursor).map(Array::Texts),
        ARRAY if depth + 1 == DEPTH_MAX => {
            let why = format!("arrays lie more than {DEPTH_MAX} deep");
            Err(Fault::new(at, why))
        }
        ARRAY => {
            let count = cursor.count("arrays", 12, size_of::<Array>())?;
            let mut arrays = Vec::with_capacity(count);
            for _ in 0..count {
                arrays.push(array(cursor, depth + 1)?);
            }
            Ok(Array::Arrays(arrays))
        }
        _ => {
            let scalar = Scalar::of(id).ok_or_else(|| unknown(at, id))?;
            let count = cursor.count("numbers", scalar.bytes() as u64, scalar.bytes())?;
            let at = cursor.at();
            let bytes = cursor.bytes(count * scalar.bytes())?;
            truths(scalar, &bytes, at)?;
            Ok(Array::Numbers(scalar, bytes))
        }
    }
}

fn texts(cursor: &mut Cursor<'_>) -> Result<Texts, Fault> {
    let count = cursor.count("strings", 8, size_of::<u32>())?;
    let mut texts = Texts {
        bytes: Vec::new(),
        ends: Vec::with_capacity(count),
    };
    for i in 0..count {
        // Charged at twice its length: the common room doubles as it grows.
        let length = cursor.count("bytes of text", 1, 2);
        let length = length.map_err(|f| f.within(format_args!("string {i} of {count}")))?;
        let begin = texts.bytes.len();
        texts.bytes.resize(begin + length, 0);
        cursor.fill(&mut texts.bytes[begin..])?;
        texts.ends.push(texts.bytes.len() as u32);
    }
    Ok(texts)
}

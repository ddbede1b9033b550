//! GGUF files that nobody should have written: none may panic, abort, or make the reader allocate more
//! than it says it will.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
// A counting allocator cannot be written without.
#![allow(unsafe_code)]

mod gguf_files;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use recant::engine::local::config::DecoderConfig;
use recant::engine::local::gguf::{Gguf, METADATA_MAX_BYTES};
use recant::engine::local::source::Source;

use self::gguf_files::seed::{TENSORS, seed};

/// No single allocation may be larger.
const ALLOCATION_MAX_BYTES: usize = 64 << 20;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn note(bytes: usize) {
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(bytes)));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The largest allocation of this thread within `f`.
fn largest<T>(f: impl FnOnce() -> T) -> (T, usize) {
    LARGEST.set(0);
    let result = f();
    (result, LARGEST.get())
}

const NAME: &str = "model.gguf";

fn read(bytes: Vec<u8>) -> Result<Gguf, String> {
    Gguf::read(Source::memory(NAME, bytes)).map_err(|e| e.to_string())
}

/// A number in the file: where, and how many bytes.
#[derive(Clone, Copy, Debug)]
struct Field {
    at: usize,
    width: usize,
}

/// Every count, length, type, shape, offset and value of a well-formed file, and where its names are.
fn fields(bytes: &[u8]) -> (Vec<Field>, Vec<Field>) {
    struct Walk<'a> {
        bytes: &'a [u8],
        at: usize,
        fields: Vec<Field>,
        names: Vec<Field>,
    }
    impl Walk<'_> {
        fn number(&mut self, width: usize) -> u64 {
            self.fields.push(Field { at: self.at, width });
            let mut wide = [0; 8];
            wide[..width].copy_from_slice(&self.bytes[self.at..self.at + width]);
            self.at += width;
            u64::from_le_bytes(wide)
        }

        fn text(&mut self) {
            let width = self.number(8) as usize;
            self.names.push(Field { at: self.at, width });
            self.at += width;
        }

        fn value(&mut self, kind: u64) {
            match kind {
                8 => self.text(),
                9 => {
                    let kind = self.number(4);
                    for _ in 0..self.number(8) {
                        self.value(kind);
                    }
                }
                0 | 1 | 7 => drop(self.number(1)),
                2 | 3 => drop(self.number(2)),
                4..=6 => drop(self.number(4)),
                _ => drop(self.number(8)),
            }
        }
    }
    let mut walk = Walk {
        bytes,
        at: 0,
        fields: Vec::new(),
        names: Vec::new(),
    };
    walk.number(4);
    walk.number(4);
    let tensors = walk.number(8);
    for _ in 0..walk.number(8) {
        walk.text();
        let kind = walk.number(4);
        walk.value(kind);
    }
    for _ in 0..tensors {
        walk.text();
        for _ in 0..walk.number(4) {
            walk.number(8);
        }
        walk.number(4);
        walk.number(8);
    }
    (walk.fields, walk.names)
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }
}

/// A value that tends to break things, near the one that is there or near a bound.
fn interesting(dice: &mut Dice, was: u64, length: u64) -> u64 {
    match dice.below(16) {
        0 => 0,
        1 => 1,
        2 => was.wrapping_add(1),
        3 => was.wrapping_sub(1),
        4 => was.wrapping_mul(2),
        5 => was / 2,
        6 => u64::MAX,
        7 => u64::MAX - dice.roll() % 64,
        8 => 1 << dice.below(64),
        9 => (1u64 << dice.below(64)).wrapping_sub(1),
        10 => length.wrapping_add(dice.roll() % 64).wrapping_sub(32),
        11 => (length / (1 + dice.roll() % 64)).wrapping_sub(dice.roll() % 4),
        12 => dice.roll() % 48,
        13 => f32::NAN.to_bits().into(),
        14 => f64::INFINITY.to_bits(),
        _ => dice.roll(),
    }
}

fn mutate(dice: &mut Dice, seed: &[u8], fields: &[Field], names: &[Field]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + dice.below(3) {
        match dice.below(12) {
            0 => {
                // One name over another: twice the same, or a piece of it.
                let (a, b) = (
                    names[dice.below(names.len())],
                    names[dice.below(names.len())],
                );
                let width = a.width.min(b.width);
                if a.at.max(b.at) + width <= bytes.len() {
                    bytes.copy_within(a.at..a.at + width, b.at);
                }
            }
            1 => {
                // Bytes in a name.
                let name = names[dice.below(names.len())];
                let at = name.at + dice.below(name.width.max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = dice.roll() as u8;
                }
            }
            2 => {
                let at = match dice.below(2) {
                    0 => fields[dice.below(fields.len())].at,
                    _ => dice.below(bytes.len().max(1)),
                };
                bytes.truncate(at);
            }
            3 => {
                // Something in between, or missing.
                let at = fields[dice.below(fields.len())].at.min(bytes.len());
                match dice.below(2) {
                    0 => bytes
                        .splice(at..at, dice.roll().to_le_bytes())
                        .for_each(drop),
                    _ => drop(bytes.drain(at..(at + 8).min(bytes.len()))),
                }
            }
            4 => {
                let at = dice.below(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            _ => {
                let field = fields[dice.below(fields.len())];
                let length = bytes.len() as u64;
                if let Some(place) = bytes.get_mut(field.at..field.at + field.width) {
                    let mut was = [0; 8];
                    was[..field.width].copy_from_slice(place);
                    let new = interesting(dice, u64::from_le_bytes(was), length).to_le_bytes();
                    place.copy_from_slice(&new[..field.width]);
                }
            }
        }
    }
    bytes
}

/// Everything that is done with a file before a model is built of it.
fn use_all(gguf: &Gguf, with_tokenizer: bool) -> bool {
    let config = gguf
        .config()
        .is_ok_and(|part| DecoderConfig::read(&part).is_ok());
    let mut whole = config;
    for (name, shape) in TENSORS {
        whole &= matches!(gguf.take(name, shape), Ok(Some(_)));
        let _ = gguf.take_blocks(name, shape);
    }
    if with_tokenizer {
        whole &= gguf.tokenizer().is_ok();
        whole &= gguf.tokenizer_config().is_ok();
    }
    whole
}

#[test]
fn a_million_damaged_files_are_refused_or_read_in_peace() {
    const MUTANTS: u64 = 1_000_000;
    let seed = seed().bytes();
    assert!(use_all(&read(seed.clone()).unwrap(), true));
    let (fields, names) = fields(&seed);
    let work = |thread: u64| {
        let mut dice = Dice(thread);
        let (mut read_in, mut whole) = (0u64, 0u64);
        let run = |dice: &mut Dice, i: u64| {
            let bytes = mutate(dice, &seed, &fields, &names);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let gguf = read(bytes.clone()).ok()?;
                Some(use_all(&gguf, i.is_multiple_of(16)))
            }));
            outcome.unwrap_or_else(|_| panic!("a panic; the file was {bytes:02x?}"))
        };
        let ((), most) = largest(|| {
            for i in 0..MUTANTS / 2 {
                if let Some(all) = run(&mut dice, i) {
                    read_in += 1;
                    whole += u64::from(all);
                }
            }
        });
        (read_in, whole, most)
    };
    let results = std::thread::scope(|scope| {
        let threads = [1, 2].map(|no| scope.spawn(move || work(no)));
        threads.map(|t| t.join().unwrap())
    });
    for (read_in, whole, most) in results {
        println!("{read_in} headers accepted, {whole} models; largest allocation {most} bytes");
        // Neither all refused (then nothing behind the header was tried) nor all accepted.
        assert!((MUTANTS / 40..MUTANTS / 3).contains(&read_in), "{read_in}");
        assert!(whole > 1000 && whole < read_in, "{whole}");
        assert!(most <= ALLOCATION_MAX_BYTES, "{most}");
    }
}

/// Large files that hold nothing: what they claim is refused before it is allocated.
#[test]
fn claims_are_checked_before_memory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.gguf");
    let huge = 4u64 << 30;
    let head = |tensors: u64, keys: u64| {
        let mut head = b"GGUF\x03\0\0\0".to_vec();
        head.extend(tensors.to_le_bytes());
        head.extend(keys.to_le_bytes());
        head
    };
    let entry = |rest: &[u8]| {
        let mut bytes = head(0, 1);
        bytes.extend(1u64.to_le_bytes());
        bytes.push(b'x');
        bytes.extend(rest);
        bytes
    };
    let array = |kind: u32, count: u64| {
        let mut rest = 9u32.to_le_bytes().to_vec();
        rest.extend(kind.to_le_bytes());
        rest.extend(count.to_le_bytes());
        entry(&rest)
    };
    let text = [&8u32.to_le_bytes()[..], &(3u64 << 30).to_le_bytes()].concat();
    let claims: [(&str, Vec<u8>); 8] = [
        ("tensors", head(100 << 20, 0)),
        ("keys", head(0, 250 << 20)),
        ("a string", entry(&text)),
        ("bytes", array(0, 3 << 30)),
        ("wide numbers", array(10, 400 << 20)),
        ("strings", array(8, 400 << 20)),
        ("many strings", array(8, 16 << 20)),
        ("arrays", array(9, 300 << 20)),
    ];
    for (what, bytes) in claims {
        let mut file = File::create(&path).unwrap();
        file.write_all(&bytes).unwrap();
        file.seek(SeekFrom::Start(huge - 1)).unwrap();
        file.write_all(&[0]).unwrap();
        let source = Source::open(&path).unwrap();
        let (error, most) = largest(|| Gguf::read(source).map(drop).unwrap_err().to_string());
        println!("{what}: {error} ({most} bytes at most)");
        assert!(
            error.contains("byte ") && error.contains("huge.gguf"),
            "{error}"
        );
        assert!(most <= ALLOCATION_MAX_BYTES, "{what}: {most}");
    }
    assert_eq!(METADATA_MAX_BYTES, ALLOCATION_MAX_BYTES);
}

/// Strings that together are as long as is allowed do not take twice the memory by growing.
#[test]
fn long_metadata_is_read_without_large_allocations() {
    let mut writer = seed();
    let piece = "x".repeat(1 << 20);
    writer.texts("x", &vec![piece.as_str(); 28]);
    let bytes = writer.bytes();
    let source = Source::memory(NAME, bytes);
    let (gguf, most) = largest(|| Gguf::read(source));
    assert!(gguf.is_ok());
    assert!(most <= ALLOCATION_MAX_BYTES, "{most}");
    writer.texts("x", &vec![piece.as_str(); 33]);
    let error = read(writer.bytes()).map(drop).unwrap_err();
    assert!(
        error.contains("byte ") && error.contains("more than 64 MiB"),
        "{error}"
    );
}

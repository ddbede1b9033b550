//! Products of quantised weights, as a decoder of the sizes of SmolLM2-135M and TinyLlama has them:
//! `cargo bench --bench linear`, with `-- 2048` only shapes that have that number, with `-- Q4K` only
//! that format. No model file: weights are random, and so many that each product reads its own from
//! memory, not from a cache, as in a model.
//!
//! Columns: time (the rounding of the rows included), operations (two per weight and row), weights read;
//! how many times faster than candle's `QMatMul` on the same blocks, and than this crate's f32 path; and
//! which part of the roof that is: the time that reading the weights at this machine's pace takes, or
//! computing at the peak of its integer instructions, whichever is longer. Turns of the three alternate,
//! so that what else runs on the machine hits them alike; each number is the lower quartile of its times.

#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::process::Command;
use std::sync::Barrier;
use std::time::Instant;

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{Device, Module, Tensor};
use recant::engine::local::compute::Compute;
use recant::engine::local::int8::{self, Path};
use recant::engine::local::linear::{Left, Linear};
use recant::engine::local::quant::Matrix;

/// Inputs and outputs.
const SHAPES: [(usize, usize); 7] = [
    (576, 576),
    (576, 1536),
    (1536, 576),
    (576, 49152),
    (2048, 2048),
    (2048, 5632),
    (5632, 2048),
];
const KINDS: [GgmlDType; 5] = [
    GgmlDType::Q8_0,
    GgmlDType::Q4_0,
    GgmlDType::Q4K,
    GgmlDType::Q5K,
    GgmlDType::Q6K,
];
const ROWS: [usize; 5] = [1, 6, 12, 128, 512];

/// Weights in f32 that are certainly in no cache.
const COLD_BYTES: usize = 400 << 20;

/// Products in a row: of small ones more, since waking a thread may take as long as several of them.
fn in_a_row(operations: usize) -> usize {
    match operations {
        0..200_000_000 => 32,
        _ => 4,
    }
}

/// To find the roof.
const CALLS: usize = 64;

/// For one way to compute one product.
const SECONDS: f64 = 0.4;

fn numbers(n: usize) -> Vec<f32> {
    let mut state = n as u64;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// Lower quartile.
fn typical(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 4]
}

/// Seconds of each of some products in a row but the first quarter.
fn time(count: usize, product: &mut dyn FnMut(usize)) -> Vec<f64> {
    let once = |no: usize| {
        let begun = Instant::now();
        product(no);
        begun.elapsed().as_secs_f64()
    };
    (0..count).map(once).skip(count / 4).collect()
}

/// Seconds of the fastest of many calls, on all threads at once. Calls should be short, so that some of
/// them are not disturbed.
fn fastest(threads: usize, work: impl Fn(usize, usize) + Sync) -> f64 {
    let start = Barrier::new(threads);
    let many = |thread: usize| -> Vec<f64> {
        let time = |no: usize| {
            start.wait();
            let begun = Instant::now();
            work(thread, no);
            begun.elapsed().as_secs_f64()
        };
        (0..CALLS).map(time).collect()
    };
    let times: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let many = &many;
        let threads = (0..threads).map(|thread| scope.spawn(move || many(thread)));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let slowest = |no: usize| times.iter().map(|t| t[no]).fold(0.0, f64::max);
    (0..CALLS).map(slowest).fold(f64::MAX, f64::min)
}

/// Bytes per second.
fn read_pace(threads: usize) -> f64 {
    // Each call reads a part of the memory that was not read for long.
    const WORDS: usize = 1 << 19;
    let data: Vec<u64> = (0..WORDS * CALLS * threads).map(|i| i as u64).collect();
    let read = |thread: usize, no: usize| {
        let mut sums = [0u64; 32];
        let data = &data[(no * threads + thread) * WORDS..][..WORDS];
        // Four places at once, as the kernel does.
        let quarters: Vec<&[u64]> = data.chunks(WORDS / 4).collect();
        for at in (0..WORDS / 4).step_by(32) {
            for quarter in &quarters {
                for (sum, x) in sums.iter_mut().zip(&quarter[at..at + 32]) {
                    *sum |= x;
                }
            }
        }
        black_box(sums);
    };
    (WORDS * threads * 8) as f64 / fastest(threads, read)
}

/// Integer operations per second.
fn peak(path: Path, threads: usize) -> Option<f64> {
    const ROUNDS: usize = 40_000;
    let operations = int8::spin(path, ROUNDS)? * threads;
    let spin = |_, _| {
        black_box(int8::spin(path, ROUNDS));
    };
    Some(operations as f64 / fastest(threads, spin))
}

fn measure(threads: usize, wanted: &[String]) {
    let path = Path::best();
    let pace = read_pace(threads);
    let peak = peak(path, threads);
    println!(
        "\n{threads} thread(s), {}: reads {:.1} GB/s, peak {:.0} GOP/s",
        path.name(),
        pace / 1e9,
        peak.unwrap_or(f64::NAN) / 1e9
    );
    println!(
        "{:<12} {:<5} {:>4} {:>9} {:>7} {:>6} {:>8} {:>6} {:>6}",
        "k x n", "kind", "rows", "us", "GOP/s", "GB/s", "x candle", "x f32", "roof"
    );
    for (k, n) in SHAPES {
        let copies = (COLD_BYTES / (4 * k * n)).clamp(2, 64);
        let weight = Tensor::from_vec(numbers(k * n), (n, k), &Device::Cpu).unwrap();
        let plain: Vec<Linear> = (0..copies)
            .map(|_| {
                let weight = weight.flatten_all().unwrap().to_vec1().unwrap();
                Linear::of_parts(vec![Matrix::F32(weight)], k, None)
            })
            .collect();
        for kind in KINDS {
            let shape = [k.to_string(), n.to_string(), format!("{kind:?}")];
            let is_wanted = wanted.iter().all(|w| shape.contains(w));
            if !is_wanted || k % kind.block_size() != 0 {
                continue;
            }
            let blocks = QTensor::quantize(&weight, kind).unwrap();
            let bytes = blocks.data().unwrap().into_owned();
            let ours: Vec<Linear> = (0..copies)
                .map(|_| {
                    let matrix = Matrix::read(kind, n, k, bytes.clone()).unwrap();
                    Linear::of_parts(vec![matrix], k, None)
                })
                .collect();
            let theirs: Vec<QMatMul> = (0..copies)
                .map(|_| {
                    let blocks = QTensor::quantize(&weight, kind).unwrap();
                    QMatMul::from_qtensor(blocks).unwrap()
                })
                .collect();
            for rows in ROWS {
                let x = numbers(rows * k);
                let tensor = Tensor::from_slice(&x, (rows, k), &Device::Cpu).unwrap();
                let compute = Compute::new(threads);
                let mut out = Vec::new();
                let mut left = [Left::of(ours[0].forms()), Left::of(plain[0].forms())];
                let mut times = [Vec::new(), Vec::new(), Vec::new()];
                let begun = Instant::now();
                // Candle packs a weight again when it is first used.
                for theirs in &theirs {
                    theirs.forward(&tensor).unwrap();
                }
                // Turns of some products in a row, as in a model.
                let count = in_a_row(2 * rows * k * n);
                let mut turn = 0;
                while turn < 4 || begun.elapsed().as_secs_f64() < 3.0 * SECONDS {
                    let copy = |no: usize| (turn * count + no) % copies;
                    let linears = [&ours, &plain];
                    for (way, (linears, left)) in linears.iter().zip(&mut left).enumerate() {
                        let mut product = |no: usize| {
                            left.fill(rows, k, |r| &x[r * k..]);
                            linears[copy(no)].forward(&compute, left, rows, &mut out);
                        };
                        compute.pass(|| times[way].extend(time(count, &mut product)));
                    }
                    times[2].extend(time(count, &mut |no| {
                        black_box(theirs[copy(no)].forward(&tensor).unwrap());
                    }));
                    turn += 1;
                }
                let [ours_s, plain_s, theirs_s] = times.map(typical);
                let operations = (2 * rows * k * n) as f64;
                let bytes = ours[0].bytes() as f64;
                let roof = (bytes / pace).max(operations / peak.unwrap_or(f64::INFINITY));
                println!(
                    "{:<12} {:<5} {rows:>4} {:>9.1} {:>7.0} {:>6.1} {:>8.2} {:>6.2} {:>5.0}%",
                    format!("{k}x{n}"),
                    format!("{kind:?}"),
                    ours_s * 1e6,
                    operations / ours_s / 1e9,
                    bytes / ours_s / 1e9,
                    theirs_s / ours_s,
                    plain_s / ours_s,
                    100.0 * roof / ours_s
                );
            }
        }
    }
}

fn main() {
    let arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let arguments: Vec<String> = arguments.collect();
    // Candle reads its number of threads once, so each number has a process of its own.
    if let Ok(threads) = std::env::var("RAYON_NUM_THREADS") {
        return measure(threads.parse().unwrap(), &arguments);
    }
    for threads in ["1", "2"] {
        let program = std::env::current_exe().unwrap();
        let status = Command::new(program)
            .args(&arguments)
            .env("RAYON_NUM_THREADS", threads)
            .env("CANDLE_NUM_THREADS", threads)
            .status();
        assert!(status.unwrap().success());
    }
}

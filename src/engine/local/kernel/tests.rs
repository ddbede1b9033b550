//! Every way to compute a product gives the bits of one row alone.

use super::*;

fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 40) as f32 / (1u64 << 24) as f32) - 0.5
    };
    (0..n).map(|_| next()).collect()
}

fn lines(n: usize, seed: u64) -> Vec<Line> {
    let numbers = numbers(n * PANEL, seed);
    numbers.as_chunks().0.iter().map(|x| Line(*x)).collect()
}

/// Calls the work on several threads at once.
fn threads(work: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(work);
        }
    });
}

#[test]
fn rows_instructions_and_threads_do_not_change_a_bit() {
    let sizes = [
        (7usize, 5usize),
        (64, 16),
        (33, 70),
        (128, 130),
        (1, 200),
        (700, 83),
    ];
    for (inner, columns) in sizes {
        let count = columns.div_ceil(PANEL);
        let weights = lines(count * inner, 1);
        let panels = Panels {
            data: &weights,
            inner,
        };
        let x = numbers(20 * inner, 2);
        // Between columns that are not its own.
        let (first, stride) = (3, columns + 5);
        let product = |arch: Arch, from: usize, rows: usize, shared: bool| {
            let mut left = Interleaved::default();
            left.fill(rows, inner, |r| &x[(from + r) * inner..]);
            let mut out = vec![9f32; rows * stride];
            let product = Product {
                rows: left.rows(),
                panels,
                out: &mut out,
                stride,
                first,
                columns,
            };
            match shared {
                true => product.run(arch, 3, threads),
                false => product.run(arch, 1, |work| work()),
            }
            let is_own = |at: &usize| (first..first + columns).contains(&(at % stride));
            let (own, others): (Vec<usize>, Vec<usize>) = (0..out.len()).partition(is_own);
            assert!(others.iter().all(|at| out[*at] == 9.0));
            own.iter().map(|at| out[*at]).collect::<Vec<f32>>()
        };
        let best = Arch::new();
        let alone: Vec<f32> = (0..20).flat_map(|r| product(best, r, 1, false)).collect();
        for rows in 1..=20 {
            for shared in [false, true] {
                let all = product(best, 0, rows, shared);
                assert_eq!(all, alone[..rows * columns], "{rows} rows");
            }
        }
        for (r, c) in [(0, 0), (3, columns - 1), (19, columns / 2)] {
            let exact: f64 = (0..inner)
                .map(|i| {
                    let w = weights[c / PANEL * inner + i].0[c % PANEL];
                    f64::from(x[r * inner + i]) * f64::from(w)
                })
                .sum();
            assert!((exact - f64::from(alone[r * columns + c])).abs() < 1e-5);
        }
        for arch in available() {
            let all = product(arch, 0, 20, true);
            match arch {
                // Two roundings where there is no fused multiply-add.
                Arch::Scalar => {
                    let off = all.iter().zip(&alone).map(|(a, b)| (a - b).abs());
                    assert!(off.fold(0.0, f32::max) < 1e-5);
                }
                _ => assert_eq!(all, alone, "{arch:?}"),
            }
        }
    }
}

#[test]
fn sums_go_on_from_what_is_there() {
    let (inner, rows) = (40, 5);
    let weights = lines(inner, 5);
    let x = numbers(rows * inner, 3);
    let mut left = Interleaved::default();
    left.fill(rows, inner, |r| &x[r * inner..]);
    let multiply = |part: std::ops::Range<usize>, out: &mut [f32], accumulate: bool| {
        let job = Multiply {
            rows: left.part(part.clone()),
            panels: Panels {
                data: &weights[part.clone()],
                inner: part.len(),
            },
            out,
            stride: PANEL,
            accumulate,
        };
        run(Arch::new(), job);
    };
    let (mut whole, mut parts) = (vec![9f32; rows * PANEL], vec![9f32; rows * PANEL]);
    multiply(0..inner, &mut whole, false);
    multiply(0..13, &mut parts, false);
    multiply(13..inner, &mut parts, true);
    assert_eq!(whole, parts);
}

#[test]
fn shared_filling_gives_the_same_rows() {
    let (rows, inner) = (50, 400);
    let x = numbers(rows * inner, 4);
    let (mut alone, mut shared) = (Interleaved::default(), Interleaved::default());
    alone.fill(rows, inner, |r| &x[r * inner..]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    pool.unwrap()
        .install(|| shared.fill_shared(rows, inner, |r| &x[r * inner..]));
    assert_eq!(alone.rows().data, shared.rows().data);
    assert_eq!(alone.rows().blocks, shared.rows().blocks);
}

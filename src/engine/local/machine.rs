//! What this processor can do, and what of it the kernels use.

use pulp::Arch;

use super::int8::Path;

/// Instruction sets that speed such programs up, and whether this processor has them.
pub fn instructions() -> Vec<(&'static str, bool)> {
    found()
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
fn found() -> Vec<(&'static str, bool)> {
    vec![
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("avx_vnni", is_x86_feature_detected!("avxvnni")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512_vnni", is_x86_feature_detected!("avx512vnni")),
    ]
}

#[cfg(target_arch = "aarch64")]
fn found() -> Vec<(&'static str, bool)> {
    vec![
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        (
            "dotprod",
            std::arch::is_aarch64_feature_detected!("dotprod"),
        ),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
    ]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
fn found() -> Vec<(&'static str, bool)> {
    Vec::new()
}

/// The kernels, and the instructions that each of them runs on here.
pub fn kernels() -> Vec<(&'static str, String)> {
    vec![("f32", floats()), ("int8", Path::best().name().to_owned())]
}

fn floats() -> String {
    struct Lanes;
    impl pulp::WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: pulp::Simd>(self, _simd: S) -> usize {
            S::F32_LANES
        }
    }
    let arch = Arch::new();
    let lanes = arch.dispatch(Lanes);
    // `Scalar`, `V3(V3 {…})`: the first word names the choice.
    let name = format!("{arch:?}");
    let name = name.split(['(', ' ']).next().unwrap_or_default();
    let name = match name {
        "Scalar" => "portable",
        "V3" => "AVX2 + FMA",
        "V4" => "AVX-512",
        "Neon" => "NEON",
        other => other,
    };
    match lanes {
        1 => name.to_owned(),
        _ => format!("{name}, {lanes} numbers at once"),
    }
}

/// Cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Threads a model computes on unless told otherwise: one core stays free for the screen.
pub fn threads() -> usize {
    cores().saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernels_use_what_was_found() {
        let all = super::instructions();
        let has = |name: &str| all.iter().any(|(n, on)| *n == name && *on);
        let kernels = super::kernels();
        let [(_, floats), (_, bytes)] = &kernels[..] else {
            panic!("{kernels:?}");
        };
        let has_vectors = has("avx2") && has("fma");
        assert_eq!(floats.contains("AVX"), has_vectors, "{floats}");
        assert!(!floats.contains("AVX-512") || has("avx512f"), "{floats}");
        assert_eq!(floats.contains("NEON"), has("neon"), "{floats}");
        let has_vnni = has("avx_vnni") || has("avx512_vnni");
        assert!(!bytes.contains("VNNI") || has_vnni, "{bytes}");
    }
}

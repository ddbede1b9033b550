//! The instructions of x86 processors, each operation of a tile as one or two of them.

use std::arch::x86_64::*;

use super::tile::{Isa, Prepare, Strip, Tile, dots, prepare, tile};

/// Writes out functions that are one expression each, and those that are compiled for the instructions.
macro_rules! isa {
    (
        $name:ident, $features:literal, $int:ty, $float:ty,
        lanes $lanes:literal, roomy $roomy:literal, signed $signed:literal,
        $(fn $op:ident $(<$const:ident>)? ($($arg:ident: $type:ty),*) $(-> $out:ty)? { $body:expr })*
    ) => {
        pub struct $name;

        // SAFETY, of all blocks here: see `tile`.
        impl Isa for $name {
            const LANES: usize = $lanes;
            const ROOMY: bool = $roomy;
            const SIGNED: bool = $signed;
            type Int = $int;
            type Float = $float;

            #[target_feature(enable = $features)]
            unsafe fn tile<
                const W: u32,
                const H: bool,
                const M: bool,
                const R: usize,
                const V: usize,
            >(
                t: &Tile,
            ) {
                unsafe { tile::<Self, W, H, M, R, V>(t) }
            }

            #[target_feature(enable = $features)]
            unsafe fn prepare<const W: u32, const H: bool, const M: bool>(
                p: &Prepare,
                to: *mut Strip,
            ) {
                unsafe { prepare::<Self, W, H, M>(p, to) }
            }

            #[target_feature(enable = $features)]
            unsafe fn dots(times: usize) -> usize {
                unsafe { dots::<Self>(times) }
            }

            #[inline(always)]
            unsafe fn prefetch(at: *const u8) {
                unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
            }

            $(
                #[inline(always)]
                unsafe fn $op $(<const $const: bool>)? ($($arg: $type),*) $(-> $out)? {
                    unsafe { $body }
                }
            )*
        }
    };
}

isa! {
    Avx512Vnni, "avx512f,avx512bw,avx512vnni", __m512i, __m512,
    lanes 16, roomy true, signed false,
    fn splat(x: i32) -> __m512i { _mm512_set1_epi32(x) }
    fn splat_float(x: f32) -> __m512 { _mm512_set1_ps(x) }
    fn bytes(at: *const u8) -> __m512i { _mm512_load_si512(at.cast()) }
    fn store_bytes(at: *mut u8, x: __m512i) { _mm512_store_si512(at.cast(), x) }
    fn four(at: *const i8) -> __m512i { _mm512_set1_epi32(at.cast::<i32>().read_unaligned()) }
    fn floats(at: *const f32) -> __m512 { _mm512_loadu_ps(at) }
    fn store(at: *mut f32, x: __m512) { _mm512_storeu_ps(at, x) }
    fn halves(at: *const u8) -> __m512 { _mm512_cvtph_ps(_mm256_load_si256(at.cast())) }
    fn factors(at: *const u8) -> __m512 {
        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_load_si128(at.cast())))
    }
    fn down(x: __m512i, bits: i32) -> __m512i { _mm512_srl_epi16(x, _mm_cvtsi32_si128(bits)) }
    fn up(x: __m512i, bits: i32) -> __m512i { _mm512_sll_epi16(x, _mm_cvtsi32_si128(bits)) }
    fn and(x: __m512i, mask: u8) -> __m512i { _mm512_and_si512(x, _mm512_set1_epi8(mask as i8)) }
    fn or(x: __m512i, y: __m512i) -> __m512i { _mm512_or_si512(x, y) }
    fn dot<ABOVE>(sum: __m512i, w: __m512i, a: __m512i) -> __m512i {
        _mm512_dpbusd_epi32(sum, w, a)
    }
    fn as_float(x: __m512i) -> __m512 { _mm512_castsi512_ps(x) }
    fn mul(x: __m512, y: __m512) -> __m512 { _mm512_mul_ps(x, y) }
    fn fma(x: __m512, y: __m512, z: __m512) -> __m512 { _mm512_fmadd_ps(x, y, z) }
}

/// What 256-bit paths share: all but the dot product.
macro_rules! isa256 {
    ($name:ident, $features:literal, signed $signed:literal, $dot:expr) => {
        isa! {
            $name, $features, __m256i, __m256,
            lanes 8, roomy false, signed $signed,
            fn splat(x: i32) -> __m256i { _mm256_set1_epi32(x) }
            fn splat_float(x: f32) -> __m256 { _mm256_set1_ps(x) }
            fn bytes(at: *const u8) -> __m256i { _mm256_load_si256(at.cast()) }
            fn store_bytes(at: *mut u8, x: __m256i) { _mm256_store_si256(at.cast(), x) }
            fn four(at: *const i8) -> __m256i {
                _mm256_set1_epi32(at.cast::<i32>().read_unaligned())
            }
            fn floats(at: *const f32) -> __m256 { _mm256_loadu_ps(at) }
            fn store(at: *mut f32, x: __m256) { _mm256_storeu_ps(at, x) }
            fn halves(at: *const u8) -> __m256 { _mm256_cvtph_ps(_mm_load_si128(at.cast())) }
            fn factors(at: *const u8) -> __m256 {
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(at.cast())))
            }
            fn down(x: __m256i, bits: i32) -> __m256i {
                _mm256_srl_epi16(x, _mm_cvtsi32_si128(bits))
            }
            fn up(x: __m256i, bits: i32) -> __m256i {
                _mm256_sll_epi16(x, _mm_cvtsi32_si128(bits))
            }
            fn and(x: __m256i, mask: u8) -> __m256i {
                _mm256_and_si256(x, _mm256_set1_epi8(mask as i8))
            }
            fn or(x: __m256i, y: __m256i) -> __m256i { _mm256_or_si256(x, y) }
            fn dot<ABOVE>(sum: __m256i, w: __m256i, a: __m256i) -> __m256i {
                $dot(ABOVE, sum, w, a)
            }
            fn as_float(x: __m256i) -> __m256 { _mm256_castsi256_ps(x) }
            fn mul(x: __m256, y: __m256) -> __m256 { _mm256_mul_ps(x, y) }
            fn fma(x: __m256, y: __m256, z: __m256) -> __m256 { _mm256_fmadd_ps(x, y, z) }
        }
    };
}

isa256!(AvxVnni, "avx2,fma,f16c,avxvnni", signed false, vnni_dot);
isa256!(Avx2, "avx2,fma,f16c", signed true, pairs_dot);

#[inline(always)]
unsafe fn vnni_dot(_: bool, sum: __m256i, w: __m256i, a: __m256i) -> __m256i {
    // SAFETY: see `tile`.
    unsafe { _mm256_dpbusd_avx_epi32(sum, w, a) }
}

#[inline(always)]
unsafe fn pairs_dot(above: bool, sum: __m256i, w: __m256i, a: __m256i) -> __m256i {
    // Sums of two products go through 16 bits: weights up to 63 fit, those of 8 bits only as absolute
    // values up to 128, with their signs moved to the activations.
    // SAFETY: see `tile`.
    unsafe {
        let pairs = match above {
            true => {
                let w = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
                _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w))
            }
            false => _mm256_maddubs_epi16(w, a),
        };
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }
}

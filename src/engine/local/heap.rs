//! Memory of a model that is gone goes back to the system.
//!
//! glibc keeps what a thread freed in pieces of 64 MB for that thread's next requests, and a model's weights
//! are made by a thread that never asks again: without a word they stay with the process. Other systems'
//! allocators give back by themselves.
//!
//! Unsafe is only the call of glibc's `malloc_trim`, which the standard library does not offer: it takes a
//! number, may be called by any thread at any time, and touches nothing that is in use.

#![allow(unsafe_code)]

/// Gives what is free back to the system; takes milliseconds.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
        }
        // Whether there was anything to give back is of no interest.
        let _ = malloc_trim(0);
    }
}

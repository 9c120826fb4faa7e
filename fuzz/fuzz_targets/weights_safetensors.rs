//! Any bytes as a weights file: refused, or read as weights that hold together.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| fuzz::read_weights(bytes));

// A file begins with the length of its header in 8 bytes. A mutation that inserts or removes bytes in the header would
// always make it wrong, and nothing behind the length would ever be tried: so it is mended three times out of four.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let before = data.first_chunk().map(|&length| u64::from_le_bytes(length));
    let mutated = fuzzer_mutate(data, size, max_size);
    if let (Some(before), true, false) = (before, size >= 8 && mutated >= 8, seed % 4 == 0) {
        let length = before.wrapping_add(mutated as u64).wrapping_sub(size as u64);
        data[..8].copy_from_slice(&length.to_le_bytes());
    }
    mutated
});

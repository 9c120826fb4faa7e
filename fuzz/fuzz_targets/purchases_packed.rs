//! Any bytes as packed purchases, as they are and with the hash that they should end in: refused, or read as purchases that are the
//! same once written and read again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use model::Catalogue;
use sha2::{Digest, Sha256};
use training::packed::{pack, unpack};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = "id,title,category\n1,One,A\n2,Two,A\na,Three,B\n\"b,c\",Four,B\n";
    Catalogue::from_csv("shop.csv", text.as_bytes()).expect("a catalogue")
});

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    read(&[bytes, &Sha256::digest(bytes)].concat());
});

fn read(bytes: &[u8]) {
    let (header, users) = match unpack("purchases.bin", bytes, &CATALOGUE) {
        Ok(read) => read,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("purchases.bin: ") && message.len() < bytes.len() + 2000, "{message}");
            return;
        }
    };
    assert_eq!((header.users, header.purchases), (users.len(), users.iter().map(Vec::len).sum()));
    for purchases in &users {
        assert_eq!(purchases.first().map(|first| first.basket), Some(0));
        assert!(purchases.windows(2).all(|pair| pair[1].basket - pair[0].basket <= 1));
        assert!(purchases.iter().all(|purchase| (purchase.item as usize) < CATALOGUE.items().len()));
    }
    let written = pack("written", &users, &CATALOGUE, [&header.source, &header.licence]).expect("it can be written");
    assert_eq!(unpack("written", &written, &CATALOGUE).expect("it can be read"), (header, users));
}

use std::fs;
use std::path::Path;

/// The seeds, and each of them with letters changed, taken out and put in: few changes, but in every run of the tests.
#[test]
fn seeds_and_what_is_made_of_them() {
    type Target = fn(&[u8]);
    let targets: [(&str, Target); 4] = [
        ("document", super::document),
        ("ids", super::ids),
        ("token", super::token),
        ("sheet", super::sheet),
    ];
    for (name, target) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
        let mut seeds = 0;
        for file in fs::read_dir(&folder).expect("a folder of seeds") {
            let seed = fs::read(file.expect("a file").path()).expect("its bytes");
            target(&seed);
            (1..200_usize).for_each(|nth| target(&changed(&seed, nth)));
            seeds += 1;
        }
        assert!(seeds > 1, "{name}");
    }
}

fn changed(seed: &[u8], nth: usize) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let at = nth.wrapping_mul(2_654_435_761) % bytes.len();
    let letter = b"{}()[]:\"'.,-09aZ<>=!@#$\\\n\0\xc3"[nth % 26];
    match nth % 3 {
        0 => bytes[at] = letter,
        1 => drop(bytes.remove(at)),
        _ => bytes.insert(at, letter),
    }
    bytes
}

use std::fs;
use std::path::Path;

/// Runs a target on every seed, and on a few thousand variations of them that are always the same.
fn run(name: &str, target: fn(&[u8]), variations: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus_seeds")
        .join(name);
    let mut seeds: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for (path, seed) in &seeds {
        println!("{path}");
        target(seed);
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..variations {
        let seed = &seeds[random.below(seeds.len())].1;
        target(&varied(seed, &mut random));
    }
}

/// Some bytes changed, removed or repeated.
fn varied(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let to = at + random.below((bytes.len() - at).min(16) + 1);
        match random.below(4) {
            0 if at < bytes.len() => bytes[at] = random.byte(),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(to..to, again);
            }
            _ if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
            _ => bytes.push(random.byte()),
        }
    }
    bytes
}

/// A generator of numbers that are the same in every run: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn seeds_of_rule_text() {
    run("rule_text", crate::rule_text, 2_000);
}

#[test]
fn seeds_of_calendar_text() {
    run("calendar_text", crate::calendar_text, 2_000);
}

#[test]
fn seeds_of_query_json() {
    run("query_json", crate::query_json, 2_000);
}

#[test]
fn seeds_of_slots() {
    run("slots", crate::slots, 2_000);
}

#[test]
fn seeds_of_story_text() {
    run("story_text", crate::story_text, 2_000);
}

#[test]
fn seeds_of_price_json() {
    run("price_json", crate::price_json, 2_000);
}

use std::sync::Mutex;

use proptest::prelude::*;
use quando::id::{BookingId, CustomerId};
use zeroize::Zeroizing;

use super::bytes::{KeyBytes, decrypt, encrypt_with, key_from_hex};
use super::*;
use crate::Entropy;

/// Bytes that count up, so that no two fills are alike.
struct Counting(Mutex<u64>);

impl Counting {
    fn from(start: u64) -> Counting {
        Counting(Mutex::new(start))
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(8) {
            *count += 0x0101_0101_0101;
            chunk.copy_from_slice(&count.to_le_bytes()[..chunk.len()]);
        }
    }
}

const OLD: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEW: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0";
const INDEX: &str = "5b7e1c0d5b7e1c0d5b7e1c0d5b7e1c0d5b7e1c0d5b7e1c0d5b7e1c0d5b7e1c0d";

fn old_ring() -> MasterKeys {
    MasterKeys::parse(&format!("old:{OLD},index:{INDEX}")).unwrap()
}

fn both_ring() -> MasterKeys {
    MasterKeys::parse(&format!("index:{INDEX}, new:{NEW}, old:{OLD}\n")).unwrap()
}

fn new_ring() -> MasterKeys {
    MasterKeys::parse(&format!("new:{NEW},index:{INDEX}")).unwrap()
}

fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

fn canary() -> PersonalData {
    PersonalData {
        name: Some("Canary Name".try_into().unwrap()),
        email: Some("canary@example.org".try_into().unwrap()),
        phone: Some("+1 555 canary".try_into().unwrap()),
        notes: Some("canary\nnotes".try_into().unwrap()),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).unwrap())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

#[test]
fn the_cipher_is_that_of_the_draft() {
    // draft-irtf-cfrg-xchacha-03, A.3.1.
    let key: KeyBytes = Box::new(Zeroizing::new(std::array::from_fn(|place| {
        0x80 + u8::try_from(place).unwrap()
    })));
    let nonce: [u8; 24] = std::array::from_fn(|place| 0x40 + u8::try_from(place).unwrap());
    let bound_to = bytes("50515253c0c1c2c3c4c5c6c7");
    let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
                  for the future, sunscreen would be it.";
    let text = bytes(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
         731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
         2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
         21f9664c97637da9768812f615c68b13b52e",
    );
    let tag = bytes("c0875924c1c7987947deafd8780acf49");
    let expected = [&nonce[..], &text, &tag].concat();
    assert_eq!(encrypt_with(&key, nonce, &bound_to, plain), expected);
    assert_eq!(**decrypt(&key, &bound_to, &expected).unwrap(), plain[..]);
}

#[test]
fn a_hash_of_an_address_is_the_documented_one() {
    // key=$(printf 'quando blind index e-mail 1' | openssl dgst -sha256 -mac HMAC
    //       -macopt hexkey:$INDEX -r | cut -c1-64)
    // printf 'ada@example.org' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key
    let expected: [u8; 16] = bytes("8ad1611b1f227789343a4b17334db008")
        .try_into()
        .unwrap();
    assert_eq!(
        *old_ring().blind_index("ada@example.org").as_bytes(),
        expected
    );
}

#[test]
fn an_address_has_one_index_however_it_is_written() {
    let keys = old_ring();
    let index = keys.blind_index("ada@example.org");
    for same in ["Ada@Example.ORG", " ada@example.org\n", "ADA@EXAMPLE.ORG"] {
        assert_eq!(keys.blind_index(same), index, "{same:?}");
    }
    for other in ["ada@example.com", "a.da@example.org", "ädа@example.org", ""] {
        assert_ne!(keys.blind_index(other), index, "{other:?}");
    }
    assert_eq!(
        keys.blind_index("ÄDA@example.org"),
        keys.blind_index("äda@example.org")
    );
    assert_eq!(BlindIndex::new(*index.as_bytes()), index);
}

#[test]
fn an_index_stays_when_master_keys_change() {
    let index = old_ring().blind_index("ada@example.org");
    assert_eq!(both_ring().blind_index("ada@example.org"), index);
    assert_eq!(new_ring().blind_index("ada@example.org"), index);
    let swapped = MasterKeys::parse(&format!("old:{INDEX},index:{OLD}")).unwrap();
    assert_ne!(swapped.blind_index("ada@example.org"), index);
}

#[test]
fn a_profile_opens_again_and_only_where_it_was_sealed() {
    let entropy = Counting::from(1);
    let key = DataKey::new(person("ada"), &entropy);
    let sealed = key.seal_profile(&canary(), &entropy);
    assert_eq!(key.open_profile(&sealed).unwrap(), canary());
    let stored = sealed.to_bytes();
    assert_eq!(Sealed::try_from(&stored[..]).unwrap(), sealed);
    assert!(
        !stored
            .windows(6)
            .any(|part| part.eq_ignore_ascii_case(b"canary"))
    );

    let booking = BookingId::new("b/1").unwrap();
    let note = |number| Purpose::note(&booking, number);
    assert_eq!(note(2).as_str(), "note/b/1/2");
    let text = key.seal(&note(2), b"allergic", &entropy);
    assert_eq!(key.open(&note(2), &text).unwrap()[..], *b"allergic");
    for other in [note(3), Purpose::profile()] {
        assert_eq!(
            key.open(&other, &text),
            Err(SealError::Tampered),
            "{other:?}"
        );
    }

    // The same key bytes for another person open nothing either.
    let twin = DataKey::from_bytes(person("bob"), key.bytes()).unwrap();
    assert_eq!(twin.open(&note(2), &text), Err(SealError::Tampered));
    assert_eq!(twin.open_profile(&sealed), Err(SealError::Tampered));
    let no_profile = key.seal(&Purpose::profile(), b"{\"name\":7}", &entropy);
    assert_eq!(key.open_profile(&no_profile), Err(SealError::Malformed));
}

#[test]
fn the_same_text_is_sealed_to_other_bytes_each_time() {
    let entropy = Counting::from(1);
    let key = DataKey::new(person("ada"), &entropy);
    let once = key.seal_profile(&canary(), &entropy);
    assert_ne!(key.seal_profile(&canary(), &entropy), once);
}

#[test]
fn after_a_rotation_old_and_new_open_and_the_text_stays() {
    let entropy = Counting::from(1);
    let ada = person("ada");
    let key = DataKey::new(ada.clone(), &entropy);
    let sealed = key.seal_profile(&canary(), &entropy);
    let by_old = old_ring().wrap(&key, &entropy);
    assert_eq!(by_old.master_key(), "old");

    let both = both_ring();
    assert_eq!(both.current(), "new");
    assert!(!both.is_current(&by_old));
    let opened = both.unwrap(&ada, &by_old).unwrap();
    assert_eq!(opened.open_profile(&sealed).unwrap(), canary());
    let by_new = both.rewrap(&ada, &by_old, &entropy).unwrap();
    assert!(both.is_current(&by_new));
    assert!(new_ring().is_current(&by_new));
    let opened = new_ring().unwrap(&ada, &by_new).unwrap();
    assert_eq!(opened.open_profile(&sealed).unwrap(), canary());

    let unknown = |name: &str| SealError::KeyUnknown {
        name: name.to_owned(),
    };
    assert_eq!(
        new_ring().unwrap(&ada, &by_old).unwrap_err(),
        unknown("old")
    );
    assert_eq!(
        old_ring().unwrap(&ada, &by_new).unwrap_err(),
        unknown("new")
    );
    assert_eq!(
        new_ring().rewrap(&ada, &by_old, &entropy).unwrap_err(),
        unknown("old")
    );
}

#[test]
fn a_wrapped_key_cannot_be_moved_to_another_person_or_master_key() {
    let entropy = Counting::from(1);
    let both = both_ring();
    let sealed = both.wrap(&DataKey::new(person("ada"), &entropy), &entropy);
    let tampered = |result: Result<DataKey, SealError>| {
        assert_eq!(result.unwrap_err(), SealError::Tampered);
    };
    tampered(both.unwrap(&person("bob"), &sealed));
    let mut renamed = sealed.clone();
    renamed.master = "old".to_owned();
    tampered(both.unwrap(&person("ada"), &renamed));
    let impostor = MasterKeys::parse(&format!("new:{OLD},index:{INDEX}")).unwrap();
    tampered(impostor.unwrap(&person("ada"), &sealed));
}

#[test]
fn without_its_key_an_erased_persons_data_stays_shut() {
    let entropy = Counting::from(1);
    let keys = both_ring();
    let ada = person("ada");
    let key = DataKey::new(ada.clone(), &entropy);
    let sealed = key.seal_profile(&canary(), &entropy);
    drop(key);
    // Master keys, and a new key of the same person, are all that is left.
    let new = DataKey::new(ada.clone(), &entropy);
    assert_eq!(new.open_profile(&sealed), Err(SealError::Tampered));
    for ring in [OLD, NEW, INDEX] {
        let bytes = key_from_hex(ring).unwrap();
        let guess = DataKey::from_bytes(ada.clone(), &bytes[..]).unwrap();
        assert_eq!(guess.open_profile(&sealed), Err(SealError::Tampered));
    }
    let as_key = [&[1, 3][..], b"new", &sealed.to_bytes()[1..][..72]].concat();
    let as_key = SealedKey::try_from(&as_key[..]).unwrap();
    assert_eq!(keys.unwrap(&ada, &as_key).unwrap_err(), SealError::Tampered);
}

#[test]
fn bytes_of_another_form_are_refused() {
    let entropy = Counting::from(1);
    let key = DataKey::new(person("ada"), &entropy);
    let text = key.seal(&Purpose::profile(), b"", &entropy).to_bytes();
    let wrapped = both_ring().wrap(&key, &entropy).to_bytes();
    assert_eq!(text.len(), 1 + 24 + 16);
    assert_eq!(wrapped.len(), 1 + 1 + 3 + 24 + 32 + 16);
    for end in 0..text.len() {
        assert_eq!(Sealed::try_from(&text[..end]), Err(SealError::Malformed));
    }
    for end in 0..wrapped.len() {
        assert_eq!(
            SealedKey::try_from(&wrapped[..end]),
            Err(SealError::Malformed)
        );
    }
    let longer = [&wrapped[..], &[0]].concat();
    assert_eq!(SealedKey::try_from(&longer[..]), Err(SealError::Malformed));
    let version = SealError::Version { found: 2 };
    let changed = |bytes: &[u8]| [&[2], &bytes[1..]].concat();
    assert_eq!(Sealed::try_from(&changed(&text)[..]), Err(version.clone()));
    assert_eq!(SealedKey::try_from(&changed(&wrapped)[..]), Err(version));
}

proptest! {
    #[test]
    fn every_changed_bit_of_a_sealed_text_is_noticed(
        plain in proptest::collection::vec(any::<u8>(), 0..200),
        start in any::<u64>(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let entropy = Counting::from(start % (1 << 60));
        let key = DataKey::new(person("ada"), &entropy);
        let purpose = Purpose::profile();
        let sealed = key.seal(&purpose, &plain, &entropy);
        prop_assert_eq!(&key.open(&purpose, &sealed).unwrap()[..], &plain[..]);
        let mut bytes = sealed.to_bytes();
        bytes[place.index(sealed.to_bytes().len())] ^= 1 << bit;
        let opened = Sealed::try_from(&bytes[..]).and_then(|each| key.open(&purpose, &each));
        prop_assert!(opened.is_err());
    }
}

#[test]
fn every_changed_bit_of_a_wrapped_key_is_noticed() {
    let entropy = Counting::from(1);
    let keys = both_ring();
    let wrapped = keys
        .wrap(&DataKey::new(person("ada"), &entropy), &entropy)
        .to_bytes();
    for place in 0..wrapped.len() {
        for bit in 0..8 {
            let mut bytes = wrapped.clone();
            bytes[place] ^= 1 << bit;
            let key = SealedKey::try_from(&bytes[..]);
            let key = key.and_then(|each| keys.unwrap(&person("ada"), &each));
            assert!(key.is_err(), "bit {bit} of byte {place}");
        }
    }
    assert_eq!(wrapped.len(), 77);
}

#[test]
fn keys_are_read_or_the_wrong_entry_is_named() {
    use MasterKeysError::*;
    let check = |text: &str, expected: MasterKeysError| {
        let error = MasterKeys::parse(text).unwrap_err();
        assert_eq!(error, expected, "{text}");
        let said = format!("{error} {error:?}");
        assert!(
            !said.contains(&OLD[..8]) && !said.contains(&INDEX[..8]),
            "{said}"
        );
    };
    let index = format!("index:{INDEX}");
    check("", Entry { place: 1 });
    check(OLD, Entry { place: 1 });
    check(&format!("{index},old"), Entry { place: 2 });
    check(&format!("old:{OLD},{index},"), Entry { place: 3 });
    check(&format!("{OLD}:old,{index}"), Name { place: 1 });
    check(&format!(":{OLD},{index}"), Name { place: 1 });
    check(&format!("Old:{OLD},{index}"), Name { place: 1 });
    check(
        &format!("{}:{OLD},{index}", "a".repeat(33)),
        Name { place: 1 },
    );
    check(&format!("{}:old,{index}", &OLD[..32]), Key { place: 1 });
    check(&format!("old:{},{index}", &OLD[1..]), Key { place: 1 });
    check(&format!("old:{OLD}0,{index}"), Key { place: 1 });
    check(&format!("old:+{},{index}", &OLD[1..]), Key { place: 1 });
    check(&format!("old:{},{index}", "é".repeat(32)), Key { place: 1 });
    check(
        &format!("{index},old:{}", "ab".repeat(32)),
        Placeholder { place: 2 },
    );
    check(
        &format!("old:{OLD},{index},old:{NEW}"),
        Twice {
            first: 1,
            second: 3,
        },
    );
    check(
        &format!("old:{OLD},{index},new:{}", OLD.to_uppercase()),
        Twice {
            first: 1,
            second: 3,
        },
    );
    check(
        &format!("old:{INDEX},{index}"),
        Twice {
            first: 1,
            second: 2,
        },
    );
    check(&format!("old:{OLD}"), IndexMissing);
    check(&index, CurrentMissing);
    let many = |count: usize| {
        let key = |number: usize| format!("k{number}:{number:02}{},", &OLD[2..]);
        (1..count).map(key).collect::<String>() + &index
    };
    assert_eq!(MasterKeys::parse(&many(16)).unwrap().current(), "k1");
    check(&many(17), TooMany);
    let longest = format!("{}:{OLD},{index}", "a".repeat(32));
    assert!(MasterKeys::parse(&longest).is_ok());
}

#[test]
fn nothing_secret_is_shown() {
    let entropy = Counting::from(1);
    let keys = both_ring();
    let key = DataKey::new(person("ada"), &entropy);
    let sealed = key.seal_profile(&canary(), &entropy);
    let data = canary();
    let shown = [
        format!("{keys:?} {keys:#?}"),
        format!(
            "{key:?} {key:#?} {sealed:?} {:?}",
            keys.wrap(&key, &entropy)
        ),
        format!("{data:?} {data:#?} {:?}", Some(&data)),
        format!(
            "{:?} {:?} {:?} {:?}",
            data.name, data.email, data.phone, data.notes
        ),
        format!("{:?}", keys.blind_index("canary@example.org")),
    ]
    .concat()
    .to_lowercase();
    let index = keys.blind_index("canary@example.org");
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let secrets = [
        "canary".to_owned(),
        OLD[..8].to_lowercase(),
        NEW[..8].to_lowercase(),
        INDEX[..8].to_lowercase(),
        hex(&key.bytes()[..4]),
        format!("{:?}", &key.bytes()[..4])
            .trim_matches(['[', ']'])
            .to_owned(),
        hex(&index.as_bytes()[..4]),
    ];
    for secret in secrets {
        assert!(!shown.contains(&secret), "`{secret}` in {shown}");
    }
    assert!(shown.contains("new") && shown.contains("old"), "{shown}");
}

#[test]
fn texts_about_a_person_are_checked_and_never_quoted() {
    use PersonalTextError::{Blank, Control, Email, TooLong};
    let too_long = |what, max, unit| Err(TooLong { what, max, unit });
    let name = |text: &str| PersonName::new(text).map(|_| ());
    let email = |text: &str| EmailAddress::new(text).map(|_| ());
    let phone = |text: &str| PhoneNumber::new(text).map(|_| ());
    let notes = |text: &str| PersonNotes::new(text).map(|_| ());
    let (of_name, of_mail) = ("name", "mail address");
    assert_eq!(name(&"é".repeat(100)), Ok(()));
    assert_eq!(name(&"a".repeat(201)), too_long(of_name, 200, "bytes"));
    assert_eq!(name(" \u{3000}"), Err(Blank { what: of_name }));
    assert_eq!(name("a\nb"), Err(Control { what: of_name }));
    assert_eq!(name("\0"), Err(Control { what: of_name }));
    for good in ["a@b", "Ada.L+x@Example.ORG", "用户@例え.jp"] {
        assert_eq!(EmailAddress::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "a",
        "@",
        "a@",
        "@b",
        "a@b@c",
        "a@b@",
        "@a@b",
        "a b@c",
        "a@b\u{a0}c",
        " a@b",
    ] {
        assert_eq!(email(bad), Err(Email), "{bad:?}");
    }
    assert_eq!(email(""), Err(Blank { what: of_mail }));
    assert_eq!(email("a@b\n"), Err(Control { what: of_mail }));
    assert_eq!(email(&format!("a@{}", "b".repeat(252))), Ok(()));
    assert_eq!(
        email(&format!("a@{}", "b".repeat(253))),
        too_long(of_mail, 254, "bytes")
    );
    assert_eq!(phone(&"1".repeat(40)), Ok(()));
    assert_eq!(
        phone(&"1".repeat(41)),
        too_long("phone number", 40, "bytes")
    );
    let of_notes = "note about a person";
    assert_eq!(notes(&"é\n".repeat(1_000)), Ok(()));
    assert_eq!(
        notes(&"é".repeat(2_001)),
        too_long(of_notes, 2_000, "characters")
    );
    assert_eq!(notes("a\tb"), Err(Control { what: of_notes }));
    let error = serde_json::from_str::<PersonalData>("{\"email\":\"canary\"}").unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn the_longest_profile_fits_into_the_buffer_that_it_is_written_to() {
    let data = PersonalData {
        name: Some("\"".repeat(200).try_into().unwrap()),
        email: Some(format!("{}@b", "\"".repeat(252)).try_into().unwrap()),
        phone: Some("\\".repeat(40).try_into().unwrap()),
        notes: Some("𝄞".repeat(2_000).try_into().unwrap()),
    };
    let key = DataKey::new(person("ada"), &Counting::from(1));
    let sealed = key.seal_profile(&data, &Counting::from(2));
    assert!(sealed.to_bytes().len() < 10_000);
    assert_eq!(key.open_profile(&sealed).unwrap(), data);
}

#[test]
fn the_json_form_has_what_is_known_and_nothing_else() {
    let text = r#"{"name":"Ada","email":"ada@example.org"}"#;
    let data: PersonalData = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&data).unwrap(), text);
    assert!(!data.is_empty());
    assert!(
        serde_json::from_str::<PersonalData>("{}")
            .unwrap()
            .is_empty()
    );
    assert!(serde_json::from_str::<PersonalData>(r#"{"nickname":"A"}"#).is_err());
    let customer = CustomerId::new("customer-17").unwrap();
    assert_eq!(PersonId::from(&customer), person("customer-17"));
    assert_eq!(serde_json::to_string(&person("x")).unwrap(), "\"x\"");
    assert!(serde_json::from_str::<PersonId>("\"\"").is_err());
}

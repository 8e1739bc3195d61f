use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};
use proptest::prelude::*;

use super::*;

fn register(secrets: &[&str]) -> Secrets {
    let register = Secrets::default();
    for secret in secrets {
        register.given(&SecretString::from(*secret));
    }
    register
}

fn percent(text: &str, upper: bool) -> String {
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else if upper {
            format!("%{byte:02X}")
        } else {
            format!("%{byte:02x}")
        }
    };
    text.bytes().map(encoded).collect()
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn json_ascii(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn debug(text: &str) -> String {
    let quoted = format!("{text:?}");
    quoted[1..quoted.len() - 1].to_owned()
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

/// `text` in every notation, with the name of the notation.
fn notations(text: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("raw", text.to_owned()),
        ("JSON", json(text)),
        ("JSON with escaped slashes", json(text).replace('/', "\\/")),
        ("ASCII JSON", json_ascii(text)),
        ("JSON in JSON", json(&json(text))),
        ("JSON in JSON in JSON", json(&json(&json(text)))),
        ("URL, upper case", percent(text, true)),
        ("URL, lower case", percent(text, false)),
        ("form", form_encoded(text)),
        ("form in form", form_encoded(&form_encoded(text))),
        ("form in form in form", form_encoded(&form_encoded(&form_encoded(text)))),
        ("HTML", html(text)),
        ("debug", debug(text)),
        ("JSON in URL", percent(&json(text), true)),
    ];
    for (name, around) in [
        ("first", ""),
        ("second", "a"),
        ("third", "ab"),
        ("with a user", "user:"),
    ] {
        // Next to letters, a short secret would be part of a longer word and not be removed.
        let around = around.replace(['a', 'b'], "=");
        all.push((name, STANDARD.encode(format!("{around}{text}"))));
        all.push((name, URL_SAFE.encode(format!("{around}{text}=rest"))));
        all.push((name, STANDARD_NO_PAD.encode(format!("{around}{text}"))));
    }
    let base64 = STANDARD.encode(format!(":{text}"));
    all.push(("base64 in URL", percent(&base64, true)));
    all.push(("base64 in JSON", base64.replace('/', "\\/")));
    all
}

const KINDS: [&str; 12] = [
    "LEAK-password",
    "abc",
    "918273",
    "x y/z",
    "a\"b\\c",
    "p%41+&=ss<wörd>",
    "LEAK/security+token==",
    "gAAAAABn-_longer-token_of_letters-0123456789",
    "ключ-и-пароль",
    "tab\tand\nline",
    "AK0123456789ABCDEFGH",
    "'quoted'",
];

#[test]
fn a_secret_is_found_in_every_notation() {
    for secret in KINDS {
        let register = register(&[secret]);
        for (notation, written) in notations(secret) {
            for text in [
                written.clone(),
                format!("refused: {written} is wrong"),
                format!("{{\"password\":\"{written}\"}}"),
                format!("<html><p>{written}</p></html>"),
            ] {
                let shown = register.shown(&text);
                assert!(!shown.contains(&written), "{secret:?} as {notation} is in {shown:?}");
                assert!(
                    shown.contains(crate::http::REMOVED),
                    "{secret:?} as {notation}: {shown:?}"
                );
            }
        }
    }
}

#[test]
fn every_escape_of_a_character_is_read() {
    for (secret, written) in [
        ("LEAK\rtwo", r"LEAK\rtwo"),
        ("LEAK\u{8}two", r"LEAK\btwo"),
        ("LEAK\u{c}two", r"LEAK\ftwo"),
        ("LEAK\0two", r"LEAK\0two"),
        ("LEAK-A-two", r"LEAK-\x41-two"),
        ("LEAK-A-two", r"LEAK-\u{41}-two"),
        ("LEAK-A-two", r"LEAK-\u0041-two"),
        ("LEAK-😀-two", r"LEAK-\u{1f600}-two"),
        ("LEAK-😀-two", r"LEAK-\ud83d\ude00-two"),
        ("LEAK&<>='two", r"LEAK\&\<\>\=\'two"),
        ("LEAK>two", "LEAK&gt;two"),
        ("LEAK'two", "LEAK&apos;two"),
        ("LEAK two", "LEAK&nbsp;two"),
        ("LEAK/two", "LEAK&sol;two"),
        ("LEAK+two", "LEAK&plus;two"),
        ("LEAK=two", "LEAK&equals;two"),
        ("LEAK-two", "LEAK&#45;two"),
        ("LEAK-two", "LEAK&#x2D;two"),
        ("LEAK-two", "LEAK&#X2d;two"),
        // A path keeps its plus sign, and a form writes one for a blank.
        ("LEAK+two/three", "LEAK+two%2Fthree"),
        ("LEAK two/three", "LEAK+two%2Fthree"),
    ] {
        assert_eq!(register(&[secret]).shown(written), "[removed]", "{written}");
    }
}

#[test]
fn the_text_around_a_secret_stays() {
    let register = register(&["LEAK-password", "abc"]);
    for (text, shown) in [
        ("password LEAK-password is wrong", "password [removed] is wrong"),
        ("(LEAK-password,LEAK-password)", "([removed],[removed])"),
        ("xLEAK-passwordy", "x[removed]y"),
        ("password=abc&next=1", "password=[removed]&next=1"),
        ("abc", "[removed]"),
        ("ümläut abc ümläut", "ümläut [removed] ümläut"),
        (r#"{"a":"LEAK\u002dpassword","b":"c"}"#, r#"{"a":"[removed]","b":"c"}"#),
        ("/v1?p=LEAK%2Dpassword&q=1", "/v1?p=[removed]&q=1"),
    ] {
        assert_eq!(register.shown(text), shown);
    }
}

#[test]
fn a_short_secret_inside_of_a_word_stays() {
    let register = register(&["abc", "12", "a"]);
    for text in [
        "abcd and zabc",
        "a policy with 12 backups and 120 GB",
        "HTTP status 412, code CSBS.12345",
        "9506416d-db6c-406e-8bca-c0f43793d9abc1",
    ] {
        assert_eq!(register.shown(text), text);
    }
    // As a value, even the shortest secret is removed.
    assert_eq!(register.shown(r#"{"passcode":"12"}"#), r#"{"passcode":"[removed]"}"#);
    assert_eq!(register.shown("passcode=12&x"), "passcode=[removed]&x");
}

#[test]
fn values_that_the_configuration_shows_openly_stay() {
    let register = register(&["demo", "other-secret"]);
    register.open("demo");
    assert_eq!(
        register.shown("the user demo, other-secret"),
        "the user demo, [removed]"
    );
}

#[test]
fn the_beginning_of_a_truncated_secret_is_removed() {
    let register = register(&["LEAK-password/with", "hunter2"]);
    for (text, shown) in [
        ("it was LEAK-pass…", "it was [removed]…"),
        (
            "it was LEAK-password%2… (100 bytes in all)",
            "it was [removed]%2… (100 bytes in all)",
        ),
        ("it was hunt…", "it was [removed]…"),
        ("the chunt…", "the chunt…"),
        ("LE…", "LE…"),
        ("LEA…", "[removed]…"),
        ("LEAK-pass", "LEAK-pass"),
        // Nothing was cut off right after it.
        ("it was LEAK-pass, and…", "it was LEAK-pass, and…"),
        ("100% of LEAK-pass was…", "100% of LEAK-pass was…"),
    ] {
        assert_eq!(register.shown(text), shown);
    }
}

#[test]
fn the_beginning_of_a_secret_is_removed_before_an_escape_that_was_cut_off() {
    let register = register(&["LEAK-😀-password", "LEAK/password", "LEAK&password"]);
    for (text, shown) in [
        (r"it was LEAK-\ud83d\ude0…", r"it was [removed]\ud83d\ude0…"),
        (r"it was LEAK-\ud8…", r"it was [removed]\ud8…"),
        (r"it was LEAK-\…", r"it was [removed]\…"),
        ("it was LEAK%2…", "it was [removed]%2…"),
        ("it was LEAK%…", "it was [removed]%…"),
        ("it was LEAK&am…", "it was [removed]&am…"),
        // These are no escapes that were cut off.
        ("LEAK% of it", "LEAK% of it"),
        (r"LEAK\ of it", r"LEAK\ of it"),
        ("LEAK & more of it", "LEAK & more of it"),
        (
            r"LEAK\ and thirty more characters…",
            r"LEAK\ and thirty more characters…",
        ),
    ] {
        assert_eq!(register.shown(text), shown);
    }
}

#[test]
fn base64_that_is_shorter_than_every_secret_is_not_decoded() {
    use notation::{Notation, Reading};
    // "secret" has six bytes, in eight characters.
    for (shortest, is_decoded) in [(1, true), (6, true), (7, false), (60, false)] {
        let undone = Reading::of("c2VjcmV0").undo(Notation::Base64(0), shortest);
        assert_eq!(undone.is_some(), is_decoded, "{shortest}");
    }
    // Where the text was cut off, a beginning may be shorter.
    let undone = Reading::of("c2VjcmV0…").undo(Notation::Base64(0), 60);
    assert_eq!(undone.unwrap().bytes, b"secret\0");
}

#[test]
fn the_length_of_a_secret_decides_at_which_positions_it_is_removed() {
    for (secret, text, shown) in [
        ("eight-ch", "xeight-chx", "x[removed]x"),
        ("seven-c", "xseven-cx", "xseven-cx"),
        ("seven-c", "seven-cx seven-c", "seven-cx [removed]"),
        ("abc", "word abc, 1abc", "word [removed], 1abc"),
        ("ab", "word ab, ab: ab", "word ab, ab: ab"),
        ("ab", r#"{"a":"ab"}"#, r#"{"a":"[removed]"}"#),
        ("ab", "p=ab;", "p=[removed];"),
        ("ab", "p:ab\nnext", "p:[removed]\nnext"),
    ] {
        assert_eq!(register(&[secret]).shown(text), shown, "{secret}");
    }
}

#[test]
fn a_secret_is_removed_wherever_it_is_registered_from() {
    let given = Secrets::default();
    given.given(&SecretString::from("given-secret"));
    let issued = given.clone();
    issued.issued("issued-secret");
    for register in [&given, &issued] {
        assert_eq!(
            register.shown("given-secret and issued-secret"),
            "[removed] and [removed]",
            "clones share the register"
        );
    }
    // Blanks around it do not count, and an empty text is no secret.
    let blank = register(&["  padded-secret\n", "", "  "]);
    assert_eq!(blank.shown("a padded-secret b  c"), "a [removed] b  c");
}

#[test]
fn overlapping_secrets_are_removed_as_one() {
    let register = register(&["LEAK-password", "password-two", "LEAK-password-two-three"]);
    for (text, shown) in [
        ("a LEAK-password-two b", "a [removed] b"),
        ("a LEAK-password-two-three b", "a [removed] b"),
        ("LEAK-passwordLEAK-password", "[removed][removed]"),
        ("LEAK-password password-two", "[removed] [removed]"),
    ] {
        assert_eq!(register.shown(text), shown);
    }
}

#[test]
fn a_private_key_is_found_on_one_line_and_line_by_line() {
    let lines = [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
        "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
    ];
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----\n",
        lines[0], lines[1]
    );
    let register = register(&[&pem]);
    for text in [
        pem.clone(),
        json(&pem),
        pem.replace('\n', " "),
        pem.replace('\n', "\r\n"),
        format!("line 2 is {}", lines[0]),
        format!("{}{}", lines[0], lines[1]),
    ] {
        let shown = register.shown(&text);
        assert!(!lines.iter().any(|line| shown.contains(line)), "{shown}");
    }
    // The lines around every key, and a short last line, are no secrets.
    let short =
        self::register(&["-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAAECAw==\n-----END PRIVATE KEY-----\n"]);
    for text in ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "AAECAw=="] {
        assert_eq!(short.shown(text), text);
    }
    assert_eq!(short.shown("MIGHAgEAMBMGByqGSM49"), "[removed]");
}

#[test]
fn replaced_tokens_stay_registered_and_their_number_is_bounded() {
    let register = Secrets::default();
    for number in 0..MOST_ISSUED + 10 {
        register.issued(&format!("issued-token-{number:05}"));
        register.issued(&format!("issued-token-{number:05}"));
    }
    assert_eq!(register.shown("issued-token-00265"), "[removed]");
    assert_eq!(register.shown("issued-token-00010"), "[removed]");
    assert_eq!(register.shown("issued-token-00009"), "issued-token-00009");
}

#[test]
fn only_long_secrets_are_removed_from_stored_values() {
    let register = register(&["backup-policy", "gAAAAAB-a-long-token"]);
    assert_eq!(register.stored("my backup-policy"), "my backup-policy");
    assert_eq!(register.stored("x gAAAAAB-a-long-token"), "x [removed]");
    assert_eq!(register.stored("gAAAAAB%2Da%2Dlong%2Dtoken"), "[removed]");
    let shortest = self::register(&["sixteen-letters.", "fifteen-letters"]);
    assert_eq!(shortest.stored("sixteen-letters."), "[removed]");
    assert_eq!(shortest.stored("fifteen-letters"), "fifteen-letters");
    assert_eq!(shortest.stored("x fifteen-letters"), "x fifteen-letters");
}

#[test]
fn the_register_shows_no_secret() {
    assert_eq!(format!("{:?}", register(&["hunter2"])), "Secrets");
}

#[test]
fn a_text_with_very_many_notations_is_searched_in_limited_time() {
    let register = register(&["LEAK-password"]);
    let text = r"%25&amp;\\\\u0025+aGVsbG8=".repeat(300);
    assert!(!register.shown(&format!("{text} LEAK-password")).contains("LEAK"));
}

proptest! {
    #[test]
    fn any_text_can_be_searched(text in "\\PC*", secret in "\\PC{1,12}") {
        let register = register(&[&secret]);
        let _ = register.shown(&text);
        let around = register.shown(&format!("{text}…{text}")).into_owned();
        prop_assert!(around.is_char_boundary(around.len()));
    }

    #[test]
    fn a_long_secret_is_always_removed(
        before in "\\PC{0,12}",
        secret in "[ -~äß€]{8,40}",
        after in "\\PC{0,12}",
        which in 0_usize..17,
    ) {
        prop_assume!(secret.trim().len() >= 8);
        let secret = secret.trim();
        let register = register(&[secret]);
        let all = notations(secret);
        let (notation, written) = &all[which % all.len()];
        let shown = register.shown(&format!("{before} {written} {after}")).into_owned();
        prop_assert!(!shown.contains(written.as_str()), "{} as {}: {}", secret, notation, shown);
    }
}

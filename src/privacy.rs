//! What stands in outputs instead of persons: keyed pseudonyms, covered names, and the shape of values that could identify somebody.
//!
//! A pseudonym is the beginning of HMAC-SHA-256 over the number, so rows of one person stay joinable while nobody without the key can
//! try numbers until one fits. The key is made once per user and kept in the case store too, readable by its owner only: the same person
//! has the same pseudonym in every report of that user and of that store. Whoever has the store can find the person again, by the visit number or the line of
//! the export that every record names.
//!
//! Practitioners and institutions keep their names: they act in office, and they are whom an inspection is about.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use hmac::digest::Key as MacKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::explained::{Explained, Told, io_zh};
use crate::files::{self, Readers};
use crate::format::hex;
use crate::spelling::normalise;

/// Columns of the case store that identify a person, in whatever table they stand; `true` for names.
pub const PERSONAL_COLUMNS: [(&str, bool); 8] = [
    ("psn_no", false),
    ("psn_name", true),
    ("certno", false),
    ("tel", false),
    ("addr", false),
    ("bed_no", false),
    ("ipt_otp_no", false),
    ("medrcdno", false),
];

/// Name of the key in a case store.
const KEY_FILE: &str = "pseudonym.key";
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Characters of a pseudonym after its prefix: 80 bits, so that among a billion persons two alike are not to be expected.
const PSEUDONYM_CHARS: usize = 16;
/// Crockford's base 32: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// So many digits in a row are in no column name.
const TELLING_DIGITS: usize = 6;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The key's file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{} is no pseudonym key", .0.display())]
    NotAKey(PathBuf),
    /// The system has no randomness to give.
    #[error("no key for pseudonyms can be made: {0}")]
    NoRandomness(getrandom::Error),
}

impl Explained for KeyError {
    fn told(&self) -> Told {
        match self {
            Self::Io { path, source } => Told::new("FJ-711", format!("代号密钥 {}：{}", path.display(), io_zh(source))),
            Self::NotAKey(path) => Told::new("FJ-712", format!("{} 不是代号密钥", path.display())),
            Self::NoRandomness(error) => Told::new("FJ-713", format!("生成不了代号密钥（{error}）")),
        }
    }
}

/// The secret that pseudonyms are made with.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

/// Never shows the key.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// The folder of the user's own settings, where the system has a place for such.
pub fn user_folder() -> Option<PathBuf> {
    let settings = if cfg!(windows) {
        std::env::var_os("APPDATA").map(PathBuf::from)
    } else {
        let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| Some(std::env::home_dir()?.join(".config")))
    };
    settings.map(|settings| settings.join("feijian"))
}

impl Key {
    /// The key kept in the case store at `root`. A store without one gets that of the user, so that the stores of one person, and
    /// above all the temporary ones of runs without `--store`, give the same person the same pseudonym; without a `user` folder it gets
    /// a new one.
    ///
    /// # Errors
    /// If it can neither be read nor written.
    pub fn of_store(root: &Path, user: Option<&Path>) -> Result<Self, KeyError> {
        let path = root.join(KEY_FILE);
        if path.exists() {
            return Self::read(&path);
        }
        // A user without a place for settings still gets a report; only its pseudonyms are the store's own.
        let key = user.and_then(|folder| Self::of_user(folder).ok()).map_or_else(Self::random, Ok)?;
        key.write(&path)?;
        Ok(key)
    }

    /// The key kept in a user's `folder`; both are made when they are not there.
    fn of_user(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(KEY_FILE);
        if path.exists() {
            return Self::read(&path);
        }
        fs::create_dir_all(folder).map_err(|source| KeyError::Io { path: folder.to_owned(), source })?;
        let key = Self::random()?;
        key.write(&path)?;
        Ok(key)
    }

    fn random() -> Result<Self, KeyError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(KeyError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// Writes the key for its owner only.
    fn write(&self, path: &Path) -> Result<(), KeyError> {
        let fail = |source| KeyError::Io { path: path.to_owned(), source };
        files::replace(path, Readers::Owner, |file| file.write_all(hex(&self.0).as_bytes())).map_err(fail)
    }

    /// A key from a file of 64 hexadecimal digits.
    ///
    /// # Errors
    /// If it cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path).map_err(|source| KeyError::Io { path: path.to_owned(), source })?;
        let refused = || KeyError::NotAKey(path.to_owned());
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return Err(refused());
        }
        let mut bytes = [0; KEY_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
        }
        Ok(Self(bytes))
    }

    /// Tells two keys apart without giving either away: reports with the same id have the same pseudonyms.
    pub fn id(&self) -> String {
        hex(&self.mac(b"key id")[..4])
    }

    /// HMAC-SHA-256, RFC 2104.
    fn mac(&self, message: &[u8]) -> [u8; 32] {
        // A key shorter than a block of the hash is one with zeros behind it.
        let mut key = MacKey::<Hmac<Sha256>>::default();
        key[..KEY_BYTES].copy_from_slice(&self.0);
        Hmac::<Sha256>::new(&key).chain_update(message).finalize().into_bytes().into()
    }

    /// A pseudonym for a value of a column. The same value in another column gets another one.
    fn pseudonym(&self, column: &str, value: &str) -> String {
        let mac = self.mac(format!("{column}\u{1f}{}", normalise(value)).as_bytes());
        let mut text = String::from("P");
        let (mut bits, mut count) = (0_u32, 0);
        for byte in mac {
            bits = (bits << 8) | u32::from(byte);
            count += 8;
            while count >= 5 && text.len() <= PSEUDONYM_CHARS {
                count -= 5;
                text.push(char::from(ALPHABET[(bits >> count) as usize & 31]));
            }
        }
        text
    }
}

/// How persons appear in outputs.
#[derive(Debug, Clone, Default)]
pub enum Disguise {
    /// As in the export: `--reveal`.
    #[default]
    Reveal,
    /// Under pseudonyms made with this key.
    Mask(Key),
}

impl Disguise {
    /// What stands for the number of a person.
    pub fn number(&self, psn_no: String) -> String {
        self.value("psn_no", psn_no)
    }

    /// What stands for a value of a column that identifies a person, other than a name.
    pub fn value(&self, column: &str, value: String) -> String {
        match self {
            Self::Reveal => value,
            Self::Mask(_) if value.is_empty() => value,
            Self::Mask(key) => key.pseudonym(column, &value),
        }
    }

    /// What stands for a person's name: its first character, as forms in use cover it.
    pub fn name(&self, name: String) -> String {
        match self {
            Self::Reveal => name,
            Self::Mask(_) => name.trim().chars().next().map(|first| format!("{first}**")).unwrap_or_default(),
        }
    }

    /// A value that was refused: what is in it may be anybody's, so only its shape is shown.
    pub fn refused(&self, value: &str) -> String {
        match self {
            Self::Reveal => value.to_owned(),
            Self::Mask(_) => shape(value),
        }
    }

    /// The id of the key in use; none when persons are revealed.
    pub fn key_id(&self) -> Option<String> {
        match self {
            Self::Reveal => None,
            Self::Mask(key) => Some(key.id()),
        }
    }
}

/// What a value looks like without saying what it is: `3.40103E+17` is `9.99999A+99`, `张三丰` is `字字字`.
pub fn shape(value: &str) -> String {
    let mask = |c: char| match c {
        c if c.is_ascii_digit() => '9',
        c if c.is_ascii_lowercase() => 'a',
        c if c.is_ascii_uppercase() => 'A',
        c if c.is_alphanumeric() => '字',
        c => c,
    };
    value.chars().map(mask).collect()
}

/// The columns of a header, for a message. A file without a header begins with somebody's record: then only its shape is shown.
pub fn header_cells<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let telling = |cell: &str| {
        let digits = cell.split(|c: char| !c.is_ascii_digit()).map(str::len);
        digits.max().is_some_and(|longest| longest >= TELLING_DIGITS)
    };
    let is_record = cells.clone().any(telling);
    cells.map(|cell| if is_record { shape(cell) } else { cell.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_4231() {
        // Test cases 1 to 4, whose keys are shorter than ours; zeros behind a key change nothing, that is how HMAC pads.
        let counting: Vec<u8> = (1..=25).collect();
        for (short, message, expected) in [
            (&[0x0b; 20][..], &b"Hi There"[..], "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        ] {
            let mut key = [0; KEY_BYTES];
            key[..short.len()].copy_from_slice(short);
            assert_eq!(hex(&Key(key).mac(message)), expected);
        }
    }

    #[test]
    fn pseudonyms_stay_those_of_reports_already_written() {
        let disguise = Disguise::Mask(Key([1; KEY_BYTES]));
        assert_eq!(disguise.number("34010000000000000001".to_owned()), "PSG41KAJXDT7JPCEV");
        assert_eq!(disguise.key_id().as_deref(), Some("cabf5820"));
    }

    #[test]
    fn pseudonyms_belong_to_a_key_and_a_column() {
        let (one, other) = (Disguise::Mask(Key([1; KEY_BYTES])), Disguise::Mask(Key([2; KEY_BYTES])));
        let number = |disguise: &Disguise, psn_no: &str| disguise.number(psn_no.to_owned());
        let masked = number(&one, "34010000000000000001");
        assert_eq!(masked.len(), 1 + PSEUDONYM_CHARS);
        assert_eq!(masked, number(&one, " 34010000000000000001"), "spelt otherwise, the same person");
        assert_ne!(masked, number(&one, "34010000000000000002"));
        assert_ne!(masked, number(&other, "34010000000000000001"));
        assert_ne!(masked, one.value("certno", "34010000000000000001".into()));
        assert_eq!(one.name("欧阳示例".into()), "欧**");
        assert_eq!(number(&Disguise::Reveal, "1"), "1");
    }

    #[test]
    fn a_store_keeps_one_key_for_its_owner() {
        let folder = tempfile::tempdir().expect("temp");
        let (first, again) = (Key::of_store(folder.path(), None), Key::of_store(folder.path(), None));
        assert_eq!(first.expect("made").id(), again.expect("read").id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(KEY_FILE)).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for wrong in ["", "12", &"g".repeat(64), &"字".repeat(64)] {
            fs::write(folder.path().join(KEY_FILE), wrong).expect("writable");
            assert!(matches!(Key::of_store(folder.path(), None), Err(KeyError::NotAKey(_))), "{wrong}");
        }
    }

    #[test]
    fn new_stores_of_one_user_have_one_key() {
        let folder = tempfile::tempdir().expect("temp");
        let user = folder.path().join("settings/feijian");
        let keys = ["one", "other"].map(|store| {
            fs::create_dir_all(folder.path().join(store)).expect("writable");
            Key::of_store(&folder.path().join(store), Some(&user)).expect("a key").id()
        });
        assert_eq!(keys[0], keys[1]);
        let alone = Key::of_store(&user.join(".."), None).expect("a key").id();
        assert_ne!(keys[0], alone);
    }

    #[test]
    fn shapes_tell_nothing_but_the_form() {
        assert_eq!(shape("3.40103E+17"), "9.99999A+99");
        assert_eq!(shape("张三, 34010119900101001x"), "字字, 99999999999999999a");
        let cells = ["姓名", "证件号码", "mdtrt_id2"];
        assert_eq!(header_cells(cells.into_iter()), cells);
        assert_eq!(header_cells(["张三", "13800000000"].into_iter()), ["字字", "99999999999"]);
    }
}

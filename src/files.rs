//! Files and folders as this program makes them: replaced whole or not at all, and for their owner only where they name persons.
//!
//! Who may read is a matter of modes on Unix. On Windows files and folders inherit the rights of the folder they are made in, and nothing
//! is changed about that.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner: claims, and what was said about them, are personal data.
    Owner,
    /// Whoever may read other files of the folder.
    Folder,
}

/// Replaces the file at `path`, or makes it, with what `fill` writes: readers see the old file or the new one, whole and on disk, and after
/// an error the old one. One writer at a time: the new file grows beside its place, under the same name with `.new` behind it.
///
/// # Errors
/// If the file cannot be written or put in its place, for instance because a spreadsheet program holds the old one open on Windows.
pub fn replace(path: &Path, readers: Readers, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let fresh = fresh(path);
    let write = || {
        let mut file = create(&fresh, readers)?;
        fill(&mut file)?;
        file.sync_all()
    };
    // Windows renames no file that is still open; `write` has closed it.
    let done = write().and_then(|()| fs::rename(&fresh, path));
    if done.is_err() {
        // What cannot be removed either is overwritten by the next attempt.
        let _ = fs::remove_file(&fresh);
    }
    done
}

/// Where a file grows before it replaces the one at `path`.
fn fresh(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Creates an empty file, or empties the one that is there.
///
/// # Errors
/// If the file cannot be opened for writing or its mode not be changed.
pub fn create(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
    }
    let file = options.open(path)?;
    // The mode above is for a new file only.
    if readers == Readers::Owner {
        restrict(path)?;
    }
    Ok(file)
}

/// Makes a folder that only its owner can enter. Its parent has to be there, itself not.
///
/// # Errors
/// If the system refuses.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, DIR_MODE);
    builder.create(path)
}

#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
#[cfg(unix)]
const DIR_MODE: u32 = 0o700;

/// Takes a file or folder that is there from everybody but its owner. Devices and pipes are left as they are: they hold nothing.
///
/// # Errors
/// If the mode cannot be changed.
#[cfg(unix)]
pub fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path)?.file_type();
    let mode = match (found.is_dir(), found.is_file()) {
        (true, _) => DIR_MODE,
        (_, true) => FILE_MODE,
        _ => return Ok(()),
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Windows files inherit the rights of the folder.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Takes the lock that the file at `path` is, making it when it is not there; `None` while somebody else holds it. The lock ends when the
/// file is dropped or the process dies; the file stays, empty, because removing it is a race.
///
/// # Errors
/// If the file cannot be opened or the system knows no locks.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).expect("readable").map(|entry| entry.expect("readable").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("data.csv");
        for text in ["one", "two"] {
            replace(&path, Readers::Folder, |file| file.write_all(text.as_bytes())).expect("writable");
            assert_eq!(fs::read_to_string(&path).expect("there"), text);
        }
        let refused = replace(&path, Readers::Folder, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert_eq!(refused.expect_err("not written").to_string(), "disk full");
        assert_eq!(fs::read_to_string(&path).expect("there"), "two");
        assert_eq!(names(dir.path()), ["data.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_private_is_so_from_the_start_and_whatever_lay_there() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("key");
        // Left behind by somebody else's umask.
        for left in [&path, &fresh(&path)] {
            fs::write(left, "old").expect("writable");
            fs::set_permissions(left, fs::Permissions::from_mode(0o644)).expect("settable");
        }
        let fill = |file: &mut File| {
            assert_eq!(mode(&fresh(&path)), 0o600);
            file.write_all(b"new")
        };
        replace(&path, Readers::Owner, fill).expect("writable");
        assert_eq!((mode(&path), fs::read_to_string(&path).expect("there").as_str()), (0o600, "new"));
        let folder = dir.path().join("folder");
        create_private_dir(&folder).expect("writable");
        assert_eq!(mode(&folder), 0o700);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("settable");
        restrict(&folder).expect("settable");
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn a_lock_is_held_once() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join(".lock");
        let held = lock(&path).expect("lockable");
        assert!(held.is_some() && lock(&path).expect("lockable").is_none());
        drop(held);
        assert!(lock(&path).expect("lockable").is_some());
    }
}

//! Listens on a Unix socket that only the user of the process can open, or on loopback TCP if that is not possible.

use std::{io, path::PathBuf, pin::Pin};

use tokio::io::{AsyncRead, AsyncWrite};

use super::handshake::HandshakeConfig;

/// A connection of a client.
pub type Stream = Pin<Box<dyn Connection>>;

/// A stream in both directions.
pub trait Connection: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Connection for T {}

/// Accepts connections. Removes its socket when it is dropped.
pub struct Listener {
    inner: Inner,
    directory: Option<PathBuf>,
}

enum Inner {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener, String),
    Tcp(tokio::net::TcpListener),
}

impl Listener {
    /// Starts to listen.
    ///
    /// # Errors
    /// If neither a Unix socket nor a TCP socket can be created.
    pub async fn bind(invitation: &HandshakeConfig) -> io::Result<Self> {
        #[cfg(unix)]
        match Self::bind_unix(invitation) {
            Ok(listener) => return Ok(listener),
            // The directory may be missing or read-only, or its path may be too long for a socket.
            Err(error) => tracing::warn!(%error, "cannot create a Unix socket; listening on loopback instead"),
        }
        Self::bind_tcp(invitation.ports).await
    }

    #[cfg(unix)]
    fn bind_unix(invitation: &HandshakeConfig) -> io::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        let parent = invitation
            .socket_dir
            .as_ref()
            .map_or_else(std::env::temp_dir, PathBuf::from);
        let directory = parent.join(format!("plugin{}-{}", std::process::id(), random()?));
        // The mode of the directory keeps other users out before the mode of the socket is set.
        std::fs::DirBuilder::new().mode(0o700).create(&directory)?;
        let path = directory.join("s");
        let bound = tokio::net::UnixListener::bind(&path)
            .and_then(|socket| {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
                Ok(socket)
            })
            .inspect_err(|_| {
                let _ = std::fs::remove_dir_all(&directory);
            })?;
        let address = path.to_string_lossy().into_owned();
        Ok(Self {
            inner: Inner::Unix(bound, address),
            directory: Some(directory),
        })
    }

    /// Listens on loopback, on the first free port of `ports`, or on any port without `ports`.
    async fn bind_tcp(ports: Option<(u16, u16)>) -> io::Result<Self> {
        let (first, last) = ports.unwrap_or((0, 0));
        let mut failure = io::Error::other("no port to listen on");
        for port in first..=last {
            match tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
                Ok(socket) => {
                    return Ok(Self {
                        inner: Inner::Tcp(socket),
                        directory: None,
                    });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Returns network and address for the handshake line.
    #[must_use]
    pub fn address(&self) -> (&'static str, String) {
        match &self.inner {
            #[cfg(unix)]
            Inner::Unix(_, path) => ("unix", path.clone()),
            Inner::Tcp(socket) => ("tcp", socket.local_addr().map(|a| a.to_string()).unwrap_or_default()),
        }
    }

    /// Returns `true` if only the user of the process can connect.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.directory.is_some()
    }

    /// Accepts the next connection.
    ///
    /// # Errors
    /// If the system reports one.
    pub async fn accept(&self) -> io::Result<Stream> {
        match &self.inner {
            #[cfg(unix)]
            Inner::Unix(socket, _) => socket.accept().await.map(|(stream, _)| Box::pin(stream) as Stream),
            Inner::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::pin(stream))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

#[cfg(unix)]
fn random() -> io::Result<String> {
    use ring::rand::SecureRandom;
    let mut bytes = [0_u8; 4];
    ring::rand::SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("no random numbers"))?;
    Ok(format!("{:08x}", u32::from_ne_bytes(bytes)))
}

//! A proxy for HTTP/1.1 whose messages are damaged in ways that a seed determines.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Longer than the provider waits for a response.
const DELAY: Duration = Duration::from_secs(65);

/// Damage of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The service gets the first part of the request; the connection is closed.
    HalfRequest,
    /// The client gets the first part of the response, from nothing to all but one byte; the connection is closed.
    CutResponse,
    /// `Content-Length` of the response is too small or too large.
    WrongLength,
    /// The response claims an encoding that its body does not have.
    FalseEncoding,
    /// The response is delayed by 65 seconds.
    Delay,
}

/// The faults with their weights. A delay costs a minute of real time.
const FAULTS: [(Fault, u32); 5] = [
    (Fault::HalfRequest, 30),
    (Fault::CutResponse, 30),
    (Fault::WrongLength, 20),
    (Fault::FalseEncoding, 19),
    (Fault::Delay, 1),
];

/// Random choices, shared by the connections.
struct State {
    random: SmallRng,
    per_mille: u32,
    counts: BTreeMap<Fault, u64>,
}

/// A proxy that runs until the process ends.
pub struct Proxy {
    /// Its address, such as `127.0.0.1:4711`.
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Starts a proxy before `target`, an address such as `127.0.0.1:4711`. It passes everything on without faults.
    ///
    /// # Errors
    /// Returns an error if no port is free.
    pub fn start(target: &str, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port for the proxy")?;
        let address = listener.local_addr()?.to_string();
        let state = Arc::new(Mutex::new(State {
            random: SmallRng::seed_from_u64(seed),
            per_mille: 0,
            counts: BTreeMap::new(),
        }));
        let (target, shared) = (target.to_owned(), Arc::clone(&state));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (target, state) = (target.clone(), Arc::clone(&shared));
                // A connection that fails is what the proxy is for.
                thread::spawn(move || drop(serve(client, &target, &state)));
            }
        });
        Ok(Self { address, state })
    }

    /// Sets how many of a thousand exchanges are damaged.
    pub fn damage(&self, per_mille: u32) {
        lock(&self.state).per_mille = per_mille;
    }

    /// Number of damaged exchanges by fault.
    pub fn counts(&self) -> BTreeMap<Fault, u64> {
        lock(&self.state).counts.clone()
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn fault(&mut self) -> Option<Fault> {
        if self.random.random_range(0..1000) >= self.per_mille {
            return None;
        }
        let total = FAULTS.iter().map(|(_, weight)| weight).sum();
        let mut drawn: u32 = self.random.random_range(0..total);
        let (fault, _) = FAULTS.into_iter().find(|(_, weight)| {
            let hit = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            hit
        })?;
        *self.counts.entry(fault).or_default() += 1;
        Some(fault)
    }

    /// A number of bytes, less than all of `message`.
    fn part(&mut self, message: &Message) -> usize {
        let length = message.head.len() + message.body.len();
        self.random.random_range(0..length.max(1))
    }
}

/// Passes on the exchanges of one connection until one side closes it or a fault does.
fn serve(client: TcpStream, target: &str, state: &Mutex<State>) -> Result<()> {
    let server = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut to_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(server));
    while let Some(request) = Message::read(&mut from_client)? {
        let fault = lock(state).fault();
        if fault == Some(Fault::HalfRequest) {
            let part = lock(state).part(&request);
            return Ok(to_server.write_all(&request.bytes()[..part])?);
        }
        to_server.write_all(&request.bytes())?;
        let Some(response) = Message::read(&mut from_server)? else {
            return Ok(());
        };
        match fault {
            Some(Fault::CutResponse) => {
                let part = lock(state).part(&response);
                return Ok(to_client.write_all(&response.bytes()[..part])?);
            }
            Some(Fault::WrongLength) => {
                let difference = lock(state).random.random_range(1..200);
                let longer = lock(state).random.random_bool(0.5);
                to_client.write_all(&response.with_length(difference, longer).bytes())?;
                return Ok(());
            }
            Some(Fault::FalseEncoding) => {
                let encoding = ["gzip", "br", "deflate", "zstd"][lock(state).random.random_range(0..4)];
                to_client.write_all(&response.with_header("content-encoding", encoding).bytes())?;
            }
            Some(Fault::Delay) => {
                thread::sleep(DELAY);
                to_client.write_all(&response.bytes())?;
            }
            Some(Fault::HalfRequest) | None => to_client.write_all(&response.bytes())?,
        }
    }
    Ok(())
}

/// A request or a response whose length is given by `Content-Length`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    /// First line and headers, each with its end of line, and the empty line.
    head: String,
    body: Vec<u8>,
}

impl Message {
    /// Reads a message; `None` when the connection was closed before one.
    fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = String::new();
        loop {
            let before = head.len();
            if from.read_line(&mut head)? == 0 {
                return Ok(None);
            }
            if head[before..].trim_end().is_empty() {
                break;
            }
        }
        let mut message = Self { head, body: Vec::new() };
        let length = message.length().unwrap_or(0);
        message.body.resize(length, 0);
        from.read_exact(&mut message.body)?;
        Ok(Some(message))
    }

    fn length(&self) -> Option<usize> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        })
    }

    fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    fn with_header(&self, name: &str, value: &str) -> Self {
        let head = self.head.trim_end();
        Self {
            head: format!("{head}\r\n{name}: {value}\r\n\r\n"),
            body: self.body.clone(),
        }
    }

    /// The message with a `Content-Length` that is wrong by `difference`, but not negative.
    fn with_length(&self, difference: usize, longer: bool) -> Self {
        let length = self.body.len();
        let wrong = if longer {
            length + difference
        } else {
            length.saturating_sub(difference)
        };
        let lines = self.head.trim_end().lines();
        let kept: String = lines
            .filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"))
            .flat_map(|line| [line, "\r\n"])
            .collect();
        Self {
            head: format!("{kept}\r\n"),
            body: self.body.clone(),
        }
        .with_header("content-length", &wrong.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn response() -> Message {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nx: y\r\n\r\nbody";
        Message::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    /// A service that answers every request on every connection in the same way.
    fn service() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || {
                    let mut writer = stream.try_clone().unwrap();
                    let mut reader = BufReader::new(stream);
                    while let Ok(Some(_)) = Message::read(&mut reader) {
                        writer.write_all(&response().bytes()).unwrap();
                    }
                });
            }
        });
        address
    }

    fn exchange(proxy: &Proxy) -> Vec<u8> {
        let mut stream = TcpStream::connect(&proxy.address).unwrap();
        write!(stream, "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A connection that is reset has no more to read either.
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    #[test]
    fn nothing_is_damaged_unless_it_is_asked_for() {
        let proxy = Proxy::start(&service(), 1).unwrap();
        for _ in 0..20 {
            assert_eq!(exchange(&proxy), response().bytes());
        }
        assert!(proxy.counts().is_empty());
    }

    #[test]
    fn every_exchange_can_be_damaged() {
        let proxy = Proxy::start(&service(), 1).unwrap();
        proxy.damage(1000);
        let delays = || proxy.counts().get(&Fault::Delay).copied().unwrap_or(0);
        for _ in 0..20 {
            if delays() == 0 {
                assert_ne!(exchange(&proxy), response().bytes());
            }
        }
        assert!(proxy.counts().len() >= 3, "{:?}", proxy.counts());
    }

    #[test]
    fn a_length_and_an_encoding_are_made_wrong_in_the_head_alone() {
        assert_eq!(response().with_length(3, true).length(), Some(7));
        assert_eq!(response().with_length(9, false).length(), Some(0));
        assert_eq!(response().with_length(3, true).body, response().body);
        let encoded = response().with_header("content-encoding", "gzip");
        assert!(
            encoded.head.ends_with("x: y\r\ncontent-encoding: gzip\r\n\r\n"),
            "{}",
            encoded.head
        );
        assert_eq!(encoded.length(), Some(4));
    }
}

//! A client that costs next to nothing: one connection, one request prepared as bytes, and an answer
//! that is read by its length.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use crate::measure::{Outcome, Work};

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            reader: BufReader::with_capacity(64 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Sends a request and gives the status and the body of its answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        self.reader.get_mut().write_all(request)?;
        let status = self.read_line()?;
        let status = status.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut length = 0;
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        self.body.resize(length, 0);
        self.reader.read_exact(&mut self.body)?;
        Ok((status, &self.body))
    }

    fn read_line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.reader.read_line(&mut self.line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end())
    }
}

/// A request for a path.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

/// Clients that ask for the same again and again, each on a connection of its own.
pub(crate) fn asking(address: SocketAddr, path: &str, clients: usize) -> Work {
    let request = get(path);
    let connections: Vec<_> = (0..clients)
        .map(|_| Mutex::new(Connection::open(address).expect("the server accepts")))
        .collect();
    let connections = Arc::new(connections);
    Work::thread(move |client| {
        let mut connection = connections[client].lock().expect("nobody panics");
        match connection.ask(&request) {
            Ok((200, _)) => Outcome::Done,
            Ok((status, _)) => Outcome::Failed(status.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    })
}

//! A carrier in environment variables, for child processes.

use std::ffi::OsString;

use super::Carrier;
use super::custom::Declared;

const W3C: [&str; 3] = ["traceparent", "tracestate", "baggage"];

impl Carrier {
    /// Reads the carrier that the parent process left in this process's environment:
    /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, and the variables of the fields that a custom
    /// global propagator declares (OpenTelemetry specification, "Environment Variables as Context
    /// Propagation Carriers").
    ///
    /// Limits and bad input are as with [`from_headers`](Self::from_headers).
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The environment variables to start a child process with.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use traced_worker::Carrier;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let carrier = Carrier::from_headers([(
    ///     "traceparent",
    ///     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    /// )]);
    /// let output = Command::new("env").envs(carrier.to_env()).output()?;
    /// assert!(String::from_utf8_lossy(&output.stdout).contains("TRACEPARENT=00-4bf92f"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_env(&self) -> impl Iterator<Item = (String, &str)> {
        self.headers()
            .map(|(name, value)| (variable(name), value))
            // A variable cannot hold a NUL; a custom field could.
            .filter(|(_, value)| !value.contains('\0'))
    }

    fn from_variables(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        let custom = Declared::now();
        let names = W3C.into_iter().chain(custom.names());
        Self::from_headers(names.filter_map(|name| {
            let value = look_up(&variable(name))?;
            Some((name, value.into_encoded_bytes()))
        }))
    }
}

/// Upper case; what is not a letter, a digit or an underscore becomes an underscore.
fn variable(name: &str) -> String {
    let allowed = |it: char| {
        if it.is_ascii_alphanumeric() {
            it.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(allowed).collect()
}

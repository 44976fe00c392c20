//! A carrier in environment variables, for child processes (OpenTelemetry specification,
//! "Environment Variables as Context Propagation Carriers").

use std::ffi::OsString;
use std::process::Command;

use super::Carrier;
use super::custom::DeclaredNames;

const W3C: [&str; 3] = ["traceparent", "tracestate", "baggage"];

impl Carrier {
    /// Reads the carrier that the parent process left in this process's environment:
    /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, and the variables of the fields that a custom
    /// global propagator declares (OpenTelemetry specification, "Environment Variables as Context
    /// Propagation Carriers").
    ///
    /// Limits and bad input are as with [`from_headers`](Self::from_headers).
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// // At the start of `main`:
    /// let _guard = Carrier::from_env().extract().attach();
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Returns the environment variables for a child process, name and value.
    ///
    /// Variables that the child would inherit from this process are not in it: prefer
    /// [`apply_to`](Self::apply_to), which removes them.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let variables: Vec<_> = carrier.to_env().collect();
    /// assert_eq!(variables, [("TRACEPARENT".to_owned(), text.to_owned())]);
    /// ```
    pub fn to_env(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let variables = self.headers().into_iter();
        variables.map(|(name, value)| (variable(&name), value))
    }

    /// Sets the environment variables of a child process, and removes those of another context.
    ///
    /// A child inherits the environment of its parent (section "Process Spawning" of the
    /// specification). Without the removal, the `TRACESTATE` and
    /// `BAGGAGE` that this process was started with would stand beside the new `TRACEPARENT`. So
    /// each of `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` and of the fields that a custom global
    /// propagator declares is either set or removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::Command;
    /// use traced_worker::Carrier;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// # let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// # let _guard = Carrier::from_headers([("traceparent", text)]).extract().attach();
    /// let mut command = Command::new("env");
    /// Carrier::current().apply_to(&mut command);
    /// let output = command.output()?;
    /// assert!(String::from_utf8_lossy(&output.stdout).contains("TRACEPARENT=00-4bf92f"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With Tokio: `carrier.apply_to(command.as_std_mut())`.
    pub fn apply_to(&self, command: &mut Command) {
        let declared = DeclaredNames::now();
        for name in W3C.into_iter().chain(declared.iter()) {
            command.env_remove(variable(name));
        }
        command.envs(self.to_env());
    }

    fn from_variables(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        let declared = DeclaredNames::now();
        let names = W3C.into_iter().chain(declared.iter());
        Self::from_headers(names.filter_map(|name| {
            let value = look_up(&variable(name))?;
            Some((name, value.into_encoded_bytes()))
        }))
    }
}

/// Returns the name of the variable for a field (section "Key Name Normalization"): ASCII letters
/// in upper case; an underscore for each character that is no ASCII letter, digit or underscore;
/// an underscore before a name that begins with a digit; an underscore for the empty name.
fn variable(name: &str) -> String {
    let normalize = |it: char| {
        if it.is_ascii_alphanumeric() {
            it.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let needs_prefix = name.chars().next().is_none_or(|it| it.is_ascii_digit());
    let prefix = needs_prefix.then_some('_').into_iter();
    prefix.chain(name.chars().map(normalize)).collect()
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn names_are_normalized() {
        for (name, expected) in [
            ("traceparent", "TRACEPARENT"),
            ("X-B3-TraceId", "X_B3_TRACEID"),
            ("x.amzn/trace:id", "X_AMZN_TRACE_ID"),
            ("already_GOOD_1", "ALREADY_GOOD_1"),
            ("_x", "_X"),
            ("-x", "_X"),
            ("3scale-id", "_3SCALE_ID"),
            ("9", "_9"),
            ("", "_"),
            ("ıß", "__"),
            ("a=b\0c", "A_B_C"),
        ] {
            assert_eq!(variable(name), expected, "{name:?}");
        }
    }
}

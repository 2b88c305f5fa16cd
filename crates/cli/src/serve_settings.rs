//! How `quando serve` is set up, beside where it listens and keeps its data.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use quando_http::guard::{ForwardedBy, Proxies, Rates};
use quando_http::identity::{Issuer, IssuerSettings, KeyFile, KeyUrl};
use quando_http::server::{AccessLog, Limits, Origin, Settings, Tls};

use crate::output::Failure;
use crate::serve_log::{Answers, Lines, LogFormat};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SettingsArgs {
    /// Customers may book without an account; always with --demo
    #[arg(long, env = "QUANDO_GUESTS")]
    guests: bool,
    /// Requests a minute for each caller: on, off, or figures such as search=300,book=60
    #[arg(long, value_name = "FIGURES", env = "QUANDO_RATE_LIMITS", default_value = "on", value_parser = rate_limits)]
    rate_limits: RateLimits,
    /// Most requests that are answered at the same time
    #[arg(long, value_name = "N", env = "QUANDO_REQUESTS_MAX", default_value = "512", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests_max: u32,
    /// Most connections at the same time
    #[arg(long, value_name = "N", env = "QUANDO_CONNECTIONS_MAX", default_value = "10000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections_max: u32,
    /// Send messages also to private addresses, and without encryption; never where others may
    /// make endpoints
    #[arg(long, env = "QUANDO_ALLOW_PRIVATE_OUTBOUND")]
    allow_private_outbound: bool,
    /// Most clients that listen to live events at the same time
    #[arg(long, value_name = "N", env = "QUANDO_LIVE_CLIENTS_MAX", default_value = "5000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    live_clients_max: u32,
    /// How long an answer may take, in seconds
    #[arg(long, value_name = "N", env = "QUANDO_DEADLINE_SECONDS", default_value = "15", value_parser = clap::value_parser!(u32).range(1..=600))]
    deadline_seconds: u32,
    /// Networks of proxies that say who asks, such as 10.0.0.0/8
    #[arg(
        long,
        value_name = "NETWORKS",
        env = "QUANDO_TRUSTED_PROXIES",
        value_delimiter = ','
    )]
    trusted_proxies: Vec<IpNet>,
    /// The header in which those proxies say it
    #[arg(long, env = "QUANDO_FORWARDED_BY", default_value = "x-forwarded-for")]
    forwarded_by: ForwardedByArg,
    /// The certificate chain, as PEM; read again on SIGHUP
    #[arg(
        long,
        value_name = "FILE",
        env = "QUANDO_TLS_CERT",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "QUANDO_TLS_KEY",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// Origins whose pages may ask, such as https://example.com
    #[arg(
        long,
        value_name = "ORIGINS",
        env = "QUANDO_CORS_ORIGINS",
        value_delimiter = ','
    )]
    cors_origins: Vec<Origin>,
    /// Public keys (JWKS) of another issuer of tokens: a file, or an https address
    #[arg(long, value_name = "FILE|URL", env = "QUANDO_JWKS", requires_all = ["jwt_issuer", "jwt_audience"])]
    jwks: Option<String>,
    /// Its name: the claim `iss`
    #[arg(
        long,
        value_name = "TEXT",
        env = "QUANDO_JWT_ISSUER",
        requires = "jwks"
    )]
    jwt_issuer: Option<String>,
    /// For whom its tokens are: the claim `aud`
    #[arg(
        long,
        value_name = "TEXT",
        env = "QUANDO_JWT_AUDIENCE",
        requires = "jwks"
    )]
    jwt_audience: Option<String>,
    /// In which claim of its tokens the role is
    #[arg(
        long,
        value_name = "CLAIM",
        env = "QUANDO_JWT_ROLE_CLAIM",
        default_value = "role"
    )]
    jwt_role_claim: String,
    /// In which claim of its tokens the provider is
    #[arg(
        long,
        value_name = "CLAIM",
        env = "QUANDO_JWT_PROVIDER_CLAIM",
        default_value = "provider"
    )]
    jwt_provider_claim: String,
    /// The form of the log; for people on a terminal, JSON elsewhere
    #[arg(long, env = "QUANDO_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Whether there is a line for each answer
    #[arg(long, env = "QUANDO_ACCESS_LOG", default_value = "on")]
    access_log: Switch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RateLimits(Option<Rates>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ForwardedByArg {
    /// X-Forwarded-For
    XForwardedFor,
    /// Forwarded (RFC 7239)
    Forwarded,
}

fn rate_limits(text: &str) -> Result<RateLimits, String> {
    match text {
        "on" => Ok(RateLimits(Some(Rates::default()))),
        "off" => Ok(RateLimits(None)),
        figures => {
            let rates = figures.parse::<Rates>();
            let rates = rates.map_err(|error| error.to_string())?;
            Ok(RateLimits(Some(rates)))
        }
    }
}

impl SettingsArgs {
    /// In which form the log is.
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format.unwrap_or_else(LogFormat::usual)
    }

    /// Whether tokens of another issuer are accepted.
    pub(crate) fn has_issuer(&self) -> bool {
        self.jwks.is_some()
    }

    /// All of it, checked as far as it can be before the server runs.
    pub(crate) async fn settings(
        &self,
        is_demo: bool,
        lines: &'static Lines,
    ) -> Result<Settings, Failure> {
        let whole = |number: u32| usize::try_from(number).expect("32 bits fit");
        let mut settings = Settings::from(Limits {
            requests: whole(self.requests_max),
            connections: whole(self.connections_max),
            live_clients: whole(self.live_clients_max),
            allow_private_outbound: self.allow_private_outbound,
            deadline: Duration::from_secs(self.deadline_seconds.into()),
            ..Limits::default()
        });
        settings.guests = self.guests || is_demo;
        settings.rates = self.rate_limits.0;
        settings.proxies = Proxies {
            networks: self.trusted_proxies.clone(),
            by: match self.forwarded_by {
                ForwardedByArg::XForwardedFor => ForwardedBy::XForwardedFor,
                ForwardedByArg::Forwarded => ForwardedBy::Forwarded,
            },
        };
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            let tls = Tls::read(certificate, key);
            settings.tls = Some(tls.map_err(|error| usage("--tls-cert", &error))?);
        }
        settings.origins.clone_from(&self.cors_origins);
        settings.issuer = self.issuer().await?.map(Arc::new);
        if self.access_log == Switch::On {
            settings.access_log = Some(Arc::new(Answers(lines)) as Arc<dyn AccessLog>);
        }
        Ok(settings)
    }

    async fn issuer(&self) -> Result<Option<Issuer>, Failure> {
        let named = (&self.jwks, &self.jwt_issuer, &self.jwt_audience);
        let (Some(keys), Some(issuer), Some(audience)) = named else {
            return Ok(None);
        };
        let settings = IssuerSettings {
            issuer: issuer.clone(),
            audience: audience.clone(),
            role_claim: self.jwt_role_claim.clone(),
            provider_claim: self.jwt_provider_claim.clone(),
        };
        if let Some(url) = KeyUrl::new(keys.clone()) {
            let issuer = Issuer::new(settings, url);
            // The issuer may be down for the moment, and the server starts all the same.
            if let Err(error) = issuer.refresh().await {
                log::warn!("--jwks: {error}");
            }
            return Ok(Some(issuer));
        }
        let issuer = Issuer::new(settings, KeyFile(PathBuf::from(keys)));
        let read = issuer.refresh().await;
        read.map_err(|error| usage("--jwks", &error))?;
        Ok(Some(issuer))
    }
}

fn usage(flag: &str, error: &impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("{flag}: {error}"))
}

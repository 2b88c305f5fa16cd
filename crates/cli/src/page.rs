//! Which part of a list.

use crate::value::value;

/// Which part of a list.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PageArgs<T>
where
    T: TryFrom<String> + Clone + Send + Sync + 'static,
    T::Error: std::fmt::Display,
{
    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) limit: u32,
    /// Only those after this one, to go on where a page ended
    #[arg(long, value_name = "ID", value_parser = value::<T>)]
    pub(crate) after: Option<T>,
}

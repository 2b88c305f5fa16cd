//! Questions that carry one more field than a query has, such as the `start` of `check`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use quando::availability::Query;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer};

/// A question with one more field than a [`Query`] has.
#[derive(Clone, Debug)]
pub(crate) struct QueryWith<E> {
    pub(crate) query: Query,
    pub(crate) extra: Option<E>,
}

/// The field that a question may have in addition.
pub(crate) trait Extra: DeserializeOwned {
    const NAME: &'static str;
}

impl<'de, E: Extra> Deserialize<'de> for QueryWith<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<QueryWith<E>, D::Error> {
        deserializer.deserialize_map(QueryWithVisitor(PhantomData))
    }
}

struct QueryWithVisitor<E>(PhantomData<E>);

impl<'de, E: Extra> de::Visitor<'de> for QueryWithVisitor<E> {
    type Value = QueryWith<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a query object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<QueryWith<E>, A::Error> {
        let mut extra = None;
        let fields = WithoutExtra {
            map,
            extra: &mut extra,
        };
        let query = Query::deserialize(de::value::MapAccessDeserializer::new(fields))?;
        Ok(QueryWith { query, extra })
    }
}

/// The fields of a map but the extra one, which is kept aside when it comes along.
struct WithoutExtra<'e, A, E> {
    map: A,
    extra: &'e mut Option<E>,
}

impl<'de, A: de::MapAccess<'de>, E: Extra> de::MapAccess<'de> for WithoutExtra<'_, A, E> {
    type Error = A::Error;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = seed;
        loop {
            seed = match self
                .map
                .next_key_seed(FieldSeed::<K, E>(seed, PhantomData))?
            {
                None => return Ok(None),
                Some(Field::OfQuery(key)) => return Ok(Some(key)),
                Some(Field::Extra(_)) if self.extra.is_some() => {
                    return Err(de::Error::duplicate_field(E::NAME));
                }
                Some(Field::Extra(seed)) => {
                    *self.extra = self.map.next_value()?;
                    seed
                }
            };
        }
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a field's name; the seed of the query's fields is handed back when it is the extra one.
struct FieldSeed<K, E>(K, PhantomData<E>);

enum Field<V, K> {
    OfQuery(V),
    Extra(K),
}

impl<'de, K: de::DeserializeSeed<'de>, E: Extra> de::DeserializeSeed<'de> for FieldSeed<K, E> {
    type Value = Field<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = Cow::<'_, str>::deserialize(deserializer)?;
        if name == E::NAME {
            return Ok(Field::Extra(self.0));
        }
        self.0
            .deserialize(de::value::CowStrDeserializer::new(name))
            .map(Field::OfQuery)
    }
}

//! A data source, list or action together with its connection to the service.

use std::marker::PhantomData;

use crate::Connection;

/// `T` and its connection. What `T` implements decides what it is to Terraform: see
/// [`ServiceDataSource`](crate::data_source::ServiceDataSource), [`ServiceList`](crate::list::ServiceList) and
/// [`ActionOperation`](crate::actions::ActionOperation).
pub struct Connected<T> {
    pub(crate) connection: Connection,
    reader: PhantomData<fn() -> T>,
}

impl<T> Connected<T> {
    /// Joins `T` with a connection.
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            reader: PhantomData,
        }
    }
}

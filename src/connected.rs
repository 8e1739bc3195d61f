//! A data source or list together with the connection that it reads from.

use std::marker::PhantomData;

use crate::Connection;

/// The data source or list `T` and its connection. What `T` implements decides what it is to Terraform: see
/// [`ServiceDataSource`](crate::data_source::ServiceDataSource) and [`ServiceList`](crate::list::ServiceList).
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

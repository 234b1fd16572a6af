//! The wall between departments, from every side from which a client can come.

mod disjoint;
mod roles;
mod tickets;
mod transfer;
mod unseen;

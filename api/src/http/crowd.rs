//! Who is connected: so many at once, and so many from one network. When no place is left, the network that holds the most
//! gives one up to one that holds few, so that a handful of networks never keeps everybody else out.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Places for connections.
pub(super) struct Crowd {
    most: usize,
    of_one: usize,
    held: Mutex<Held>,
    freed: Notify,
}

/// By network, the oldest first: the number of a connection, and how it is told to go.
#[derive(Default)]
struct Held {
    by_network: HashMap<IpAddr, VecDeque<(u64, Arc<Notify>)>>,
    connections: usize,
    next: u64,
}

/// A connection's place; free again when it is dropped.
pub(super) struct Place {
    crowd: Arc<Crowd>,
    network: IpAddr,
    number: u64,
    leave: Arc<Notify>,
}

impl Crowd {
    /// So many places in all, so many of them for one network.
    pub(super) fn new(most: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, of_one, held: Mutex::default(), freed: Notify::new() })
    }

    /// Waits for a place where one network may have them all, as a proxy's: of it nobody makes room, and who waits in the
    /// system's queue is better off than who is turned away. For one who waits.
    pub(super) async fn room(&self) {
        while self.of_one >= self.most && self.is_full() {
            self.freed.notified().await;
        }
    }

    fn is_full(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).connections >= self.most
    }

    /// A place for a connection from `network`; `None` when it has its share.
    pub(super) fn enter(self: &Arc<Self>, network: IpAddr) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.by_network.get(&network).map_or(0, VecDeque::len);
        if own >= self.of_one {
            return None;
        }
        if held.connections >= self.most {
            held.send_away_for(own)?;
        }
        let (number, leave) = (held.next, Arc::new(Notify::new()));
        held.next += 1;
        held.connections += 1;
        held.by_network.entry(network).or_default().push_back((number, Arc::clone(&leave)));
        Some(Place { crowd: Arc::clone(self), network, number, leave })
    }
}

impl Held {
    /// Ends the oldest connection of the network that has the most, if it still has more than one that has `own` and gets
    /// one more.
    fn send_away_for(&mut self, own: usize) -> Option<()> {
        let network = *self.by_network.iter().max_by_key(|(_, places)| places.len())?.0;
        let places = self.by_network.get_mut(&network).filter(|places| places.len() > own + 1)?;
        let (_, leave) = places.pop_front()?;
        self.connections -= 1;
        leave.notify_one();
        Some(())
    }
}

impl Place {
    /// Comes to an end when another needs the place.
    pub(super) async fn is_wanted(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.crowd.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(places) = held.by_network.get_mut(&self.network) else { return };
        // Who was sent away has none any more.
        let Ok(at) = places.binary_search_by_key(&self.number, |(number, _)| *number) else { return };
        places.remove(at);
        if places.is_empty() {
            held.by_network.remove(&self.network);
        }
        held.connections -= 1;
        self.crowd.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn network(number: u8) -> IpAddr {
        [192, 0, 2, number].into()
    }

    fn is_sent_away(place: &Place) -> bool {
        place.is_wanted().now_or_never().is_some()
    }

    #[test]
    fn one_network_has_its_share() {
        let crowd = Crowd::new(4, 2);
        let (one, two) = (crowd.enter(network(1)), crowd.enter(network(1)));
        assert!(one.is_some() && two.is_some() && crowd.enter(network(1)).is_none());
        drop(one);
        assert!(crowd.enter(network(1)).is_some());
    }

    #[test]
    fn behind_a_proxy_the_next_waits() {
        let crowd = Crowd::new(2, 2);
        let (one, _two) = (crowd.enter(network(1)), crowd.enter(network(1)));
        let mut room = std::pin::pin!(crowd.room());
        assert!(room.as_mut().now_or_never().is_none());
        drop(one);
        assert!(room.now_or_never().is_some());
        let shared = Crowd::new(2, 1);
        let _both = [1, 2].map(|number| shared.enter(network(number)));
        assert!(shared.room().now_or_never().is_some(), "among networks nobody waits");
    }

    #[test]
    fn the_network_with_the_most_gives_one_up() {
        let crowd = Crowd::new(6, 3);
        let held: Vec<Place> =
            [1, 2, 1, 2, 2, 3].into_iter().filter_map(|number| crowd.enter(network(number))).collect();
        let new = crowd.enter(network(4)).expect("a place");
        let away: Vec<bool> = held.iter().map(is_sent_away).collect();
        assert_eq!(away, [false, true, false, false, false, false], "the oldest of the second network");
        assert!(crowd.enter(network(4)).is_none(), "nobody has so many more");
        drop(held);
        assert!(!is_sent_away(&new));
        assert_eq!(crowd.held.lock().expect("no test fails in it").connections, 1);
        drop(new);
        let held = crowd.held.lock().expect("no test fails in it");
        assert!(held.connections == 0 && held.by_network.is_empty());
    }
}

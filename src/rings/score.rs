//! A ring's parts put together, and its rank.

use petgraph::unionfind::UnionFind;

use super::model::{Link, Parts, Ring, RingKind};
use crate::model::in_yuan;

/// −log10 p from which more surprise says nothing more.
const CERTAIN: f64 = 30.0;

/// −log10 of the chance that the links that hold a ring together are chance, and the same as a part between 0 and 1: of the strongest tree
/// that spans the members, per member added. The links of a rotation all tell of the same walks, so the strongest of them counts, once.
pub fn surprise(kind: RingKind, members: usize, links: &[Link]) -> (f64, f64) {
    let (surprise, links) = if kind.is_directed() {
        (links.iter().map(|link| link.surprise).fold(0.0, f64::max), 1)
    } else {
        (spanning_surprise(members, links), members.saturating_sub(1).max(1))
    };
    (surprise, (surprise / links as f64 / CERTAIN * 3.0).clamp(0.0, 1.0))
}

fn spanning_surprise(members: usize, links: &[Link]) -> f64 {
    let mut strongest: Vec<&Link> = links.iter().collect();
    strongest.sort_by(|one, other| {
        other.surprise.total_cmp(&one.surprise).then_with(|| (one.one, one.other).cmp(&(other.one, other.other)))
    });
    let mut joined = UnionFind::<usize>::new(members);
    strongest.iter().filter(|link| joined.union(link.one, link.other)).map(|link| link.surprise).sum()
}

/// Links of all that could be.
pub fn density(kind: RingKind, members: usize, links: usize) -> f64 {
    let ways = members * members.saturating_sub(1);
    let possible = if kind.is_directed() { ways } else { ways / 2 };
    links as f64 / possible.max(1) as f64
}

/// Several institutions: one place can be an ordinary queue, more cannot; 0 where none is known.
pub fn spread_part(institutions: usize) -> f64 {
    1.0 - 1.0 / (institutions as f64 + 1.0)
}

/// Fund money in yuan × mean of the parts.
pub fn score(fund_fen: i64, parts: &Parts) -> f64 {
    in_yuan(fund_fen) * mean(parts)
}

/// Mean of the parts, 0 to 1.
pub fn mean(parts: &Parts) -> f64 {
    (parts.synchrony + parts.exclusivity + parts.density + parts.surprise + parts.spread + parts.similarity) / 6.0
}

/// Ranks all rings: score, then surprise, then id.
pub fn rank(rings: &mut [Ring]) {
    rings.sort_by(|one, other| {
        let by_score = other.score.total_cmp(&one.score);
        by_score.then(other.surprise.total_cmp(&one.surprise)).then_with(|| one.ring_id.cmp(&other.ring_id))
    });
    for (rank, ring) in (1..).zip(rings) {
        ring.rank = rank;
    }
}

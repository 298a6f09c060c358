//! A ring's parts put together, and its rank.

use petgraph::unionfind::UnionFind;

use super::model::{Link, Parts, Ring};
use crate::model::in_yuan;

/// −log10 p from which more surprise says nothing more.
const CERTAIN: f64 = 30.0;

/// −log10 p of the strongest tree of links that spans the members.
pub fn spanning_surprise(members: usize, links: &[Link]) -> f64 {
    let mut strongest: Vec<&Link> = links.iter().collect();
    strongest.sort_by(|one, other| {
        other.surprise.total_cmp(&one.surprise).then_with(|| (one.one, one.other).cmp(&(other.one, other.other)))
    });
    let mut joined = UnionFind::<usize>::new(members);
    strongest.iter().filter(|link| joined.union(link.one, link.other)).map(|link| link.surprise).sum()
}

/// The surprise as a part between 0 and 1, per member added.
pub fn surprise_part(surprise: f64, members: usize) -> f64 {
    (surprise / (members.saturating_sub(1).max(1) as f64) / CERTAIN * 3.0).clamp(0.0, 1.0)
}

/// Several institutions: one place can be an ordinary queue, more cannot.
pub fn spread_part(institutions: usize) -> f64 {
    1.0 - 1.0 / (institutions.max(1) as f64 + 1.0)
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

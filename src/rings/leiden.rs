//! Leiden with the constant Potts model: communities whose inner density is above a resolution, each of them connected.
//!
//! Traag, Waltman and van Eck (2019). Local moving, refinement, aggregation, until nothing moves. The constant Potts model has no
//! resolution limit, so a small ring does not vanish inside a large city. Weights and the resolution are whole numbers: no sum depends on
//! its order, and the order of visits comes from the caller, so that groups depend neither on threads nor on the names of the nodes.
//! `leiden-rs`, the crate found for it, was too young to rely on when this was written.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// Rounds of moving and aggregation at most; each shrinks the graph, and far fewer are needed.
const MAX_LEVELS: usize = 32;

/// An undirected weighted graph; nodes are numbered from 0.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Neighbours and weights of each node, each edge at both ends; no loops.
    pub neighbours: Vec<Vec<(usize, i64)>>,
    /// Persons that each node stands for.
    pub sizes: Vec<i64>,
}

impl Graph {
    /// A graph of `nodes` nodes with these edges; repeated edges add up, loops are left out.
    pub fn new(nodes: usize, edges: &[(usize, usize, i64)]) -> Self {
        let mut neighbours = vec![Vec::new(); nodes];
        for (one, other, weight) in edges.iter().filter(|(one, other, _)| one != other) {
            neighbours[*one].push((*other, *weight));
            neighbours[*other].push((*one, *weight));
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        Self { neighbours, sizes: vec![1; nodes] }
    }

    fn nodes(&self) -> usize {
        self.sizes.len()
    }
}

/// The community of each node, numbered by first appearance. `resolution` is the weight per pair of persons that a community has to
/// have inside, in the unit of the weights; `seed` orders the visits.
pub fn communities(graph: &Graph, resolution: i64, seed: u64) -> Vec<usize> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut of_node: Vec<usize> = (0..graph.nodes()).collect();
    let mut level = graph.clone();
    // The community of each node of the level.
    let mut labels: Vec<usize> = (0..level.nodes()).collect();
    for _ in 0..MAX_LEVELS {
        labels = renumbered(&local_moving(&level, labels, resolution, &mut random));
        let refined = renumbered(&refine(&level, &labels, resolution, &mut random));
        let parts = refined.iter().max().map_or(0, |last| last + 1);
        if parts == level.nodes() {
            // Nothing merged: further rounds would repeat this one.
            break;
        }
        // The refined parts become nodes, and begin in the community they were found in.
        let mut of_part = vec![0; parts];
        for (node, part) in refined.iter().enumerate() {
            of_part[*part] = labels[node];
        }
        for node in &mut of_node {
            *node = refined[*node];
        }
        labels = of_part;
        level = aggregated(&level, &refined, parts);
    }
    renumbered(&of_node.iter().map(|node| labels[*node]).collect::<Vec<_>>())
}

/// Moves nodes to the neighbouring community that gains most, until none gains.
fn local_moving(graph: &Graph, start: Vec<usize>, resolution: i64, random: &mut Pcg64Mcg) -> Vec<usize> {
    let nodes = graph.nodes();
    let mut community = start;
    let mut sizes = vec![0_i64; nodes];
    for (node, community) in community.iter().enumerate() {
        sizes[*community] += graph.sizes[node];
    }
    let mut free: Vec<usize> = (0..nodes).rev().filter(|community| sizes[*community] == 0).collect();
    let mut queue: std::collections::VecDeque<usize> = shuffled(nodes, random).into();
    let mut waiting = vec![true; nodes];
    let mut links = vec![0_i64; nodes];
    while let Some(node) = queue.pop_front() {
        waiting[node] = false;
        let own = community[node];
        let size = graph.sizes[node];
        let mut touched = Vec::new();
        for (other, weight) in &graph.neighbours[node] {
            let there = community[*other];
            if links[there] == 0 {
                touched.push(there);
            }
            links[there] += weight;
        }
        sizes[own] -= size;
        let gain = |there: usize, links: &[i64], sizes: &[i64]| links[there] - resolution * size * sizes[there];
        // Staying wins a tie, then the community met first among the neighbours.
        let mut best = (gain(own, &links, &sizes), own);
        for there in &touched {
            let gained = gain(*there, &links, &sizes);
            if gained > best.0 {
                best = (gained, *there);
            }
        }
        if best.0 < 0
            && let Some(empty) = free.pop()
        {
            best = (0, empty);
        }
        for there in touched {
            links[there] = 0;
        }
        sizes[best.1] += size;
        if best.1 != own {
            if sizes[own] == 0 {
                free.push(own);
            }
            community[node] = best.1;
            for (other, _) in &graph.neighbours[node] {
                if community[*other] != best.1 && !waiting[*other] {
                    waiting[*other] = true;
                    queue.push_back(*other);
                }
            }
        }
    }
    community
}

/// Splits each community into well connected parts: single nodes merge into a part of their community that gains, which keeps every
/// part connected.
fn refine(graph: &Graph, communities: &[usize], resolution: i64, random: &mut Pcg64Mcg) -> Vec<usize> {
    let nodes = graph.nodes();
    let mut totals = vec![0_i64; nodes];
    for (node, community) in communities.iter().enumerate() {
        totals[*community] += graph.sizes[node];
    }
    let inside =
        |node: usize| graph.neighbours[node].iter().filter(move |(other, _)| communities[*other] == communities[node]);
    let mut part: Vec<usize> = (0..nodes).collect();
    let mut sizes = graph.sizes.clone();
    // Weight between a part and the rest of its community.
    let mut outward: Vec<i64> = (0..nodes).map(|node| inside(node).map(|(_, weight)| weight).sum()).collect();
    let mut members = vec![1_usize; nodes];
    let mut links = vec![0_i64; nodes];
    for node in shuffled(nodes, random) {
        let total = totals[communities[node]];
        let attached = |part: usize, outward: &[i64], sizes: &[i64]| {
            outward[part] >= resolution * sizes[part] * (total - sizes[part])
        };
        if members[part[node]] > 1 || !attached(part[node], &outward, &sizes) {
            continue;
        }
        let mut touched = Vec::new();
        for (other, weight) in inside(node) {
            let there = part[*other];
            if links[there] == 0 {
                touched.push(there);
            }
            links[there] += weight;
        }
        let own = part[node];
        let mut best: Option<(i64, usize)> = None;
        for there in touched.iter().copied().filter(|there| *there != own) {
            let gained = links[there] - resolution * graph.sizes[node] * sizes[there];
            if gained > 0 && attached(there, &outward, &sizes) && best.is_none_or(|(most, _)| gained > most) {
                best = Some((gained, there));
            }
        }
        if let Some((_, there)) = best {
            outward[there] += outward[own] - 2 * links[there];
            sizes[there] += sizes[own];
            members[there] += 1;
            (members[own], sizes[own], outward[own]) = (0, 0, 0);
            part[node] = there;
        }
        for there in touched {
            links[there] = 0;
        }
    }
    part
}

/// The graph whose nodes are the parts.
fn aggregated(graph: &Graph, part: &[usize], parts: usize) -> Graph {
    let mut edges = Vec::new();
    let mut sizes = vec![0_i64; parts];
    for (node, list) in graph.neighbours.iter().enumerate() {
        sizes[part[node]] += graph.sizes[node];
        edges.extend(
            list.iter().filter(|(other, _)| *other > node).map(|(other, weight)| (part[node], part[*other], *weight)),
        );
    }
    Graph { sizes, ..Graph::new(parts, &edges) }
}

/// Numbers by first appearance, so that the numbering says nothing about the way there.
fn renumbered(labels: &[usize]) -> Vec<usize> {
    let mut numbers = std::collections::HashMap::new();
    labels
        .iter()
        .map(|label| {
            let next = numbers.len();
            *numbers.entry(*label).or_insert(next)
        })
        .collect()
}

/// 0 to n − 1 in a seeded order.
fn shuffled(n: usize, random: &mut Pcg64Mcg) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let pick = (random.next_u64() % (last as u64 + 1)) as usize;
        order.swap(last, pick);
    }
    order
}

/// The quality that Leiden raises, in the unit of the weights: weight inside communities less the resolution for each pair inside.
pub fn quality(graph: &Graph, community: &[usize], resolution: i64) -> i64 {
    let mut sizes = vec![0_i64; community.iter().max().map_or(0, |last| last + 1)];
    let mut inside = 0;
    for (node, list) in graph.neighbours.iter().enumerate() {
        sizes[community[node]] += graph.sizes[node];
        inside += list
            .iter()
            .filter(|(other, _)| *other > node && community[*other] == community[node])
            .map(|(_, w)| w)
            .sum::<i64>();
    }
    inside - resolution * sizes.iter().map(|size| size * (size - 1) / 2).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two cliques of five with one link between them.
    fn barbell() -> Graph {
        let mut edges = vec![(4, 5, 10)];
        for base in [0, 5] {
            for one in 0..5 {
                edges.extend((one + 1..5).map(|other| (base + one, base + other, 10)));
            }
        }
        Graph::new(10, &edges)
    }

    #[test]
    fn cliques_come_apart() {
        for seed in 0..20 {
            assert_eq!(communities(&barbell(), 3, seed), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        }
        assert_eq!(quality(&barbell(), &[0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 3), 200 - 60);
    }

    #[test]
    fn a_resolution_above_all_weights_leaves_everybody_alone() {
        assert_eq!(communities(&barbell(), 11, 1), (0..10).collect::<Vec<_>>());
        assert!(communities(&Graph::default(), 1, 1).is_empty());
    }
}

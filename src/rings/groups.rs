//! From edges to groups: connected components, communities of those that are too loose to be one group, and their cores.

use petgraph::unionfind::UnionFind;

use super::leiden::{self, Graph};
use super::settings::{SEED, Settings};

/// An edge between two nodes, weighted in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// A node.
    pub one: usize,
    /// Another.
    pub other: usize,
    /// Weight × 1000.
    pub weight_e3: i64,
}

impl Edge {
    /// An edge between two nodes, the smaller one first.
    pub fn new(one: usize, other: usize, weight_e3: i64) -> Self {
        Self { one: one.min(other), other: one.max(other), weight_e3 }
    }
}

/// Weight × 1000 of an edge between two who met `meetings` times among `crowd` persons, added up (Adamic and Adar): who meets in a crowd has
/// met everybody.
pub fn weight_e3(crowd: u64, meetings: u64) -> i64 {
    let crowd = crowd as f64 / meetings.max(1) as f64;
    (1000.0 / (1.0 + crowd.max(1.0)).log2()).round().max(1.0) as i64
}

/// Connected components with more than one node, each sorted, in the order of their first nodes.
pub fn components(nodes: usize, edges: &[Edge]) -> Vec<Vec<usize>> {
    let mut sets = UnionFind::<usize>::new(nodes);
    for edge in edges {
        sets.union(edge.one, edge.other);
    }
    let mut by_root: std::collections::HashMap<usize, Vec<usize>> = std::collections::HashMap::new();
    for (node, root) in sets.into_labeling().into_iter().enumerate() {
        by_root.entry(root).or_default().push(node);
    }
    let mut components: Vec<Vec<usize>> = by_root.into_values().filter(|nodes| nodes.len() > 1).collect();
    components.sort_unstable();
    components
}

/// The groups of a graph: each at least `min_members` strong, each member linked with at least `core_pct` % of the others.
///
/// Nodes are in an order that says nothing about names; results follow it.
pub fn groups(nodes: usize, edges: &[Edge], settings: &Settings) -> Vec<Vec<usize>> {
    let by_component = by_component(nodes, edges);
    let large = by_component.iter().filter(|(component, _)| component.len() >= settings.patients.min_members);
    let cores = large.flat_map(|(component, edges)| {
        communities(component, edges, settings).into_iter().map(|community| core(&community, edges, settings))
    });
    let mut groups: Vec<Vec<usize>> = cores.filter(|core| core.len() >= settings.patients.min_members).collect();
    groups.sort_unstable();
    groups
}

/// The clusters of a small graph whose nodes need not be many: components, and communities of loose ones.
pub fn clusters(nodes: usize, edges: &[Edge], settings: &Settings) -> Vec<Vec<usize>> {
    let by_component = by_component(nodes, edges);
    let all = by_component.iter().flat_map(|(component, edges)| communities(component, edges, settings));
    all.filter(|cluster| cluster.len() > 1).collect()
}

/// Components with their edges.
fn by_component(nodes: usize, edges: &[Edge]) -> Vec<(Vec<usize>, Vec<Edge>)> {
    let mut number = vec![usize::MAX; nodes];
    let mut parts: Vec<(Vec<usize>, Vec<Edge>)> = Vec::new();
    for component in components(nodes, edges) {
        for node in &component {
            number[*node] = parts.len();
        }
        parts.push((component, Vec::new()));
    }
    for edge in edges.iter().filter(|edge| edge.one != edge.other) {
        parts[number[edge.one]].1.push(*edge);
    }
    parts
}

/// A dense component is one community; a loose one is left to Leiden.
fn communities(component: &[usize], edges: &[Edge], settings: &Settings) -> Vec<Vec<usize>> {
    let pairs = component.len() * (component.len() - 1) / 2;
    if edges.len() * 2 >= pairs {
        return vec![component.to_vec()];
    }
    let local = |node: usize| component.binary_search(&node).unwrap_or_default();
    let links: Vec<_> = edges.iter().map(|edge| (local(edge.one), local(edge.other), edge.weight_e3)).collect();
    let total: i64 = edges.iter().map(|edge| edge.weight_e3).sum();
    let mean = total / i64::try_from(edges.len().max(1)).unwrap_or(i64::MAX);
    let resolution = (mean * i64::from(settings.patients.resolution_pct) / 100).max(1);
    let labels = leiden::communities(&Graph::new(component.len(), &links), resolution, SEED);
    let mut communities: Vec<Vec<usize>> = vec![Vec::new(); labels.iter().max().map_or(0, |last| last + 1)];
    for (node, label) in labels.iter().enumerate() {
        communities[*label].push(component[node]);
    }
    communities
}

/// The k-core of a community with k = `core_pct` % of the others, two at least: whoever has fewest links goes first.
pub fn core(community: &[usize], edges: &[Edge], settings: &Settings) -> Vec<usize> {
    let mut members = community.to_vec();
    members.sort_unstable();
    let place = |node: usize| members.binary_search(&node).ok();
    let mut neighbours = vec![Vec::new(); members.len()];
    for (one, other) in edges.iter().filter_map(|edge| Some((place(edge.one)?, place(edge.other)?))) {
        neighbours[one].push(other);
        neighbours[other].push(one);
    }
    let mut degree: Vec<usize> = neighbours.iter().map(Vec::len).collect();
    let mut left = vec![true; members.len()];
    let mut count = members.len();
    while count > 1 {
        let least = ((count - 1) * settings.patients.core_pct).div_ceil(100).max(2);
        let weakest = (0..members.len()).filter(|node| left[*node]).min_by_key(|node| degree[*node]);
        let Some(weakest) = weakest.filter(|node| degree[*node] < least) else { break };
        left[weakest] = false;
        count -= 1;
        for other in &neighbours[weakest] {
            degree[*other] = degree[*other].saturating_sub(1);
        }
    }
    members.iter().zip(&left).filter(|(_, left)| **left).map(|(member, _)| *member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(one: usize, other: usize) -> Edge {
        Edge { one, other, weight_e3: 1000 }
    }

    #[test]
    fn a_chain_is_no_ring_and_a_tail_is_cut_off() {
        let settings = Settings::default();
        let chain: Vec<Edge> = (0..9).map(|node| edge(node, node + 1)).collect();
        assert!(groups(10, &chain, &settings).is_empty());
        let mut clique: Vec<Edge> = (0..5).flat_map(|one| (one + 1..5).map(move |other| edge(one, other))).collect();
        clique.extend([edge(4, 5), edge(5, 6)]);
        assert_eq!(groups(10, &clique, &settings), [vec![0, 1, 2, 3, 4]]);
    }
}

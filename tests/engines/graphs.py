"""The second opinion of tests/it/rings.rs on graphs: components, communities and their quality by networkx.

Usage: graphs.py GRAPHS.json ANSWERS.json
"""

import json
import sys

import networkx

RESOLUTION = 200
WEIGHT = 1000


def quality(graph, communities):
    """The constant Potts model's quality, counted edge by edge."""
    inside = sum(WEIGHT for members in communities for _ in graph.subgraph(members).edges)
    return inside - RESOLUTION * sum(len(members) * (len(members) - 1) // 2 for members in communities)


def answer(job):
    graph = networkx.Graph()
    graph.add_nodes_from(range(job["nodes"]))
    graph.add_edges_from(job["edges"])
    components = sorted(sorted(nodes) for nodes in networkx.connected_components(graph) if len(nodes) > 1)
    by_label = {}
    for node, label in enumerate(job["communities"]):
        by_label.setdefault(label, set()).add(node)
    ours = list(by_label.values())
    louvain = networkx.community.louvain_communities(graph, seed=1)
    return {
        "components": components,
        "quality": quality(graph, ours),
        "connected": all(networkx.is_connected(graph.subgraph(members)) for members in ours),
        "louvain_quality": quality(graph, louvain),
        "same": sorted(map(sorted, ours)) == sorted(map(sorted, louvain)),
    }


def main():
    jobs_path, results_path = sys.argv[1:]
    with open(jobs_path, encoding="utf-8") as file:
        jobs = json.load(file)
    with open(results_path, "w", encoding="utf-8") as file:
        json.dump([answer(job) for job in jobs], file)


main()

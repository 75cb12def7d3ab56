// Ratchet trees as bytes: those of neighbouring epochs, which share most of their nodes, in little more than one.
// Must not know secrets: a ratchet tree has none.

import type { RatchetTree } from "ts-mls";
import { recallLeafCredential } from "./authentication.ts";
import { type Node, nodeBytes, nodeFrom } from "./node-bytes.ts";
import { pack, unpack } from "./parts.ts";

/** Nodes of one tree at most, as in ts-mls's own decoder. */
const MAX_NODES = 2 ** 14;

/**
 * Each node is written once, each tree as what differs from the one before it. Parts: the nodes, then for each tree
 * u16 length and for each change u16 node index | u16 number of the node (from 1; 0 is blank).
 */
export function treesToBytes(trees: readonly RatchetTree[]): Uint8Array {
  const numbers = new Map<Node, number>();
  const nodes: Uint8Array[] = [];
  const parts: Uint8Array[] = [];
  let before: RatchetTree = [];
  for (const tree of trees) {
    const changes: number[] = [];
    for (const [index, node] of tree.entries()) {
      if (node === before[index]) continue;
      let number = 0;
      if (node !== undefined) {
        number = numbers.get(node) ?? nodes.push(nodeBytes(node));
        numbers.set(node, number);
      }
      changes.push(index, number);
    }
    parts.push(uint16s([tree.length, ...changes]));
    before = tree;
  }
  if (nodes.length > 0xffff) throw new RangeError("saved conversation: too many nodes");
  return pack([pack(nodes), ...parts]);
}

/** The trees again, with nodes shared as before. Throws on anything else than treesToBytes made. */
export function treesFromBytes(bytes: Uint8Array): RatchetTree[] {
  const parts = unpack(bytes);
  const encoded = unpack(parts.next());
  const nodes: RatchetTree = [undefined];
  while (encoded.more()) {
    const node = nodeFrom(encoded.next());
    if (node.nodeType === "leaf" && !recallLeafCredential(node.leaf))
      throw new Error("saved conversation: a leaf");
    nodes.push(node);
  }
  const trees: RatchetTree[] = [];
  let before: RatchetTree = [];
  while (parts.more()) {
    const [length = 0, ...changes] = uint16sFrom(parts.next());
    if (length >= MAX_NODES) throw new RangeError("saved conversation: a tree too large");
    const tree: RatchetTree = Array.from({ length }, (_, index) => before[index]);
    for (let at = 0; at + 1 < changes.length; at += 2) {
      const [index = 0, number = 0] = [changes[at], changes[at + 1]];
      if (index >= length || number >= nodes.length)
        throw new RangeError("saved conversation: a node not there");
      tree[index] = nodes[number];
    }
    trees.push(tree);
    before = tree;
  }
  return trees;
}

function uint16s(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [at, value] of values.entries()) view.setUint16(2 * at, value);
  return new Uint8Array(view.buffer);
}

function uint16sFrom(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 1 }, (_, at) => view.getUint16(2 * at));
}

// Nodes of ratchet trees as bytes, each encoded once: a node never changes, and a commit leaves most of them in their
// places. Must not know what the bytes are for.

import type { RatchetTree } from "ts-mls";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { varLenDataEncoder } from "ts-mls/codec/variableLength.js";
import { decodeNode, encodeNode, stripBlankNodes } from "ts-mls/ratchetTree.js";
import { whole } from "./parts.ts";

export type Node = NonNullable<RatchetTree[number]>;

const bytesOf = new WeakMap<Node, Uint8Array>();

/** The bytes must not be changed. */
export function nodeBytes(node: Node): Uint8Array {
  const known = bytesOf.get(node);
  if (known !== undefined) return known;
  const bytes = encodeNode(node);
  bytesOf.set(node, bytes);
  return bytes;
}

/** The node in `bytes`, which are its own from then on; throws when they are none. */
export function nodeFrom(bytes: Uint8Array): Node {
  const node = whole(decodeNode, bytes);
  bytesOf.set(node, bytes);
  return node;
}

const BLANK = Uint8Array.of(0);
const PRESENT = Uint8Array.of(1);

/** A tree as its extension holds it: optional<Node> ratchet_tree<V> (RFC 9420 §12.4.3.3). */
export function ratchetTreeBytes(tree: RatchetTree): Uint8Array {
  const parts = stripBlankNodes(tree).flatMap((node) =>
    node === undefined ? [BLANK] : [PRESENT, nodeBytes(node)],
  );
  return encode(varLenDataEncoder)(new Uint8Array(Buffer.concat(parts)));
}

// RFC 9420's vectors of the ratchet tree, and of clients that join and follow a group.

import { describe, expect } from "bun:test";
import { getCiphersuiteFromName, getCiphersuiteImpl, joinGroup, makePskIndex, processMessage } from "ts-mls";
import type { CiphersuiteImpl, GroupContext, RatchetTree } from "ts-mls";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { applyUpdatePathSecret } from "ts-mls/createCommit.js";
import { deriveSecret } from "ts-mls/crypto/kdf.js";
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { pathToRoot } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { decodeProposal } from "ts-mls/proposal.js";
import {
  addLeafNode,
  decodeRatchetTree,
  getHpkePublicKey,
  ratchetTreeEncoder,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from "ts-mls/ratchetTree.js";
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js";
import { leafWidth, nodeWidth, root, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from "ts-mls/updatePath.js";
import { mlsProvider, SUITE } from "../../src/mls/provider.ts";
import { seededRandom } from "./people.ts";
import { eachVector, hex } from "./vectors.ts";

const mls = mlsProvider(seededRandom("vectors"));

function treeFrom(text: string): RatchetTree {
  const tree = decodeRatchetTree(hex(text), 0)?.[0];
  if (tree === undefined) throw new Error("not a tree");
  return tree;
}

describe("RFC 9420's vectors", async () => {
  await eachVector("tree-operations", async (v) => {
    const before = treeFrom(v.tree_before);
    const proposal = decodeProposal(hex(v.proposal), 0)?.[0];
    expect(await treeHashRoot(before, mls.hash)).toEqual(hex(v.tree_hash_before));
    let after: RatchetTree = before;
    if (proposal === undefined || typeof proposal.proposalType === "number")
      throw new Error("not a proposal");
    if (proposal.proposalType === "add") after = addLeafNode(before, proposal.add.keyPackage.leafNode)[0];
    else if (proposal.proposalType === "update")
      after = updateLeafNode(before, proposal.update.leafNode, toLeafIndex(v.proposal_sender));
    else if (proposal.proposalType === "remove")
      after = removeLeafNode(before, toLeafIndex(proposal.remove.removed));
    expect(encode(ratchetTreeEncoder)(after).toHex()).toBe(v.tree_after);
    expect(await treeHashRoot(after, mls.hash)).toEqual(hex(v.tree_hash_after));
  });

  await eachVector("tree-validation", async (v) => {
    const tree = treeFrom(v.tree);
    for (const [index, expected] of v.resolutions.entries()) {
      expect(resolution(tree, toNodeIndex(index)).map(Number)).toEqual(expected);
      expect((await treeHash(tree, toNodeIndex(index), mls.hash)).toHex()).toBe(v.tree_hashes[index]);
    }
    expect(await verifyParentHashes(tree, mls.hash)).toBe(true);
    for (const [index, node] of tree.entries()) {
      if (node?.nodeType !== "leaf") continue;
      expect(await verifyLeafNodeSignature(node.leaf, hex(v.group_id), index / 2, mls.signature)).toBe(true);
    }
  });

  await eachVector("treekem", async (v) => {
    const tree = treeFrom(v.ratchet_tree);
    const contextAt = (hash: Uint8Array): GroupContext => ({
      version: "mls10",
      cipherSuite: SUITE,
      groupId: hex(v.group_id),
      epoch: BigInt(v.epoch),
      treeHash: hash,
      confirmedTranscriptHash: hex(v.confirmed_transcript_hash),
      extensions: [],
    });
    const paths = new Map<number, Awaited<ReturnType<typeof toPrivateKeyPath>>>();
    const signers = new Map<number, Uint8Array>();
    for (const own of v.leaves_private) {
      const secrets: Record<number, Uint8Array> = {};
      for (const { node, path_secret } of own.path_secrets) secrets[node] = hex(path_secret);
      const path = await toPrivateKeyPath(secrets, own.index, mls);
      // The secrets are those of the public keys in the tree.
      for (const [node, key] of Object.entries({
        ...path.privateKeys,
        [2 * own.index]: hex(own.encryption_priv),
      })) {
        const pair = await mls.hpke.open(
          await mls.hpke.importPrivateKey(key),
          ...(await sealTo(tree, Number(node))),
          new Uint8Array(),
        );
        expect(pair).toEqual(hex("2a"));
      }
      paths.set(own.index, {
        ...path,
        privateKeys: { ...path.privateKeys, [2 * own.index]: hex(own.encryption_priv) },
      });
      signers.set(own.index, hex(own.signature_priv));
    }
    for (const u of v.update_paths) {
      const path = decodeUpdatePath(hex(u.update_path), 0)?.[0];
      if (path === undefined) throw new Error("not a path");
      const sender = toLeafIndex(u.sender);
      const after = await applyUpdatePath(tree, sender, path, mls.hash);
      const hash = await treeHashRoot(after, mls.hash);
      expect(hash).toEqual(hex(u.tree_hash_after));
      const signer = signers.get(u.sender);
      if (signer === undefined) throw new Error("no signer");
      const ours = await createUpdatePath(
        tree,
        sender,
        { ...contextAt(hash), epoch: BigInt(v.epoch) - 1n },
        signer,
        mls,
      );
      const oursHash = await treeHashRoot(ours[0], mls.hash);
      if (ours[1] === undefined) throw new Error("no path made");
      for (const [leaf, own] of paths) {
        if (leaf === u.sender) continue;
        const found = await applyUpdatePathSecret(after, own, sender, contextAt(hash), path, [], mls);
        expect(found.pathSecret).toEqual(hex(u.path_secrets[leaf]));
        expect(await commitSecretOf(after, found)).toEqual(hex(u.commit_secret));
        const fromOurs = await applyUpdatePathSecret(
          ours[0],
          own,
          sender,
          contextAt(oursHash),
          ours[1],
          [],
          mls,
        );
        const sent = ours[2].find((secret) => secret.nodeIndex === fromOurs.nodeIndex);
        expect(fromOurs.pathSecret).toEqual(sent?.secret ?? new Uint8Array());
      }
    }
  });

  for (const kind of ["passive-client-welcome", "passive-client-handling-commit", "passive-client-random"]) {
    await eachVector(kind, async (v) => {
      // The one vector of suite 0x0001, which ClassChat does not speak, runs on the library's own provider.
      const cs: CiphersuiteImpl =
        v.cipher_suite === 3
          ? mls
          : await getCiphersuiteImpl(getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"));
      const psks: Record<string, Uint8Array> = {};
      for (const { psk_id, psk } of v.external_psks)
        psks[Buffer.from(psk_id, "hex").toString("base64")] = hex(psk);
      const own = decodeMlsMessage(hex(v.key_package), 0)?.[0];
      const welcome = decodeMlsMessage(hex(v.welcome), 0)?.[0];
      if (own?.wireformat !== "mls_key_package" || welcome?.wireformat !== "mls_welcome")
        throw new Error("not read");
      const keys = {
        initPrivateKey: hex(v.init_priv),
        hpkePrivateKey: hex(v.encryption_priv),
        signaturePrivateKey: hex(v.signature_priv),
      };
      const tree = v.ratchet_tree === null ? undefined : treeFrom(v.ratchet_tree);
      let state = await joinGroup(
        welcome.welcome,
        own.keyPackage,
        keys,
        makePskIndex(undefined, psks),
        cs,
        tree,
      );
      expect(state.keySchedule.epochAuthenticator).toEqual(hex(v.initial_epoch_authenticator));
      for (const epoch of v.epochs) {
        for (const bytes of [...epoch.proposals, epoch.commit]) {
          const message = decodeMlsMessage(hex(bytes), 0)?.[0];
          if (message?.wireformat !== "mls_private_message" && message?.wireformat !== "mls_public_message")
            throw new Error("not read");
          state = (await processMessage(message, state, makePskIndex(state, psks), () => "accept", cs))
            .newState;
        }
        expect(state.keySchedule.epochAuthenticator).toEqual(hex(epoch.epoch_authenticator));
      }
    });
  }
});

/** Something sealed to the public key of a node: its KEM output, ciphertext and info. */
async function sealTo(tree: RatchetTree, index: number): Promise<[Uint8Array, Uint8Array, Uint8Array]> {
  const node = tree[index];
  if (node === undefined) throw new Error("a blank node");
  const key = await mls.hpke.importPublicKey(getHpkePublicKey(node));
  const { enc, ct } = await mls.hpke.seal(key, hex("2a"), new Uint8Array(), new Uint8Array());
  return [enc, ct, new Uint8Array()];
}

async function commitSecretOf(
  tree: RatchetTree,
  from: { nodeIndex: number; pathSecret: Uint8Array },
): Promise<Uint8Array> {
  const secrets = await pathToRoot(tree, toNodeIndex(from.nodeIndex), from.pathSecret, mls.kdf);
  const last = secrets[root(leafWidth(tree.length))];
  if (last === undefined || tree.length !== nodeWidth(leafWidth(tree.length))) throw new Error("no root");
  return deriveSecret(last, "path", mls.kdf);
}

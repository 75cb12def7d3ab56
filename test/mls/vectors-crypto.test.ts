// RFC 9420's vectors of primitives, secrets and tree indexes.

import { describe, expect } from "bun:test";
import { mlsExporter } from "ts-mls";
import type { GroupContext, PreSharedKeyID } from "ts-mls";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { refhash } from "ts-mls/crypto/hash.js";
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js";
import { groupContextEncoder } from "ts-mls/groupContext.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { accumulatePskSecret } from "ts-mls/pskIndex.js";
import { createSecretTree, ratchetToGeneration } from "ts-mls/secretTree.js";
import { decodeReuseGuard, expandSenderDataKey, expandSenderDataNonce } from "ts-mls/sender.js";
import * as treemath from "ts-mls/treemath.js";
import { clientConfig } from "../../src/mls/authentication.ts";
import { mlsProvider, SUITE } from "../../src/mls/provider.ts";
import { seededRandom } from "./people.ts";
import { eachVector, hex } from "./vectors.ts";

const mls = mlsProvider(seededRandom("vectors"));
const { keyRetentionConfig } = clientConfig(0);

describe("RFC 9420's vectors", async () => {
  await eachVector("tree-math", (v) => {
    expect([treemath.nodeWidth(v.n_leaves), treemath.root(v.n_leaves)]).toEqual([v.n_nodes, v.root]);
    const orNull = (step: () => number) => {
      try {
        return step();
      } catch {
        return null;
      }
    };
    for (let i = 0; i < v.n_nodes; i++) {
      const node = treemath.toNodeIndex(i);
      expect(orNull(() => treemath.left(node))).toBe(v.left[i]);
      expect(orNull(() => treemath.right(node))).toBe(v.right[i]);
      expect(orNull(() => treemath.parent(node, v.n_leaves))).toBe(v.parent[i]);
      expect(orNull(() => treemath.sibling(node, v.n_leaves))).toBe(v.sibling[i]);
    }
  });

  await eachVector("crypto-basics", async (v) => {
    const { ref_hash: ref, expand_with_label: exp, derive_secret: der, derive_tree_secret: tree } = v;
    expect(await refhash(ref.label, hex(ref.value), mls.hash)).toEqual(hex(ref.out));
    expect(await expandWithLabel(hex(exp.secret), exp.label, hex(exp.context), exp.length, mls.kdf)).toEqual(
      hex(exp.out),
    );
    expect(await deriveSecret(hex(der.secret), der.label, mls.kdf)).toEqual(hex(der.out));
    expect(
      await deriveTreeSecret(hex(tree.secret), tree.label, tree.generation, tree.length, mls.kdf),
    ).toEqual(hex(tree.out));
    const { sign_with_label: sig, encrypt_with_label: enc } = v;
    expect(
      await verifyWithLabel(hex(sig.pub), sig.label, hex(sig.content), hex(sig.signature), mls.signature),
    ).toBe(true);
    expect(await signWithLabel(hex(sig.priv), sig.label, hex(sig.content), mls.signature)).toEqual(
      hex(sig.signature),
    );
    const key = await mls.hpke.importPrivateKey(hex(enc.priv));
    const open = (kem: Uint8Array, ct: Uint8Array) =>
      decryptWithLabel(key, enc.label, hex(enc.context), kem, ct, mls.hpke);
    expect(await open(hex(enc.kem_output), hex(enc.ciphertext))).toEqual(hex(enc.plaintext));
    const pub = await mls.hpke.importPublicKey(hex(enc.pub));
    const ours = await encryptWithLabel(pub, enc.label, hex(enc.context), hex(enc.plaintext), mls.hpke);
    expect(await open(ours.enc, ours.ct)).toEqual(hex(enc.plaintext));
  });

  await eachVector("secret-tree", async (v) => {
    const { sender_data: s } = v;
    expect(await expandSenderDataKey(mls, hex(s.sender_data_secret), hex(s.ciphertext))).toEqual(hex(s.key));
    expect(await expandSenderDataNonce(mls, hex(s.sender_data_secret), hex(s.ciphertext))).toEqual(
      hex(s.nonce),
    );
    const tree = await createSecretTree(v.leaves.length, hex(v.encryption_secret), mls.kdf);
    const reuseGuard = decodeReuseGuard(new Uint8Array(4), 0)?.[0];
    if (reuseGuard === undefined) throw new Error("no reuse guard");
    for (const [leafIndex, generations] of v.leaves.entries()) {
      for (const g of generations) {
        const senderData = { leafIndex, generation: g.generation, reuseGuard };
        const application = await ratchetToGeneration(
          tree,
          senderData,
          "application",
          keyRetentionConfig,
          mls,
        );
        expect([application.key, application.nonce]).toEqual([
          hex(g.application_key),
          hex(g.application_nonce),
        ]);
        const handshake = await ratchetToGeneration(tree, senderData, "commit", keyRetentionConfig, mls);
        expect([handshake.key, handshake.nonce]).toEqual([hex(g.handshake_key), hex(g.handshake_nonce)]);
      }
    }
  });

  await eachVector("key-schedule", async (v) => {
    let initSecret = hex(v.initial_init_secret);
    for (const [epoch, e] of v.epochs.entries()) {
      const context: GroupContext = {
        version: "mls10",
        cipherSuite: SUITE,
        groupId: hex(v.group_id),
        epoch: BigInt(epoch),
        treeHash: hex(e.tree_hash),
        confirmedTranscriptHash: hex(e.confirmed_transcript_hash),
        extensions: [],
      };
      expect(encode(groupContextEncoder)(context)).toEqual(hex(e.group_context));
      const made = await initializeEpoch(
        initSecret,
        hex(e.commit_secret),
        context,
        hex(e.psk_secret),
        mls.kdf,
      );
      const { keySchedule: k } = made;
      const { publicKey } = await mls.hpke.deriveKeyPair(k.externalSecret);
      const { exporter: x } = e;
      const found = {
        joiner_secret: made.joinerSecret,
        welcome_secret: made.welcomeSecret,
        encryption_secret: made.encryptionSecret,
        init_secret: k.initSecret,
        sender_data_secret: k.senderDataSecret,
        exporter_secret: k.exporterSecret,
        epoch_authenticator: k.epochAuthenticator,
        external_secret: k.externalSecret,
        confirmation_key: k.confirmationKey,
        membership_key: k.membershipKey,
        resumption_psk: k.resumptionPsk,
        external_pub: await mls.hpke.exportPublicKey(publicKey),
      };
      for (const [name, value] of Object.entries(found))
        expect([name, value.toHex()]).toEqual([name, e[name]]);
      expect(await mlsExporter(k.exporterSecret, x.label, hex(x.context), x.length, mls)).toEqual(
        hex(x.secret),
      );
      initSecret = k.initSecret;
    }
  });

  await eachVector("psk_secret", async (v) => {
    const psks = new Map<string, Uint8Array>();
    const ids: PreSharedKeyID[] = [];
    for (const psk of v.psks) {
      psks.set(psk.psk_id, hex(psk.psk));
      ids.push({ psktype: "external", pskId: hex(psk.psk_id), pskNonce: hex(psk.psk_nonce) });
    }
    const index = {
      findPsk: (id: PreSharedKeyID) => (id.psktype === "external" ? psks.get(id.pskId.toHex()) : undefined),
    };
    const [secret] = await accumulatePskSecret(ids, index, mls, new Uint8Array(32));
    expect(secret).toEqual(hex(v.psk_secret));
  });
});

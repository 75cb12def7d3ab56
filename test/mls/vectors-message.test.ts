// RFC 9420's vectors of messages and their encodings.

import { describe, expect } from "bun:test";
import type { GroupContext, RatchetTree } from "ts-mls";
import { decodeAuthenticatedContent } from "ts-mls/authenticatedContent.js";
import { determineLength } from "ts-mls/codec/variableLength.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { commitEncoder, decodeCommit } from "ts-mls/commit.js";
import { verifyConfirmationTag } from "ts-mls/framedContent.js";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { decodeGroupSecrets, groupSecretsEncoder } from "ts-mls/groupSecrets.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { protectApplicationData, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import * as proposals from "ts-mls/proposal.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { clientConfig } from "../../src/mls/authentication.ts";
import { generate } from "../../src/mls/key-package.ts";
import { mlsProvider, SUITE } from "../../src/mls/provider.ts";
import { NOW, person, seededRandom } from "./people.ts";
import { eachVector, hex } from "./vectors.ts";

const mls = mlsProvider(seededRandom("vectors"));
const { keyRetentionConfig, paddingConfig } = clientConfig(0);
const NONE = new Uint8Array();

describe("RFC 9420's vectors", async () => {
  await eachVector("message-protection", async (v) => {
    const context: GroupContext = {
      version: "mls10",
      cipherSuite: SUITE,
      groupId: hex(v.group_id),
      epoch: BigInt(v.epoch),
      treeHash: hex(v.tree_hash),
      confirmedTranscriptHash: hex(v.confirmed_transcript_hash),
      extensions: [],
    };
    // The sender is leaf 1 of 2; only its signature key matters, and is given on its own.
    const own = person("alice");
    const { publicPackage } = await generate(own.mls, own.device, NOW, false);
    const tree: RatchetTree = [undefined, undefined, { nodeType: "leaf", leaf: publicPackage.leafNode }];
    const secretTree = () => createSecretTree(2, hex(v.encryption_secret), mls.kdf);
    const contentOf = async (bytes: Uint8Array) => {
      const message = decodeMlsMessage(bytes, 0)?.[0];
      if (message?.wireformat === "mls_public_message") {
        const { publicMessage } = message;
        return (
          await unprotectPublicMessage(
            hex(v.membership_key),
            context,
            tree,
            publicMessage,
            mls,
            hex(v.signature_pub),
          )
        ).content;
      }
      if (message?.wireformat !== "mls_private_message") throw new Error("neither public nor private");
      return (
        await unprotectPrivateMessage(
          hex(v.sender_data_secret),
          message.privateMessage,
          await secretTree(),
          tree,
          context,
          keyRetentionConfig,
          mls,
          hex(v.signature_pub),
        )
      ).content.content;
    };
    for (const bytes of [v.proposal_pub, v.proposal_priv]) {
      const content = await contentOf(hex(bytes));
      expect(content.contentType === "proposal" && proposals.encodeProposal(content.proposal)).toEqual(
        hex(v.proposal),
      );
    }
    for (const bytes of [v.commit_pub, v.commit_priv]) {
      const content = await contentOf(hex(bytes));
      expect(content.contentType === "commit" && encode(commitEncoder)(content.commit)).toEqual(
        hex(v.commit),
      );
    }
    const made = await protectApplicationData(
      hex(v.signature_priv),
      hex(v.sender_data_secret),
      hex(v.application),
      NONE,
      context,
      await secretTree(),
      1,
      paddingConfig,
      mls,
    );
    const ours = encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_private_message",
      privateMessage: made.privateMessage,
    });
    for (const bytes of [hex(v.application_priv), ours]) {
      const content = await contentOf(bytes);
      expect(content.contentType === "application" && content.applicationData).toEqual(hex(v.application));
    }
  });

  await eachVector("welcome", async (v) => {
    const welcome = decodeMlsMessage(hex(v.welcome), 0)?.[0];
    const own = decodeMlsMessage(hex(v.key_package), 0)?.[0];
    if (welcome?.wireformat !== "mls_welcome" || own?.wireformat !== "mls_key_package")
      throw new Error("not read");
    const ref = await makeKeyPackageRef(own.keyPackage, mls.hash);
    const key = await mls.hpke.importPrivateKey(hex(v.init_priv));
    const secrets = await decryptGroupSecrets(key, ref, welcome.welcome, mls.hpke);
    if (secrets === undefined) throw new Error("no secrets");
    const noPsk = new Uint8Array(32);
    const info = await decryptGroupInfo(welcome.welcome, secrets.joinerSecret, noPsk, mls);
    if (info === undefined) throw new Error("no group info");
    expect(await verifyGroupInfoSignature(info, hex(v.signer_pub), mls.signature)).toBe(true);
    expect(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, mls)).toBe(true);
  });

  await eachVector("transcript-hashes", async (v) => {
    const decoded = decodeAuthenticatedContent(hex(v.authenticated_content), 0)?.[0];
    if (decoded?.content.contentType !== "commit" || decoded.auth.contentType !== "commit")
      throw new Error("no commit");
    const { wireformat, content, auth } = decoded;
    const input = { wireformat, content, signature: auth.signature };
    const confirmed = await createConfirmedHash(hex(v.interim_transcript_hash_before), input, mls.hash);
    expect(confirmed).toEqual(hex(v.confirmed_transcript_hash_after));
    expect(await createInterimHash(confirmed, auth.confirmationTag, mls.hash)).toEqual(
      hex(v.interim_transcript_hash_after),
    );
    expect(
      await verifyConfirmationTag(hex(v.confirmation_key), auth.confirmationTag, confirmed, mls.hash),
    ).toBe(true);
  });

  await eachVector("deserialization", (v) => {
    const header = hex(v.vlbytes_header);
    expect(determineLength(header)).toEqual({ length: v.length, lengthFieldSize: header.length });
  });

  await eachVector("messages", (v) => {
    const whole = [
      "mls_welcome",
      "mls_group_info",
      "mls_key_package",
      "public_message_application",
      "public_message_proposal",
      "public_message_commit",
      "private_message",
    ];
    for (const name of whole) {
      const message = decodeMlsMessage(hex(v[name]), 0)?.[0];
      expect([name, message && encodeMlsMessage(message).toHex()]).toEqual([name, v[name]]);
    }
    const body = (
      name: string,
      decode: (b: Uint8Array, offset: number) => [Uint8Array, number] | undefined,
    ) => expect([name, decode(hex(v[name]), 0)?.[0].toHex()]).toEqual([name, v[name]]);
    body("ratchet_tree", (b, at) => mapped(decodeRatchetTree(b, at), encodeRatchetTree));
    body("group_secrets", (b, at) => mapped(decodeGroupSecrets(b, at), encode(groupSecretsEncoder)));
    body("commit", (b, at) => mapped(decodeCommit(b, at), encode(commitEncoder)));
    body("add_proposal", (b, at) => mapped(proposals.decodeAdd(b, at), proposals.encodeAdd));
    body("update_proposal", (b, at) => mapped(proposals.decodeUpdate(b, at), proposals.encodeUpdate));
    body("remove_proposal", (b, at) => mapped(proposals.decodeRemove(b, at), proposals.encodeRemove));
    body("pre_shared_key_proposal", (b, at) => mapped(proposals.decodePSK(b, at), proposals.encodePSK));
    body("re_init_proposal", (b, at) => mapped(proposals.decodeReinit(b, at), proposals.encodeReinit));
    body("external_init_proposal", (b, at) =>
      mapped(proposals.decodeExternalInit(b, at), proposals.encodeExternalInit),
    );
    body("group_context_extensions_proposal", (b, at) =>
      mapped(proposals.decodeGroupContextExtensions(b, at), proposals.encodeGroupContextExtensions),
    );
  });
});

function mapped<T>(
  decoded: [T, number] | undefined,
  encoder: (value: T) => Uint8Array,
): [Uint8Array, number] | undefined {
  return decoded && [encoder(decoded[0]), decoded[1]];
}

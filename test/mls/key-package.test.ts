import { expect, test } from "bun:test";
import { commit } from "../../src/mls/commit.ts";
import { generate, readKeyPackage } from "../../src/mls/key-package.ts";
import type { Conversation } from "../../src/mls/state.ts";
import { bytesOf, twisted } from "./evil.ts";
import { group, keyPackage, NOW, person, taken } from "./people.ts";

test("key packages are read strictly", async () => {
  const dave = person("dave");
  const { mls } = dave;
  const read = async (bytes: Uint8Array, now = NOW) => {
    const outcome = await readKeyPackage(mls, bytes, now);
    return outcome.ok ? outcome.credential.name : outcome.refused;
  };
  const made = await keyPackage(dave, true);
  const seen = taken(await readKeyPackage(mls, made.public, NOW));
  expect([seen.id, seen.lastResort, seen.expires > NOW]).toEqual([made.id, true, true]);
  expect(await read(made.public, NOW - 2 * 86_400_000)).toBe("expired");
  expect(await read(new Uint8Array(5000))).toBe("too-large");
  expect(await read(Buffer.concat([made.public, Uint8Array.of(0)]))).toBe("malformed");
  const own = (await generate(mls, dave.device, NOW, false)).publicPackage;
  const flipped = { ...own, signature: new Uint8Array(own.signature).fill(1, 3, 4) };
  expect(await read(bytesOf(flipped))).toBe("undecryptable");
  const [alice] = (await group([person("alice"), person("bob")])) as [Conversation];
  expect(await commit(alice, { add: [bytesOf(flipped)], now: NOW })).toEqual({
    ok: false,
    refused: "undecryptable",
  });
  expect(
    await read(bytesOf(await twisted(dave, { leaf: { signaturePublicKey: person("eve").identity.public } }))),
  ).toBe("credential-mismatch");
  expect(
    await read(
      bytesOf(
        await twisted(dave, {
          initKey: own.leafNode.hpkePublicKey,
          leaf: { hpkePublicKey: own.leafNode.hpkePublicKey },
        }),
      ),
    ),
  ).toBe("duplicate-key");
  const forever = {
    ...own,
    leafNode: { ...own.leafNode, lifetime: { notBefore: 0n, notAfter: 9_223_372_036_854_775_807n } },
  };
  expect(await read(bytesOf(forever))).toBe("malformed");
});

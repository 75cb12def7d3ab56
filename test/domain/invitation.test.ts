// An invitation is good until it is revoked, used up or expired, whichever comes first.

import { expect, test } from "bun:test";
import { invitationState, secretHash } from "../../src/domain/invitation.ts";

test("what an invitation is", () => {
  const open = { revoked: false };
  expect(invitationState(open, 1000, 0)).toBe("open");
  expect(invitationState({ ...open, uses: 2 }, 1, 0)).toBe("open");
  expect(invitationState({ ...open, uses: 2 }, 2, 0)).toBe("used");
  expect(invitationState({ ...open, expires: 10 }, 0, 9)).toBe("open");
  expect(invitationState({ ...open, expires: 10 }, 0, 10)).toBe("expired");
  expect(invitationState({ revoked: true, uses: 1, expires: 1 }, 1, 2)).toBe("revoked");
});

test("what is kept of a secret is its SHA-256", () => {
  expect(Buffer.from(secretHash(Buffer.from("abc"))).toString("hex")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

// What the rules of a group let somebody write into its log, by what the server is told; asked within the store's step.
// Pure. Must not know the store: members hold every commit against the same rules themselves.

import { mayEnter, mayWrite } from "../domain/group-rules.ts";
import { decodeRules } from "../wire/rules.ts";
import { type DeviceId, encodeId } from "../domain/id.ts";
import type { Admit } from "../ports/server-store.ts";
import type { Told } from "../wire/told.ts";
import type { Session } from "./session.ts";

/** Whoever commits, and what is known of those it speaks of. */
export interface Committing {
  readonly told: Told;
  readonly device: DeviceId;
  /** The committer's identity key, base64url, and all devices of the same person. */
  readonly identity: string;
  readonly devices: readonly DeviceId[];
  /** Who is in the group, where the commit adds somebody, in its epoch; undefined when that is not known. */
  readonly members: ReadonlySet<DeviceId> | undefined;
  /** The identity keys of those it adds. */
  readonly addedIdentities: readonly string[];
  /** Whether it acts as an admin whatever the rules say: none of theirs is in the group. */
  readonly asAdmin: boolean;
}

/** A message: by any member, in an announcement group by an admin. Whether it is a member is for the store to say. */
export function admitMessage(session: Session): Admit {
  return ({ rules: bytes, member }) => {
    const rules = decodeRules(bytes);
    if (!member || rules === undefined || !rules.announcement) return true;
    const { account } = session;
    return account !== undefined && mayWrite(rules, () => rules.admins.includes(encodeId(account.identity)));
  };
}

/** A commit: see PROTOCOL.md, "Groups". */
export function admitCommit(committing: Committing): Admit {
  const { told, device, identity, devices, members, addedIdentities, asAdmin } = committing;
  // Whoever is in already and is added once more would not be sent what its cursor then jumps over.
  const addsTwice = told.added.some((added) => members?.has(added) && !told.removed.includes(added));
  const isUnfit = members === undefined || addsTwice;
  return ({ rules: bytes, member, departed }) => {
    const rules = decodeRules(bytes);
    if (rules === undefined || isUnfit) return false;
    const isOwnOrLeft = (gone: DeviceId) => departed.has(gone) || devices.includes(gone);
    if (!member) {
      // From outside: by itself, and at most in the place of what was its own before.
      const entersAlone = told.added.length === 1 && told.added[0] === device && told.rules === undefined;
      return entersAlone && mayEnter(rules, identity) === "yes" && told.removed.every(isOwnOrLeft);
    }
    if (told.added.includes(device) || told.removed.includes(device)) return false;
    if (asAdmin || rules.admins.includes(identity)) return true;
    if (told.rules !== undefined || !told.removed.every(isOwnOrLeft)) return false;
    return told.added.length === 0 || addedIdentities.every((added) => mayEnter(rules, added) === "yes");
  };
}

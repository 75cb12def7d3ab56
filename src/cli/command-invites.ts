// `classchat invites` and `classchat role`: for whoever runs the server. Which links there are and who came by them, links
// taken back, what somebody is in the class. Must not know how invitations are kept.

import { invitationState } from "../domain/invitation.ts";
import { type Role, roleField } from "../domain/role.ts";
import type { Account } from "../ports/server-store.ts";
import type { Invitation } from "../ports/invitations.ts";
import type { ServerSqlite } from "../store/server-sqlite.ts";
import { columns } from "./columns.ts";
import { nameOf, type ServersData, withServerData } from "./command-invite.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { isoTime, localTime, output } from "./output.ts";
import { peopleText } from "./wording-groups.ts";

const MOST_NAMED = 4;
const PAGE = 1000;

/** All that were made. */
export async function listInvites(options: ServersData): Promise<ExitCode> {
  const all = await withServerData(options, (store) => store.invitations.list());
  const out = output(options.json ?? false);
  const now = Date.now();
  if (out.json) for (const one of all) out.object(invitationObject(one, now));
  else if (all.length === 0) out.note("no invitation was made yet: classchat invite");
  else {
    const header = ["NO.", "ROLE", "FOR", "USED", "UNTIL", "STATE", "BY"];
    for (const line of columns([header, ...all.map((one) => cells(one, now))])) out.print(line);
  }
  return EXIT.done;
}

/** Whom there are links for by name: who is in the class, and who is not. */
export async function listRoster(options: ServersData): Promise<ExitCode> {
  const { all, accounts } = await withServerData(options, async (store) => ({
    all: await store.invitations.list(),
    accounts: await everybody(store),
  }));
  const out = output(options.json ?? false);
  const now = Date.now();
  const rows = [...Map.groupBy(all.filter(isNamed), ({ invitee }) => invitee.fold)].map(([fold, links]) => {
    const account = accounts.get(fold);
    const use = links
      .flatMap(({ usedBy }) => usedBy)
      .findLast(({ identity }) => account && Buffer.compare(identity, account.identity) === 0);
    const last = links.at(-1);
    const state = last === undefined ? "revoked" : invitationState(last, last.usedBy.length, now);
    return { name: account?.name ?? last?.invitee.name ?? fold, account, use, state };
  });
  if (out.json) {
    for (const { name, account, use, state } of rows) {
      const joined = account === undefined ? { joined: false, link: state } : { joined: true };
      const when = account === undefined ? {} : { byLink: use !== undefined, ...at(use?.time) };
      out.object({ type: "invited", name, ...joined, ...when, ...roleField(account?.role) });
    }
    return EXIT.done;
  }
  if (rows.length === 0) {
    out.note("no link is for a name yet: classchat invite --roster class.csv");
    return EXIT.done;
  }
  const lines = rows.map(({ name, account, use, state }) => {
    if (account === undefined) return [name, "not yet", state === "open" ? "" : `link ${state}`];
    return [name, "joined", use === undefined ? "NOT BY THE LINK" : localTime(use.time)];
  });
  for (const line of columns(lines)) out.print(line);
  const joined = rows.filter(({ account }) => account !== undefined).length;
  out.note(`${joined} of ${rows.length} have joined`);
  return EXIT.done;
}

/** From now on nobody comes in by these; who has is in the class. */
export async function revokeInvites(ids: readonly number[], options: ServersData): Promise<ExitCode> {
  const outcome = await withServerData(options, (store) => store.invitations.revoke(ids));
  if (outcome === "none") {
    throw new Failure(EXIT.failed, {
      line: `${ids.length === 1 ? "there is no such invitation" : "one of these is no invitation"}; nothing was revoked`,
      hint: "which there are: classchat invites list",
    });
  }
  const out = output(options.json ?? false);
  for (const id of ids) {
    if (out.json) out.object({ type: "revoked", id });
    else out.print(`invitation ${id} is revoked; whoever came in by it stays`);
  }
  return EXIT.done;
}

/** What somebody is in the class, which everybody is shown. */
export async function setRole(name: string, role: Role, options: ServersData): Promise<ExitCode> {
  const wanted = nameOf(name);
  if (!(await withServerData(options, (store) => store.setRole(wanted.fold, role)))) {
    throw new Failure(EXIT.failed, {
      line: `nobody has the name ${wanted.name}`,
      hint: "who is in the class: classchat users",
    });
  }
  const out = output(options.json ?? false);
  if (out.json) out.object({ type: "role", name: wanted.name, role });
  else out.print(`${wanted.name} is shown as ${role} from now on`);
  return EXIT.done;
}

async function everybody(store: ServerSqlite): Promise<ReadonlyMap<string, Account>> {
  const found = new Map<string, Account>();
  for (let after = ""; ;) {
    const page = await store.accounts(after, PAGE);
    for (const account of page) found.set(account.fold, account);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last.fold;
  }
}

type Named = Invitation & { readonly invitee: NonNullable<Invitation["invitee"]> };

function isNamed(invitation: Invitation): invitation is Named {
  return invitation.invitee !== undefined;
}

function cells(invitation: Invitation, now: number): string[] {
  const { id, role, invitee, uses, usedBy, expires } = invitation;
  const state = invitationState(invitation, usedBy.length, now);
  return [
    String(id),
    role,
    invitee?.name ?? "anyone",
    uses === undefined ? String(usedBy.length) : `${usedBy.length} of ${uses}`,
    expires === undefined ? "-" : localTime(expires),
    state === "used" ? "used up" : state,
    usedBy.length === 0
      ? ""
      : peopleText(
          usedBy.map(({ name }) => name),
          MOST_NAMED,
        ),
  ];
}

function invitationObject(invitation: Invitation, now: number): object {
  const { id, role, invitee, uses, usedBy, expires, time } = invitation;
  return {
    type: "invitation",
    id,
    role,
    ...(invitee === undefined ? {} : { for: invitee.name }),
    ...(uses === undefined ? {} : { uses, left: Math.max(0, uses - usedBy.length) }),
    ...(expires === undefined ? {} : { expires: isoTime(expires) }),
    state: invitationState(invitation, usedBy.length, now),
    madeAt: isoTime(time),
    usedBy: usedBy.map((use) => ({ name: use.name, ...at(use.time) })),
  };
}

function at(time: number | undefined): { readonly joinedAt?: string } {
  return time === undefined ? {} : { joinedAt: isoTime(time) };
}

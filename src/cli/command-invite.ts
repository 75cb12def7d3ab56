// `classchat invite`: for whoever runs the server. Links of their own for people, made in the server's data while it runs or
// not. Must not know how invitations are kept.

import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { secretHash } from "../domain/invitation.ts";
import { parseName } from "../domain/name.ts";
import { ORDINARY, type Role } from "../domain/role.ts";
import type { Listed } from "../domain/roster.ts";
import { StoreFailure } from "../ports.ts";
import type { Invitee, NewInvitation } from "../ports/invitations.ts";
import { writePrivateFile } from "../store/private-files.ts";
import { openServerStore, type ServerSqlite } from "../store/server-sqlite.ts";
import { csvLine } from "../domain/csv.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder, serverFolder } from "./home.ts";
import { linkMaker } from "./invitation-links.ts";
import { counted, isoTime, localTime, type Output, output } from "./output.ts";
import { random } from "./random.ts";
import { readRoster } from "./roster-file.ts";
import { existingDatabase } from "./server-files.ts";
import { nameText, storeText } from "./wording.ts";
import { peopleText } from "./wording-groups.ts";

export interface ServersData {
  readonly home?: string | undefined;
  readonly data?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface InviteOptions extends ServersData {
  readonly role?: Role | undefined;
  /** For how long it is good, ms. */
  readonly expires?: number | undefined;
  readonly uses?: number | undefined;
  readonly for?: string | undefined;
  readonly renew?: boolean | undefined;
  readonly roster?: string | undefined;
  readonly out?: string | undefined;
  readonly public?: string | undefined;
}

/** A link that is not made yet. */
interface Draft {
  readonly secret: Uint8Array;
  readonly invitation: NewInvitation;
  readonly email: string | undefined;
}

interface Made {
  readonly id: number;
  readonly name: string;
  readonly email: string | undefined;
  readonly link: string;
  readonly invitation: NewInvitation;
}

const SECRET_BYTES = 16;
const MOST_NAMED = 8;

export async function invite(options: InviteOptions): Promise<ExitCode> {
  checkTogether(options);
  const invitee = options.for === undefined ? undefined : nameOf(options.for);
  const out = output(options.json ?? false);
  const people = options.roster === undefined ? undefined : readRoster(options.roster, out.note);
  if (options.out !== undefined && existsSync(options.out)) throw outThere(options.out);
  if (options.out !== undefined && !existsSync(dirname(resolve(options.out)))) {
    const line = `there is no folder for ${options.out}; no link was made`;
    throw new Failure(EXIT.usage, { line, hint: "name a file in a folder that is there" });
  }
  return withServerData(options, async (store, data) => {
    const linkOf = await linkMaker(data, store, options.public);
    if (people !== undefined) return inviteAll(store, people, linkOf, options, out);
    const role = options.role ?? (await formerRole(store, invitee));
    const { secret, invitation } = draft({ ...options, role }, invitee);
    const [invited] = await store.invitations.invite([invitation], options.renew ?? false);
    const name = invitee?.name ?? "";
    if (invited === undefined) throw new Error("invite: no answer for one invitation");
    if (invited.outcome !== "made") {
      throw new Failure(EXIT.failed, {
        line:
          invited.outcome === "joined"
            ? `${name} is in the class already`
            : `${name} has a link already (number ${invited.id}), which cannot be shown again`,
        hint: `a new one in place of any former: classchat invite --for ${name} --renew`,
      });
    }
    const made = { id: invited.id, name, email: undefined, link: linkOf(secret), invitation };
    if (out.json) out.object(madeObject(made));
    else {
      out.print(made.link);
      out.note(termsLine(made));
    }
    return EXIT.done;
  });
}

/** What the last link for this name said: a new one in its place says the same unless told otherwise. */
async function formerRole(store: ServerSqlite, invitee: Invitee | undefined): Promise<Role | undefined> {
  if (invitee === undefined) return undefined;
  const all = await store.invitations.list();
  return all.findLast((one) => one.invitee?.fold === invitee.fold)?.role;
}

/** One link for each of a roster who has none, in one step. */
async function inviteAll(
  store: ServerSqlite,
  people: readonly Listed[],
  linkOf: (secret: Uint8Array) => string,
  options: InviteOptions,
  out: Output,
): Promise<ExitCode> {
  const drafts = people.map((one) => draft({ ...options, role: one.role ?? options.role }, one, one.email));
  const answers = await store.invitations.invite(
    drafts.map(({ invitation }) => invitation),
    false,
  );
  const made: Made[] = [];
  const former = { invited: [] as string[], joined: [] as string[] };
  for (const [at, answer] of answers.entries()) {
    const [one, name] = [drafts[at], people[at]?.name ?? ""];
    if (one === undefined) throw new Error("invite: more answers than people");
    const { secret, email, invitation } = one;
    if (answer.outcome === "made")
      made.push({ id: answer.id, name, email, link: linkOf(secret), invitation });
    else {
      former[answer.outcome].push(name);
      if (out.json) out.object({ type: "invitation", for: name, ...answer });
    }
  }
  if (options.out !== undefined && made.length > 0) await writeLinks(store, options.out, made);
  if (out.json) for (const one of made) out.object(madeObject(one));
  else if (options.out === undefined && made.length > 0) for (const line of table(made)) out.print(line);
  if (!out.json) {
    const where = options.out === undefined || made.length === 0 ? "" : ` in ${options.out}`;
    const what = made.length === 0 ? "" : "; each lets in one person, under that name";
    out.note(`${counted(made.length, "link")} made${where}${what}`);
    if (former.invited.length > 0)
      out.note(`${peopleText(former.invited, MOST_NAMED)}: had one already (invite --for NAME --renew)`);
    if (former.joined.length > 0) out.note(`${peopleText(former.joined, MOST_NAMED)}: in the class already`);
  }
  return EXIT.done;
}

/** Links are shown once: where they cannot be written, they are made good for nothing again. */
async function writeLinks(store: ServerSqlite, path: string, made: readonly Made[]): Promise<void> {
  const takeBack = () => store.invitations.revoke(made.map(({ id }) => id));
  try {
    if (writePrivateFile(path, `${table(made).join("\n")}\n`, "keep", random)) return;
  } catch (error) {
    await takeBack();
    if (!(error instanceof StoreFailure)) throw error;
    const { code, line, hint } = storeText(error.reason);
    throw new Failure(code, { line: `${path}: ${line}; no link was made`, hint });
  }
  await takeBack();
  throw outThere(path);
}

/** Runs `work` on the database of a server, which may be running; closes it. */
export async function withServerData<T>(
  { home, data: given }: ServersData,
  work: (store: ServerSqlite, data: string) => Promise<T>,
): Promise<T> {
  const data = serverFolder(homeFolder(home), given);
  const store = openServerStore(existingDatabase(data));
  try {
    return await work(store, data);
  } finally {
    await store.close();
  }
}

/** A name as it is typed, checked. */
export function nameOf(text: string): Invitee {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return { name: parsed.name, fold: parsed.fold };
}

function draft(
  { role = ORDINARY, expires, uses }: InviteOptions,
  invitee: Invitee | undefined,
  email?: string,
): Draft {
  const secret = random(SECRET_BYTES);
  const time = Date.now();
  const invitation: NewInvitation = {
    hash: secretHash(secret),
    role,
    time,
    expires: expires === undefined ? undefined : time + expires,
    uses: uses ?? (invitee === undefined ? undefined : 1),
    invitee: invitee === undefined ? undefined : { name: invitee.name, fold: invitee.fold },
  };
  return { secret, invitation, email };
}

function checkTogether({ roster, for: name, uses, out, renew }: InviteOptions): void {
  const wrong =
    roster !== undefined && (name !== undefined || uses !== undefined)
      ? "--roster makes a link for one use by each name: it does not go with --for or --uses"
      : roster === undefined && out !== undefined
        ? "--out is for the links of a --roster"
        : renew === true && name === undefined
          ? "--renew is for the link of one name: --for NAME --renew"
          : undefined;
  if (wrong !== undefined)
    throw new Failure(EXIT.usage, { line: wrong, hint: "how it is used: classchat invite --help" });
}

function outThere(path: string): Failure {
  const hint = "name a file that is not there yet; links are never written over anything";
  return new Failure(EXIT.usage, { line: `${basename(path)} is there already; no link was made`, hint });
}

function table(made: readonly Made[]): string[] {
  const hasEmail = made.some(({ email }) => email !== undefined);
  const row = (name: string, email: string, link: string) =>
    csvLine(hasEmail ? [name, email, link] : [name, link]);
  return [row("name", "email", "link"), ...made.map(({ name, email = "", link }) => row(name, email, link))];
}

function termsLine({ id, invitation: { role, invitee, uses, expires } }: Made): string {
  const who = invitee === undefined ? `whoever has it, as ${role}` : `${invitee.name} alone, as ${role}`;
  const often = uses === undefined ? "as often as you like" : uses === 1 ? "once" : counted(uses, "time");
  const until = expires === undefined ? "until it is revoked" : `until ${localTime(expires)}`;
  return `Number ${id}: lets in ${who}; ${often}, ${until} (classchat invites revoke ${id}).`;
}

function madeObject({ id, link, email, invitation: { role, invitee, uses, expires } }: Made): object {
  return {
    type: "invitation",
    outcome: "made",
    id,
    role,
    ...(invitee === undefined ? {} : { for: invitee.name }),
    ...(email === undefined ? {} : { email }),
    ...(uses === undefined ? {} : { uses }),
    ...(expires === undefined ? {} : { expires: isoTime(expires) }),
    link,
  };
}

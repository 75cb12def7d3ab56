// One person of the demo: a profile as any other, and everything its client has told so far.
// Must not know the others, nor how anything is shown.

import type { ClientEvent, Face } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import { interrupted, stopped } from "./demo-failure.ts";
import { openProfile } from "./open-profile.ts";
import { VERSION } from "./version.ts";
import { isOnline, nextEvent, settled } from "./waiting.ts";
import { offlineText, reasonText } from "./wording.ts";

/** How long anything between two programs on one machine may take, ms. */
const PATIENCE = 10_000;

export interface PersonOptions {
  readonly home: string;
  readonly user: string;
  readonly link: string;
  readonly signal: AbortSignal;
}

interface Parts {
  readonly name: string;
  readonly face: Face;
  readonly className: string;
  readonly waited: number;
  readonly told: ClientEvent[];
  readonly signal: AbortSignal;
  readonly close: () => Promise<void>;
}

type StateEvent = Extract<ClientEvent, { type: "state" }>;

export class DemoPerson {
  readonly name: string;
  readonly face: Face;
  /** The class, as the server calls it, and how many messages waited there. */
  readonly className: string;
  readonly waited: number;
  readonly #told: ClientEvent[];
  readonly #signal: AbortSignal;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.name = parts.name;
    this.face = parts.face;
    this.className = parts.className;
    this.waited = parts.waited;
    this.#told = parts.told;
    this.#signal = parts.signal;
    this.#close = parts.close;
  }

  /** Opens the profile, makes it where there is none, and waits until it is online. Throws a Failure. */
  static async open({ home, user, link, signal }: PersonOptions): Promise<DemoPerson> {
    const profile = await openProfile({
      home,
      user,
      server: link,
      create: true,
      keyring: false, // it would keep the keys of people who were never there
      version: VERSION,
      note: () => undefined, // nobody has to look after a profile that is removed in a moment
    });
    const { face, name, close } = profile;
    const told: ClientEvent[] = [];
    face.subscribe((event) => told.push(event));
    const status = await settled(face);
    if (!isOnline(status)) {
      await close();
      const reason = status.state === "offline" ? offlineText(status.cause).line : "it does not connect";
      throw stopped(`${name} is not let in: ${reason}`);
    }
    const { className, waiting: waited } = status;
    return new DemoPerson({ name, face, className, waited, told, signal, close });
  }

  /** The first event, told already or still to come, for which `pick` answers something. Throws a Failure. */
  async until<T>(what: string, pick: (event: ClientEvent) => T | undefined): Promise<T> {
    for (const event of this.#told) {
      const picked = pick(event);
      if (picked !== undefined) return picked;
    }
    if (this.#signal.aborted) throw interrupted();
    const { found } = nextEvent(this.face, pick, { ms: PATIENCE, signal: this.#signal });
    const picked = await found;
    if (this.#signal.aborted) throw interrupted();
    if (picked === undefined) throw stopped(`${this.name} was not told in time ${what}`);
    return picked;
  }

  /** Waits until a message of this person's has come as far as `state`. Throws a Failure. */
  async reached(id: string, state: "accepted" | "delivered"): Promise<StateEvent> {
    const event = await this.until(`that a message was ${state}`, (one) =>
      one.type === "state" && one.id === id && (isAsFar(one, state) || one.state === "failed")
        ? one
        : undefined,
    );
    if (event.state === "failed") throw stopped(`a message was not sent: ${failedText(event.reason)}`);
    return event;
  }

  /** Ends this client; again, it is the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
}

function isAsFar(event: StateEvent, state: "accepted" | "delivered"): boolean {
  return event.state === state || event.state === "delivered";
}

function failedText(reason: FailureReason | undefined): string {
  return reason === undefined ? "no reason was given" : reasonText(reason).line;
}

// What commands that ask something of a face have in common: the profile opened and closed, refusals told.
// Must not know what is asked.

import type { Asked, Face } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { type Output, output } from "./output.ts";
import { hintText } from "./output-messages.ts";
import { VERSION } from "./version.ts";
import { offlineText, reasonText } from "./wording.ts";

export interface FaceOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `act` is given the face, where results go, and the name of whose profile it is. */
export async function withFace(
  options: FaceOptions,
  act: (face: Face, out: Output, me: string) => Promise<void>,
): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const { home, user, server } = options;
  const profile = await openProfile({
    home: homeFolder(home),
    user,
    server,
    create: false,
    version: VERSION,
    note: out.note,
  });
  try {
    await act(profile.face, out, profile.name);
    return EXIT.done;
  } finally {
    await profile.close();
  }
}

/** What was asked for. Rejects with a Failure when it is refused; `name`: whom or what it is about, "" for nobody. */
export async function valueOf<T>(face: Face, asking: Promise<Asked<T>>, name: string): Promise<T> {
  const asked = await asking;
  if (asked.ok) return asked.value;
  throw await refusal(face, asked.reason, name);
}

/** A refusal as a Failure. Why there is no connection says more than that there is none. */
export async function refusal(face: Face, reason: FailureReason | "offline", name: string): Promise<Failure> {
  const status = await face.status();
  const { code, line, hint } =
    reason === "offline" && status.state === "offline" ? offlineText(status.cause) : reasonText(reason);
  if (name === "") return new Failure(code, { line, hint });
  return new Failure(code, { line: `${name}: ${line}`, hint: hintText(hint, name) });
}

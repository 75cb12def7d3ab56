// `classchat doctor`: what is wrong with a profile, its server and its conversations, and what to do.
// Must not find anything out itself, but for whether the vault opens.

import type { Finding, Level } from "../client/diagnosis.ts";
import { StoreFailure } from "../ports.ts";
import { EXIT, type ExitCode, Failure, type Said } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { type OpenProfile, openProfile } from "./open-profile.ts";
import { type Output, output } from "./output.ts";
import { VERSION } from "./version.ts";
import { settled } from "./waiting.ts";
import { offlineText, storeText } from "./wording.ts";
import { type FindingText, findingText, vaultText } from "./wording-findings.ts";

export interface DoctorOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly json?: boolean | undefined;
}

/** 0 when nothing fails; else 4 for a key that is not the pinned one, 3 for a server that is not reached, 1. */
export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const opened = await open(options, out);
  if ("failed" in opened) {
    tell(out, "vault", "fail", opened.failed, {});
    return EXIT.failed;
  }
  const { profile } = opened;
  try {
    const { key, folder } = profile;
    tell(
      out,
      "vault",
      key === "file" ? "warn" : "ok",
      vaultText(key, folder),
      key === undefined ? {} : { key },
    );
    // Where another command has the profile, what it is about to find out is waited for.
    if (profile.holderGone !== undefined) await settled(profile.face);
    const findings = await profile.face.diagnose();
    for (const finding of findings) {
      const { about, level, ...data } = finding;
      tell(out, about, level, findingText(finding, options.user), data);
    }
    return findings.reduce((worst: ExitCode, finding) => worse(worst, codeOf(finding)), EXIT.done);
  } finally {
    await profile.close();
  }
}

/** A vault that does not open is a finding; that there is no such profile is not. */
async function open(
  { home, user }: DoctorOptions,
  out: Output,
): Promise<{ readonly profile: OpenProfile } | { readonly failed: Said }> {
  try {
    const profile = await openProfile({
      home: homeFolder(home),
      user,
      create: false,
      offline: true,
      version: VERSION,
      note: out.note,
    });
    return { profile };
  } catch (error) {
    if (error instanceof StoreFailure) return { failed: storeText(error.reason) };
    if (error instanceof Failure && error.code !== EXIT.usage)
      return { failed: { line: error.message, hint: error.hint } };
    throw error;
  }
}

function tell(out: Output, about: string, level: Level, { line, hint }: FindingText, data: object): void {
  const what = hint === undefined ? {} : { hint };
  if (out.json) out.object({ type: "finding", about, level, text: line, ...what, ...data });
  else out.print(`${level.padEnd(4)}  ${about.padEnd(12)}  ${line}${hint === undefined ? "" : `: ${hint}`}`);
}

function codeOf(finding: Finding): ExitCode {
  if (finding.level !== "fail") return EXIT.done;
  if (finding.about === "pin") return EXIT.untrusted;
  if (finding.about !== "server" || finding.cause === undefined) return EXIT.failed;
  const { code } = offlineText(finding.cause);
  return code === EXIT.unreachable || code === EXIT.untrusted ? code : EXIT.failed;
}

/** What is not trusted counts before what is not reached, and that before the rest. */
function worse(one: ExitCode, other: ExitCode): ExitCode {
  return one >= other ? one : other;
}

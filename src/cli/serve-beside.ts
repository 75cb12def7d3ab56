// What a class's server has beside it: the download page, the link as a QR code, its announcement on the local network.
// Must not know how the server is run.

import { announce } from "../net/discovery.ts";
import { isLoopback } from "../net/discovery-records.ts";
import { systemClock } from "../net/system-clock.ts";
import type { Log } from "../ports.ts";
import type { Output } from "./output.ts";
import type { RunningServer } from "./running-server.ts";
import { fromLink } from "./server-address.ts";

export interface BesideOptions {
  readonly host: string;
  readonly name: string;
  /** The server's own link lets nobody in. */
  readonly inviteOnly?: boolean | undefined;
  /** The folder whose executables students fetch. */
  readonly share?: string | undefined;
  readonly sharePort?: number | undefined;
  readonly qr?: boolean | undefined;
  readonly discovery: boolean;
}

export interface Beside {
  close(): Promise<void>;
}

/** Starts and tells it. Rejects with a Failure when the page cannot be had: then nothing of it is left. */
export async function startBeside(
  { host, name, inviteOnly, share, sharePort, qr, discovery }: BesideOptions,
  server: RunningServer,
  out: Output,
  log: Log,
): Promise<Beside> {
  const { host: publicHost, pin: key } = fromLink(server.link);
  const sharing =
    share === undefined
      ? undefined
      : await (
          await import("./sharing.ts")
        ).shareFolder({
          folder: share,
          host,
          port: sharePort ?? nextTo(server.port),
          publicHost,
          className: name,
          link: inviteOnly === true ? undefined : server.link,
          warn: (event, fields) => log("warn", event, fields),
        });
  if (sharing !== undefined) {
    const { url, builds } = sharing;
    if (out.json) out.object({ event: "sharing", url, builds });
    else out.print(`\nStudents fetch the program, and the link with it, at:\n\n${url}`);
  }
  if (qr === true) {
    const { qrLines } = await import("./qr.ts");
    const colored = process.stdout.isTTY && !process.env["NO_COLOR"];
    out.print(`\n${qrLines(server.link, { colored }).join("\n")}`);
  }
  const onlyAt = addressAlone(host);
  const announcement =
    discovery && !isOnThisMachineAlone(host)
      ? announce({
          announced: { name, port: server.port, key },
          clock: systemClock,
          addresses: onlyAt === undefined ? undefined : () => [onlyAt],
          onTrouble: (reason) => log("warn", "not-announced", { reason }),
        })
      : undefined;
  return {
    async close() {
      await Promise.all([announcement?.close(), sharing?.close()]);
    },
  };
}

function nextTo(port: number): number {
  return port < 65_535 ? port + 1 : 0;
}

function isOnThisMachineAlone(host: string): boolean {
  return host === "localhost" || host === "::1" || isLoopback(host);
}

/** An IPv4 address that is meant alone; none for a name or for all addresses. */
function addressAlone(host: string): string | undefined {
  return host !== "0.0.0.0" && /^[0-9.]+$/.test(host) ? host : undefined;
}

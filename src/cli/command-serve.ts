// `classchat serve`: a server until it is told to stop. Must not know how one is put together.

import { homeFolder, serverFolder } from "./home.ts";
import { type Log, StoreFailure } from "../ports.ts";
import type { Quota } from "../ports/server-store.ts";
import { FILE_LIMITS } from "../server/blobs.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { output } from "./output.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { runServer } from "./running-server.ts";
import { startBeside } from "./serve-beside.ts";
import { publicAddress } from "./server-address.ts";
import { onStop } from "./stop.ts";
import { storeText } from "./wording.ts";

export interface ServeOptions {
  readonly home?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly data?: string | undefined;
  readonly name: string;
  readonly public?: string | undefined;
  readonly inviteOnly?: boolean | undefined;
  readonly retention?: number | undefined;
  readonly quota?: Quota | undefined;
  readonly maxFileSize?: number | undefined;
  readonly fileQuota?: Quota | undefined;
  readonly fileSpace?: number | undefined;
  readonly share?: string | undefined;
  readonly sharePort?: number | undefined;
  readonly qr?: boolean | undefined;
  readonly discovery: boolean;
  readonly json?: boolean | undefined;
}

export async function serve(options: ServeOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const data = serverFolder(homeFolder(options.home), options.data);
  const outside = options.public === undefined ? undefined : publicAddress(options.public, options.port);
  if (options.sharePort !== undefined && options.share === undefined) {
    const hint = "--share DIR: the folder whose executables students fetch";
    throw new Failure(EXIT.usage, { line: "--share-port is of no use without --share", hint });
  }
  if (options.qr === true && options.inviteOnly === true) {
    const hint = "the link of serve lets nobody in then: classchat invite makes those that do";
    throw new Failure(EXIT.usage, { line: "--qr is of no use with --invite-only", hint });
  }
  const stop = onStop();
  const log: Log = (level, event, fields) => {
    if (out.json) return out.object({ event, level, ...fields });
    const details = Object.entries(fields ?? {}).map(([key, value]) => `${key}=${value}`);
    out.note([`${level}:`, event, ...details].join(" "));
  };
  const server = await runServer({
    host: options.host,
    port: options.port,
    data,
    className: options.name,
    publicHost: outside?.host,
    publicPort: outside?.port,
    inviteOnly: options.inviteOnly,
    retention: options.retention,
    quota: options.quota,
    files: {
      size: options.maxFileSize ?? FILE_LIMITS.size,
      ofOne: options.fileQuota ?? FILE_LIMITS.ofOne,
      inAll: options.fileSpace ?? FILE_LIMITS.inAll,
    },
    log,
  }).catch((error: unknown) => {
    throw listenFailure(error, options);
  });
  const { host, port, link, fingerprint } = server;
  if (out.json) out.object({ event: "listening", host, port, link, fingerprint });
  else {
    const how =
      options.inviteOnly === true
        ? "is open to those invited: classchat invite makes links. This one lets nobody new in"
        : "is open. Hand out this link; whoever has it can join";
    out.print(`${options.name} ${how}:\n`);
    out.print(link);
  }
  const beside = await startBeside(options, server, out, log).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  if (!out.json) {
    out.print(`\nStudents:         classchat join LINK --user NAME`);
    out.print(
      `On this machine:  classchat chat --user NAME${port === DEFAULT_PORT ? "" : ` --server 127.0.0.1:${port}`}`,
    );
    out.print(`Server's key:     ${fingerprint}`);
    out.print(`Its data:         ${data}`);
    out.print(`Ctrl-C ends it; messages that wait are kept.`);
  }
  await stop.asked;
  if (!out.json) out.note("closing: finishing what is in hand");
  await beside.close();
  await server.stop();
  if (out.json) out.object({ event: "closed" });
  return EXIT.done;
}

/** The system's word on why there is no listening, said so that something can be done about it. */
function listenFailure(error: unknown, { host, port, data }: ServeOptions): unknown {
  if (error instanceof StoreFailure) {
    const { line, hint } = storeText(error.reason);
    return new Failure(EXIT.failed, {
      line: `the server's data${data === undefined ? "" : ` in ${data}`}: ${line}`,
      hint,
    });
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return new Failure(EXIT.failed, {
        line: `port ${port} is in use`,
        hint: "another server may be running; choose another with --port, or 0 for any",
      });
    case "EACCES":
      return new Failure(EXIT.failed, {
        line: `this user may not listen on port ${port}`,
        hint: "choose a port from 1024 up",
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Failure(EXIT.usage, {
        line: `${host} is no address of this machine`,
        hint: "leave --host out to listen on all of them",
      });
    default:
      return error;
  }
}

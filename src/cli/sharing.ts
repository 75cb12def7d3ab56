// The download page of a class, put together and listening: the folder, the page in both forms, the HTTP server.
// Must not know how a class's server is run.

import { formatAddress } from "../domain/join-link.ts";
import { type HttpFile, listenHttp } from "../net/http-listen.ts";
import { EXIT, Failure } from "./exit.ts";
import { type Offer, ShareFolder } from "./share-files.ts";
import { POLICY, sharePage } from "./share-page.ts";
import { sharePlain } from "./share-plain.ts";
import { systemOf } from "./share-platform.ts";

export interface SharingOptions {
  readonly folder: string;
  /** Where to listen, as for the chat. */
  readonly host: string;
  readonly port: number;
  /** How visitors reach this machine. */
  readonly publicHost: string;
  readonly className: string;
  /** For all; undefined where each student has one of their own. */
  readonly link: string | undefined;
  readonly warn: (event: string, fields: Readonly<Record<string, string>>) => void;
}

export interface Sharing {
  readonly url: string;
  /** The names of the files for the students' systems. */
  readonly builds: readonly string[];
  close(): Promise<void>;
}

const NOTHING: Offer = { builds: [], papers: [] };
const BROWSERS = /\btext\/html\b/;

/** Rejects with a Failure that says why the folder or the port cannot be had. */
export async function shareFolder(options: SharingOptions): Promise<Sharing> {
  const folder = new ShareFolder(options.folder, (file, what) =>
    options.warn("share-file-left-out", { file, why: what }),
  );
  const { builds } = await folder.offer().catch((error: unknown) => {
    throw folderFailure(error, options.folder);
  });
  if (builds.length === 0) {
    throw new Failure(EXIT.usage, {
      line: `there is no classchat for students in ${options.folder}`,
      hint: "npm run release makes dist/release, which has one for each system",
    });
  }
  const content = { className: options.className, link: options.link, url: "" };
  const listener = listen(options, {
    async page(headers) {
      const userAgent = headers.get("user-agent") ?? "";
      const platform = headers.get("sec-ch-ua-platform") ?? "";
      const system = systemOf({ userAgent, platform, architecture: headers.get("sec-ch-ua-arch") ?? "" });
      const offer = await folder.offer().catch(() => NOTHING);
      const isPlain = userAgent.startsWith("curl/") || !BROWSERS.test(headers.get("accept") ?? "");
      return isPlain
        ? { type: "text/plain; charset=utf-8", body: sharePlain(content, offer, system) }
        : { type: "text/html; charset=utf-8", body: sharePage(content, offer, system) };
    },
    async file(name) {
      const found = await folder.file(name).catch(() => undefined);
      return found === undefined ? undefined : { path: found.path, type: typeOf(name), tag: found.sha256 };
    },
  });
  content.url = `http://${formatAddress({ host: options.publicHost, port: listener.port })}/`;
  return { url: content.url, builds: builds.map(({ name }) => name), close: () => listener.close() };
}

function listen(
  { host, port, warn }: SharingOptions,
  answers: {
    page: (headers: Headers) => Promise<{ readonly type: string; readonly body: string }>;
    file: (name: string) => Promise<HttpFile | undefined>;
  },
) {
  const onFault = (error: unknown) => warn("share-fault", { reason: String(error) });
  try {
    return listenHttp({ host, port, policy: POLICY, onFault, ...answers });
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const line = code === "EACCES" ? `this user may not listen on port ${port}` : `port ${port} is in use`;
    throw new Failure(EXIT.failed, {
      line: `the download page: ${line}`,
      hint: "choose another with --share-port, or 0 for any",
    });
  }
}

function typeOf(name: string): string {
  if (name.endsWith(".tar.gz")) return "application/gzip";
  if (name.endsWith(".zip")) return "application/zip";
  if (name.endsWith(".json")) return "application/json";
  return /^(?:SHA256SUMS|classchat\.pub)/.test(name)
    ? "text/plain; charset=utf-8"
    : "application/octet-stream";
}

function folderFailure(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES") return error;
  const line = code === "EACCES" ? `${folder} cannot be read` : `${folder} is no folder`;
  return new Failure(EXIT.usage, {
    line,
    hint: "--share DIR: the folder that npm run release makes, dist/release",
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

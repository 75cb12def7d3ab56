// The service as a unit of systemd, for a user's own manager. Pure.
// Must not know where it is written to.

import type { ServiceLine } from "./service-line.ts";

export const UNIT = "classchat.service";

/**
 * The unit file. Its hardening is of the kind that a user's manager can give without more rights than it has; the
 * program makes code as it runs, so MemoryDenyWriteExecute is not among it.
 */
export function systemdUnit({ words: [program = "", ...rest], name }: ServiceLine): string {
  // systemd.service(5): a variable is not looked for in the program's path, but everywhere after it.
  const line = [quoted(program), ...rest.map((word) => quoted(word).replaceAll("$", "$$$$"))].join(" ");
  // Outside quotes a backslash at the end would take the next line along.
  const title = percentFree(name).replaceAll("\\", "/");
  return `# Made by classchat service install, which writes it anew each time.
[Unit]
Description=ClassChat: ${title}

[Service]
ExecStart=${line}
Restart=on-failure
RestartSec=2
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

/** systemd.syntax(7): in quotes, with C's escapes; `%` begins a specifier. For text without control characters. */
function quoted(word: string): string {
  return `"${percentFree(word.replace(/[\\"]/g, "\\$&"))}"`;
}

function percentFree(text: string): string {
  return text.replaceAll("%", "%%");
}

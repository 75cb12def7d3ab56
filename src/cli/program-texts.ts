// What stands beside the commands in the help, and the one text that is typed for an option. Must not know the commands.

export const HELP = `
A class in a minute:
  classchat serve                        on the instructor's machine: prints the link
  classchat join LINK --user alice       on each student's machine
  classchat chat --user alice            later
  classchat invite --roster class.csv    if you like: a link of one's own for each, made beside the server

CLASSCHAT_USER, CLASSCHAT_SERVER and CLASSCHAT_HOME stand in for --user, --server and --home.
Exit codes: 0 done, 1 failed, 2 wrong use, 3 cannot reach the server, 4 not trusted, 5 refused, 75 kept for later.`;

export function parseClassName(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === "" || trimmed.length > 100 || /\p{Cc}/u.test(trimmed) ? undefined : trimmed;
}

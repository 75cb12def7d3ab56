// The service as a task of Windows' Task Scheduler, started when its user logs in. Pure.
// Must not know where it is written to.

import type { ServiceLine } from "./service-line.ts";
import { xmlText } from "./service-xml.ts";

export const TASK = "ClassChat";

/**
 * What the Task Scheduler would put something else for, and which nothing quotes: `%NAME%`, `$(Arg0)`. Undefined when
 * there is none.
 */
export function unquotable({ words }: ServiceLine): string | undefined {
  return words.find((word) => /%[^%]*%|\$\(/.test(word));
}

/** The task, for a file in UTF-16 with its mark, as schtasks wants it. */
export function scheduledTask({ words: [program = "", ...rest], name }: ServiceLine): string {
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>ClassChat: ${xmlText(name)}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(program)}</Command>
      <Arguments>${xmlText(rest.map(argument).join(" "))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** As CommandLineToArgvW takes it apart: backslashes count only before a quote. */
function argument(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}

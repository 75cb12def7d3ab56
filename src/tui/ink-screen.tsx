// The rows of the screen, drawn by Ink: of what has changed since the last time, only that is written.
// Must not know what the rows say.

import { Box, type Instance, render, Text, useCursor } from "ink";
import { memo } from "react";
import type { Screen } from "./screen.ts";
import { type Colors, painted } from "./spans.ts";

/** Ink draws what comes at once; what follows within one of these, at its end. */
const FRAMES_A_SECOND = 200;

interface Props {
  readonly screen: Screen;
  readonly colors: Colors;
  readonly columns: number;
}

const Row = memo(({ text }: { readonly text: string }) => (
  <Text wrap="truncate-end">{text === "" ? " " : text}</Text>
));

function ScreenView({ screen, colors, columns }: Props) {
  const { setCursorPosition } = useCursor();
  setCursorPosition({ x: screen.cursor.column, y: screen.cursor.row });
  const rows = screen.rows.map((row, at) => <Row key={at} text={painted(row, colors)} />);
  return (
    <Box flexDirection="column" width={columns} height={screen.rows.length}>
      {rows}
    </Box>
  );
}

export class InkScreen {
  readonly #instance: Instance;

  /** Takes the terminal's alternate screen; `close` gives it back, and so does the end of the process. */
  constructor(stdout: NodeJS.WritableStream, stdin: NodeJS.ReadableStream, first: Props) {
    this.#instance = render(<ScreenView {...first} />, {
      stdout,
      stdin,
      exitOnCtrlC: false,
      patchConsole: false,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      isScreenReaderEnabled: false,
      maxFps: FRAMES_A_SECOND,
    });
  }

  draw(props: Props): void {
    this.#instance.rerender(<ScreenView {...props} />);
  }

  /** Everything is drawn anew, as after something else has written on the terminal. */
  clear(): void {
    this.#instance.clear();
  }

  /** Resolves once what was drawn has been written. */
  flushed(): Promise<void> {
    return this.#instance.waitUntilRenderFlush();
  }

  close(): void {
    this.#instance.unmount();
    this.#instance.cleanup();
  }
}

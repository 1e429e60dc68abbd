import { integer, objectOf, required } from '../../../spec/shapes/shape.js';

/** The size of a terminal. */
export interface TerminalSize {
  /** Characters in a line: 1 to 65535. */
  readonly columns: number;
  /** Lines: 1 to 65535. */
  readonly rows: number;
}

/** As the kernel keeps it, in an unsigned short (struct winsize of ioctl_tty(2)). */
const length = required(integer(1, 65_535));

export const terminalSizeShape = objectOf<TerminalSize>({ columns: length, rows: length });

/**
 * Tells the program of what is not as it asked for but does not make a call fail, such as a capability that the kernel does not know: a
 * warning of the Node.js process.
 */
export function warn(message: string, code = 'TSRUN_WARNING'): void {
  process.emitWarning(message, { type: 'TsrunWarning', code });
}

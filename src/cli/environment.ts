import { sys } from '../sys/call.js';

/** Returns a variable of tsrun's own environment, or '' if it is not set. */
export function environmentVariable(name: string): string {
  const entry = sys()
    .environment()
    .find((line) => line.startsWith(`${name}=`));
  return entry === undefined ? '' : entry.slice(name.length + 1);
}

import { sys } from '../sys/call.js';

/** A variable of tsrun's own environment, '' where it is not set. */
export function environmentVariable(name: string): string {
  const entry = sys()
    .environment()
    .find((line) => line.startsWith(`${name}=`));
  return entry === undefined ? '' : entry.slice(name.length + 1);
}

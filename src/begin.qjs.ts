import type { Verb } from './cli/verb.js';
import { main } from './main.js';
import { bindDoor, door } from './native/call.js';
import type { Door } from './native/contract.js';

/** Made by native/host. */
declare const tsrunDoor: Door;
declare const tsrunArguments: readonly string[];

/** Binds the executable's door, runs the command and ends the process. */
export function begin(atHand: Readonly<Record<string, Verb>>): void {
  bindDoor(tsrunDoor);
  void main(tsrunArguments, atHand).then((code) => door().exit({ code }));
}

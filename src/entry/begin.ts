import type { Verb } from '../cli/verb.js';
import { main } from './main.js';
import { bindDoor, door } from '../sys/call.js';
import type { Door } from '../sys/contract.js';

/** Made by native/host. */
declare const tsrunDoor: Door;
declare const tsrunArguments: readonly string[];
declare const tsrunOffer: (begin: () => void) => void;

/**
 * Leaves native/host a function, `tsrunBegin` from then on: it binds the executable's door, runs the command and ends the process. Until it is called nothing may look at the process or
 * the machine, since an image of the program is made before (native/host/program_image.h).
 */
export function offer(atHand: Readonly<Record<string, Verb>>): void {
  tsrunOffer(() => {
    bindDoor(tsrunDoor);
    void main(tsrunArguments, atHand).then((code) => door().exit({ code }));
  });
}

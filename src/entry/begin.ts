import type { Verb } from '../cli/verb.js';
import { main } from './main.js';
import { bindSys, sys } from '../sys/call.js';
import type { Sys } from '../sys/contract.js';

/** Made by native/quickjs. */
declare const tsrunSys: Sys;
declare const tsrunArguments: readonly string[];
declare const tsrunOffer: (begin: () => void) => void;

/**
 * Leaves native/quickjs a function, `tsrunBegin` from then on: it binds the executable's sys, runs the command and ends the process. Until
 * it is called nothing may look at the process or the machine, since an image of the program is made before
 * (native/quickjs/heap/program_image.h).
 */
export function offer(atHand: Readonly<Record<string, Verb>>): void {
  tsrunOffer(() => {
    bindSys(tsrunSys);
    void main(tsrunArguments, atHand).then((code) => sys().exit({ code }));
  });
}

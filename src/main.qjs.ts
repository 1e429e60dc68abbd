import { main } from './main.js';
import { bindDoor, door } from './native/call.js';
import type { Door } from './native/contract.js';

/** Made by native/host. */
declare const tsrunDoor: Door;
declare const tsrunArguments: readonly string[];

bindDoor(tsrunDoor);
void main(tsrunArguments).then((code) => door().exit({ code }));

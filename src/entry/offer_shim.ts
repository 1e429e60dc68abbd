import { commit, version } from '../cli/help/version.js';
import { runShim, type Complete } from '../shim/index.js';
import { bindSys, sys } from '../sys/call.js';
import type { Sys } from '../sys/contract.js';
import type { ServerSys } from '../sys/server.js';

/** Made by native/quickjs, as for src/entry/begin.ts. */
declare const tsrunSys: Sys;
declare const tsrunServer: ServerSys;
declare const tsrunArguments: readonly string[];
declare const tsrunOffer: (begin: () => void) => void;

/** As `offer` of src/entry/begin.ts, for containerd's shim. */
export function offerShim(parts: (server: ServerSys) => Complete): void {
  tsrunOffer(() => {
    bindSys(tsrunSys);
    const server = tsrunServer;
    void runShim({ args: tsrunArguments, server, version, commit, complete: parts(server) }).then((code) => sys().exit({ code }));
  });
}

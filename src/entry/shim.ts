import { commit, version } from '../cli/help/version.js';
import { featuresDocument } from '../commands/features/document.js';
import { runShim } from '../shim/index.js';
import { bindSys, sys } from '../sys/call.js';
import type { Sys } from '../sys/contract.js';
import type { ServerSys } from '../sys/server.js';

/** Made by native/quickjs, as for src/entry/begin.ts. */
declare const tsrunSys: Sys;
declare const tsrunServer: ServerSys;
declare const tsrunArguments: readonly string[];
declare const tsrunOffer: (begin: () => void) => void;

tsrunOffer(() => {
  bindSys(tsrunSys);
  const build = () => ({
    version,
    commit,
    features: featuresDocument({ version, commit, seccomp: sys().versions().seccomp, seccompFlags: [] }),
  });
  void runShim({ args: tsrunArguments, server: tsrunServer, build }).then((code) => sys().exit({ code }));
});

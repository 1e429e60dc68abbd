import { commit, version } from '../cli/help/version.js';
import { featuresDocument } from '../features/document.js';
import { deleteContainer } from '../container/delete/index.js';
import { hookTimeout } from '../shim/hook_timeout.js';
import { printInfo } from '../shim/info.js';
import { serve } from '../shim/serve.js';
import { sys } from '../sys/call.js';
import { offerShim } from './offer_shim.js';

offerShim((server) => ({
  serve: (flags) => serve(flags, server),
  printInfo: () => {
    const { seccomp } = sys().versions();
    return printInfo({ version, commit, features: featuresDocument({ version, commit, seccomp, seccompFlags: [] }) });
  },
  deleteForced: (reference) => deleteContainer({ ...reference, force: true, hookTimeout }),
}));

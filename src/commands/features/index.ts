import { printLine } from '../../cli/print.js';
import { defineVerb } from '../../cli/verb.js';
import { commit, version } from '../../cli/help/version.js';
import { sys } from '../../sys/call.js';
import { seccompFlags, type SeccompFlag } from '../../spec/names/seccomp.js';
import { featuresDocument } from './document.js';

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  about: 'Prints a JSON document as features.md of the runtime specification defines it.',
  options: {},
  async run() {
    printLine(
      JSON.stringify(featuresDocument({ version, commit, seccomp: sys().versions().seccomp, seccompFlags: supportedFlags() }), null, 4),
    );
    return 0;
  },
});

/** SECCOMP_FILTER_FLAG_NEW_LISTENER, which WAIT_KILLABLE_RECV requires (seccomp(2)). */
const newListener = 8;

function supportedFlags(): readonly SeccompFlag[] {
  return (Object.keys(seccompFlags) as SeccompFlag[]).filter((name) => {
    const companion = name === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' ? newListener : 0;
    return sys().knowsSeccompFlags({ flags: seccompFlags[name] | companion });
  });
}

import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { commit, version } from '../cli/help/version.js';
import { sys } from '../sys/call.js';
import { supportedSeccompFlags } from '../host/seccomp_flags.js';
import { featuresDocument } from '../features/document.js';

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  about: 'Prints a JSON document as features.md of the runtime specification defines it.',
  options: {},
  async run() {
    printLine(
      JSON.stringify(
        featuresDocument({ version, commit, seccomp: sys().versions().seccomp, seccompFlags: supportedSeccompFlags() }),
        null,
        4,
      ),
    );
    return 0;
  },
});

import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { commit, version } from '../cli/version.js';
import { door } from '../native/call.js';
import { featuresDocument } from './features_document.js';

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  about: 'A JSON document in the form of features.md of the runtime specification.',
  options: {},
  async run() {
    printLine(JSON.stringify(featuresDocument({ version, commit, seccomp: door().versions().seccomp }), null, 4));
    return 0;
  },
});

import { containerOf } from '../container_of.js';
import { defineVerb } from '../../cli/verb.js';
import { killContainer } from '../../container/kill.js';
import { signalArgument } from './signal_argument.js';

export const verb = defineVerb({
  usage: '<container-id> [signal]',
  arguments: { minimum: 1, maximum: 2 },
  about: 'The signal is a number or a name, with or without the prefix SIG (default: SIGTERM).',
  options: { all: { kind: 'switch', short: 'a', about: "signal every process in the container's cgroup" } },
  async run(call) {
    const [, signal = 'SIGTERM'] = call.args;
    await killContainer({ ...containerOf(call), signalNumber: signalArgument(signal), all: call.options.all });
    return 0;
  },
});

import { parseDuration } from '../cli/options/duration.js';
import { usageError } from '../cli/options/usage_error.js';
import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { eventsOf, type ContainerEvent } from '../container/events/index.js';
import { statsOf } from '../container/events/stats.js';
import { jsonText } from '../json/text.js';
import { isSystemError } from '../sys/call.js';
import { containerOf } from './container_of.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about:
    'Prints a line of JSON for each event, until the container ends: its statistics at each interval, and "oom" whenever the kernel has killed a process of it because memory was short.',
  options: {
    interval: { kind: 'text', value: 'duration', about: 'time between statistics, such as 500ms or 1m (default: 5s)' },
    stats: { kind: 'switch', about: 'print the statistics once' },
  },
  async run(call) {
    const container = containerOf(call);
    const interval = parseDuration('interval', call.options.interval ?? '5s');
    if (interval <= 0) throw usageError('duration interval must be greater than 0');
    if (call.options.stats) {
      print({ type: 'stats', id: container.id, data: await statsOf(container) });
      return 0;
    }
    for await (const event of eventsOf({ ...container, interval })) if (!print(event)) break;
    return 0;
  },
});

/** Returns false if nobody reads any more. */
function print(event: ContainerEvent): boolean {
  try {
    printLine(jsonText(event));
    return true;
  } catch (error) {
    if (isSystemError(error, 'EPIPE')) return false;
    throw error;
  }
}

import { eventsOf, type ContainerEvent } from '../../container/events/index.js';
import type { ContainerReference } from '../../container/options.js';
import { sys } from '../../sys/call.js';
import { abortedError, onAbort, throwIfAborted } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { eventsShape } from '../arguments/shapes.js';
import type { EventsRequest } from '../requests.js';

/** As {@link eventsOf}. Wrong arguments are refused at once, everything else when the first event is asked for. */
export function eventsFor(reference: ContainerReference, request: EventsRequest): AsyncGenerator<ContainerEvent, void, undefined> {
  const { signal, ...data } = optionsOf('events', request);
  throwIfAborted(signal);
  const { interval = 5000 } = checked({ method: 'events', value: data, shape: eventsShape });
  return signal === undefined ? eventsOf({ ...reference, interval }) : untilAborted({ reference, interval, signal });
}

interface Abortable {
  readonly reference: ContainerReference;
  readonly interval: number;
  readonly signal: AbortSignal;
}

/** The wait for events ends by a descriptor, so an abort closes the other end of a pipe. */
async function* untilAborted({ reference, interval, signal }: Abortable): AsyncGenerator<ContainerEvent, void, undefined> {
  throwIfAborted(signal);
  const [stop = -1, writer = -1] = sys().pipe();
  let open = true;
  const end = (): void => {
    if (open) sys().close({ fd: writer });
    open = false;
  };
  const endSignal = onAbort(signal, end);
  try {
    yield* eventsOf({ ...reference, interval, stop });
  } finally {
    endSignal();
    end();
    sys().close({ fd: stop });
  }
  if (signal.aborted) throw abortedError(signal);
}

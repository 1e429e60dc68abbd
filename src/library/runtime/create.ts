import { createContainer } from '../../container/create/index.js';
import type { SlotSource } from '../../container/warm/slot.js';
import { checkContainerId } from '../../state/id.js';
import { optionsOf } from '../arguments/options_of.js';
import { createShape } from '../arguments/shapes.js';
import { ofStreams } from '../arguments/unknown_member.js';
import { noBundle, sourceOf } from '../bundle/source.js';
import type { Container } from '../container/container.js';
import { untilAborted } from '../interruption.js';
import type { CreateRequest } from '../requests.js';
import { makeChild, type Maker } from './child.js';

interface Creation extends Maker {
  readonly request: CreateRequest;
  /** null if there is no pool. */
  readonly slots: SlotSource | null;
}

/** Creates the requested container as a child of this program. If it fails or is aborted, nothing is left. */
export async function createChild(creation: Creation): Promise<Container> {
  const request = optionsOf('create', creation.request);
  return untilAborted(() => createNow({ ...creation, request }), request.signal);
}

async function createNow({ request, slots, ...maker }: Creation): Promise<Container> {
  const { stdio: _, terminal: __, signal: ___, id, preserveFds: ____, listenFds: _____, logs: ______, ...source } = request;
  checkContainerId(id);
  const { bundle, ...rest } = sourceOf({ method: 'create', request: source, shape: createShape, beside: ['id', ...ofStreams] });
  if (bundle === undefined) throw noBundle('create');
  return makeChild({
    ...maker,
    method: 'create',
    request,
    make: (settings) => createContainer({ ...rest, bundle, ...settings, until: 'created', ...(slots === null ? {} : { slots }) }),
  });
}

import { checkContainerId } from '../../state/id.js';
import { optionsOf } from '../arguments/options_of.js';
import { restoreShape } from '../arguments/shapes.js';
import { noBundle, sourceOf } from '../bundle/source.js';
import type { Container } from '../container/container.js';
import { untilAborted } from '../interruption.js';
import type { RestoreRequest } from '../requests.js';
import { makeChild, type Maker } from './child.js';

interface Restore extends Maker {
  readonly request: RestoreRequest;
}

/** Restores the requested container as a child of this program. If it fails or is aborted, nothing is left. */
export async function restoreChild(restore: Restore): Promise<Container> {
  const request = optionsOf('restore', restore.request);
  return untilAborted(() => restoreNow({ ...restore, request }), request.signal);
}

async function restoreNow({ request, ...maker }: Restore): Promise<Container> {
  const { stdio: _, terminal: __, signal: ___, id, ...source } = request;
  checkContainerId(id);
  const { bundle, ...rest } = sourceOf({ method: 'restore', request: source, shape: restoreShape });
  if (bundle === undefined) throw noBundle('restore');
  // Programs that never restore do not load what speaks to CRIU.
  const { restoreContainer } = await import('../../container/checkpoint/restore.js');
  return makeChild({
    ...maker,
    method: 'restore',
    request,
    make: (settings) => restoreContainer({ ...rest, bundle, ...settings, until: 'running' }),
  });
}

import { isContainerId } from '../../state/id.js';
import { invalidArgument } from '../ttrpc/status.js';

/** Both become parts of paths that are created before the runtime itself checks them. */
export function checkNames({ id, bundle }: { readonly id: string; readonly bundle: string }): void {
  if (!isContainerId(id)) throw invalidArgument(`container id "${id}"`);
  const isClean = bundle.startsWith('/') && bundle.split('/').every((part) => part !== '.' && part !== '..');
  if (!isClean || bundle === '/') throw invalidArgument(`bundle "${bundle}"`);
}

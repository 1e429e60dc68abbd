import { RuntimeError } from '../../errors/runtime_error.js';

/** The upper layer of an overlay belongs to the container's state, and an image does not contain it (decision 0035). */
export function overlayInImage(phase: 'checkpoint' | 'restore', id: string): RuntimeError {
  return new RuntimeError(`cannot ${phase} a container whose root file system is an overlay made by tsrun`, {
    code: 'unsupported',
    phase,
    operation: phase,
    path: id,
    hint: 'what the container wrote is not in an image: use a root file system without --overlay and org.tsrun.overlay',
  });
}

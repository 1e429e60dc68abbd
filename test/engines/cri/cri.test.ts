/** A kubelet's calls on containerd 2 with containerd's own shim, which executes tsrun. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', async () => {
  await import('./cases/pods.js');
  await import('./cases/containers.js');
  await import('./cases/streams.js');
});

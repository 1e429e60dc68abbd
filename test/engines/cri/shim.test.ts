/** A kubelet's calls on containerd 2 with tsrun's shim. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', async () => {
  const { throughShim } = await import('../harness/cri/engine.js');
  throughShim();
  await import('./cases/pods.js');
  await import('./cases/containers.js');
  await import('./cases/streams.js');
  await import('./cases/shim.js');
  await import('./cases/user_namespaces.js');
});

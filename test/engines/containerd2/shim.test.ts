/** What ctr does works with containerd 2 and tsrun's own shim, too. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', async () => {
  const { throughShim } = await import('../harness/ctr.js');
  throughShim();
  await import('../ctr/run.test.js');
  await import('../ctr/tasks.test.js');
});

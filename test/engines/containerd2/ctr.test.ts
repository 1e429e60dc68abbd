/** What ctr does works with containerd 2, too. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', async () => {
  await import('../ctr/run.test.js');
  await import('../ctr/tasks.test.js');
});

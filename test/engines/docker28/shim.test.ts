/** dockerd takes tsrun's shim by its name in daemon.json, as the documents show it. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/sbin/dockerd', async () => {
  const { configure } = await import('../harness/docker.js');
  configure({ runtimes: { tsrun: { runtimeType: 'io.containerd.tsrun.v2' } } });
  await import('../docker/run.test.js');
  await import('../docker/lifecycle.test.js');
});

/** The row `userns-remap`: dockerd gives its containers the ids of another user. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  beforeDockerd,
  configure,
  docker,
  expect,
  inspect,
  newPath,
  running,
  runInside,
  succeed,
  test,
  theMachine,
} from '../harness/docker.js';

configure({ 'userns-remap': 'nobody:nogroup' });
beforeDockerd(async () => {
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const own = newPath();
    writeFileSync(own, 'nobody:200000:65536\n');
    await succeed(runInside(['mount', '--bind', own, file]));
  }
});

test('userns-remap', async () => {
  const id = await running(['sh', '-c', 'touch /file; exec sleep 1000']);
  expect(await succeed(docker(['exec', id, 'sh', '-c', 'until [ -e /file ]; do sleep 0.1; done; stat -c %u /file']))).toBe('0');
  const pid = await inspect(id, '{{.State.Pid}}');
  expect(readFileSync(`${theMachine().root}/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t200000\t/m);
});

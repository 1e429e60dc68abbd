/** Tests against a web server in a container. `ROOTFS=./rootfs npx vitest run` runs them; the root file system needs busybox. */
import { expect, test } from 'vitest';
import { serviceForTests } from './service.js';

const web = serviceForTests({
  rootfs: process.env['ROOTFS'] ?? './rootfs',
  args: (port) => ['busybox', 'httpd', '-f', '-v', '-p', `127.0.0.1:${port}`, '-h', '/bin'],
});

test('serves a file', async () => {
  const response = await fetch(`http://127.0.0.1:${web.port}/busybox`);
  expect(response.status).toBe(200);
});

test('serves nothing outside of its directory, and says so in its log', async () => {
  const response = await fetch(`http://127.0.0.1:${web.port}/absent`);
  expect(response.status).toBe(404);
  await expect.poll(() => web.log).toContain('404');
});

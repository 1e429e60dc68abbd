import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, inside, makeBundle, run, succeed, test } from '../harness/index.js';

describe('maskedPaths', () => {
  test('make a file read as empty', async () => {
    const bundle = makeBundle({ script: 'wc -c < /etc/secret', config: (config) => config.linux.maskedPaths?.push('/etc/secret') });
    writeFileSync(`${bundle.rootfs}/etc/secret`, 'secret');
    expect(succeed(await run(bundle))).toBe('0');
  });

  test('make a directory empty and read-only', async () => {
    const bundle = makeBundle({
      script: 'ls /data; touch /data/x 2>/dev/null || echo refused',
      config: (config) => (config.linux.maskedPaths?.push('/data'), (config.root.readonly = false)),
    });
    mkdirSync(`${bundle.rootfs}/data`);
    writeFileSync(`${bundle.rootfs}/data/file`, '');
    expect(succeed(await run(bundle))).toBe('refused');
  });

  test('of the default configuration are masked', async () => {
    expect(await inside('head -c 1 /proc/kcore | wc -c; ls /sys/firmware | wc -l; cat /proc/keys /proc/timer_list')).toBe('0\n0');
  });

  test('that are not listed stay readable', async () => {
    expect(await inside('cat /proc/timer_list | wc -c', (config) => (config.linux.maskedPaths = []))).not.toBe('0');
  });

  test('that do not exist are ignored', async () => {
    expect(await inside('echo ran', (config) => config.linux.maskedPaths?.push('/no/where'))).toBe('ran');
  });
});

describe('readonlyPaths', () => {
  test('make a directory and everything below it read-only', async () => {
    const bundle = makeBundle({
      script: 'touch /data/x 2>/dev/null || echo refused; touch /data/sub/x 2>/dev/null || echo refused; touch /etc/x && echo made',
      config: (config) => {
        config.linux.readonlyPaths?.push('/data');
        config.root.readonly = false;
      },
    });
    mkdirSync(`${bundle.rootfs}/data/sub`, { recursive: true });
    expect(succeed(await run(bundle))).toBe('refused\nrefused\nmade');
  });

  test('make a file read-only and keep it readable', async () => {
    const bundle = makeBundle({
      script: '(echo x > /etc/file) 2>/dev/null || echo refused; cat /etc/file',
      config: (config) => {
        config.linux.readonlyPaths?.push('/etc/file');
        config.root.readonly = false;
      },
    });
    writeFileSync(`${bundle.rootfs}/etc/file`, 'text');
    expect(succeed(await run(bundle))).toBe('refused\ntext');
  });

  test('of the default configuration are read-only', async () => {
    expect(
      await inside(
        '(echo 1 > /proc/sys/net/ipv4/ip_forward) 2>/dev/null || echo refused; (echo h > /proc/sysrq-trigger) 2>/dev/null || echo refused',
      ),
    ).toBe('refused\nrefused');
  });

  test('that do not exist are ignored', async () => {
    expect(await inside('echo ran', (config) => config.linux.readonlyPaths?.push('/no/where'))).toBe('ran');
  });

  test('that are symlinks are resolved inside the rootfs', async () => {
    const bundle = makeBundle({
      script: 'touch /data/x 2>/dev/null || echo refused',
      config: (config) => {
        config.linux.readonlyPaths?.push('/link');
        config.root.readonly = false;
      },
    });
    mkdirSync(`${bundle.rootfs}/data`);
    symlinkSync('/data', `${bundle.rootfs}/link`);
    expect(succeed(await run(bundle))).toBe('refused');
  });
});

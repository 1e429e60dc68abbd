import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, inside, makeBundle, run, succeed, test } from '../harness/index.js';

describe('maskedPaths', () => {
  test('a file reads as empty', async () => {
    const bundle = makeBundle({ script: 'wc -c < /etc/secret', config: (config) => config.linux.maskedPaths?.push('/etc/secret') });
    writeFileSync(`${bundle.rootfs}/etc/secret`, 'secret');
    expect(succeed(await run(bundle))).toBe('0');
  });

  test('a directory is empty and cannot be written', async () => {
    const bundle = makeBundle({
      script: 'ls /data; touch /data/x 2>/dev/null || echo refused',
      config: (config) => (config.linux.maskedPaths?.push('/data'), (config.root.readonly = false)),
    });
    mkdirSync(`${bundle.rootfs}/data`);
    writeFileSync(`${bundle.rootfs}/data/file`, '');
    expect(succeed(await run(bundle))).toBe('refused');
  });

  test('those of the default configuration are masked', async () => {
    expect(await inside('head -c 1 /proc/kcore | wc -c; ls /sys/firmware | wc -l; cat /proc/keys /proc/timer_list')).toBe('0\n0');
  });

  test('without them the paths are open', async () => {
    expect(await inside('cat /proc/timer_list | wc -c', (config) => (config.linux.maskedPaths = []))).not.toBe('0');
  });

  test('one that does not exist is passed over', async () => {
    expect(await inside('echo ran', (config) => config.linux.maskedPaths?.push('/no/where'))).toBe('ran');
  });
});

describe('readonlyPaths', () => {
  test('a directory cannot be written, nor what is below', async () => {
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

  test('a file cannot be written, and reads as ever', async () => {
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

  test('those of the default configuration are read-only', async () => {
    expect(
      await inside(
        '(echo 1 > /proc/sys/net/ipv4/ip_forward) 2>/dev/null || echo refused; (echo h > /proc/sysrq-trigger) 2>/dev/null || echo refused',
      ),
    ).toBe('refused\nrefused');
  });

  test('one that does not exist is passed over', async () => {
    expect(await inside('echo ran', (config) => config.linux.readonlyPaths?.push('/no/where'))).toBe('ran');
  });

  test('a symlink is followed inside of the rootfs', async () => {
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

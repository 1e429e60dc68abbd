import { describe, expect, test } from 'vitest';
import { unlockNetwork } from '../../../../src/container/checkpoint/criu/network_lock.js';
import { hostWith, replaceCalls } from '../../machine/host.js';

/** A container whose network has the rules of CRIU; `fails`: a call of a program that ends with 1. Returns the calls, and what is open. */
function blocked(names: readonly string[], fails: RegExp) {
  const paths = names.map((name) => `/usr/sbin/${name}`);
  const files = Object.fromEntries(['/ns', ...paths].map((path) => [path, '']));
  const machine = hostWith({ files, programs: { '/succeeds': { code: 0 }, '/fails': { code: 1 } } });
  const init = machine.processes.make({ name: 'init of web', child: false, cgroup: null });
  const { open, runProgram } = machine.sys;
  const calls: string[] = [];
  replaceCalls(machine, {
    open: (o) => open(o.path === `/proc/${init.pid}/ns/net` ? { ...o, path: '/ns' } : o),
    runProgram: (o) => {
      expect(o.network).toBeGreaterThan(2);
      const line = o.args.join(' ');
      calls.push(line);
      return runProgram({ ...o, path: fails.test(line) ? '/fails' : '/succeeds' });
    },
  });
  const web = { id: 'web', pid: init.pid, startTime: init.startTime };
  return { web, calls, table: `table inet CRIU-${init.pid}`, open: () => machine.descriptors.list() };
}

const none = /^$/;
const chain = (name: string): readonly string[] =>
  ['-S CRIU', '-D INPUT -j CRIU', '-D OUTPUT -j CRIU', '-F CRIU', '-X CRIU'].map((args) => `${name} -w ${args}`);

describe('the block of a network by a CRIU that was killed', () => {
  test("is removed from each program's rules", async () => {
    const { web, calls, table, open } = blocked(['iptables', 'ip6tables', 'nft'], none);
    await unlockNetwork(web);
    expect(calls).toEqual([...chain('iptables'), ...chain('ip6tables'), `nft list ${table}`, `nft delete ${table}`]);
    expect(open()).toEqual([]);
  });

  test('is not there: nothing is changed', async () => {
    const { web, calls, table } = blocked(['iptables', 'nft'], /-S|list/);
    await unlockNetwork(web);
    expect(calls).toEqual(['iptables -w -S CRIU', `nft list ${table}`]);
  });

  test('is not looked for in the network of another process that has the number of the init', async () => {
    const { web, calls, open } = blocked(['iptables', 'nft'], none);
    await unlockNetwork({ ...web, startTime: web.startTime - 1 });
    expect([calls, open()]).toEqual([[], []]);
  });

  test.each([
    ['iptables', /-X/, () => 'iptables -X CRIU'],
    ['nft', /delete/, (table: string) => `nft delete ${table}`],
  ])('is an error if %s cannot remove it', async (name, fails, command) => {
    const { web, table, open } = blocked([name], fails);
    await expect(unlockNetwork(web)).rejects.toThrow(`unblock the network of container "web": "${command(table)}" failed`);
    expect(open()).toEqual([]);
  });
});

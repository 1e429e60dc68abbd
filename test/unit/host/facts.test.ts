import { describe, expect, test } from 'vitest';
import { findCgroupMount, parseCgroupMount } from '../../../src/host/mounts/cgroup.js';
import { cgroupControllers, controllerAbsence } from '../../../src/host/controllers.js';
import { parseRelease, readHostFacts } from '../../../src/host/read.js';
import { nameIn, userName } from '../../../src/host/users.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const cgroup2 = 0x63677270;

function mounted(types: Readonly<Record<string, number>>, mountinfo = ''): void {
  bindFakeSys({
    files: { '/proc/self/mountinfo': mountinfo },
    overrides: {
      filesystemType: ({ path }) => {
        const type = types[path];
        if (type === undefined) throw systemError('ENOENT', 'statfs', path);
        return type;
      },
    },
  });
}

describe('the cgroup v2 hierarchy is found', () => {
  test('on a unified host', () => {
    mounted({ '/sys/fs/cgroup': cgroup2 });
    expect(findCgroupMount()).toBe('/sys/fs/cgroup');
  });
  test('on a hybrid host', () => {
    mounted({ '/sys/fs/cgroup': 0x01021994, '/sys/fs/cgroup/unified': cgroup2 });
    expect(findCgroupMount()).toBe('/sys/fs/cgroup/unified');
  });
  test('at any other place', () => {
    mounted({}, '36 35 98:0 / /mnt/my\\040cgroups rw,noatime master:1 - cgroup2 none rw\n');
    expect(findCgroupMount()).toBe('/mnt/my cgroups');
  });
  test('as absent on a host without one', () => {
    mounted({}, '23 1 8:1 / / rw - ext4 /dev/sda1 rw\n32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n');
    expect(findCgroupMount()).toBeNull();
  });
  test('but not if only a part of it is bound', () => {
    expect(parseCgroupMount('1 2 0:38 /some/cgroup /mnt rw - cgroup2 none rw\n')).toBeNull();
  });
});

describe('facts about the host', () => {
  test.each([
    ['6.1.0-18-amd64', 6, 1],
    ['5.10.226', 5, 10],
    ['6.18', 6, 18],
  ])('include the version of kernel %s', (release, major, minor) => {
    expect(parseRelease(release)).toEqual({ major, minor });
  });
  test('are read when needed, and only once', () => {
    let asked = 0;
    bindFakeSys({ overrides: { capabilities: () => (asked++, { bounding: 2 ** 41 - 1, last: 40 }) } });
    const facts = readHostFacts();
    expect(asked).toBe(0);
    expect([facts.lastCapability, facts.lastCapability]).toEqual([40, 40]);
    expect(asked).toBe(1);
    expect(facts.boundingSet).toBe(2 ** 41 - 1);
    expect(asked, 'one answer has both facts').toBe(1);
  });
  test('that cannot change are taken from earlier facts', () => {
    let asked = 0;
    bindFakeSys({
      overrides: {
        capabilities: () => ({ bounding: 1, last: ++asked }),
        ids: () => ({ pid: 1, uid: 0, euid: ++asked, egid: 0, secure: false }),
      },
    });
    const before = readHostFacts();
    expect([readHostFacts(before).lastCapability, readHostFacts(before).lastCapability]).toEqual([1, 1]);
    expect([readHostFacts(before).euid, readHostFacts(before).euid]).toEqual([2, 3]);
  });
  test('report missing security modules as off', () => {
    mounted({});
    const facts = readHostFacts();
    expect([facts.apparmor, facts.selinux]).toEqual([false, false]);
  });
  test.each([
    ['kernel\0', false],
    ['system_u:system_r:kernel_t:s0\0', true],
  ])('report SELinux as on once a policy is loaded: %j', (label, on) => {
    bindFakeSys({ files: { '/proc/self/attr/current': label }, overrides: { filesystemType: () => 0xf97cff8c } });
    expect(readHostFacts().selinux).toBe(on);
  });
  test('recognize the initial user namespace by its inode', () => {
    let link = 'user:[4026531837]';
    bindFakeSys({ overrides: { readLink: () => link } });
    expect(readHostFacts().inUserNamespace).toBe(false);
    link = 'user:[4026532000]';
    expect(readHostFacts().inUserNamespace).toBe(true);
  });
});

describe('cgroup controllers', () => {
  test('of a cgroup are listed', () => {
    bindFakeSys({ files: { '/cg/cgroup.controllers': 'cpu io\n' } });
    expect(cgroupControllers('/cg')).toEqual(['cpu', 'io']);
  });
  test('that are missing have a reason', () => {
    bindFakeSys({ files: { '/proc/cgroups': '#subsys_name\thierarchy\tnum\tenabled\nblkio\t7\t2\t1\nmemory\t0\t1\t0\ncpu\t0\t1\t1\n' } });
    expect(['io', 'memory', 'cpu', 'rdma'].map(controllerAbsence)).toEqual(['v1', 'disabled', 'unknown', 'not-built']);
  });
});

describe('user names', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\n# comment\nann:x:1000:1000::/home/ann:/bin/sh\n';
  test('come from /etc/passwd, or are the number', () => {
    expect([nameIn(passwd, 1000), nameIn(passwd, 7)]).toEqual(['ann', undefined]);
    bindFakeSys({ files: { '/etc/passwd': passwd } });
    expect([userName(1000), userName(7)]).toEqual(['ann', '7']);
  });
  test('of root need no file', () => {
    const fake = bindFakeSys();
    expect(userName(0)).toBe('root');
    expect(fake.calls).toEqual([]);
  });
});
